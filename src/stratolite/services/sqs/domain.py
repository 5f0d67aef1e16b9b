"""Queues and messages as values, and how they are shown."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stratolite.core.arn import Arn, partition_of

DEFAULTS = {
    "VisibilityTimeout": "30",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
}
FIFO_DEFAULTS = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


@dataclass(frozen=True)
class Queue:
    """One queue. ``attributes``: those that were set, as texts; ``purged_ms``: when it was purged last."""

    id: int
    account: str
    region: str
    name: str
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    created_ms: int
    modified_ms: int
    purged_ms: int

    @property
    def arn(self) -> str:
        return str(Arn("sqs", self.region, self.account, self.name, partition_of(self.region)))

    @property
    def is_fifo(self) -> bool:
        return self.name.endswith(".fifo")

    @cached_property
    def effective(self) -> dict[str, str]:
        """The attributes with the defaults of those that were not set."""
        defaults = {**DEFAULTS, **FIFO_DEFAULTS} if self.is_fifo else DEFAULTS
        merged = {**defaults, **self.attributes}
        if self.attributes.get("KmsMasterKeyId"):
            merged["SqsManagedSseEnabled"] = "false"
        return merged

    def number(self, name: str) -> int:
        """An attribute that is a number."""
        return int(self.effective[name])

    @property
    def retention_ms(self) -> int:
        return self.number("MessageRetentionPeriod") * 1000

    @cached_property
    def redrive(self) -> tuple[str, int] | None:
        """The dead-letter queue's ARN and the number of receives, where there is a redrive policy."""
        text = self.attributes.get("RedrivePolicy")
        if not text:
            return None
        policy = json.loads(text)
        return policy["deadLetterTargetArn"], int(policy["maxReceiveCount"])

    @property
    def deduplicates_by_group(self) -> bool:
        return self.effective.get("DeduplicationScope") == "messageGroup"


@dataclass(frozen=True, slots=True)
class Message:
    """One message in a queue. Times in milliseconds; ``receives``: how often it was handed out."""

    id: int
    queue_id: int
    visible_ms: int
    sent_ms: int
    received_ms: int
    first_received_ms: int
    receives: int
    receipt: str
    message_id: str
    group_id: str
    deduplication_id: str
    sequence: str
    sender: str
    trace: str
    source_arn: str
    attributes: str
    """The message attributes as JSON; binary values in base 64."""
    body: str

    def system_attributes(self) -> dict[str, str]:
        """All attributes that SQS itself knows of the message."""
        shown = {
            "SenderId": self.sender,
            "SentTimestamp": str(self.sent_ms),
            "ApproximateReceiveCount": str(self.receives),
            "ApproximateFirstReceiveTimestamp": str(self.first_received_ms),
        }
        optional = {
            "SequenceNumber": self.sequence,
            "MessageDeduplicationId": self.deduplication_id,
            "MessageGroupId": self.group_id,
            "AWSTraceHeader": self.trace,
            "DeadLetterQueueSourceArn": self.source_arn,
        }
        return shown | {name: value for name, value in optional.items() if value}

    def user_attributes(self) -> dict[str, dict[str, Any]]:
        """The message attributes, binary values as bytes."""
        if not self.attributes:
            return {}
        attributes: dict[str, dict[str, Any]] = json.loads(self.attributes)
        for attribute in attributes.values():
            if "BinaryValue" in attribute:
                attribute["BinaryValue"] = base64.b64decode(attribute["BinaryValue"])
        return attributes


def attributes_text(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Message attributes as they are kept; empty for none."""
    if not attributes:
        return ""
    kept = {
        name: {key: base64.b64encode(one).decode() if isinstance(one, bytes) else one for key, one in value.items()}
        for name, value in attributes.items()
    }
    return json.dumps(kept, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt handle says: the message's row, and which receive it was."""

    queue_id: int
    row: int
    token: str

    def handle(self) -> str:
        """The text that clients keep."""
        return base64.b64encode(f"{self.queue_id}:{self.row}:{self.token}".encode()).decode()

    @staticmethod
    def parse(text: str) -> "Receipt | None":
        """None for what is no receipt handle."""
        try:
            queue_id, row, token = base64.b64decode(text, validate=True).decode("ascii").split(":")
            return Receipt(int(queue_id), int(row), token)
        except (binascii.Error, ValueError):
            return None
