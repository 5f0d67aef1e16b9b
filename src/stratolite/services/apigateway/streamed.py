"""The AWS_PROXY integration whose answer is passed on as it comes: a head in JSON, eight zero bytes, the body.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from collections.abc import AsyncIterator

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.ports.functions import FunctionStream
from stratolite.http.message import BODILESS, BrokenOff
from stratolite.services.apigateway import Apigateway, event, reply
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import Failure, malformed, misconfigured, not_answered
from stratolite.services.apigateway.reply import Reply

DELIMITER = bytes(8)
HEAD_BYTES_MAX = 1024 * 1024


async def answer(apigateway: Apigateway, call: Call, exchange: Exchange) -> Reply:
    """Invoke the function; returns when the head of its answer is there.

    Raises Failure: 502 it failed or its head is malformed, 504 it is too slow, 500 it cannot be called.
    """
    if not exchange.route.function:
        raise misconfigured()
    stream = await _begun(apigateway, call, exchange)
    try:
        head, first = await _head(stream)
        answered = reply.read_head(head)
    except Failure:
        stream.abandon()
        raise
    if exchange.is_trial:
        answered.body = await _whole(exchange, stream, first)
        exchange.received = head + DELIMITER + answered.body
    elif exchange.request.method == "HEAD" or answered.status in BODILESS:
        stream.abandon()
    else:
        answered.pieces = _pieces(exchange, stream, first)
    return answered


async def _begun(apigateway: Apigateway, call: Call, exchange: Exchange) -> FunctionStream:
    route, elapsed_s = exchange.route, apigateway.world.clock.elapsed_s
    payload, began_s = event.encoded(exchange), elapsed_s()
    exchange.trace_shown = True
    if exchange.is_trial:
        exchange.sent = payload
    try:
        stream = await apigateway.world.ports.function.stream(call, route.function, payload, route.timeout_s)
    except (AwsError, TimeoutError) as error:
        raise not_answered(error) from None
    finally:
        exchange.integration_s = elapsed_s() - began_s
    if stream is None:
        raise malformed()
    return stream


async def _head(stream: FunctionStream) -> tuple[bytes, bytes]:
    """The head, and what has come of the body with it. Raises Failure where a head has no end."""
    data = b""
    while DELIMITER not in data:
        piece = await stream.read()
        if not piece or len(data) > HEAD_BYTES_MAX:
            raise malformed()
        data += piece
    head, _, first = data.partition(DELIMITER)
    return head, first


async def _whole(exchange: Exchange, stream: FunctionStream, first: bytes) -> bytes:
    try:
        return b"".join([piece async for piece in _pieces(exchange, stream, first)])
    except BrokenOff:
        raise malformed() from None


async def _pieces(exchange: Exchange, stream: FunctionStream, first: bytes) -> AsyncIterator[bytes]:
    try:
        if first:
            yield first
        while piece := await stream.read():
            yield piece
    finally:
        stream.abandon()
    if failure := await stream.failure():
        raise BrokenOff(f"{exchange.route.function} failed in the middle of it ({failure})")
