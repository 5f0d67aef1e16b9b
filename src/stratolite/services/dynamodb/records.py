"""What is kept of a change, and how the streams API shows it.

A record keeps the bytes of the images that its stream's view asks for, as the items are stored; it becomes JSON when it
is read.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

import hashlib
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from stratolite.core.ports.streams import StreamRecord
from stratolite.services.dynamodb import attributes
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.store import decode
from stratolite.services.dynamodb.stream_store import RecordRow, StreamRow

SEQUENCE_NUMBER_BASE = 10**20
"""Added to a record's number, so that all sequence numbers have 21 digits, as short as those of AWS are."""
EVENT_VERSION = "1.1"
_SERVICE = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
_SETS = ("SS", "NS", "BS")


class Change(IntEnum):
    """What happened to an item. EXPIRE: the service itself deleted it, at the time that it named."""

    INSERT = 0
    MODIFY = 1
    REMOVE = 2
    EXPIRE = 3


def sequence_number(number: int) -> str:
    """A record's number as the streams API shows it."""
    return str(SEQUENCE_NUMBER_BASE + number)


def number_of(text: str) -> int:
    """The number that a sequence number shows; 0 or less for one from before any record. Raises ValueError."""
    return int(text) - SEQUENCE_NUMBER_BASE


def shown(stream: StreamRow, key_names: Sequence[str], row: RecordRow) -> StreamRecord:
    """A record as the streams API gives it."""
    old: Item | None = decode(row.old) if row.old is not None else None
    new: Item | None = decode(row.new) if row.new is not None else None
    keys: Item = decode(row.keys) if row.keys is not None else _keys(new if new is not None else old, key_names)
    number = sequence_number(row.number)
    change: dict[str, Any] = {
        # Rounded down to the second, says AWS.
        "ApproximateCreationDateTime": row.created_ms // 1000,
        "Keys": keys,
    }
    if new is not None:
        change["NewImage"] = new
    if old is not None:
        change["OldImage"] = old
    change["SequenceNumber"] = number
    change["SizeBytes"] = row.size_bytes + attributes.check_item(keys)
    change["StreamViewType"] = stream.view
    record: dict[str, Any] = {
        "eventID": hashlib.md5(f"{stream.arn} {number}".encode(), usedforsecurity=False).hexdigest(),
        "eventName": Change(min(row.change, Change.REMOVE)).name,
        "eventVersion": EVENT_VERSION,
        "eventSource": "aws:dynamodb",
        "awsRegion": stream.region,
        "dynamodb": change,
    }
    if row.change == Change.EXPIRE:
        record["userIdentity"] = _SERVICE
    return StreamRecord(number, row.created_ms, record)


def _keys(image: Item | None, names: Sequence[str]) -> Item:
    assert image is not None, "a record without images has its keys"
    return {name: image[name] for name in names}


def is_same(before: bytes, after: bytes) -> bool:
    """Whether two stored items are the same, in whatever order their attributes and the members of their sets are."""
    if len(before) != len(after):
        return False
    return before == after or _ordered(decode(before)) == _ordered(decode(after))


def _ordered(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _ordered_value(value) for name, value in item.items()}


def _ordered_value(value: Mapping[str, Any]) -> Any:
    ((kind, inner),) = value.items()
    if kind in _SETS:
        return kind, sorted(inner)
    if kind == "M":
        return kind, _ordered(inner)
    if kind == "L":
        return kind, [_ordered_value(member) for member in inner]
    return kind, inner
