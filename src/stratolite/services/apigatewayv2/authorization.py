"""Whether a request may pass: signatures, JWT authorizers and Lambda authorizers.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html and
http-api-lambda-authorizer.html beside it. A check that cannot be made refuses.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from stratolite.core import policy
from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.policy import Statement, Verdict
from stratolite.core.ports.functions import FunctionResult
from stratolite.core.serving import OVERRIDE, claims_in, overriding
from stratolite.http.facts import facts_of
from stratolite.http.fields import joined, query_pairs
from stratolite.http.tokens import BadToken, scopes_of, token_of
from stratolite.protocol.signer import Unsigned, signer_of
from stratolite.services.apigatewayv2 import Apigatewayv2, event, jwt, refusal, variables
from stratolite.services.apigatewayv2.domain import Authorizer
from stratolite.services.apigatewayv2.exchange import Exchange

log = logging.getLogger("stratolite.apigatewayv2")

TIMEOUT_S = 10.0
"""What an authorizer function may take: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
UNAUTHORIZED = "Unauthorized"
"""The one ``errorMessage`` by which an authorizer function answers 401."""
_HEADER = "$request.header."
_QUERY = "$request.querystring."


@dataclass(frozen=True, slots=True)
class Grant:
    """A Lambda authorizer's answer, read. With simple responses ``is_allowed`` says it all."""

    is_allowed: bool | None
    statements: tuple[Statement, ...]
    principal_id: str
    context: Mapping[str, Any] | None


class GrantKey(NamedTuple):
    """Whose answer it is: it holds for every route of the stage, unless ``$context.routeKey`` is an identity source. A
    deployment begins with none: its authorizers may be others."""

    api_id: str
    stage: str
    deployment_id: str
    authorizer_id: str
    identity: tuple[str, ...]


async def authorize(apigatewayv2: Apigatewayv2, call: Call, exchange: Exchange) -> None:
    """Raises Refusal unless the route's authorizer lets the request pass."""
    route = exchange.route.route
    authorizer = route.authorizer
    if apigatewayv2.world.serving.lets_everybody_in:
        exchange.authorizer = _let_in(exchange, authorizer)
        return
    try:
        if route.authorization_type == "AWS_IAM":
            _by_signature(apigatewayv2, exchange)
        elif authorizer is None:
            # It was deleted after the route was made.
            raise refusal.authorizer_failed(f"there is no authorizer for {route.authorization_type}")
        elif authorizer.kind == "JWT":
            await _by_token(apigatewayv2, exchange, authorizer)
        else:
            await _by_function(apigatewayv2, call, exchange, authorizer)
    except refusal.Refusal as refused:
        exchange.authorizer_error = refused.reason
        if refused.reason and refused.status != 403:
            # The client learns nothing of it, as on AWS: whoever wrote the API has to learn why from somewhere.
            log.warning("%s of the API %s: %s", route.key, exchange.stage.deployed.name, refused.reason)
        raise


def _let_in(exchange: Exchange, authorizer: Authorizer | None) -> dict[str, Any] | None:
    """What events say of somebody who is not asked: what he says himself, or his token, where the route wants one."""
    said = overriding(exchange.request.headers.get(OVERRIDE))
    if said is not None or authorizer is None:
        return said
    if authorizer.kind != "JWT":
        return {"lambda": {}}
    claims = claims_in(exchange.request.headers.get("authorization")) or {}
    return {"jwt": {"claims": jwt.shown(claims), "scopes": scopes_of(claims)}}


# Signatures ------------------------------------------------------------------------------------------------------


def _by_signature(apigatewayv2: Apigatewayv2, exchange: Exchange) -> None:
    """Policies are kept and not enforced: whoever signed is known, and of the API's account. HTTP APIs have no policies
    that could let others in: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html"""
    stage = exchange.stage.stage
    try:
        signer = signer_of(exchange.request, exchange.body, stage.region, apigatewayv2.world.ports, exchange.now_ms)
    except Unsigned as error:
        raise refusal.forbidden(error.message) from None
    if signer.account != stage.account:
        raise refusal.forbidden(f"{signer.principal} is of another account")
    exchange.authorizer = {"iam": signer.iam}


# JSON Web Tokens -------------------------------------------------------------------------------------------------


async def _by_token(apigatewayv2: Apigatewayv2, exchange: Exchange, authorizer: Authorizer) -> None:
    scopes = exchange.route.route.scopes
    value = next((found for source in authorizer.identity_source if (found := source_value(exchange, source))), "")
    token = token_of(value)
    world = apigatewayv2.world
    if not token:
        world.issuers.explain(authorizer.issuer)
        raise refusal.unauthorized("missing: token not provided", fields=[("www-authenticate", "Bearer")])
    try:
        claims = await jwt.claims_of(
            world.issuers, authorizer, token, exchange.now_ms / 1000, trusted=world.serving.trusts_tokens
        )
    except BadToken as error:
        raise refusal.unauthorized(str(error), fields=[_challenge(scopes, "invalid_token", str(error))]) from None
    given = scopes_of(claims)
    if not jwt.has_scope(given, scopes):
        reason = "the token does not have a required scope"
        raise refusal.forbidden(reason, fields=[_challenge(scopes, "insufficient_scope", reason)])
    exchange.authorizer = {"jwt": {"claims": jwt.shown(claims), "scopes": given}}


def _challenge(scopes: tuple[str, ...], error: str, description: str) -> tuple[str, str]:
    quoted = description.replace('"', "'")
    return (
        "www-authenticate",
        f'Bearer scope="{" ".join(scopes)}" error="{error}" error_description="{quoted}"',
    )


# Lambda functions ------------------------------------------------------------------------------------------------


async def _by_function(apigatewayv2: Apigatewayv2, call: Call, exchange: Exchange, authorizer: Authorizer) -> None:
    identity = tuple(source_value(exchange, source) or "" for source in authorizer.identity_source)
    if not all(identity):
        raise refusal.unauthorized("an identity source is missing")
    arn = route_arn(call, exchange)
    stage = exchange.stage.stage
    key = GrantKey(stage.api_id, stage.name, stage.deployment_id, authorizer.authorizer_id, identity)
    is_kept = authorizer.ttl_s > 0 and bool(identity)
    grant = apigatewayv2.grants.get(key) if is_kept else None
    if grant is None:
        function = exchange.route.authorizer_function
        payload = event.authorizer_encoded(exchange, authorizer.payload_format_version or "2.0", arn, identity)
        grant = read(await ask(apigatewayv2, call, function, payload), is_simple=authorizer.is_simple)
        if is_kept:
            apigatewayv2.grants.keep(key, grant, authorizer.ttl_s)
    if grant.is_allowed is None:
        verdict = policy.judge(grant.statements, arn, facts_of(exchange.request, exchange.now_ms))
        is_allowed = verdict is Verdict.ALLOWED
    else:
        is_allowed = grant.is_allowed
    exchange.authorizer = {"lambda": grant.context}
    exchange.principal_id = grant.principal_id
    if not is_allowed:
        raise refusal.forbidden("the authorizer denies the request")


def source_value(exchange: Exchange, source: str) -> str | None:
    """What an identity source gives, or None."""
    request = exchange.request
    if source.startswith(_HEADER):
        return joined(request.headers.fields).get(source.removeprefix(_HEADER).lower())
    if source.startswith(_QUERY):
        return joined(query_pairs(request.query)).get(source.removeprefix(_QUERY))
    return variables.value(exchange, source.removeprefix("$"))


def route_arn(call: Call, exchange: Exchange) -> str:
    """The ARN of what is asked for: method and path of the request, as in the events of real authorizers."""
    stage = exchange.stage
    return call.arn("execute-api", f"{stage.api_id}/{stage.name}/{exchange.request.method}{exchange.place.path}")


async def ask(apigatewayv2: Apigatewayv2, call: Call, function: str, payload: bytes) -> FunctionResult:
    """Ask an authorizer's function. Raises Refusal (500) when it cannot be asked."""
    if not function:
        raise refusal.authorizer_failed("the authorizer's URI names no function")
    port = apigatewayv2.world.ports.function
    try:
        return await port.invoke(call, function, payload, TIMEOUT_S)
    except TimeoutError:
        raise refusal.authorizer_failed(f"{function} took longer than {TIMEOUT_S:g} s") from None
    except AwsError as error:
        raise refusal.authorizer_failed(str(error)) from None


def read(result: FunctionResult, *, is_simple: bool) -> Grant:
    """What a function's answer means. Raises Refusal: 401 for ``Unauthorized``, else 500."""
    try:
        answer = json.loads(result.payload)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise refusal.authorizer_failed("the function's answer is no JSON object")
    if answer.get("errorMessage") == UNAUTHORIZED:
        raise refusal.unauthorized("the function answered Unauthorized")
    if result.error:
        raise refusal.authorizer_failed(f"the function failed: {answer.get('errorMessage')}")
    context = answer.get("context")
    if not isinstance(context, dict | None):
        raise refusal.authorizer_failed("context is no map")
    if is_simple:
        is_allowed = answer.get("isAuthorized")
        if not isinstance(is_allowed, bool):
            raise refusal.authorizer_failed("isAuthorized is neither true nor false")
        return Grant(is_allowed, (), "", context)
    principal_id = answer.get("principalId")
    if not isinstance(principal_id, str) or not principal_id:
        raise refusal.authorizer_failed("principalId is no text")
    try:
        statements = policy.read(answer.get("policyDocument"))
    except policy.Malformed as error:
        raise refusal.authorizer_failed(f"the policy cannot be read: {error}") from None
    return Grant(None, statements, principal_id, context)
