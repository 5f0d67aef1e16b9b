"""Verifying JSON Web Tokens: algorithms pinned, claims that matter demanded, sizes bounded (RFC 7519, RFC 8725)."""

import json
import time
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any

from stratolite_patterns.authorizer.keys import ALGORITHMS, Keys

TOKEN_BYTES_MAX = 8192
LEEWAY_S = 30
HEADERS_CACHED_MAX = 128


class TokenRefused(Exception):
    """A token that is not taken. ``reason`` is one word, for logs and metrics; clients are told nothing of it.

    malformed, oversize, algorithm, key, signature, expired, early, issuer, audience, claim
    """

    def __init__(self, reason: str, text: str) -> None:
        self.reason = reason
        super().__init__(f"{reason}: {text}")


class Verifier:
    """Verifies tokens of one issuer for one audience.

    ``algorithms`` are those that the issuer signs with, all of one kind (HS, RS or ES): what a token's header asks for
    is never believed. ``leeway_s`` is allowed between clocks. ``exp`` is always demanded, and ``required`` names
    further claims. ``equal`` are claims with one right value, such as ``{"token_use": "access"}`` of Cognito, whose
    access tokens have their audience in ``client_id`` (``audience_claim``).
    """

    def __init__(
        self,
        keys: Keys,
        *,
        issuer: str,
        audience: str | Iterable[str],
        algorithms: Iterable[str] = ("RS256",),
        leeway_s: float = LEEWAY_S,
        required: Iterable[str] = ("sub",),
        equal: Mapping[str, Any] | None = None,
        audience_claim: str = "aud",
        bytes_max: int = TOKEN_BYTES_MAX,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.algorithms = tuple(algorithms)
        unknown = [name for name in self.algorithms if name not in ALGORITHMS]
        if unknown or not self.algorithms:
            raise ValueError(f"algorithms: {unknown or 'none'}; there are {', '.join(ALGORITHMS)}")
        if len({ALGORITHMS[name][0] for name in self.algorithms}) > 1:
            raise ValueError("algorithms: all of one kind, or a public key could pass for a secret")
        self.audiences = frozenset({audience} if isinstance(audience, str) else audience)
        if not issuer or not self.audiences:
            raise ValueError("issuer and audience: a token of anybody, for anybody, is no token")
        self.issuer = issuer
        self._keys = keys
        self._leeway_s = leeway_s
        self._required = tuple(required)
        self._equal = tuple((equal or {}).items())
        self._audience_claim = audience_claim
        self._bytes_max = bytes_max
        self._now = now
        self._registry: Any = None

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of a token. Raises TokenRefused, and KeysUnavailable where it cannot be checked."""
        if not isinstance(token, str) or len(token) > self._bytes_max or not token.isascii():
            raise TokenRefused("oversize", f"a token has {self._bytes_max} ASCII characters at most")
        head = token.partition(".")[0]
        algorithm, kid = _header(head)
        if algorithm not in self.algorithms:
            raise TokenRefused("algorithm", f"{algorithm!r} is not among {', '.join(self.algorithms)}")
        key = self._keys.find(kid, algorithm)
        if key is None:
            raise TokenRefused("key", f"no key {kid!r} for {algorithm}")
        payload = self._signed(token, key.native, algorithm)
        try:
            claims = _DECODER.decode(payload.decode())
        except (ValueError, RecursionError):
            raise TokenRefused("malformed", "the payload is no JSON") from None
        if not isinstance(claims, dict):
            raise TokenRefused("malformed", "the payload is no object")
        self._check(claims)
        return claims

    def _signed(self, token: str, native: Any, algorithm: str) -> bytes:
        from joserfc import jws
        from joserfc.errors import JoseError

        if self._registry is None:
            registry = jws.JWSRegistry(algorithms=self.algorithms)
            registry.max_payload_length = self._bytes_max
            self._registry = registry
        try:
            return jws.deserialize_compact(token, native, algorithms=(algorithm,), registry=self._registry).payload
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused("signature", type(error).__name__) from None

    def _check(self, claims: Mapping[str, Any]) -> None:
        now_s = self._now()
        if now_s >= _time(claims, "exp") + self._leeway_s:
            raise TokenRefused("expired", "exp is over")
        if "nbf" in claims and _time(claims, "nbf") > now_s + self._leeway_s:
            raise TokenRefused("early", "nbf is to come")
        if "iat" in claims and _time(claims, "iat") > now_s + self._leeway_s:
            raise TokenRefused("early", "iat is to come")
        if claims.get("iss") != self.issuer:
            raise TokenRefused("issuer", "iss is another one")
        given = claims.get(self._audience_claim)
        audiences = given if isinstance(given, list) else [given]
        if not any(isinstance(each, str) and each in self.audiences for each in audiences):
            raise TokenRefused("audience", f"{self._audience_claim} is another one")
        for name in self._required:
            if claims.get(name) in (None, ""):
                raise TokenRefused("claim", f"{name} is missing")
        for name, value in self._equal:
            if claims.get(name) != value:
                raise TokenRefused("claim", f"{name} is another one")
        if not isinstance(claims.get("sub", ""), str):
            raise TokenRefused("claim", "sub is no text")


@lru_cache(HEADERS_CACHED_MAX)
def _header(head: str) -> tuple[str, str | None]:
    """Algorithm and key id of a token's first part. Those of one issuer are few, so they are read once."""
    try:
        header = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (Base64Error, ValueError, RecursionError):
        raise TokenRefused("malformed", "the header is no JSON") from None
    if not isinstance(header, dict):
        raise TokenRefused("malformed", "the header is no object")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not isinstance(kid, str | None):
        raise TokenRefused("malformed", "alg and kid are texts")
    if "crit" in header or "b64" in header:
        raise TokenRefused("malformed", "extensions are not understood")
    return algorithm, kid


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused("claim", f"{name} is missing" if value is None else f"{name} is no number")
    # 1e400 is infinite, and a token that never ends is none.
    if not isfinite(value):
        raise TokenRefused("claim", f"{name} is not finite")
    return value


def _refused_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refused_constant)
