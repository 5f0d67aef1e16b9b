"""Asking an authorizer of user pools whether a request may pass: by a token that one of its pools has signed.

A method without scopes takes identity tokens, one with scopes takes access tokens that have one of them. Nothing is
kept of an answer but that a signature was right: what a token says is judged each time.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html,
apigateway-enable-cognito-user-pool.html beside it (identity and access tokens, validation of ``aud``), and
https://repost.aws/knowledge-center/api-gateway-cognito-401-unauthorized
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from stratolite.core import pools
from stratolite.core.serving import claims_in
from stratolite.http.tokens import BadToken, ExpiredToken, believed, check_times, scopes_of, token_of, verified
from stratolite.services.apigateway import Apigateway, failure, mapping
from stratolite.services.apigateway.authorizer import Authorizer
from stratolite.services.apigateway.exchange import Exchange

DATES = frozenset({"exp", "iat", "nbf"})
"""Claims that functions see as dates."""
DATES_END_S = 253_402_300_800
"""The end of the year 9999."""


async def authorize(apigateway: Apigateway, exchange: Exchange, authorizer: Authorizer) -> None:
    """Raises Failure (401) unless the request has a token that is good for its method."""
    scopes = exchange.route.method.get("authorizationScopes") or ()
    exchange.tell({"claims": await ask(apigateway, exchange, authorizer, scopes)}, "")


async def ask(
    apigateway: Apigateway, exchange: Exchange, authorizer: Authorizer, scopes: Sequence[str]
) -> dict[str, str]:
    """The claims of the request's token, as functions see them. Raises Failure (401) for one that is not good here."""
    value = mapping.request_value(exchange, authorizer.sources[0]) or ""
    try:
        claims = await _claims(apigateway, authorizer, token_of(value), exchange.now_ms / 1000)
        _check_use(claims, authorizer, scopes)
    except BadToken as error:
        for issuer in authorizer.issuers:
            apigateway.world.issuers.explain(issuer)
        if isinstance(error, ExpiredToken):
            raise failure.expired_token() from None
        raise failure.unauthorized(str(error)) from None
    return shown(claims)


async def _claims(apigateway: Apigateway, authorizer: Authorizer, token: str, now_s: float) -> Mapping[str, Any]:
    """What a token of one of the pools says. Raises BadToken."""
    world, known = apigateway.world, authorizer.issuers
    issuer = (claims_in(token) or {}).get("iss")
    if world.serving.trusts_tokens:
        claims = believed(token)
        # No token is of a pool that stands in for another one: whose it is need not be asked.
        is_known = issuer in known or any(pools.stand_in(one) for one in known)
    else:
        is_known = issuer in known
        claims = await verified(world.issuers, str(issuer), token) if is_known else {}
    if not is_known:
        raise BadToken(f"no pool of the authorizer is the issuer {issuer}")
    check_times(claims, now_s)
    return claims


def _check_use(claims: Mapping[str, Any], authorizer: Authorizer, scopes: Sequence[str]) -> None:
    """Raises BadToken for a token that is not of the kind that a method takes."""
    wanted = "access" if scopes else "id"
    if claims.get("token_use") != wanted:
        raise BadToken(f"the token's use is {claims.get('token_use')}, not {wanted}")
    if scopes and set(scopes).isdisjoint(scopes_of(claims) or ()):
        raise BadToken("the token has none of the method's scopes")
    # Access tokens have no audience: as AWS says, such an expression lets none of them in.
    if authorizer.validation and not authorizer.validation.fullmatch(str(claims.get("aud", ""))):
        raise BadToken("the token's audience does not match the validation expression")


def shown(claims: Mapping[str, Any]) -> dict[str, str]:
    """Claims as functions see them: texts. So events of real APIs have them that people keep in public repositories:
    ``Tue Jun 04 04:23:31 UTC 2019`` for ``exp`` and ``iat``, ``admins,users`` for a list."""
    return {name: text(name, value) for name, value in claims.items() if value is not None}


def text(name: str, value: Any) -> str:
    """One claim as a text."""
    if name in DATES and isinstance(value, int | float) and 0 <= value < DATES_END_S:
        return datetime.fromtimestamp(value, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    if isinstance(value, list):
        return ",".join(text("", each) for each in value)
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
