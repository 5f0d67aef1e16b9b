"""Authorizers: tokens verified, policies for exactly the routes of a role, and who calls, in protected handlers.

    keys      Jwks, StaticKeys: the keys of an issuer, cached and rotated
    tokens    Verifier: signature and claims
    routes    Routes: which roles may call what, and policies that say so, right from a cache
    handler   Authorizer: the Lambda authorizer of REST and HTTP APIs
    caller    caller: who calls, in a protected handler
    signer    Signer, Login: tokens of one's own

Verifying and signing need joserfc: ``pip install 'stratolite-patterns[authorizer]'``. Reading the caller does not, and
imports nothing of the rest: there are more protected handlers than authorizers.
"""

from typing import TYPE_CHECKING

from stratolite_patterns.authorizer.caller import Caller, Forbidden, NoCaller, caller

if TYPE_CHECKING:
    from stratolite_patterns.authorizer.handler import Authorizer, Unauthorized
    from stratolite_patterns.authorizer.keys import (
        Jwks,
        Key,
        Keys,
        KeysUnavailable,
        StaticKeys,
        UnsafeKey,
        key_of,
        keys_of,
    )
    from stratolite_patterns.authorizer.routes import Route, Routes
    from stratolite_patterns.authorizer.signer import (
        Login,
        LoginFailed,
        Signer,
        SigningKey,
        check_password,
        hash_password,
    )
    from stratolite_patterns.authorizer.tokens import TokenRefused, Verifier
else:
    _ROOMS = {
        "handler": ("Authorizer", "Unauthorized"),
        "keys": ("Jwks", "Key", "Keys", "KeysUnavailable", "StaticKeys", "UnsafeKey", "key_of", "keys_of"),
        "routes": ("Route", "Routes"),
        "signer": ("Login", "LoginFailed", "Signer", "SigningKey", "check_password", "hash_password"),
        "tokens": ("TokenRefused", "Verifier"),
    }

    def __getattr__(name):
        from importlib import import_module

        for room, names in _ROOMS.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{room}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Authorizer",
    "Caller",
    "Forbidden",
    "Jwks",
    "Key",
    "Keys",
    "KeysUnavailable",
    "Login",
    "LoginFailed",
    "NoCaller",
    "Route",
    "Routes",
    "Signer",
    "SigningKey",
    "StaticKeys",
    "TokenRefused",
    "Unauthorized",
    "UnsafeKey",
    "Verifier",
    "caller",
    "check_password",
    "hash_password",
    "key_of",
    "keys_of",
]
