"""Records of streams: when two items are the same, and what a record says.

Sizes: test_dynamodb_stream_stream_view_type, test_batch_write_items_streaming and test_dynamodb_event_source_mapping of
AWS's recorded answers.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.dynamodb import records
from stratolite.services.dynamodb.records import Change
from stratolite.services.dynamodb.store import encode
from stratolite.services.dynamodb.stream_store import RecordRow, StreamRow

ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/2026-01-02T03:04:05.678"

VALUES = st.recursive(
    st.sampled_from([{"S": ""}, {"S": "a"}, {"N": "1"}, {"N": "2"}, {"BOOL": True}, {"NULL": True}])
    | st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(lambda members: {"SS": members})
    | st.lists(st.sampled_from("123"), min_size=1, unique=True).map(lambda members: {"NS": members}),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda members: {"L": members})
        | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3).map(lambda members: {"M": members})
    ),
    max_leaves=6,
)
ITEMS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


def stream(view: str = "NEW_AND_OLD_IMAGES") -> StreamRow:
    return StreamRow(3, "000000000000", "eu-west-1", "t", "2026-01-02T03:04:05.678", ARN, view, "[]", 0, None, 0)


def row(change: Change, old: Any, new: Any, size: int, keys: Any = None) -> RecordRow:
    images = [None if image is None else encode(image) for image in (keys, old, new)]
    return RecordRow((3 << 40) + 5, 1_700_000_000_999, change, size, images[0], images[1], images[2])


def mirrored(value: Any) -> Any:
    """The same value with all that has no order the other way round."""
    ((kind, inner),) = value.items()
    if kind in ("SS", "NS"):
        return {kind: inner[::-1]}
    if kind == "L":
        return {kind: [mirrored(member) for member in inner]}
    return {kind: turned(inner)} if kind == "M" else value


def turned(item: dict[str, Any]) -> dict[str, Any]:
    return {name: mirrored(value) for name, value in reversed(item.items())}


def sorted_out(value: Any) -> Any:
    """A value in one order, by other words than those of the service."""
    if isinstance(value, dict):
        return sorted(
            (name, sorted(inner) if name in ("SS", "NS") and isinstance(inner, list) else sorted_out(inner))
            for name, inner in value.items()
        )
    return [sorted_out(member) for member in value] if isinstance(value, list) else value


@given(ITEMS)
def test_order_makes_no_difference(item: dict[str, Any]) -> None:
    assert records.is_same(encode(item), encode(turned(item)))


@given(ITEMS, ITEMS)
def test_everything_else_does(before: dict[str, Any], after: dict[str, Any]) -> None:
    same = repr(sorted_out(before)) == repr(sorted_out(after))
    assert records.is_same(encode(before), encode(after)) == same


@given(st.integers(1, (1 << 40) - 1))
def test_sequence_numbers_are_of_one_length_and_come_back(number: int) -> None:
    text = records.sequence_number(number)
    assert len(text) == 21 and text.isdecimal()
    assert records.number_of(text) == number


@pytest.mark.parametrize(
    ("old", "new", "images_bytes", "size"),
    [
        (None, {"id": {"S": "Fred"}}, 6, 12),
        ({"id": {"S": "Fred"}}, {"id": {"S": "Fred"}, "name": {"S": "Fred"}}, 20, 26),
        ({"id": {"S": "NewKey"}}, None, 8, 16),
    ],
)
def test_a_record_counts_its_keys_and_its_images(old: Any, new: Any, images_bytes: int, size: int) -> None:
    change = Change.INSERT if old is None else Change.REMOVE if new is None else Change.MODIFY
    shown = records.shown(stream(), ["id"], row(change, old, new, images_bytes))
    assert shown.record["dynamodb"]["SizeBytes"] == size


def test_a_record_as_a_whole() -> None:
    new = {"id": {"S": "x"}, "b": {"B": "Zm9vYmFy"}}
    shown = records.shown(stream("NEW_IMAGE"), ["id"], row(Change.MODIFY, None, new, 10))
    assert shown.sequence_number == "100000000000000000005" and shown.created_ms == 1_700_000_000_999
    assert shown.record == {
        "eventID": shown.record["eventID"],
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000,
            "Keys": {"id": {"S": "x"}},
            "NewImage": new,
            "SequenceNumber": "100000000000000000005",
            "SizeBytes": 13,
            "StreamViewType": "NEW_IMAGE",
        },
    }
    again = records.shown(stream("NEW_IMAGE"), ["id"], row(Change.MODIFY, None, new, 10))
    assert again == shown, "a record has one id, however often it is read"


def test_what_expired_is_removed_by_the_service() -> None:
    keys = {"id": {"S": "x"}}
    shown = records.shown(stream("KEYS_ONLY"), ["id"], row(Change.EXPIRE, None, None, 0, keys))
    assert shown.record["eventName"] == "REMOVE"
    assert shown.record["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert shown.record["dynamodb"]["Keys"] == keys and shown.record["dynamodb"]["SizeBytes"] == 3
