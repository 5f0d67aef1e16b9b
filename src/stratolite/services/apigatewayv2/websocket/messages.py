"""A client's message: to the integration of its route and, where the route has a response, back.

Messages of one client are answered side by side, as on AWS; one that is in no hurry to be answered holds up none of the
others. What no route takes, and what an integration fails at, is answered by the gateway.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
"""

import base64
import logging

from stratolite.services.apigatewayv2 import Apigatewayv2
from stratolite.services.apigatewayv2.websocket import event, integration, logs, metrics, refusal, selection
from stratolite.services.apigatewayv2.websocket.client import Client, Moment, moment_of
from stratolite.services.apigatewayv2.websocket.locate import named_stage
from stratolite.services.apigatewayv2.websocket.refusal import Refusal
from stratolite.services.apigatewayv2.websocket.stage import LiveStage

MESSAGE_ID_BYTES = 11
NO_ROUTE = "-"

log = logging.getLogger("stratolite.apigatewayv2")


async def answer(apigatewayv2: Apigatewayv2, client: Client, text: str) -> str:
    """What the client is to be told of its message; empty when that is nothing."""
    live = named_stage(apigatewayv2, client.api_id, client.stage)
    if live is None:
        # The stage has been deleted meanwhile: the connection is about to be closed.
        return ""
    moment = moment_of(apigatewayv2.world, client)
    message = selection.read(text)
    route = live.route_of(message)
    key = NO_ROUTE if route is None else route.key
    refused: Refusal | None = None
    try:
        status, told = await _answered(apigatewayv2, moment, live, text, message)
    except Refusal as raised:
        refused, status, told = raised, raised.status, refusal.text(raised, moment)
        if raised.reason:
            log.warning("%s of the API %s: %s", key, live.deployed.name, raised.reason)
    metrics.said(apigatewayv2, moment, live, key, refused)
    logs.write(apigatewayv2, moment, live.stage, key, "MESSAGE", status, refused, text)
    return told


async def _answered(
    apigatewayv2: Apigatewayv2, moment: Moment, live: LiveStage, text: str, message: object
) -> tuple[int, str]:
    route = live.route_of(message)
    if route is None:
        raise refusal.forbidden()
    stage = live.stage
    if route.burst >= 0 and not apigatewayv2.buckets.take(
        (stage.api_id, stage.name, route.key), route.rate, route.burst
    ):
        raise refusal.throttled()
    message_id = base64.urlsafe_b64encode(apigatewayv2.world.entropy.token_bytes(MESSAGE_ID_BYTES)).decode()
    answered = await metrics.timed(
        apigatewayv2,
        moment,
        live,
        integration.call(
            apigatewayv2, moment, route, message, lambda: event.message(moment, stage, route.key, message_id, text)
        ),
    )
    return answered.status, answered.body if route.route.answers else ""
