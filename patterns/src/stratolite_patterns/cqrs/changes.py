"""Records of a DynamoDB stream as changes: images as Python values, in the order in which they happened.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stratolite_patterns.attribute_values import unmarshal_item
from stratolite_patterns.cqrs.errors import UnknownEvent

Image = Mapping[str, Mapping[str, Any]]
SEQUENCE_DIGITS = 40
"""The most that a sequence number has. Padded to them, texts compare as the numbers do."""
FIRST = "0" * SEQUENCE_DIGITS
"""Before every record of a stream: what a rebuild read from the table."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one item. ``kind`` is INSERT, MODIFY or REMOVE; ``old`` and ``new`` are None where there is none.

    Numbers are Decimal, sets are sets, binary is bytes. ``sequence`` orders the changes of an item. ``is_expiry`` tells
    that its TTL removed it, not somebody.
    """

    kind: str
    key: dict[str, Any]
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    sequence: str
    at: datetime | None = None
    is_expiry: bool = False
    old_image: Image | None = None
    new_image: Image | None = None

    @property
    def item(self) -> dict[str, Any]:
        """The newest that is known of the item."""
        return self.new if self.new is not None else self.old or {}


def read(record: Mapping[str, Any]) -> Change:
    """The change in a record. Raises UnknownEvent when the stream does not have both images."""
    held, kind = record["dynamodb"], record["eventName"]
    view = held.get("StreamViewType", "NEW_AND_OLD_IMAGES")
    if view != "NEW_AND_OLD_IMAGES":
        raise UnknownEvent(f"the stream has {view}; set its StreamViewType to NEW_AND_OLD_IMAGES")
    old, new = held.get("OldImage"), held.get("NewImage")
    identity = record.get("userIdentity") or {}
    created = held.get("ApproximateCreationDateTime")
    return Change(
        kind,
        unmarshal_item(held["Keys"]),
        unmarshal_item(old) if old is not None else None,
        unmarshal_item(new) if new is not None else None,
        held["SequenceNumber"].zfill(SEQUENCE_DIGITS),
        datetime.fromtimestamp(float(created), UTC) if isinstance(created, int | float) else None,
        identity.get("principalId", identity.get("PrincipalId")) == "dynamodb.amazonaws.com",
        old,
        new,
    )


def ordered(records: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Records by stream and sequence number; these are numbers, and their texts differ in length."""
    return sorted(records, key=lambda each: (each.get("eventSourceARN", ""), int(each["dynamodb"]["SequenceNumber"])))
