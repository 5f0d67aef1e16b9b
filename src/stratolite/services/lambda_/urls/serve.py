"""A request to a function URL, from its arrival to its response."""

from collections.abc import AsyncIterator

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, RequestEntityTooLarge
from stratolite.core.trace import trace_header
from stratolite.engine.model import Outcome
from stratolite.http.message import BrokenOff, Request, Response, ResponseBody
from stratolite.services.lambda_ import Lambda, metrics, rules, streaming
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.invocation import event_of, execute
from stratolite.services.lambda_.streaming import Running
from stratolite.services.lambda_.urls import access, cors, event, reply
from stratolite.services.lambda_.urls.event import Visit
from stratolite.services.lambda_.urls.reply import BadReply, Reply

FAULT = b"Internal Server Error"
"""Recorded by ``test_lambda_url_invocation_exception``: the body of a 502, whatever went wrong in the function."""


async def serve(lambda_: Lambda, request: Request, url_id: str, path: str) -> Response:
    """Answer a request to a URL; ``path`` is what comes after the URL's own address."""
    world, began_s = lambda_.world, lambda_.world.clock.elapsed_s()
    request_id, now_ms = world.entropy.uuid(), world.clock.now_ms()
    sent = request.headers.get("x-amzn-trace-id")
    trace_id = trace_header(sent, now_ms, world.entropy)
    fields = [("x-amzn-RequestId", request_id), ("X-Amzn-Trace-Id", trace_id)]
    url = lambda_.urls.of_id(url_id)
    if url is None:
        return _refusal(fields, 403, "AccessDeniedException", {"Message": None})
    asked = cors.preflight(url.cors, request)
    if asked is not None:
        return Response(asked.status, [*fields, *asked.headers])
    call = Call(
        account=url.name.account,
        region=url.name.region,
        request_id=request_id,
        now_ms=now_ms,
        trace_id=trace_id,
        endpoint=world.settings.endpoint,
    )
    try:
        caller = access.caller(call, lambda_, url, request)
        body = request.body or await request.stream.read(rules.PAYLOAD_BYTES_MAX)
        trace = trace_id if trace_id == sent else trace_id.partition(";")[0]
        visit = Visit(url, request, path, body, request_id, now_ms, trace, caller)
        response = await _answered(call, lambda_, visit)
    except RequestEntityTooLarge:
        # The words are AWS's for a payload of Invoke; its answer here is not recorded.
        response = _refusal([], 413, "RequestTooLargeException", {"Message": "Request Entity Too Large"})
    except AwsError as error:
        response = _refusal([], error.status, error.code, {**error.fields, "Message": error.message})
    except BadReply:
        response = Response(502, [("Content-Type", "application/json")], FAULT)
    response.headers = [*fields, *response.headers, *cors.shared(url.cors, request)]
    metrics.visited(lambda_, url.name, response.status, (world.clock.elapsed_s() - began_s) * 1000)
    return response


async def _answered(call: Call, lambda_: Lambda, visit: Visit) -> Response:
    payload, url = event.encoded(visit), visit.url
    if len(payload) > rules.PAYLOAD_BYTES_MAX:
        raise RequestEntityTooLarge("Request Entity Too Large")
    given = event_of(call, payload)
    if url.is_streamed:
        running = await streaming.begin(lambda_, url.name, given)
        return await _streamed(url.name, running, is_read=visit.request.method != "HEAD")
    outcome = await execute(lambda_, url.name, given)
    return _response(_whole(outcome))


def _whole(outcome: Outcome) -> Reply:
    if outcome.error:
        raise BadReply(outcome.payload.decode(errors="replace"))
    return reply.buffered(outcome.payload, outcome.content_type)


def _response(answered: Reply) -> Response:
    return Response(answered.status, answered.fields, answered.body)


async def _streamed(name: FunctionName, running: Running, *, is_read: bool) -> Response:
    """The response of a function that answers in pieces, or all at once: then its answer is the body as it is."""
    stream = running.stream
    if not stream.has_begun:
        return _response(_whole(await running.outcome))
    if stream.content_type != reply.INTEGRATION_TYPE:
        return Response(200, [("Content-Type", stream.content_type)], _body(name, running, b"", is_read))
    data = b""
    while reply.DELIMITER not in data:
        piece = await stream.read()
        data += piece
        if not piece or len(data) > reply.PRELUDE_BYTES_MAX:
            stream.abandon()
            raise BadReply("the prelude has no end")
    prelude, _, first = data.partition(reply.DELIMITER)
    answered = reply.streamed(prelude)
    return Response(answered.status, answered.fields, _body(name, running, first, is_read))


def _body(name: FunctionName, running: Running, first: bytes, is_read: bool) -> ResponseBody:
    if is_read:
        return _pieces(name, running, first)
    # Nobody will ask for the pieces: the function must not wait for that.
    running.stream.abandon()
    return b""


async def _pieces(name: FunctionName, running: Running, first: bytes) -> AsyncIterator[bytes]:
    try:
        if first:
            yield first
        async for piece in running.stream:
            yield piece
    finally:
        running.stream.abandon()
    if failure := await running.failure():
        raise BrokenOff(f"{name.qualified_arn} failed in the middle of it ({failure})")


def _refusal(fields: list[tuple[str, str]], status: int, error_type: str, body: dict[str, str | None]) -> Response:
    shown = [*fields, ("Content-Type", "application/json"), ("x-amzn-ErrorType", error_type)]
    return Response(status, shown, msgspec.json.encode(body))
