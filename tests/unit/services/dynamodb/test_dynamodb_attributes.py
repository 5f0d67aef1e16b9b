"""Attribute values: what is refused, what becomes canonical, what it counts.

Texts: recordings of us-east-1, and https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Limits.html
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import AwsError, SerializationException, ValidationException
from stratolite.services.dynamodb import attributes


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ({"S": None}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes",
        ),
        ({"SS": []}, "One or more parameter values were invalid: An string set  may not be empty"),
        ({"NS": []}, "One or more parameter values were invalid: An number set  may not be empty"),
        ({"BS": []}, "One or more parameter values were invalid: Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, "One or more parameter values were invalid: Input collection [a, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        (
            {"BS": ["Yg==", "Yg=="]},
            "One or more parameter values were invalid: Input collection [Yg==, Yg==]of type BS contains duplicates.",
        ),
        (
            {"NULL": False},
            "One or more parameter values were invalid: Null attribute value types must have the value of true",
        ),
        ({"N": "x"}, "The parameter cannot be converted to a numeric value: x"),
        ({"L": [{}]}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ({"M": {"a": {"N": ""}}}, "The parameter cannot be converted to a numeric value"),
    ],
)
def test_refused_values(value: Any, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        attributes.check_value(value)
    assert refused.value.message == message


@pytest.mark.parametrize(
    "value",
    [
        {"S": 1},
        {"S": True},
        {"S": []},
        {"S": {}},
        {"BOOL": "maybe"},
        {"B": "a"},
        {"B": "YW=="},
        {"B": 1},
        {"L": {}},
        "text",
    ],
)
def test_wrong_wire_types(value: Any) -> None:
    with pytest.raises(SerializationException):
        attributes.check_value(value)


def test_values_become_canonical() -> None:
    value = {"M": {"n": {"N": "01.50"}, "s": {"NS": ["1e1"]}, "l": {"L": [{"N": "-0"}]}, "u": {"S": "é", "X": 1}}}
    attributes.check_value(value)
    assert value == {"M": {"n": {"N": "1.5"}, "s": {"NS": ["10"]}, "l": {"L": [{"N": "0"}]}, "u": {"S": "é"}}}


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": "leaf"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def test_nesting_at_its_limit() -> None:
    attributes.check_value(nested(attributes.NESTING_MAX))
    with pytest.raises(ValidationException, match="Nesting Levels have exceeded supported limits"):
        attributes.check_value(nested(attributes.NESTING_MAX + 1))


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"pk": {"S": "abc"}}, 5),
        ({"pk": {"S": "é"}}, 4),
        ({"é": {"BOOL": True}}, 3),
        ({"a": {"NULL": True}}, 2),
        ({"a": {"B": "YWJj"}}, 4),
        ({"a": {"L": []}}, 4),
        ({"a": {"M": {"b": {"S": "c"}}}}, 7),
    ],
)
def test_sizes(item: Any, size: int) -> None:
    # "Item sizes and formats": names and texts in UTF-8; lists and maps 3 bytes and 1 for each element.
    assert attributes.check_item(item) == size


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*"SNBML", "SS", "NULL"]), inner),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_value_or_refused(value: Any) -> None:
    try:
        attributes.check_value(value)
    except AwsError as error:
        assert error.status == 400
