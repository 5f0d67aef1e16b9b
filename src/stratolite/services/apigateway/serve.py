"""A request to a deployed API, from the stage that it means to the response."""

from stratolite.core.call import Call
from stratolite.core.errors import RequestEntityTooLarge
from stratolite.http.message import Request, Response
from stratolite.services.apigateway import Apigateway, failure, gate, logs, mapped, proxy, reply, rules
from stratolite.services.apigateway.answer import finish, refuse
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import Failure
from stratolite.services.apigateway.locate import locate
from stratolite.services.apigateway.tracing import trace_of


async def serve(apigateway: Apigateway, request: Request) -> Response:
    """Answer a request to a deployed API."""
    world = apigateway.world
    request_id = world.entropy.uuid()
    extended_id = world.entropy.base64url(11) + "="
    located = locate(apigateway, request)
    if located is None:
        return refuse(None, failure.forbidden(), request_id, extended_id)
    stage, path, stage_path = located
    exchange = Exchange(request, stage, path, request_id, extended_id, world.clock.now_ms())
    exchange.stage_path = stage_path
    call = _call(apigateway, exchange)
    started_s = world.clock.elapsed_s()
    refusal: Failure | None = None
    try:
        response = finish(exchange, await _answered(apigateway, call, exchange))
    except Failure as raised:
        refusal = raised
        response = refuse(exchange, raised, request_id, extended_id)
    if logs.wanted(exchange):
        elapsed_ms = round((world.clock.elapsed_s() - started_s) * 1000)
        await logs.write(apigateway, call, exchange, response, refusal, elapsed_ms)
    return response


async def _answered(apigateway: Apigateway, call: Call, exchange: Exchange) -> reply.Reply:
    _match(exchange)
    await _read(exchange)
    await gate.admit(apigateway, call, exchange)
    return await _integrate(apigateway, call, exchange)


def _match(exchange: Exchange) -> None:
    if exchange.stage.api["disableExecuteApiEndpoint"]:
        raise failure.forbidden()
    found = exchange.stage.matcher.match(exchange.path)
    if found is None:
        raise failure.no_such_route()
    routes, parameters = found
    route = routes.get(exchange.request.method) or routes.get("ANY")
    if route is None:
        raise failure.no_such_route()
    exchange.route = route
    exchange.path_parameters = parameters


async def _read(exchange: Exchange) -> None:
    request = exchange.request
    if request.body:
        exchange.body = request.body
    else:
        try:
            exchange.body = await request.stream.read(rules.PAYLOAD_BYTES_MAX)
        except RequestEntityTooLarge:
            raise failure.too_large() from None
    if len(exchange.body) > rules.PAYLOAD_BYTES_MAX:
        raise failure.too_large()


def _call(apigateway: Apigateway, exchange: Exchange) -> Call:
    header, trace_id = trace_of(exchange.request.headers.get("x-amzn-trace-id"), apigateway.world)
    exchange.trace_id = header
    return Call(
        account=exchange.stage.account,
        region=exchange.stage.region,
        request_id=exchange.request_id,
        now_ms=exchange.now_ms,
        trace_id=trace_id,
        endpoint=apigateway.world.settings.endpoint,
    )


async def _integrate(apigateway: Apigateway, call: Call, exchange: Exchange) -> reply.Reply:
    kind = exchange.route.integration["type"]
    if kind == "AWS_PROXY":
        return await proxy.answer(apigateway, call, exchange)
    if kind == "AWS":
        return await mapped.answer_lambda(apigateway, call, exchange)
    assert kind == "MOCK", "PutIntegration refuses every other type"
    return await mapped.answer_mock(exchange)
