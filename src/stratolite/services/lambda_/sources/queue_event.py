"""A queue's messages as functions get them. Pure.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html (Example events); recorded:
``test_message_body_and_attributes_passed_correctly``, ``test_sqs_event_source_mapping``.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

EVENT_BYTES_MAX = 6 * 1024 * 1024
ENVELOPE_BYTES = len(b'{"Records":[]}')
TRACE = "AWSTraceHeader"
_ORDER = (
    "ApproximateReceiveCount",
    TRACE,
    "SentTimestamp",
    "SequenceNumber",
    "MessageGroupId",
    "SenderId",
    "MessageDeduplicationId",
    "ApproximateFirstReceiveTimestamp",
    "DeadLetterQueueSourceArn",
)

_encode = msgspec.json.encode


def record(message: Mapping[str, Any], queue_arn: str, region: str, *, is_windowed: bool) -> dict[str, Any]:
    """A message as ReceiveMessage gives it, as a record of the function's event.

    ``is_windowed``: mappings with a batch window show the digest of no attributes too, as null (as recorded).
    """
    attributes = message.get("Attributes", {})
    shown: dict[str, Any] = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {name: attributes[name] for name in _ORDER if name in attributes and _is_shown(name, attributes)},
        "messageAttributes": {name: _value(value) for name, value in message.get("MessageAttributes", {}).items()},
    }
    digest = message.get("MD5OfMessageAttributes")
    if digest or is_windowed:
        shown["md5OfMessageAttributes"] = digest
    shown["md5OfBody"] = message["MD5OfBody"]
    shown["eventSource"] = "aws:sqs"
    shown["eventSourceARN"] = queue_arn
    shown["awsRegion"] = region
    return shown


def event(records: Iterable[bytes]) -> bytes:
    """The function's event, of records in JSON."""
    return b'{"Records":[' + b",".join(records) + b"]}"


def _is_shown(name: str, attributes: Mapping[str, str]) -> bool:
    """Every message carries a trace here; on AWS those alone whose sender is traced, or is a function."""
    return name != TRACE or "Sampled=1" in attributes[name] or "Lineage=" in attributes[name]


def _value(attribute: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if "StringValue" in attribute:
        shown["stringValue"] = attribute["StringValue"]
    if "BinaryValue" in attribute:
        shown["binaryValue"] = base64.b64encode(attribute["BinaryValue"]).decode()
    return {**shown, "stringListValues": [], "binaryListValues": [], "dataType": attribute["DataType"]}
