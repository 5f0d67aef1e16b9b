"""A request to upgrade, from the place where it arrives to the connection, or to why there is none.

A client is connected once ``$connect`` has answered with a status of success; until then nothing can be sent to it.
What is known of it is durable before the function is called: whatever that does for a client is undone by
``$disconnect``, also when this process does not live to see it.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
"""

import base64
import logging

from stratolite.http.fields import latin
from stratolite.http.message import Request, Response
from stratolite.http.upgrade import Upgrade
from stratolite.http.websocket import accept_key
from stratolite.services.apigatewayv2 import Apigatewayv2
from stratolite.services.apigatewayv2.websocket import event, integration, logs, metrics, refusal
from stratolite.services.apigatewayv2.websocket.admission import admit
from stratolite.services.apigatewayv2.websocket.client import Client, Moment, moment_of
from stratolite.services.apigatewayv2.websocket.locate import Nowhere, Place, named_stage
from stratolite.services.apigatewayv2.websocket.refusal import Refusal
from stratolite.services.apigatewayv2.websocket.stage import CONNECT, LiveStage

CONNECTION_ID_BYTES = 11
_PROTOCOL = "sec-websocket-protocol"
_SUCCESS = range(200, 300)

log = logging.getLogger("stratolite.apigatewayv2")


async def answer(apigatewayv2: Apigatewayv2, request: Request, place: Place | Nowhere) -> Upgrade | Response:
    """Connect a client, or refuse it."""
    if isinstance(place, Nowhere):
        return Response(403, [("content-type", "application/json")], b'{"message":"Forbidden"}')
    key = accept_key(request)
    if not key:
        return Response(400, [("content-type", "application/json")], b'{"message": "Bad Request"}')
    live = place.stage
    client = _client(apigatewayv2, request, place)
    moment = moment_of(apigatewayv2.world, client, request.headers.get("x-amzn-trace-id"))
    refused: Refusal | None = None
    headers: list[tuple[str, str]] = []
    try:
        answered = await _asked(apigatewayv2, moment, live, request)
        status, body = answered.status, answered.body
        chosen = next((value for name, value in answered.headers.items() if name.lower() == _PROTOCOL), None)
        if isinstance(chosen, str):
            headers.append(("Sec-WebSocket-Protocol", latin(chosen)))
        if named_stage(apigatewayv2, client.api_id, client.stage) is None:
            raise refusal.forbidden("the stage has been deleted meanwhile")
    except Refusal as raised:
        refused, status, body = raised, raised.status, refusal.text(raised, moment)
        if raised.reason and status != 403:
            # The client learns nothing of it, as on AWS: whoever wrote the API has to learn why from somewhere.
            log.warning("%s of the API %s: %s", CONNECT, live.deployed.name, raised.reason)
    metrics.connected(apigatewayv2, moment, live, refused)
    logs.write(apigatewayv2, moment, live.stage, CONNECT, "CONNECT", status, refused)
    if status not in _SUCCESS:
        await apigatewayv2.connections.forget(client)
        fields = [("content-type", "application/json"), ("x-amzn-requestid", moment.ids.request)]
        return Response(status if 300 <= status < 600 else 502, [*fields, *headers], body.encode())
    upgraded = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", key), *headers]
    return Upgrade(upgraded, apigatewayv2.connections.open(client))


async def _asked(apigatewayv2: Apigatewayv2, moment: Moment, live: LiveStage, request: Request) -> integration.Answer:
    """What ``$connect`` answers; without such a route everybody is let in. Raises Refusal."""
    if live.deployed.disable_execute_api_endpoint:
        raise refusal.forbidden("the endpoint is disabled")
    route = live.routes.get(CONNECT)
    if route is not None:
        if route.burst >= 0 and not apigatewayv2.buckets.take(
            (live.stage.api_id, live.stage.name, CONNECT), route.rate, route.burst
        ):
            raise refusal.throttled()
        await admit(apigatewayv2, moment, live.stage, route, request)
    await apigatewayv2.connections.remember(moment.client)
    if route is None:
        return integration.Answer(200, {}, "")
    return await metrics.timed(
        apigatewayv2,
        moment,
        live,
        integration.call(apigatewayv2, moment, route, None, lambda: event.connect(moment, live.stage, request)),
    )


def _client(apigatewayv2: Apigatewayv2, request: Request, place: Place) -> Client:
    world, stage = apigatewayv2.world, place.stage.stage
    return Client(
        connection_id=base64.urlsafe_b64encode(world.entropy.token_bytes(CONNECTION_ID_BYTES)).decode(),
        account=stage.account,
        region=stage.region,
        api_id=stage.api_id,
        stage=stage.name,
        domain=place.domain,
        host=request.host,
        source_ip=request.client,
        user_agent=request.headers.get("user-agent"),
        connected_ms=world.clock.now_ms(),
    )
