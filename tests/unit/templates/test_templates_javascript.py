"""Values as JavaScript has them; expectations are what Node prints."""

import math
from typing import Any

import pytest

from stratolite.templates.javascript import coerced, json_text, number, numeral, ordered, text_of, timestamp, truthy


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "1.5"),
        (100.0, "100"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-9, "1.5e-9"),
        (2**60, "1152921504606847000"),
        (True, "true"),
        (math.inf, "Infinity"),
        (math.nan, "NaN"),
        ("x", "x"),
        (-0.25, "-0.25"),
    ],
)
def test_texts_of_numbers(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_numbers_lose_what_javascript_loses() -> None:
    assert number(2**53) == 2**53
    assert number(123456789012345678) == 123456789012345680
    assert number(1.0) == 1 and isinstance(number(1.0), int)
    assert number(10**400) == math.inf


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), (" 5 ", 5), ("", 0), ("1e3", 1000), (".5", 0.5), ("5.", 5), ("0x1F", 31), ("0b11", 3), ("-1.5", -1.5)],
)
def test_numerals(text: str, value: float) -> None:
    assert numeral(text) == value


@pytest.mark.parametrize("text", ["x", "5x", "1_000", "1e", "0x", "--1", "."])
def test_what_is_no_numeral(text: str) -> None:
    assert numeral(text) is None


def test_order_of_keys() -> None:
    assert ordered(["b", "10", "a", "2", "02", "-1", "4294967295"]) == ["2", "10", "b", "a", "02", "-1", "4294967295"]


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("2012-10-17", "2012-10-17T00:00:00.000Z"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-15T02:59:43.100Z"),
        ("2001-12-14 21:59:43", "2001-12-14T21:59:43.000Z"),
        ("2012-13-45", "2013-02-14T00:00:00.000Z"),
        ("2012-1-1", None),
        ("x", None),
    ],
)
def test_time_stamps(text: str, stamp: str | None) -> None:
    assert timestamp(text) == stamp


def test_truth_and_coercion() -> None:
    assert truthy([]) and truthy({}) and truthy("0") and not truthy("") and not truthy(0) and not truthy(math.nan)
    assert coerced([1, [2, None], True]) == "1,2,,true"
    assert coerced({"a": 1}) is None and coerced(None) is None and coerced(1.50) == "1.5"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "10": [True, None], "2": {"a": "x"}}, '{"2":{"a":"x"},"10":[true,null],"b":1}'),
        ([1.5, 5.0, 1e21, 1e-7, -0.5], "[1.5,5,1e+21,1e-7,-0.5]"),
        ('é"\\\n\u0007\u2028', '"é\\"\\\\\\n\\u0007\u2028"'),
        (math.inf, "null"),
        ([], "[]"),
    ],
)
def test_json(value: Any, text: str) -> None:
    """What ``JSON.stringify`` of Node.js 20 writes."""
    assert json_text(value) == text
