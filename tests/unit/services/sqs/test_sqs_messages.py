"""The pure parts of SQS: receipt handles, attributes as they are kept, sizes, what may be in a message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import AwsError
from stratolite.services.sqs import digests, rules
from stratolite.services.sqs.domain import Message, Receipt, attributes_text

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,20}", fullmatch=True)
VALUES = st.one_of(
    st.text(min_size=1, max_size=30).map(lambda text: {"DataType": "String", "StringValue": text}),
    st.integers().map(lambda number: {"DataType": "Number", "StringValue": str(number)}),
    st.binary(min_size=1, max_size=30).map(lambda data: {"DataType": "Binary", "BinaryValue": data}),
)


@given(st.integers(0, 2**40), st.integers(0, 2**60), st.from_regex(r"[a-z0-9]{24}", fullmatch=True))
def test_a_receipt_handle_comes_back_as_it_was(queue: int, row: int, token: str) -> None:
    receipt = Receipt(queue, row, token)
    assert Receipt.parse(receipt.handle()) == receipt


@given(st.text(max_size=60))
def test_what_is_no_receipt_handle_is_none(text: str) -> None:
    parsed = Receipt.parse(text)
    assert parsed is None or Receipt.parse(parsed.handle()) == parsed


@given(st.dictionaries(NAMES, VALUES, max_size=10))
def test_attributes_come_back_as_they_were_sent(attributes: dict[str, dict[str, Any]]) -> None:
    kept = Message(1, 1, 0, 0, 0, 0, 0, "", "", "", "", "", "", "", "", attributes_text(attributes), "body")
    assert kept.user_attributes() == attributes
    assert bool(digests.of_attributes(attributes)) == bool(attributes)


def test_names_types_and_values_count_towards_the_size() -> None:
    attributes: dict[str, dict[str, Any]] = {
        "ab": {"DataType": "String", "StringValue": "é"},
        "c": {"DataType": "Binary", "BinaryValue": b"123"},
    }
    assert digests.size_bytes("xyz", attributes) == 3 + (2 + 6 + 2) + (1 + 6 + 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS.x", {"DataType": "String", "StringValue": "v"}),
        ("amazon.x", {"DataType": "String", "StringValue": "v"}),
        (".x", {"DataType": "String", "StringValue": "v"}),
        ("x..y", {"DataType": "String", "StringValue": "v"}),
        ("x y", {"DataType": "String", "StringValue": "v"}),
        ("x" * 257, {"DataType": "String", "StringValue": "v"}),
        ("x", {"DataType": "", "StringValue": "v"}),
        ("x", {"DataType": "Text", "StringValue": "v"}),
        ("x", {"DataType": "Number", "StringValue": "one"}),
        ("x", {"DataType": "Binary", "StringValue": "v"}),
        ("x", {"DataType": "String", "StringListValues": ["v"]}),
    ],
)
def test_attributes_that_are_refused(name: str, value: dict[str, Any]) -> None:
    with pytest.raises(AwsError):
        rules.message_attributes({name: value})


def test_a_message_has_ten_attributes_at_most() -> None:
    value = {"DataType": "String.custom", "StringValue": "v"}
    rules.message_attributes({f"n{number}": value for number in range(rules.ATTRIBUTES_MAX)})
    with pytest.raises(AwsError, match=r"Number of message attributes \[11\] exceeds the allowed maximum \[10\]"):
        rules.message_attributes({f"n{number}": value for number in range(rules.ATTRIBUTES_MAX + 1)})
