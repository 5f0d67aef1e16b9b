"""Event patterns: every recorded case with its verdict and text, and patterns beside an evaluator of another make."""

import ipaddress
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.events import event_pattern

SHARED = Path(__file__).parents[5] / "shared" / "aws-answers"
PATTERNS = SHARED / "event-patterns"


def cases() -> list[str]:
    return sorted(path.stem for path in PATTERNS.glob("*.json5")) if PATTERNS.exists() else []


def read(name: str) -> dict[str, Any]:
    text = re.sub(r"(?m)(^|\s)//.*$", "", (PATTERNS / f"{name}.json5").read_text())
    case: dict[str, Any] = json.loads(re.sub(r",(\s*[}\]])", r"\1", text))
    return case


def recorded_text(name: str) -> str:
    file = SHARED / "events" / "test_events_patterns.json"
    for entry, value in json.loads(file.read_text()).items():
        if entry.endswith(f"test_event_pattern[{name}]"):
            error = value["recorded-content"].get(name, {}).get("exception_message", {}).get("Error", {})
            return str(error.get("MessageRaw", ""))
    return ""


@pytest.mark.skipif(not cases(), reason="the recorded answers of AWS are not beside this checkout")
@pytest.mark.parametrize("name", cases())
def test_recorded_cases(name: str) -> None:
    """aws-answers: event-patterns, every case; the texts are those of events/test_event_pattern[name]."""
    case = read(name)
    source = json.dumps(case["EventPattern"])
    if not name.endswith("_EXC"):
        assert event_pattern.matches(event_pattern.parse(source), case["Event"]) is not name.endswith("_NEG")
        return
    with pytest.raises(event_pattern.InvalidPattern) as refused:
        event_pattern.parse(source)
    text = recorded_text(name)
    if text and "<partition>" not in text:
        assert f"Event pattern is not valid. Reason: {refused.value}" == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        # aws-answers: events/test_invalid_json_event_pattern
        (
            "this is valid json but not a dict",
            "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or "
            "'false')\n at [Source: (String)\"this is valid json but not a dict\"; line: 1, column: 5]",
        ),
        (
            "{'bad': 'quotation'}",
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name\n"
            " at [Source: (String)\"{'bad': 'quotation'}\"; line: 1, column: 2]",
        ),
        (
            '{"not": closed mark"',
            "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or "
            '\'false\')\n at [Source: (String)"{"not": closed mark""; line: 1, column: 15]',
        ),
        (
            '["not", "a", "dict", "but valid json"]',
            "Filter is not an object\n"
            ' at [Source: (String)"["not", "a", "dict", "but valid json"]"; line: 1, column: 2]',
        ),
    ],
)
def test_what_is_no_pattern(source: str, text: str) -> None:
    with pytest.raises(event_pattern.InvalidPattern) as refused:
        event_pattern.parse(source)
    assert str(refused.value) == text


@pytest.mark.parametrize(
    ("wildcards", "is_allowed"),
    [
        # aws-answers: events/test_event_pattern[content_wildcard_complex_EXC]
        (["*:*:*:*:*:event-bus/*"], False),
        (["*:*:*:event-bus/*"], True),
        # What users were told of their rules on AWS: four of these are allowed, and two but not four of those.
        (["*.bif", "*.tiff", "*.tif", "*.svs"], True),
        (["*/data/*.bif", "*/data/*.tif"], True),
        (["*/data/*.bif", "*/data/*.tiff", "*/data/*.tif", "*/data/*.svs"], False),
    ],
)
@pytest.mark.parametrize("is_refused", [False, True])
def test_wildcards_that_cost_too_much(wildcards: list[str], is_allowed: bool, is_refused: bool) -> None:
    conditions: list[Any] = [{"wildcard": text} for text in wildcards]
    if is_refused:
        conditions = [{"anything-but": {"wildcard": wildcards}}]
    sources = [{"key": conditions}, {"$or": [{"key": conditions}, {"other": ["a"]}]}]
    for source in map(json.dumps, sources):
        if is_allowed:
            event_pattern.parse(source)
            continue
        with pytest.raises(event_pattern.InvalidPattern) as refused:
            event_pattern.parse(source)
        text = recorded_text("content_wildcard_complex_EXC") if SHARED.exists() else ""
        assert not text or text == f"Event pattern is not valid. Reason: {refused.value}"


@pytest.mark.parametrize(
    ("rule", "matching", "others"),
    [
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html: from -5.0e9 to
        # 5.0e9, with six digits to the right of the point.
        ([100.123456789], [100.1234567, 100.1234565], [100.123458, 100.12345]),
        ([{"numeric": [">", 0.5]}], [0.500001], [0.5, 0.5000001]),
        ([{"anything-but": [0.1234503]}], [0.123452], [0.1234504]),
        ([{"numeric": [">=", -5e9, "<=", 5e9]}], [5_000_000_000, -5e9, 0], [5_000_000_001, -6e9, 1e300]),
        # Accounts are beyond that, and are compared exactly.
        ([123456789012], [123456789012, 123456789012.0], [123456789013]),
    ],
)
def test_numbers_have_six_digits_after_the_point(rule: list[Any], matching: list[Any], others: list[Any]) -> None:
    compiled = event_pattern.parse(json.dumps({"n": rule}))
    assert all(event_pattern.matches(compiled, {"n": value}) for value in matching)
    assert not any(event_pattern.matches(compiled, {"n": value}) for value in others)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ('{"numeric": ["=", 5000000001]}', "Value must be between -5.0E9 and 5.0E9, inclusive"),
        (r'{"wildcard": "a\\b"}', "Invalid escape character at pos 2"),
        (r'{"wildcard": "ab\\"}', "Invalid escape character at pos 3"),
        (r'{"wildcard": "\\*\\x**"}', "Invalid escape character at pos 3"),
        (r'{"wildcard": "**\\x"}', "Consecutive wildcard characters at pos 1"),
        (r'{"anything-but": {"wildcard": ["a", "b\\c"]}}', "Invalid escape character at pos 2"),
    ],
)
def test_numbers_out_of_range_and_escapes_of_nothing(condition: str, text: str) -> None:
    """The same page: a backslash escapes an asterisk or a backslash. The texts are those of the open rule engine."""
    with pytest.raises(event_pattern.InvalidPattern) as refused:
        event_pattern.parse(f'{{"k": [{condition}]}}')
    assert str(refused.value).startswith(text)


# An independent evaluator -------------------------------------------------------------------------------------
#
# It reads the pattern's JSON as the documentation describes it, and shares no code with the product:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html


def naive(rule: dict[str, Any], event: Any) -> bool:
    if isinstance(event, list):
        return any(naive(rule, element) for element in event or [{}])
    there = event if isinstance(event, dict) else {}
    for key, wanted in rule.items():
        if key == "$or":
            if not any(naive(one, there) for one in wanted):
                return False
        elif isinstance(wanted, dict):
            if not naive(wanted, there.get(key)):
                return False
        elif not any(naive_condition(one, values(there[key]) if key in there else []) for one in wanted):
            return False
    return True


def values(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [leaf for element in value for leaf in values(element)]
    return [] if isinstance(value, dict) else [value]


def naive_condition(condition: Any, found: list[Any]) -> bool:
    if isinstance(condition, dict) and "exists" in condition:
        return bool(found) is condition["exists"]
    return any(naive_value(condition, value) for value in found)


def naive_value(condition: Any, value: Any) -> bool:
    if not isinstance(condition, dict):
        return same(condition, value)
    [(operator, wanted)] = condition.items()
    if operator == "anything-but":
        if isinstance(wanted, dict):
            [(inner, refused)] = wanted.items()
            return not any(naive_value({inner: one}, value) for one in as_list(refused))
        return not any(same(one, value) for one in as_list(wanted))
    if operator == "numeric":
        return is_number(value) and all(
            {"<": value < top, "<=": value <= top, ">": value > top, ">=": value >= top, "=": value == top}[sign]
            for sign, top in zip(wanted[::2], wanted[1::2], strict=True)
        )
    return isinstance(value, str) and naive_text(operator, wanted, value)


def naive_text(operator: str, wanted: Any, value: str) -> bool:
    if isinstance(wanted, dict):
        wanted, value = wanted["equals-ignore-case"].lower(), value.lower()
    if operator == "cidr":
        try:
            return ipaddress.ip_address(value) in ipaddress.ip_network(wanted)
        except ValueError:
            return False
    found: dict[str, bool] = {
        "prefix": value[: len(wanted)] == wanted,
        "suffix": value[len(value) - len(wanted) :] == wanted if len(value) >= len(wanted) else False,
        "equals-ignore-case": value.lower() == wanted.lower(),
        "wildcard": re.fullmatch(wanted.replace("*", "[^\0]*"), value) is not None,
    }
    return found[operator]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def is_number(value: Any) -> bool:
    return type(value) in (int, float)


def same(wanted: Any, value: Any) -> bool:
    is_of_one_kind = type(wanted) is type(value) or (is_number(wanted) and is_number(value))
    return bool(is_of_one_kind and wanted == value)


TEXTS = st.text("abAB", max_size=3)
SOME = st.text("abAB", min_size=1, max_size=2)
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, 1.5])
SCALARS = TEXTS | NUMBERS | st.booleans() | st.none() | st.sampled_from(["10.0.0.1", "10.0.1.7", "::1"])
KEYS = st.sampled_from(["a", "b", "c"])
WILDCARDS = st.lists(st.sampled_from(["a", "b", "A*", "b*"]), min_size=1, max_size=3).map("".join)
REFUSED = st.one_of(
    st.tuples(st.sampled_from(["prefix", "suffix"]), SOME | st.lists(SOME, min_size=1, max_size=2)),
    st.tuples(st.just("wildcard"), WILDCARDS | st.lists(WILDCARDS, min_size=1, max_size=2)),
    st.tuples(st.just("equals-ignore-case"), TEXTS | st.lists(TEXTS, min_size=1, max_size=2)),
).map(lambda pair: dict([pair]))
CONDITIONS = st.one_of(
    SCALARS,
    st.tuples(st.sampled_from(["prefix", "suffix"]), TEXTS | TEXTS.map(lambda one: {"equals-ignore-case": one})),
    st.tuples(st.just("equals-ignore-case"), TEXTS),
    st.tuples(st.just("wildcard"), WILDCARDS),
    st.tuples(st.just("exists"), st.booleans()),
    st.tuples(st.just("cidr"), st.sampled_from(["10.0.0.0/24", "10.0.0.0/8", "::/64"])),
    st.tuples(st.just("anything-but"), TEXTS | NUMBERS | st.lists(TEXTS, min_size=1, max_size=2) | REFUSED),
    st.tuples(st.just("numeric"), st.tuples(st.sampled_from(["<", "<=", ">", ">=", "="]), NUMBERS).map(list)),
).map(lambda one: dict([one]) if isinstance(one, tuple) else one)
LEAVES = st.lists(CONDITIONS, min_size=1, max_size=2)
FLAT = st.dictionaries(KEYS, LEAVES, min_size=1, max_size=2)
RULES = st.recursive(
    FLAT,
    lambda inner: (
        st.dictionaries(KEYS, LEAVES | inner, min_size=1, max_size=2)
        | st.tuples(FLAT, st.lists(FLAT, min_size=2, max_size=2)).map(lambda pair: {**pair[0], "$or": pair[1]})
    ),
    max_leaves=4,
)
EVENTS = st.recursive(
    st.dictionaries(KEYS, SCALARS | st.lists(SCALARS, max_size=2), max_size=3),
    lambda inner: st.dictionaries(KEYS, SCALARS | inner | st.lists(inner, max_size=2), max_size=3),
    max_leaves=5,
)


@given(RULES, EVENTS)
def test_patterns_beside_another_evaluator(rule: dict[str, Any], event: dict[str, Any]) -> None:
    try:
        compiled = event_pattern.parse(json.dumps(rule))
    except event_pattern.InvalidPattern as error:
        assert "too complex" in str(error)
        return
    assert event_pattern.matches(compiled, event) is naive(rule, event)
