"""The AWS_PROXY integration: the whole request goes to a Lambda function, its answer is the response."""

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.ports.functions import FunctionResult
from stratolite.services.apigateway import Apigateway, event, reply, streamed
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import malformed, misconfigured, not_answered
from stratolite.services.apigateway.reply import Reply


async def answer(apigateway: Apigateway, call: Call, exchange: Exchange) -> Reply:
    """Invoke the function and read its answer.

    Raises Failure: 502 it failed or its answer is malformed, 504 it is too slow, 500 it cannot be called.
    """
    if exchange.route.is_misconfigured:
        raise misconfigured()
    if exchange.route.is_streamed:
        return await streamed.answer(apigateway, call, exchange)
    result = await invoke(apigateway, call, exchange, event.encoded(exchange))
    if result.error:
        raise malformed()
    read = reply.read(result.payload)
    if read.is_base64 and is_binary_wanted(exchange, read):
        read.body = reply.decoded(read)
    return read


async def invoke(apigateway: Apigateway, call: Call, exchange: Exchange, payload: bytes) -> FunctionResult:
    """Invoke the integration's function and wait, at most the integration's time-out. Raises Failure."""
    route = exchange.route
    if not route.function:
        raise misconfigured()
    exchange.trace_shown = True
    elapsed_s = apigateway.world.clock.elapsed_s
    began_s = elapsed_s()
    try:
        port = apigateway.world.ports.function
        result = await port.invoke(call, route.function, payload, route.timeout_s)
        if exchange.is_trial:
            exchange.sent, exchange.received = payload, result.payload
        return result
    except (AwsError, TimeoutError) as error:
        raise not_answered(error) from None
    finally:
        exchange.integration_s = elapsed_s() - began_s


def is_binary_wanted(exchange: Exchange, read: Reply) -> bool:
    """Whether the client is sent the bytes: its first accepted type decides, else the response's own type."""
    accepted = exchange.request.headers.get("accept").partition(",")[0]
    return exchange.stage.is_binary(accepted or read.content_type())
