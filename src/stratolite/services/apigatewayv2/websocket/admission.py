"""Who may connect: asked once, before ``$connect``. A check that cannot be made refuses.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html and
apigateway-websocket-control-access-iam.html beside it
"""

from typing import Any

from stratolite.core import policy
from stratolite.core.serving import let_in
from stratolite.http.facts import facts_of
from stratolite.http.fields import joined, query_pairs
from stratolite.http.message import Request
from stratolite.protocol.signer import Unsigned, signer_of
from stratolite.services.apigatewayv2 import Apigatewayv2, authorization
from stratolite.services.apigatewayv2.domain import Authorizer, Stage
from stratolite.services.apigatewayv2.refusal import Refusal as HttpRefusal
from stratolite.services.apigatewayv2.variables import text
from stratolite.services.apigatewayv2.websocket import event, refusal
from stratolite.services.apigatewayv2.websocket.client import Moment
from stratolite.services.apigatewayv2.websocket.stage import CONNECT, LiveRoute

_HEADER, _QUERY, _VARIABLE = "route.request.header.", "route.request.querystring.", "stageVariables."


async def admit(apigatewayv2: Apigatewayv2, moment: Moment, stage: Stage, route: LiveRoute, request: Request) -> None:
    """Set what is known of the client then. Raises Refusal unless it may connect."""
    kind, world = route.route.authorization_type, apigatewayv2.world
    if kind == "NONE":
        return
    if world.serving.lets_everybody_in:
        moment.client.authorizer = let_in(request.headers.get("authorization"))
        return
    if kind == "AWS_IAM":
        _by_signature(apigatewayv2, moment, stage, request)
        return
    await _by_function(apigatewayv2, moment, stage, route, request)


def _by_signature(apigatewayv2: Apigatewayv2, moment: Moment, stage: Stage, request: Request) -> None:
    try:
        signer = signer_of(request, b"", stage.region, apigatewayv2.world.ports, moment.now_ms)
    except Unsigned as error:
        raise refusal.forbidden(error.message) from None
    if signer.account != stage.account:
        raise refusal.forbidden(f"{signer.principal} is of another account")
    moment.client.signer = {
        "accessKey": signer.access_key_id,
        "accountId": signer.account,
        "caller": signer.user_id,
        "user": signer.user_id,
        "userArn": signer.principal,
    }


async def _by_function(
    apigatewayv2: Apigatewayv2, moment: Moment, stage: Stage, route: LiveRoute, request: Request
) -> None:
    authorizer = route.route.authorizer
    if authorizer is None:
        # It was deleted after the route was made.
        raise refusal.authorizer_failed("there is no authorizer")
    _check_sources(authorizer, stage, request)
    arn = moment.call.arn("execute-api", f"{stage.api_id}/{stage.name}/{CONNECT}")
    started_s = apigatewayv2.world.clock.elapsed_s()
    try:
        payload = event.authorizer(moment, stage, request, arn)
        result = await authorization.ask(apigatewayv2, moment.call, route.authorizer_function, payload)
        grant = authorization.read(result, is_simple=False)
    except HttpRefusal as refused:
        raise (
            refusal.unauthorized(refused.reason) if refused.status == 401 else refusal.authorizer_failed(refused.reason)
        ) from None
    if policy.judge(grant.statements, arn, facts_of(request, moment.now_ms)) is not policy.Verdict.ALLOWED:
        raise refusal.forbidden("the authorizer denies the connection")
    latency_ms = round((apigatewayv2.world.clock.elapsed_s() - started_s) * 1000)
    context = {name: _shown(value) for name, value in (grant.context or {}).items() if value is not None}
    moment.client.authorizer = {**context, "principalId": grant.principal_id, "integrationLatency": latency_ms}


def _shown(value: Any) -> str:
    """A value of the context: texts, numbers and truth values, all of which become texts."""
    if isinstance(value, dict | list):
        raise refusal.authorizer_failed("context holds a map or a list")
    return text(value)


def _check_sources(authorizer: Authorizer, stage: Stage, request: Request) -> None:
    headers, query = joined(request.headers.fields), joined(query_pairs(request.query))
    for source in authorizer.identity_source:
        if source.startswith(_HEADER):
            value = headers.get(source.removeprefix(_HEADER).lower())
        elif source.startswith(_QUERY):
            value = query.get(source.removeprefix(_QUERY))
        else:
            value = stage.variables.get(source.removeprefix(_VARIABLE))
        if not value:
            raise refusal.unauthorized(f"the identity source {source} is missing")
