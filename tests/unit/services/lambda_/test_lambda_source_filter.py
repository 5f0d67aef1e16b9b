"""Filter criteria: every operator of AWS's documentation, and what a queue's body may be.

Expectations: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html (Filter rule syntax) and
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html; recorded where a test names an entry.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.lambda_.sources import filter

SCALARS = st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=8)
DOCUMENTS = st.recursive(
    st.dictionaries(st.text(max_size=4), SCALARS | st.lists(SCALARS, max_size=3), max_size=4),
    lambda inner: st.dictionaries(st.text(max_size=4), inner | SCALARS, max_size=3),
    max_leaves=12,
)


def criteria(*patterns: Any) -> dict[str, Any]:
    return {"Filters": [{"Pattern": one if isinstance(one, str) else json.dumps(one)} for one in patterns]}


def matches(record: dict[str, Any], *patterns: Any) -> bool:
    passes = filter.of_records(criteria(*patterns))
    assert passes is not None
    return passes(record)


def passes(body: str, *patterns: Any) -> bool:
    """Whether a message with a body passes."""
    found = filter.of_messages(criteria(*patterns))
    assert found is not None
    return found({"messageId": "m", "body": body, "eventSource": "aws:sqs"})


@pytest.mark.parametrize(
    ("rule", "matching", "other"),
    [
        ([None], None, "null"),
        ([""], "", "x"),
        (["Alice"], "Alice", "alice"),
        ([{"equals-ignore-case": "Alice"}], "aLICE", "Bob"),
        (["New York", "Chicago"], "Chicago", "Boston"),
        ([{"anything-but": ["Raining"]}], "Sunny", "Raining"),
        ([{"anything-but": "Raining"}], "Sunny", "Raining"),
        ([{"anything-but": {"prefix": "Ra"}}], "Sunny", "Raining"),
        ([{"numeric": ["=", 100]}], 100, 101),
        ([{"numeric": ["=", 100]}], 100.0, "100"),
        ([{"numeric": [">", 10, "<=", 20]}], 20, 10),
        ([{"prefix": "us-"}], "us-east-1", "eu-west-1"),
        ([{"suffix": ".png"}], "a.png", "a.pngx"),
        ([{"wildcard": "a*c"}], "abbc", "abbd"),
        ([True], True, 1),
        ([1], 1, True),
        ([{"cidr": "10.0.0.0/24"}], "10.0.0.255", "10.0.1.0"),
    ],
)
def test_each_operator(rule: Any, matching: Any, other: Any) -> None:
    pattern = {"key": rule}
    assert matches({"key": matching}, pattern)
    assert not matches({"key": other}, pattern)
    assert not matches({}, pattern)
    assert matches({"key": [other, matching]}, pattern)


def test_exists_speaks_of_values_alone() -> None:
    """Recorded: ``test_dynamodb_event_filter[exists_false_filter]``, in which an attribute with a value passes: what is
    below ``presentKey`` is an object."""
    absent = {"dynamodb": {"NewImage": {"presentKey": [{"exists": False}]}}}
    assert matches({"dynamodb": {"NewImage": {"id": {"S": "1"}}}}, absent)
    assert matches({"dynamodb": {"NewImage": {"presentKey": {"S": "presentValue"}}}}, absent)
    assert not matches({"dynamodb": {"NewImage": {"presentKey": "x"}}}, absent)
    present = {"dynamodb": {"NewImage": {"presentKey": {"S": [{"exists": True}]}}}}
    assert matches({"dynamodb": {"NewImage": {"presentKey": {"S": "presentValue"}}}}, present)
    assert not matches({"dynamodb": {"NewImage": {}}}, present)


def test_numbers_of_tables_are_texts() -> None:
    """Recorded: ``test_dynamodb_event_filter[numeric_filter]``: 42 passes as not 101, and 101 does not."""
    pattern = {"dynamodb": {"NewImage": {"numericFilter": {"N": [{"numeric": [">", 100]}, {"anything-but": "101"}]}}}}
    assert matches({"dynamodb": {"NewImage": {"numericFilter": {"N": "42"}}}}, pattern)
    assert not matches({"dynamodb": {"NewImage": {"numericFilter": {"N": "101"}}}}, pattern)


def test_keys_are_joined_by_and_and_filters_by_or() -> None:
    both = {"a": [1], "b": [2]}
    assert matches({"a": 1, "b": 2}, both)
    assert not matches({"a": 1}, both)
    assert matches({"a": 1}, both, {"a": [1]})
    either = {"$or": [{"a": [1]}, {"b": [2]}]}
    assert matches({"b": 2}, either)
    assert not matches({"a": 2, "b": 1}, either)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "null",
        '"text"',
        "[]",
        "{}",
        '{"a": 1}',
        '{"a": "b"}',
        '{"a": []}',
        '{"a": {}}',
        '{"a": [{"b": 1}]}',
        '{"a": ["INSERT"=123}',
        '{"a": [{"numeric": [">"]}]}',
        '{"a": [[1]]}',
        '{"a": [{"exists": "yes"}]}',
    ],
)
def test_what_is_no_filter(source: str) -> None:
    with pytest.raises(filter.InvalidFilter):
        filter.compiled(source)


def test_without_filters_everything_passes() -> None:
    nothing: list[dict[str, Any]] = [{}, {"Filters": []}]
    for none in nothing:
        assert filter.of_records(none) is None
        assert filter.of_messages(none) is None


@pytest.mark.parametrize(
    ("body", "pattern", "is_passing"),
    [
        # The table of "Filtering with Amazon SQS": what the body is, what the pattern expects it to be.
        ("text", {"body": ["text"]}, True),
        ("text", {"body": ["other"]}, False),
        ("text", {"eventSource": ["aws:sqs"]}, True),
        ("text", {"body": {"key": [{"exists": False}]}}, False),
        ('{"key": "value"}', {"body": ['{"key": "value"}']}, False),
        ('{"key": "value"}', {"body": [{"exists": False}]}, False),
        ('{"key": "value"}', {"eventSource": ["aws:sqs"]}, True),
        ('{"key": "value"}', {"body": {"key": ["value"]}}, True),
        ('{"key": "value"}', {"body": {"key": ["other"]}}, False),
        ('[{"key": "value"}]', {"body": {"key": ["value"]}}, True),
        ('{"key": "value"', {"body": [{"prefix": "{"}]}, True),
        (' {"key": 1e999}', {"body": {"key": [{"exists": True}]}}, True),
        ("12", {"body": ["12"]}, True),
    ],
)
def test_bodies_are_json_or_text(body: str, pattern: Any, is_passing: bool) -> None:
    assert passes(body, pattern) is is_passing


@given(DOCUMENTS, st.text(min_size=1, max_size=4), SCALARS)
def test_a_value_matches_what_equals_it_and_nothing_else(document: dict[str, Any], key: str, value: Any) -> None:
    pattern = {"found": {"key": [value]}}
    assert matches({**document, "found": {"key": value}}, pattern)
    assert matches({**document, "found": {"key": [[], [value]]}}, pattern)
    assert not matches({"found": {"key": [f"{value}!"]}}, pattern)


@given(DOCUMENTS)
def test_a_document_passes_as_a_record_and_as_a_body(document: dict[str, Any]) -> None:
    body = {"document": document, "here": True}
    pattern = {"here": [True], "absent": [{"exists": False}]}
    assert matches(body, pattern)
    assert passes(json.dumps(body), {"body": pattern})


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_is_refused(source: str) -> None:
    try:
        filter.compiled(source)
    except filter.InvalidFilter:
        return
    assert isinstance(json.loads(source), dict)
