"""What functions and destinations are shown of a stream: events, windows, and the records of failed batches. Pure.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html, services-ddb-windows.html and
services-dynamodb-errors.html; recorded: the ``destination_queue_messages``, ``failure_sns_message`` and ``record_body``
of ``test_lambda_integration_dynamodbstreams.json`` and ``test_lambda_integration_kinesis.json``.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from stratolite.core.clock import iso8601
from stratolite.services.lambda_.sources.batch import Answer

RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
AGE_EXCEEDED = "RecordAgeExceeded"

_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Item:
    """A record on its way to the function."""

    sequence: str
    created_ms: int
    body: bytes
    """The record as JSON, as the function gets it."""


@dataclass(frozen=True, slots=True)
class Window:
    """A tumbling window that has begun, and what the function has gathered in it (JSON)."""

    start_ms: int
    end_ms: int
    state: bytes = b"{}"
    is_early: bool = False
    """Whether it ends before its time: of one that is open, that its state has outgrown its limit."""

    @property
    def length_s(self) -> int:
        return (self.end_ms - self.start_ms) // 1000

    @staticmethod
    def of(created_ms: int, length_s: int) -> "Window":
        """The window that a record belongs to; windows are counted from the epoch on."""
        length_ms = length_s * 1000
        start_ms = created_ms // length_ms * length_ms
        return Window(start_ms, start_ms + length_ms)


@dataclass(frozen=True, slots=True)
class Place:
    """Where records come from and go to, as events and failure records name it."""

    stream_arn: str
    shard_id: str
    function_arn: str

    @property
    def batch_info(self) -> str:
        """The name that failure records have for where a batch was."""
        return "KinesisBatchInfo" if ":kinesis:" in self.stream_arn else "DDBStreamBatchInfo"


def shown(record: Mapping[str, Any], stream_arn: str) -> dict[str, Any]:
    """A record of the streams API as the function and its filters see it."""
    event = {**record, "eventSourceARN": stream_arn}
    identity = event.pop("userIdentity", None)
    if identity is not None:
        # The API writes these names with capitals, the event does not.
        event["userIdentity"] = {name[0].lower() + name[1:]: value for name, value in identity.items()}
    return event


def lane_of(record: Mapping[str, Any], lanes: int) -> int:
    """In which of a shard's lanes a record goes: always the same one for the same item."""
    if lanes == 1:
        return 0
    return zlib.crc32(_encode(record["dynamodb"]["Keys"], order="sorted")) % lanes


def event(place: Place, items: Sequence[Item], window: Window | None = None, *, is_final: bool = False) -> bytes:
    """The function's event: the records and, in a tumbling window, its times and state."""
    records = b'{"Records":[' + b",".join([item.body for item in items]) + b"]"
    if window is None:
        return records + b"}"
    rest = {
        "window": {"start": _seconds(window.start_ms), "end": _seconds(window.end_ms)},
        "state": msgspec.Raw(window.state),
        "shardId": place.shard_id,
        "eventSourceARN": place.stream_arn,
        "isFinalInvokeForWindow": is_final,
        "isWindowTerminatedEarly": is_final and window.is_early,
    }
    return records + b"," + _encode(rest)[1:]


def failure_record(
    place: Place, items: Sequence[Item], condition: str, invokes: int, answer: Answer, now_ms: int
) -> dict[str, Any]:
    """What a destination is told of records that were given up. ``answer``: what the last execution came to, of which
    AWS shows nothing but the request where it was age that ended it."""
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": answer.request_id,
            "functionArn": place.function_arn,
            "condition": condition,
            "approximateInvokeCount": invokes,
        }
    }
    if condition != AGE_EXCEEDED:
        record["responseContext"] = {
            "statusCode": 200,
            "executedVersion": answer.executed_version,
            "functionError": answer.error or None,
        }
    first, last = items[0], items[-1]
    return record | {
        "version": "1.0",
        "timestamp": iso8601(now_ms),
        place.batch_info: {
            "shardId": place.shard_id,
            "startSequenceNumber": first.sequence,
            "endSequenceNumber": last.sequence,
            "approximateArrivalOfFirstRecord": _seconds(first.created_ms),
            "approximateArrivalOfLastRecord": _seconds(last.created_ms),
            "batchSize": len(items),
            "streamArn": place.stream_arn,
        },
    }


def object_key(mapping_id: str, shard_id: str, now_ms: int, random_id: str) -> str:
    """Where a bucket keeps a failure record: ``aws/lambda/<UUID>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>``."""
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    return f"aws/lambda/{mapping_id}/{shard_id}/{moment:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{random_id}"


def _seconds(epoch_ms: int) -> str:
    return iso8601(epoch_ms, milliseconds=False)
