"""A request to a deployed HTTP API, from the place where it arrives to the response."""

from collections.abc import Awaitable

from stratolite.core.call import Call
from stratolite.core.errors import RequestEntityTooLarge
from stratolite.core.ids import DRAWN_BYTES, ids_of
from stratolite.http.message import BODILESS, Request, Response
from stratolite.services.apigatewayv2 import (
    Apigatewayv2,
    aws,
    cors,
    forward,
    logs,
    metrics,
    parameters,
    proxy,
    refusal,
)
from stratolite.services.apigatewayv2.authorization import authorize
from stratolite.services.apigatewayv2.exchange import Exchange
from stratolite.services.apigatewayv2.locate import Place
from stratolite.services.apigatewayv2.refusal import Refusal
from stratolite.services.apigatewayv2.reply import Fields, Reply

PAYLOAD_BYTES_MAX = 10 * 1024 * 1024
HEADER_BYTES_MAX = 10_240
"""What the request line and the fields of a request have at most, in bytes.
Source of both: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""


async def serve(apigatewayv2: Apigatewayv2, request: Request, place: Place | None) -> Response:
    """Answer a request to a deployed API."""
    world = apigatewayv2.world
    now_ms = world.clock.now_ms()
    ids = ids_of(world.entropy.token_bytes(DRAWN_BYTES), request.headers.get("x-amzn-trace-id"), now_ms)
    if place is None:
        return _refuse(refusal.not_found(), ids.extended)
    exchange = Exchange(request, place, ids, now_ms)
    stage = place.stage
    owner = stage.stage
    call = Call(owner.account, owner.region, ids.request, now_ms, ids.carried, world.settings.endpoint)
    started_s = world.clock.elapsed_s()
    refused: Refusal | None = None
    try:
        response = _finish(await _answered(apigatewayv2, call, exchange), ids.extended)
    except Refusal as raised:
        refused = raised
        response = _refuse(raised, ids.extended)
    if stage.deployed.cors is not None and not _is_answered_preflight(exchange, response):
        response.headers = cors.shared(stage.deployed.cors, request, response.headers)
    elapsed_s = world.clock.elapsed_s() - started_s
    data_bytes = len(exchange.body) + (len(response.body) if isinstance(response.body, bytes) else 0)
    metrics.answered(apigatewayv2, exchange, response.status, elapsed_s, data_bytes)
    if stage.stage.access_log_format:
        logs.write(apigatewayv2, call, exchange, response, refused, elapsed_s)
    return response


async def _answered(apigatewayv2: Apigatewayv2, call: Call, exchange: Exchange) -> Reply:
    place, stage, request = exchange.place, exchange.stage, exchange.request
    if stage.deployed.disable_execute_api_endpoint:
        raise refusal.not_found()
    own = stage.deployed.cors
    is_preflight = own is not None and cors.is_preflight(request)
    if place.route is None and not is_preflight:
        raise refusal.not_found()
    _check_header(request)
    if place.route is not None:
        exchange.route = route = place.route
        if route.burst >= 0 and not apigatewayv2.buckets.take(
            (stage.api_id, stage.name, route.key), route.rate, route.burst
        ):
            raise refusal.throttled()
        if route.route.authorization_type != "NONE":
            if route.route.authorization_type == "AWS_IAM":
                # The body is signed, too.
                await _read(exchange)
            await authorize(apigatewayv2, call, exchange)
    if is_preflight:
        # A route that matches is asked who may pass first, which is why AWS advises an OPTIONS route beside $default.
        assert own is not None
        return Reply(204, cors.preflight(own, request), b"")
    whole = request.stream.whole
    if whole is not None and len(whole) <= PAYLOAD_BYTES_MAX:
        exchange.body = whole
    else:
        await _read(exchange)
    mapped = exchange.route.mapped
    if mapped is not None and mapped.request:
        parameters.change_request(exchange, mapped.request)
    started_s = apigatewayv2.world.clock.elapsed_s()
    try:
        reply = await _integrated(apigatewayv2, call, exchange)
    except Refusal as refused:
        exchange.integration_error = refused.reason
        raise
    finally:
        exchange.integration_s = apigatewayv2.world.clock.elapsed_s() - started_s
    exchange.integration_status = str(reply.status)
    changes = mapped.response.get(reply.status) if mapped is not None else None
    if changes:
        reply.status, reply.fields = parameters.change_response(
            exchange, changes, reply.status, reply.fields, reply.body
        )
    return reply


def _integrated(apigatewayv2: Apigatewayv2, call: Call, exchange: Exchange) -> Awaitable[Reply]:
    integration = exchange.route.integration
    if integration is None:
        raise refusal.not_found()
    if integration.kind == "HTTP_PROXY":
        return forward.answer(exchange, integration, apigatewayv2.world.settings.detour)
    if integration.subtype:
        return aws.answer(apigatewayv2, exchange, integration)
    return proxy.answer(apigatewayv2, call, exchange, integration)


async def _read(exchange: Exchange) -> None:
    request = exchange.request
    if exchange.body:
        return
    try:
        exchange.body = request.body or await request.stream.read(PAYLOAD_BYTES_MAX)
    except RequestEntityTooLarge:
        raise refusal.too_large() from None
    if len(exchange.body) > PAYLOAD_BYTES_MAX:
        raise refusal.too_large()


def _check_header(request: Request) -> None:
    headers = request.headers
    size = headers.derived.get(_check_header)
    if size is None:
        # Each line has a colon, a space and its end; the first one method, protocol and three separators.
        size = sum(len(name) + len(value) + 4 for name, value in headers.fields) + len(request.method) + 12
        headers.derived[_check_header] = size
    if size + len(request.path) + len(request.query) > HEADER_BYTES_MAX:
        raise refusal.header_too_large()


def _is_answered_preflight(exchange: Exchange, response: Response) -> bool:
    return response.status == 204 and cors.is_preflight(exchange.request)


def _finish(reply: Reply, request_id: str) -> Response:
    body = b"" if reply.status in BODILESS or reply.status < 200 else reply.body
    return Response(max(reply.status, 200), [*reply.fields, ("apigw-requestid", request_id)], body)


def _refuse(refused: Refusal, request_id: str) -> Response:
    fields: Fields = [("content-type", "application/json"), *refused.fields, ("apigw-requestid", request_id)]
    return Response(refused.status, fields, b'{"message":"%b"}' % refused.message.encode())
