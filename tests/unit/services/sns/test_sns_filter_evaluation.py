"""Filter policies beside an evaluator of another make, and beside the cases of EventBridge that SNS shares."""

import fnmatch
import ipaddress
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.sns import filter_policy
from stratolite.services.sns.filter_policy import MESSAGE_ATTRIBUTES, MESSAGE_BODY

PATTERNS = Path(__file__).parents[5] / "shared" / "aws-answers" / "event-patterns"

# An independent evaluator -------------------------------------------------------------------------------------
#
# It reads the policy's JSON as the documentation describes it, compares by brute force and shares no code with
# the product: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html


def naive(policy: dict[str, Any], document: Any) -> bool:
    if isinstance(document, list):
        return any(naive(policy, element) for element in document or [{}])
    given_ = document if isinstance(document, dict) else {}
    for key, rule in policy.items():
        if key == "$or" and isinstance(rule, list) and all(isinstance(one, dict) for one in rule) and len(rule) > 1:
            if not any(naive(one, given_) for one in rule):
                return False
        elif isinstance(rule, dict):
            if not naive(rule, given_.get(key)):
                return False
        elif not any(naive_condition(condition, leaves(given_[key]) if key in given_ else []) for condition in rule):
            return False
    return True


def leaves(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [leaf for element in value for leaf in leaves(element)]
    return [] if isinstance(value, dict) else [value]


def naive_condition(condition: Any, values: list[Any]) -> bool:
    if condition == {"exists": False}:
        return not values
    return any(naive_value(condition, value) for value in values)


def naive_value(condition: Any, value: Any) -> bool:
    if not isinstance(condition, dict):
        return json.dumps(condition) == json.dumps(value) or (
            type(condition) in (int, float) and type(value) in (int, float) and condition == value
        )
    [(operator, wanted)] = condition.items()
    if operator == "exists":
        return value not in (None, "")
    if operator == "anything-but":
        if isinstance(wanted, dict):
            return not naive_value(wanted, value)
        return not any(naive_value(one, value) for one in (wanted if isinstance(wanted, list) else [wanted]))
    if operator == "numeric":
        if type(value) not in (int, float):
            return False
        signs = {"=": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
        pairs = zip(wanted[::2], wanted[1::2], strict=True)
        return all(eval(f"{value!r} {signs[sign]} {limit!r}") for sign, limit in pairs)
    if not isinstance(value, str):
        return False
    if operator == "cidr":
        first, last = naive_block(wanted)
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return False
        return address.version == first.version and int(first) <= int(address) <= int(last)
    if operator == "prefix":
        return bool(value[: len(wanted)] == wanted)
    if operator == "suffix":
        return bool(value[max(0, len(value) - len(wanted)) :] == wanted)
    if operator == "equals-ignore-case":
        return value.lower() == str(wanted).lower()
    return fnmatch.fnmatchcase(value, wanted)


def naive_block(text: str) -> tuple[Any, Any]:
    base, bits = text.split("/")
    first = ipaddress.ip_address(base)
    size = 1 << (first.max_prefixlen - int(bits))
    return first, type(first)(int(first) // size * size + size - 1)


# Policies and messages of one small world, so that they often meet ------------------------------------------------

WORDS = ["", "a", "ab", "abc", "b", "ba", "A", "aB", "10.0.0.1", "10.0.1.1", "::1"]
NUMBERS = [-1, 0, 1, 1.0, 2.5, 3, 10]
KEYS = ["k", "l", "m"]
words = st.sampled_from(WORDS)
numbers = st.sampled_from(NUMBERS)
scalars = words | numbers | st.booleans() | st.none()
texts = st.sampled_from(["a", "b", "ab", "B"])
numeric = st.one_of(
    st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), numbers).map(list),
    st.tuples(
        st.sampled_from([">", ">="]), st.sampled_from([-1, 0]), st.sampled_from(["<", "<="]), st.sampled_from([1, 3])
    ).map(list),
)
wildcards = st.sampled_from(["*", "a*", "*b", "*a*b", "a*c", "b"])
conditions: Any = st.one_of(
    scalars,
    st.builds(lambda text: {"prefix": text}, words),
    st.builds(lambda text: {"suffix": text}, words),
    st.builds(lambda text: {"equals-ignore-case": text}, words),
    st.builds(lambda text: {"wildcard": text}, wildcards),
    st.builds(lambda bounds: {"numeric": bounds}, numeric),
    st.builds(lambda text: {"cidr": text}, st.sampled_from(["10.0.0.0/24", "10.0.0.0/8", "::/64", "10.0.0.1/31"])),
    st.builds(lambda wanted: {"exists": wanted}, st.booleans()),
    st.builds(
        lambda refused: {"anything-but": refused},
        words
        | numbers
        | st.lists(words, min_size=1, max_size=3)
        | st.lists(numbers, min_size=1, max_size=3)
        | st.builds(lambda text: {"prefix": text}, texts)
        | st.builds(lambda text: {"wildcard": text}, wildcards),
    ),
)
leaf = st.lists(conditions, min_size=1, max_size=3)
flat_policies = st.dictionaries(st.sampled_from(KEYS), leaf, min_size=1, max_size=3)


@st.composite
def policies(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    """A policy with nested keys and alternatives."""
    policy: dict[str, Any] = draw(flat_policies)
    if depth and draw(st.booleans()):
        policy["l"] = draw(policies(depth - 1))
    if depth and draw(st.booleans()):
        policy["$or"] = [draw(policies(depth - 1)) for _ in range(draw(st.integers(2, 3)))]
    return policy


documents: Any = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
)
bodies = st.dictionaries(st.sampled_from(KEYS), documents, min_size=1, max_size=3)


@given(policies(), bodies)
def test_bodies_beside_the_naive_evaluator(policy: dict[str, Any], body: dict[str, Any]) -> None:
    try:
        compiled = filter_policy.parse(json.dumps(policy), MESSAGE_BODY)
    except filter_policy.FilterPolicyError as error:
        assert str(error) == "Filter policy is too complex"
        return
    assert filter_policy.accepts(compiled, MESSAGE_BODY, json.dumps(body), {}) is naive(policy, body)


attributes = st.one_of(
    words.filter(bool).map(lambda text: ("String", text, text)),
    numbers.map(lambda number: ("Number", str(number), number)),
    st.lists(scalars, max_size=3).map(lambda array: ("String.Array", json.dumps(array), array)),
)


@given(flat_policies, st.dictionaries(st.sampled_from(KEYS), attributes, min_size=1, max_size=3))
def test_attributes_beside_the_naive_evaluator(policy: dict[str, Any], given_: dict[str, tuple[str, str, Any]]) -> None:
    compiled = filter_policy.parse(json.dumps(policy), MESSAGE_ATTRIBUTES)
    published = {name: {"DataType": kind, "StringValue": text} for name, (kind, text, _) in given_.items()}
    wanted = naive(policy, {name: value for name, (_, _, value) in given_.items()})
    assert filter_policy.accepts(compiled, MESSAGE_ATTRIBUTES, "text", published) is wanted


# The cases of EventBridge -----------------------------------------------------------------------------------------

# What EventBridge has and SNS refuses: aws-answers, sns, test_validate_policy_nested_anything_but_operator.
NOT_OF_SNS = re.compile(
    r"content_(anything_but_ignorecase|anything_suffix|anything_(prefix|wildcard)_list|(prefix|suffix)_ignorecase)"
)
# Its combinations are over the limit that SNS alone has.
TOO_COMPLEX = "complex_many_rules"


def cases() -> list[str]:
    return sorted(path.stem for path in PATTERNS.glob("*.json5")) if PATTERNS.exists() else []


def read(name: str) -> dict[str, Any]:
    text = re.sub(r"(?m)(^|\s)//.*$", "", (PATTERNS / f"{name}.json5").read_text())
    case: dict[str, Any] = json.loads(re.sub(r",(\s*[}\]])", r"\1", text))
    return case


@pytest.mark.skipif(not cases(), reason="the recorded answers of AWS are not beside this checkout")
@pytest.mark.parametrize("name", cases())
def test_cases_of_eventbridge(name: str) -> None:
    """aws-answers: event-patterns, every case."""
    case = read(name)
    source = json.dumps(case["EventPattern"])
    if name.endswith("_EXC") or NOT_OF_SNS.match(name) or name == TOO_COMPLEX:
        with pytest.raises(filter_policy.FilterPolicyError):
            filter_policy.parse(source, MESSAGE_BODY)
        return
    compiled = filter_policy.parse(source, MESSAGE_BODY)
    passed = filter_policy.accepts(compiled, MESSAGE_BODY, json.dumps(case["Event"]), {})
    assert passed is not name.endswith("_NEG")
