"""Invoke: at once, piece by piece, later, or not at all (DryRun)."""

import base64
import binascii
from collections.abc import AsyncIterator

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.lambda_ import Lambda, api, background, rules, streaming
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.invocation import event_of, execute
from stratolite.services.lambda_.names import function_name, not_found
from stratolite.services.lambda_.payload import check_json
from stratolite.services.lambda_.streaming import Running

CLIENT_CONTEXT_BYTES_MAX = 3583


async def invoke(call: Call, lambda_: Lambda, request: api.InvocationRequest) -> api.InvocationResponse:
    """Run a function. A function's own failure is no error of the operation: ``FunctionError`` names it."""
    name = function_name(call, request["FunctionName"], request.get("Qualifier", ""))
    kind = request.get("InvocationType", "RequestResponse")
    payload = request.get("Payload", b"")
    for setting in ("DurableExecutionName", "TenantId"):
        if request.get(setting):
            raise NotImplementedHere(f"{setting} is not implemented by this version of Stratolite.")
    rules.check_payload_size(payload, kind)
    if payload:
        check_json(payload)
    event = event_of(call, payload, _client_context(request.get("ClientContext", "")))
    event.is_log_wanted = request.get("LogType") == "Tail"
    if kind == "RequestResponse":
        outcome = await execute(lambda_, name, event)
        answer: api.InvocationResponse = {
            "StatusCode": 200,
            "Payload": outcome.payload,
            "ExecutedVersion": outcome.executed_version,
        }
        if outcome.error:
            answer["FunctionError"] = "Unhandled"
        if event.is_log_wanted:
            answer["LogResult"] = base64.b64encode(outcome.log_tail).decode()
        return answer
    _require(lambda_, name)
    if kind == "DryRun":
        return {"StatusCode": 204}
    await lambda_.world.database.transact(lambda: background.accept(call, lambda_, name, event))
    return {"StatusCode": 202}


async def invoke_with_response_stream(
    call: Call, lambda_: Lambda, request: api.InvokeWithResponseStreamRequest
) -> api.InvokeWithResponseStreamResponse:
    """Run a function and pass its response on piece by piece; one that does not stream answers in one piece."""
    name = function_name(call, request["FunctionName"], request.get("Qualifier", ""))
    kind, payload = request.get("InvocationType", "RequestResponse"), request.get("Payload", b"")
    if request.get("TenantId"):
        raise NotImplementedHere("TenantId is not implemented by this version of Stratolite.")
    rules.check_payload_size(payload, kind)
    if payload:
        check_json(payload)
    event = event_of(call, payload, _client_context(request.get("ClientContext", "")))
    if kind == "DryRun":
        _require(lambda_, name)
        return {"StatusCode": 204}
    event.is_log_wanted = request.get("LogType") == "Tail"
    running = await streaming.begin(lambda_, name, event)
    events = _events(running, is_log_wanted=event.is_log_wanted)
    return {"StatusCode": 200, "ExecutedVersion": event.executed_version, "EventStream": events}


async def _events(running: Running, *, is_log_wanted: bool) -> AsyncIterator[api.InvokeWithResponseStreamResponseEvent]:
    try:
        async for piece in running.stream:
            yield {"PayloadChunk": {"Payload": piece}}
    finally:
        running.stream.abandon()
    outcome = await running.outcome
    complete: api.InvokeWithResponseStreamCompleteEvent = {}
    if outcome.error:
        complete = {"ErrorCode": outcome.error, "ErrorDetails": outcome.payload.decode(errors="replace")}
    if is_log_wanted:
        complete["LogResult"] = base64.b64encode(outcome.log_tail).decode()
    yield {"InvokeComplete": complete}


async def invoke_async(call: Call, lambda_: Lambda, request: api.InvokeAsyncRequest) -> api.InvokeAsyncResponse:
    """The older form of Invoke with ``InvocationType=Event``."""
    name = function_name(call, request["FunctionName"])
    arguments = request["InvokeArgs"]
    payload = arguments if isinstance(arguments, bytes) else await arguments.read(rules.PAYLOAD_ASYNC_BYTES_MAX)
    rules.check_payload_size(payload, "Event")
    if payload:
        check_json(payload)
    _require(lambda_, name)
    event = event_of(call, payload)
    await lambda_.world.database.transact(lambda: background.accept(call, lambda_, name, event))
    return {"Status": 202}


def _require(lambda_: Lambda, name: FunctionName) -> None:
    """Raises ResourceNotFoundException in the words of Invoke, which names ``$LATEST``."""
    if lambda_.store.function(name) is None:
        raise not_found(f"Function not found: {name.with_qualifier(name.qualifier or '$LATEST').qualified_arn}")
    lambda_.store.require_version(name)


def _client_context(header: str) -> str:
    """The JSON text that the header carries in base 64."""
    if not header:
        return ""
    try:
        text = base64.b64decode(header, validate=True)
        msgspec.json.decode(text, type=dict)
        return text.decode()
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise api.InvalidRequestContentException("Client context must be a valid Base64-encoded JSON object.") from None
