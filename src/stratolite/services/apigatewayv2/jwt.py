"""JSON Web Tokens, judged for an authorizer: the signature by the issuer's keys, then what the claims say.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html and
http-api-troubleshooting-jwt.html beside it. AWS's text is known for the audience; the others are in its manner.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core import pools
from stratolite.http.issuers import Issuers
from stratolite.http.tokens import BadToken, believed, check_times, verified
from stratolite.services.apigatewayv2.domain import Authorizer


async def claims_of(
    issuers: Issuers, authorizer: Authorizer, token: str, now_s: float, *, trusted: bool = False
) -> Mapping[str, Any]:
    """The claims of a token that an authorizer accepts. ``trusted``: whatever its signature is. Raises BadToken."""
    try:
        claims = believed(token) if trusted else await verified(issuers, authorizer.issuer, token)
        if trusted and pools.stand_in(authorizer.issuer):
            # No token is of a pool that stands in for another one: whose it is need not be asked.
            check_times(claims, now_s)
        else:
            check(claims, authorizer, now_s)
    except BadToken:
        issuers.explain(authorizer.issuer)
        raise
    return claims


def check(claims: Mapping[str, Any], authorizer: Authorizer, now_s: float) -> None:
    """Raises BadToken when claims are not what an authorizer asks for."""
    if claims.get("iss") != authorizer.issuer:
        raise BadToken("issuer does not match")
    if not _audiences(claims) & set(authorizer.audience):
        raise BadToken("the token does not have a valid audience")
    check_times(claims, now_s)


def _audiences(claims: Mapping[str, Any]) -> set[str]:
    """``aud``, and ``client_id`` only where there is no ``aud`` at all."""
    given = claims.get("aud") if "aud" in claims else claims.get("client_id")
    values = given if isinstance(given, list) else [given]
    return {value for value in values if isinstance(value, str)}


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
