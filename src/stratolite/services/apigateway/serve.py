"""A request to a deployed API, from the place where it arrives to the response."""

from collections.abc import Awaitable

from stratolite.core.call import Call
from stratolite.core.errors import RequestEntityTooLarge
from stratolite.core.ids import DRAWN_BYTES, ids_of
from stratolite.http.message import Request, Response
from stratolite.services.apigateway import (
    Apigateway,
    caching,
    failure,
    gate,
    logs,
    mapped,
    metrics,
    outgoing,
    proxy,
    rules,
)
from stratolite.services.apigateway.answer import finish, refuse
from stratolite.services.apigateway.canary import serving
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import Failure
from stratolite.services.apigateway.locate import Place
from stratolite.services.apigateway.reply import Reply


async def serve(apigateway: Apigateway, request: Request, place: Place | None) -> Response:
    """Answer a request to a deployed API, from the place where it arrives."""
    world = apigateway.world
    now_ms = world.clock.now_ms()
    ids = ids_of(world.entropy.token_bytes(DRAWN_BYTES), request.headers.get("x-amzn-trace-id"), now_ms)
    if place is None:
        return refuse(None, failure.forbidden(), ids.request, ids.extended)
    if place.stage.canary is not None:
        place = serving(place, world.entropy)
    exchange = Exchange(request, place, ids, now_ms)
    stage = place.stage
    call = Call(stage.account, stage.region, ids.request, now_ms, ids.carried, world.settings.endpoint)
    started_s = world.clock.elapsed_s()
    refusal: Failure | None = None
    try:
        _match(exchange, place)
        whole = request.stream.whole
        if whole is not None and len(whole) <= rules.PAYLOAD_BYTES_MAX:
            exchange.body = whole
        else:
            await _read(exchange)
        if exchange.route.is_guarded:
            await gate.admit(apigateway, call, exchange)
        if exchange.route.caching is None:
            reply = await integrated(apigateway, call, exchange)
        else:
            reply = await caching.answer(apigateway, call, exchange, lambda: integrated(apigateway, call, exchange))
        response = finish(exchange, reply)
    except Failure as raised:
        refusal = raised
        response = refuse(exchange, raised, ids.request, ids.extended)
    elapsed_s = world.clock.elapsed_s() - started_s
    metrics.answered(apigateway, exchange, response.status, elapsed_s)
    if logs.wanted(exchange):
        await logs.write(apigateway, call, exchange, response, refusal, round(elapsed_s * 1000))
    return response


def _match(exchange: Exchange, place: Place) -> None:
    if exchange.stage.api["disableExecuteApiEndpoint"]:
        raise failure.forbidden()
    route = place.route
    if route is None:
        raise failure.no_such_route()
    exchange.route = route
    if route.has_metrics:
        exchange.detailed = route.method["httpMethod"], route.resource_path
    exchange.path_parameters = place.path_parameters


async def _read(exchange: Exchange) -> None:
    request = exchange.request
    try:
        exchange.body = request.body or await request.stream.read(rules.PAYLOAD_BYTES_MAX)
    except RequestEntityTooLarge:
        raise failure.too_large() from None
    if len(exchange.body) > rules.PAYLOAD_BYTES_MAX:
        raise failure.too_large()


def integrated(apigateway: Apigateway, call: Call, exchange: Exchange) -> Awaitable[Reply]:
    """What the integration answers."""
    kind = exchange.route.integration["type"]
    if kind == "AWS_PROXY":
        return proxy.answer(apigateway, call, exchange)
    if kind == "AWS" and exchange.route.asked is not None:
        return outgoing.answer_service(apigateway, exchange)
    if kind == "AWS":
        return mapped.answer_lambda(apigateway, call, exchange)
    if kind == "HTTP_PROXY":
        return outgoing.answer_proxy(apigateway, exchange)
    if kind == "HTTP":
        return outgoing.answer_mapped(apigateway, exchange)
    assert kind == "MOCK", "PutIntegration refuses every other type"
    return mapped.answer_mock(exchange)
