"""JSON Web Tokens: read, and verified by the keys of whoever issued them. What claims have to say is up to the caller.

Only RSA-based algorithms are supported, as on AWS: a token that names any other one, ``none`` and ``HS256`` among them,
is refused before a key is looked for. Of the texts of refusals, AWS's are known for the number of segments and the
signature; the others are in their manner.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from stratolite.core.serving import TOKEN_LENGTH_MAX, claims_in
from stratolite.http.issuers import Issuers, KeySet, KeysUnavailable

ALGORITHMS = ("RS256", "RS384", "RS512")
_BEARER = "bearer "


class BadToken(Exception):
    """The token lets nobody in; the text is the client's and the log's."""


class WrongSignature(BadToken):
    """The key that the token names has not signed it."""


class ExpiredToken(BadToken):
    """The token was good once."""


def token_of(value: str) -> str:
    """The token in a header or parameter, which can have ``Bearer`` before it."""
    return value[len(_BEARER) :].strip() if value[: len(_BEARER)].lower() == _BEARER else value.strip()


async def verified(issuers: Issuers, issuer: str, token: str) -> Mapping[str, Any]:
    """The claims of a token that an issuer's key has signed. Raises BadToken."""
    header = _header(token)
    key_id = header.get("kid")
    if header.get("alg") not in ALGORITHMS:
        raise BadToken(f"signing method {header.get('alg')} is invalid")
    if not isinstance(key_id, str) or not key_id:
        raise BadToken("the token does not name a key")
    try:
        keys = await issuers.keys_of(issuer, key_id)
        claims = keys.verified.get(token)
        if claims is None:
            claims = await _claims(issuers, issuer, keys, token, key_id)
        return claims
    except KeysUnavailable:
        raise BadToken("the keys of the issuer are unavailable") from None


def believed(token: str) -> Mapping[str, Any]:
    """The claims of a token whose signature nobody looks at. Raises BadToken for what is none."""
    claims = claims_in(token)
    if claims is None:
        raise BadToken("the token is no JSON Web Token")
    return claims


def check_times(claims: Mapping[str, Any], now_s: float) -> None:
    """Raises BadToken unless a token is of now: ``exp``, ``nbf``, ``iat``. There is no allowance for clocks that
    differ."""
    expires_s, not_before_s, issued_s = (_moment(claims, name) for name in ("exp", "nbf", "iat"))
    if expires_s is None or expires_s <= now_s:
        raise ExpiredToken("the token has expired")
    if not_before_s is not None and not_before_s > now_s:
        raise BadToken("the token is not valid yet")
    if issued_s is not None and issued_s > now_s:
        raise BadToken("the token was used before it was issued")


def scopes_of(claims: Mapping[str, Any]) -> list[str] | None:
    """The scopes of a token: ``scope`` or ``scp``, a text or a list; None where it has neither."""
    given = claims.get("scope", claims.get("scp"))
    if isinstance(given, str):
        return given.split()
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else None


def _header(token: str) -> Mapping[str, Any]:
    parts = token.split(".") if len(token) <= TOKEN_LENGTH_MAX else []
    if len(parts) != 3:
        raise BadToken("token contains an invalid number of segments")
    try:
        header = json.loads(urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise BadToken("the header of the token cannot be read")
    return header


async def _claims(issuers: Issuers, issuer: str, keys: KeySet, token: str, key_id: str) -> Mapping[str, Any]:
    try:
        claims = _verified(keys, token, key_id)
    except WrongSignature:
        current = await issuers.keys_after(issuer, keys)
        if current is keys:
            raise
        claims, keys = _verified(current, token, key_id), current
    keys.remember(token, claims)
    return claims


def _verified(keys: KeySet, token: str, key_id: str) -> Mapping[str, Any]:
    key = keys.keys.get(key_id)
    if key is None:
        raise BadToken("no key of the issuer has the id that the token names")
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        # The algorithm that is read here is one of these, whatever was read before.
        found = jws.deserialize_compact(token, key, algorithms=list(ALGORITHMS))
        claims = json.loads(found.payload)
    except (JoseError, ValueError, RecursionError):
        raise WrongSignature("crypto/rsa: verification error") from None
    if not isinstance(claims, dict):
        raise BadToken("the claims of the token are no object")
    return claims


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadToken(f"the claim {name} is no time")
    return value
