"""JSON Web Tokens, judged: the signature by the issuer's keys, then the claims, which nobody believes before.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html and
http-api-troubleshooting-jwt.html beside it. Only RSA-based algorithms are supported, as on AWS: a token that names any
other one, ``none`` and ``HS256`` among them, is refused before a key is looked for. Of the texts of refusals, AWS's
are known for the number of segments and the audience; the others are in their manner.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.serving import claims_in
from stratolite.services.apigatewayv2.domain import Authorizer
from stratolite.services.apigatewayv2.keys import Issuers, KeySet, KeysUnavailable

ALGORITHMS = ("RS256", "RS384", "RS512")
TOKEN_LENGTH_MAX = 64 * 1024
_BEARER = "bearer "


class BadToken(Exception):
    """The token lets nobody in; the text is the client's and the log's."""


def token_of(value: str) -> str:
    """The token in an identity source, which can have ``Bearer`` before it."""
    return value[len(_BEARER) :].strip() if value[: len(_BEARER)].lower() == _BEARER else value.strip()


async def claims_of(issuers: Issuers, authorizer: Authorizer, token: str, now_s: float) -> Mapping[str, Any]:
    """The claims of a token that an authorizer accepts. Raises BadToken."""
    header = _header(token)
    key_id = header.get("kid")
    if header.get("alg") not in ALGORITHMS:
        raise BadToken(f"signing method {header.get('alg')} is invalid")
    if not isinstance(key_id, str) or not key_id:
        raise BadToken("the token does not name a key")
    try:
        keys = await issuers.keys_of(authorizer.issuer, key_id)
    except KeysUnavailable:
        raise BadToken("the keys of the issuer are unavailable") from None
    claims = keys.verified.get(token)
    if claims is None:
        claims = _verified(keys, token, key_id)
        keys.remember(token, claims)
    check(claims, authorizer, now_s)
    return claims


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


def believed(authorizer: Authorizer, token: str, now_s: float) -> Mapping[str, Any]:
    """The claims of a token whose signature nobody looks at. Raises BadToken where they are not what is asked for."""
    claims = claims_in(token)
    if claims is None:
        raise BadToken("the token is no JSON Web Token")
    check(claims, authorizer, now_s)
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
        raise BadToken("crypto/rsa: verification error") from None
    if not isinstance(claims, dict):
        raise BadToken("the claims of the token are no object")
    return claims


def check(claims: Mapping[str, Any], authorizer: Authorizer, now_s: float) -> None:
    """Raises BadToken when claims are not what an authorizer asks for. There is no allowance for clocks that differ."""
    if claims.get("iss") != authorizer.issuer:
        raise BadToken("issuer does not match")
    if not _audiences(claims) & set(authorizer.audience):
        raise BadToken("the token does not have a valid audience")
    expires_s, not_before_s, issued_s = (_moment(claims, name) for name in ("exp", "nbf", "iat"))
    if expires_s is None or expires_s <= now_s:
        raise BadToken("the token has expired")
    if not_before_s is not None and not_before_s > now_s:
        raise BadToken("the token is not valid yet")
    if issued_s is not None and issued_s > now_s:
        raise BadToken("the token was used before it was issued")


def _audiences(claims: Mapping[str, Any]) -> set[str]:
    """``aud``, and ``client_id`` only where there is no ``aud`` at all."""
    given = claims.get("aud") if "aud" in claims else claims.get("client_id")
    values = given if isinstance(given, list) else [given]
    return {value for value in values if isinstance(value, str)}


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadToken(f"the claim {name} is no time")
    return value


def scopes_of(claims: Mapping[str, Any]) -> list[str] | None:
    """The scopes of a token: ``scope`` or ``scp``, a text or a list; None where it has neither."""
    given = claims.get("scope", claims.get("scp"))
    if isinstance(given, str):
        return given.split()
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else None


def has_scope(scopes: Sequence[str] | None, wanted: Sequence[str]) -> bool:
    """Whether one of the scopes that a route asks for is there."""
    return not wanted or not set(wanted).isdisjoint(scopes or ())


def shown(claims: Mapping[str, Any]) -> dict[str, str]:
    """The claims as a function sees them: texts, in the way in which Go prints values (``[a b]``, ``map[a:1]``)."""
    return {name: go_text(value) for name, value in claims.items()}


def go_text(value: Any) -> str:
    """A JSON value as Go's ``fmt.Sprint`` writes it, whole numbers without an exponent."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "<nil>"
    if isinstance(value, list):
        return f"[{' '.join(go_text(each) for each in value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{go_text(value[name])}' for name in sorted(value))}]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return str(value)
