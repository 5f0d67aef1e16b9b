"""Where records of asynchronous invokes go: a queue, a topic, a function, an event bus, a bucket.

They are sent in the transaction that ends the event. One that cannot be sent is logged and gone, as on AWS. A bucket is
written by a delivery of its own, because writing an object waits for the disk.
Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import logging
from dataclasses import dataclass
from typing import Any

import msgspec

from stratolite.core.call import Call
from stratolite.core.clock import iso8601
from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.services.lambda_ import Lambda, api, metrics
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.names import function_of_arn, invalid

OBJECT_KIND = "lambda_.record"
SERVICES = ("sqs", "sns", "lambda", "events")
"""What can be told of either ending; a bucket of failures alone."""

log = logging.getLogger("stratolite.lambda")


@dataclass(frozen=True, slots=True)
class Ending:
    """How an event ended. ``function``: the ARN with the qualifier under which it was invoked."""

    function: str
    request_id: str
    condition: str
    """``Success``, ``RetriesExhausted``, ``EventAgeExceeded``, ``ZeroReservedConcurrency`` ..."""
    invoke_count: int
    request_payload: bytes
    executed_version: str = ""
    """Empty when it was not executed: the record says nothing of a response then."""
    function_error: str = ""
    response_payload: bytes = b""


class StoredRecord(msgspec.Struct, array_like=True):
    """A record on its way to a bucket."""

    bucket: str
    key: str
    record: bytes


def record(ending: Ending, now_ms: int) -> bytes:
    """The invocation record, as JSON (recorded: ``TestLambdaDestinationSqs``)."""
    shown: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso8601(now_ms),
        "requestContext": {
            "requestId": ending.request_id,
            "functionArn": ending.function,
            "condition": ending.condition,
            "approximateInvokeCount": ending.invoke_count,
        },
        "requestPayload": _json(ending.request_payload),
    }
    if ending.executed_version:
        context = {"statusCode": 200, "executedVersion": ending.executed_version}
        if ending.function_error:
            context["functionError"] = ending.function_error
        shown["responseContext"] = context
        shown["responsePayload"] = _json(ending.response_payload)
    return msgspec.json.encode(shown)


def send(call: Call, lambda_: Lambda, target: str, ending: Ending) -> None:
    """Send the record to a destination in the current transaction, in the name of the function."""
    document = record(ending, call.now_ms)
    try:
        lambda_.world.database.nested(lambda: _send(call, lambda_, target, ending, document))
    except AwsError as error:
        name = function_of_arn(ending.function)
        if name is not None:
            metrics.count(lambda_, name, "DestinationDeliveryFailures")
        log.warning("%s could not be told how an event of %s ended: %s", target, ending.function, error)


def _send(call: Call, lambda_: Lambda, target: str, ending: Ending, document: bytes) -> None:
    world, service = lambda_.world, target.split(":")[2]
    if service == "sqs":
        world.ports.queue.send(call, target, document.decode())
    elif service == "sns":
        world.ports.topic.publish(call, target, document.decode())
    elif service == "lambda":
        world.ports.function.invoke_later(call, target, document, source=ending.function)
    elif service == "events":
        _put_event(call, lambda_, target, ending, document)
    else:
        name = function_of_arn(ending.function)
        assert service == "s3" and name is not None, f"{target} was refused when it was configured"
        bucket = target.split(":")[5]
        stored = StoredRecord(bucket, object_key(name, call.now_ms, world.entropy.uuid()), document)
        world.outbox.put(call, OBJECT_KIND, msgspec.msgpack.encode(stored), source=ending.function, target=target)


def _put_event(call: Call, lambda_: Lambda, bus: str, ending: Ending, document: bytes) -> None:
    ended = "Success" if ending.condition == "Success" else "Failure"
    entry = {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {ended}",
        "Detail": document.decode(),
        "Resources": [bus, ending.function],
        "EventBusName": bus,
    }
    answer = lambda_.world.operations.run(call, "events", "PutEvents", {"Entries": [entry]})["Entries"][0]
    if "ErrorCode" in answer:
        raise api.InvalidParameterValueException(f"{answer['ErrorCode']}: {answer['ErrorMessage']}")


async def store(lambda_: Lambda, entry: Entry) -> None:
    """Write a record into its bucket. A second time writes the same object."""
    kept = msgspec.msgpack.decode(entry.payload, type=StoredRecord)
    call = entry.call(lambda_.world.clock.now_ms())
    request = {"Bucket": kept.bucket, "Key": kept.key, "Body": kept.record, "ContentType": "application/json"}
    await lambda_.world.operations.perform(call, "s3", "PutObject", request)


def object_key(name: FunctionName, now_ms: int, unique: str) -> str:
    """``aws/lambda/async/<function>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>``"""
    moment = iso8601(now_ms, milliseconds=False).removesuffix("Z")
    return f"aws/lambda/async/{name.name}/{moment[:10].replace('-', '/')}/{moment.replace(':', '.')}-{unique}"


def check(lambda_: Lambda, name: FunctionName, on_success: str, on_failure: str) -> None:
    """Refuses what cannot be a destination (recorded: ``test_lambda_eventinvokeconfig_exceptions``).

    A queue, topic, bus or bucket that is not there is found when it is told of something, as on AWS.
    """
    for arn, services in ((on_success, SERVICES), (on_failure, (*SERVICES, "s3"))):
        if not arn:
            continue
        target = function_of_arn(arn)
        if target is not None and target.with_qualifier("") == name.with_qualifier(""):
            raise invalid("You can't specify the function as a destination for itself.")
        if arn.startswith("kafka://") or arn.split(":")[2] not in services:
            raise invalid(
                f"The provided destination config DestinationConfig(onSuccess={_shown('OnSuccess', on_success)}, "
                f"onFailure={_shown('OnFailure', on_failure)}) is invalid."
            )
        if ":lambda:" in arn and (target is None or not lambda_.world.ports.function.exists(arn)):
            raise invalid(f"The destination ARN {arn} is invalid.")


def _shown(side: str, arn: str) -> str:
    return f"{side}(destination={arn})" if arn else "null"


def _json(payload: bytes) -> Any:
    """A payload as part of a document: as it is, or as text where it is no JSON."""
    try:
        msgspec.json.decode(payload, type=msgspec.Raw)
        payload.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return payload.decode(errors="replace")
    return msgspec.Raw(payload)
