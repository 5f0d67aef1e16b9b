"""Filter policies: which messages pass, and what AWS says of a policy that is wrong."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.sns import filter_policy

ANSWERS = Path(__file__).parents[5] / "shared" / "aws-answers" / "sns" / "test_sns_filter_policy.json"
BODY, ATTRIBUTES = filter_policy.MESSAGE_BODY, filter_policy.MESSAGE_ATTRIBUTES


def passes(policy: Any, body: Any) -> bool:
    compiled = filter_policy.parse(json.dumps(policy), BODY)
    return filter_policy.accepts(compiled, BODY, json.dumps(body), {})


def passes_attributes(policy: Any, **attributes: tuple[str, str]) -> bool:
    compiled = filter_policy.parse(json.dumps(policy), ATTRIBUTES)
    values = {name: {"DataType": kind, "StringValue": text} for name, (kind, text) in attributes.items()}
    return filter_policy.accepts(compiled, ATTRIBUTES, "text", values)


# https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html and numeric-value-matching.html
@pytest.mark.parametrize(
    ("condition", "yes", "no"),
    [
        ("rugby", ["rugby", ["rugby", "tennis"]], ["Rugby", "rug", None, ["tennis"], 1, []]),
        (None, [None], ["null", 0, False]),
        (True, [True], ["true", 1, False]),
        (1, [1, 1.0, [2, 1]], [True, "1", 2]),
        ({"prefix": "bas"}, ["baseball", ["x", "basket"]], ["rugby", "Bas", 1]),
        ({"suffix": "ball"}, ["baseball"], ["ballet", None]),
        ({"wildcard": "*ball*"}, ["baseball", "ballet", "ball"], ["bal", "BALL"]),
        ({"wildcard": "a\\*b"}, ["a*b"], ["aXb", "a\\*b"]),
        ({"equals-ignore-case": "tennis"}, ["TENNIS", "tennis"], ["tenni", 1]),
        ({"anything-but": "rugby"}, ["tennis", ["rugby", "tennis"]], ["rugby", ["rugby"]]),
        ({"anything-but": ["a", "c"]}, ["b", 2, None], ["a", "c", ["a", "c"]]),
        ({"anything-but": [100, 500]}, [101, [100, 101], "100"], [100, 500.0]),
        ({"anything-but": {"prefix": "order-"}}, ["data", "ord"], ["order-1"]),
        ({"anything-but": {"wildcard": "*-x"}}, ["a-y"], ["a-x"]),
        ({"numeric": ["=", 10]}, [10, 10.0], [11, "10", True]),
        ({"numeric": [">", 0, "<=", 150]}, [150, 0.1], [0, 151]),
        ({"numeric": [">=", -5]}, [-5, 0], [-6]),
        ({"cidr": "10.0.0.0/24"}, ["10.0.0.255"], ["10.0.1.0", "x", "::1"]),
        ({"cidr": "10.0.0.5/24"}, ["10.0.0.5", "10.0.0.9"], ["10.0.0.4", "10.0.1.5"]),
        ({"cidr": "2001:db8::/32"}, ["2001:db8::1"], ["2001:db9::1"]),
        # https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html: a leaf, neither null nor empty
        ({"exists": True}, ["x", 0, False, ["a"]], [None, "", [], {"a": 1}]),
    ],
)
def test_each_operator(condition: Any, yes: list[Any], no: list[Any]) -> None:
    for value in yes:
        assert passes({"key": [condition]}, {"key": value}), value
    for value in no:
        assert not passes({"key": [condition]}, {"key": value}), value
    assert not passes({"key": [condition]}, {"other": 1})


def test_absence_can_be_asked_for() -> None:
    # https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html: an empty set of attributes is no match
    absent = {"key": [{"exists": False}]}
    assert passes(absent, {"other": 1})
    assert not passes(absent, {"key": 1})
    assert not passes(absent, {})
    assert passes({"a": {"b": [{"exists": False}]}}, {"c": 1})
    assert passes({"a": {"b": [{"exists": False}]}}, {"a": []})
    assert passes_attributes(absent, other=("String", "x"))
    assert not passes_attributes(absent)
    assert not passes_attributes(absent, key=("String", "x"))


def test_alternatives_within_a_key_and_all_keys() -> None:
    policy = {"store": ["example_corp", {"prefix": "x"}], "price": [{"numeric": [">=", 100]}]}
    assert passes(policy, {"store": "x1", "price": 100})
    assert not passes(policy, {"store": "x1", "price": 99})
    assert not passes(policy, {"store": "y", "price": 100})


def test_or_joins_patterns() -> None:
    policy = {"detail": {"scope": ["Service"], "$or": [{"source": ["cw"]}, {"type": ["alarm"]}]}}
    assert passes(policy, {"detail": {"scope": "Service", "type": "alarm"}})
    assert passes(policy, {"detail": {"scope": "Service", "source": "cw"}})
    assert not passes(policy, {"detail": {"scope": "Service", "source": "x"}})
    assert not passes(policy, {"detail": {"source": "cw"}})


def test_dots_are_nested_keys() -> None:
    # aws-answers: sns, test_filter_policy_on_message_body_dot_attribute
    assert passes({"object.nested": ["x"]}, {"object": {"nested": "x"}})
    assert passes({"object": {"nested": ["x"]}}, {"object.nested": "x"})


def test_dots_in_nested_keys_and_alternatives() -> None:
    assert passes({"a.b": {"c": ["x"]}}, {"a": {"b.c": "x"}})
    assert passes({"a": {"b": ["x"]}, "a.c": ["y"]}, {"a.b": "x", "a": {"c": "y"}})
    assert passes({"$or": [{"a.b": ["x"]}, {"c": ["y"]}]}, {"a": {"b": "x"}})


def test_dots_in_names_of_attributes_are_dots() -> None:
    assert passes_attributes({"a.b": ["x"]}, **{"a.b": ("String", "x")})
    assert not passes_attributes({"a.b": ["x"]}, a=("String", "x"))


def test_the_empty_policy_lets_all_pass() -> None:
    # Terraform takes a policy away by setting this one.
    assert passes({}, {"a": 1})
    assert passes_attributes({})
    compiled = filter_policy.parse("{}", BODY)
    assert filter_policy.accepts(compiled, BODY, "no JSON", {})


def test_keys_match_within_one_element_of_an_array() -> None:
    # aws-answers: sns, test_filter_policy_on_message_body_array_of_object_attributes
    policy = {"Records": {"eventName": [{"prefix": "Created"}], "s3": {"key": [{"prefix": "auto-"}]}}}
    assert passes(policy, {"Records": [{"eventName": "Created:Put", "s3": {"key": "auto-1"}}]})
    assert not passes(
        policy, {"Records": [{"eventName": "Created", "s3": {"key": "x"}}, {"eventName": "R", "s3": {"key": "auto-1"}}]}
    )
    assert passes(policy, {"Records": [{"eventName": "Created", "s3": [[{"key": "auto-1"}]]}]})


def test_a_body_that_is_no_object_never_passes() -> None:
    compiled = filter_policy.parse('{"a": [{"exists": false}]}', BODY)
    for text in ("text", "[]", "1", '"a"', "null"):
        assert not filter_policy.accepts(compiled, BODY, text, {})


def test_message_attributes() -> None:
    policy = {"event": ["created"], "interests": ["tennis"], "price": [{"numeric": [">", 10]}]}
    good = {
        "event": ("String", "created"),
        "interests": ("String.Array", '["rugby", "tennis"]'),
        "price": ("Number", "11"),
    }
    assert passes_attributes(policy, **good)
    assert not passes_attributes(policy, **(good | {"price": ("String", "11")}))
    assert not passes_attributes(policy, **(good | {"interests": ("String.Array", '["rugby"]')}))
    assert not passes_attributes(policy, event=("String", "created"))


@pytest.mark.parametrize(
    ("condition", "array", "wanted"),
    [
        ("rugby", '["rugby", "tennis"]', True),
        ("rugby", '["tennis"]', False),
        (1, "[2, 1.0]", True),
        (True, "[true, null]", True),
        (None, "[true, null]", True),
        (None, "[]", False),
        ("deep", '[["deep"]]', True),
        ({"anything-but": ["rugby", "tennis"]}, '["rugby", "baseball"]', True),
        ({"anything-but": ["rugby", "tennis"]}, '["rugby", "tennis"]', False),
        ({"numeric": [">", 1]}, "[1, 2]", True),
        ({"exists": True}, "[]", False),
        ("no array", "no array", True),
    ],
)
def test_arrays_in_attributes(condition: Any, array: str, wanted: bool) -> None:
    # https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html: strings, numbers, booleans and null
    assert passes_attributes({"key": [condition]}, key=("String.Array", array)) is wanted


def test_binary_attributes_are_as_if_they_were_not_there() -> None:
    # https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
    attributes = {"b": {"DataType": "Binary", "BinaryValue": b"x"}, "s": {"DataType": "String", "StringValue": "x"}}
    for policy, wanted in (({"b": [{"exists": True}]}, False), ({"b": [{"exists": False}]}, True)):
        compiled = filter_policy.parse(json.dumps(policy), ATTRIBUTES)
        assert filter_policy.accepts(compiled, ATTRIBUTES, "text", attributes) is wanted


def test_special_characters_of_attributes_are_escaped_twice() -> None:
    # https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html: for attributes alone
    assert passes_attributes({"k": ['a\\"b']}, k=("String", 'a"b'))
    assert not passes_attributes({"k": ['a"b']}, k=("String", 'a"b'))
    assert passes_attributes({"k": ["a\\\\b"]}, k=("String", "a\\b"))
    assert passes({"k": ['a"b']}, {"k": 'a"b'})


def errors() -> list[tuple[str, str]]:
    """The policies that AWS quotes in its refusals, and what it said."""
    if not ANSWERS.exists():
        return []
    found: list[tuple[str, str]] = []
    for name, entry in json.loads(ANSWERS.read_text()).items():
        for answer in entry["recorded-content"].values():
            text = answer.get("Error", {}).get("Message", "") if isinstance(answer, dict) else ""
            if '(String)"' in text:
                source = text.split('(String)"', 1)[1].rsplit('"; line:', 1)[0]
                said = text.split("FilterPolicy: ", 1)[1]
                assert name
                found.append((source, said))
    return found


@pytest.mark.skipif(not ANSWERS.exists(), reason="the recorded answers of AWS are not beside this checkout")
def test_wrong_policies_are_refused_in_awss_words() -> None:
    # aws-answers: sns/test_sns_filter_policy.json, every refusal that quotes its policy
    assert len(errors()) > 30
    for source, said in errors():
        with pytest.raises(filter_policy.FilterPolicyError) as caught:
            filter_policy.parse(source, BODY)
        assert str(caught.value) == said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        # aws-answers: sns, test_validate_policy_string_operators
        ('{"k":[{"cidr":"bad"}]}', "Malformed CIDR, one '/' required"),
        ('{"k":[{"cidr":"bad/1"}]}', "Nonstandard IP address: bad"),
        ('{"k":[{"cidr":"10.0.0.0/x"}]}', "Malformed CIDR, mask bits must be an integer"),
        ('{"k":[{"cidr":"xx.11.xx/8"}]}', "Nonstandard IP address: xx.11.xx"),
        ('{"k":[{"cidr":"xxxx:db8:1234:1a00::/64"}]}', "Nonstandard IP address: xxxx:db8:1234:1a00::"),
        # https://github.com/aws/event-ruler, CIDR and RuleCompiler
        ('{"k":[{"cidr":"10.0.0.0/-1"}]}', "Malformed CIDR, mask bits must not be negative"),
        ('{"k":[{"cidr":"10.0.0.0/32"}]}', "IPv4 mask bits must be < 32"),
        ('{"k":[{"cidr":"::/128"}]}', "IPv6 mask bits must be < 128"),
        ('{"k":[{"anything-but":null}]}', "Value of anything-but must be an array or single string/number value."),
        ('{"k":[{"anything-but":["a",1]}]}', "mixed type is not supported"),
        ('{"k":[{"anything-but":[null]}]}', "Inside anything but list, start|null|boolean is not supported."),
        ('{"k":[{"anything-but":{}}]}', "Anything-But expression name not found"),
        ('{"k":[{"anything-but":{"prefix":""}}]}', "Null prefix not allowed"),
        ('{"k":[{"anything-but":"a","b":1}]}', "Too many elements in numeric expression"),
        ('{"k":[{"anything-but":{"equals-ignore-case":"a"}}]}', "Unsupported anything-but pattern: equals-ignore-case"),
        ('{"k":[{}]}', "Match expression name not found"),
        ('{"k":[{"wildcard":"a**b"}]}', "Consecutive wildcard characters at pos 2"),
        ('{"k":[{"numeric":["=",1000000001]}]}', "Value must be between -1.0E9 and 1.0E9, inclusive"),
        ('{"k":[{"numeric":["=",1' + "0" * 1000 + "]}]}", "exceeds the maximum allowed"),
        # test_sub_filter_policy_nested_property_constraints
        (json.dumps({f"k{n}": ["v"] for n in range(6)}), "Filter policy can not have more than 5 keys"),
        # test_policy_complexity: 151 combinations, one above the limit; 100 times 51
        (json.dumps({"k": [f"v{n}" for n in range(151)]}), "Filter policy is too complex"),
        (json.dumps({"k": [f"v{n}" for n in range(100)], "l": list(range(51))}), "Filter policy is too complex"),
    ],
)
def test_limits(source: str, said: str) -> None:
    with pytest.raises(filter_policy.FilterPolicyError) as caught:
        filter_policy.parse(source, BODY)
    assert said in str(caught.value)


def test_keys_of_all_alternatives_count_in_attributes() -> None:
    # https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
    source = json.dumps({"$or": [{f"k{n}": ["v"]} for n in range(6)]})
    filter_policy.parse(source, BODY)
    with pytest.raises(filter_policy.FilterPolicyError, match="can not have more than 5 keys"):
        filter_policy.parse(source, ATTRIBUTES)
    nested = {"$or": [{"a": ["v"], "$or": [{"b": {"c": ["v"]}}, {"d": ["v"]}]}, {"e": ["v"]}]}
    with pytest.raises(filter_policy.NestedPolicyError):
        filter_policy.parse(json.dumps(nested), ATTRIBUTES)


def test_or_of_match_expressions_is_a_key_like_any_other() -> None:
    compiled = filter_policy.parse('{"$or": [{"exists": true}, {"prefix": "a"}]}', BODY)
    assert filter_policy.accepts(compiled, BODY, '{"$or": "x"}', {})
    assert not filter_policy.accepts(compiled, BODY, '{"a": "x"}', {})


def test_at_the_limits() -> None:
    filter_policy.parse(json.dumps({f"k{n}": ["v"] for n in range(5)}), BODY)
    filter_policy.parse(json.dumps({"k": [f"v{n}" for n in range(150)]}), BODY)
    with pytest.raises(filter_policy.NestedPolicyError):
        filter_policy.parse('{"a":{"b":["c"]}}', ATTRIBUTES)


def test_alternatives_add_to_the_complexity_and_depth_multiplies_it() -> None:
    # aws-answers: sns, test_policy_complexity_with_or and test_sub_filter_policy_nested_property_constraints
    names = [f"v{n}" for n in range(9)]

    def flat(sources: int, ids: int) -> str:
        inner = {"kind": names[:4], "$or": [{"id": names[:4]}, {"space": names[:ids]}]}
        return json.dumps({"source": names[:sources], "$or": [{"name": names[:6]}, inner]})

    filter_policy.parse(flat(3, 7), ATTRIBUTES)  # 3 * 6 + 3 * 4 * (4 + 7) = 150
    nested = {"a": {"b": {"c": names[:4]}}, "d": {"e": names[:3]}, "f": names[:3]}  # 3*4 * 2*3 * 3 = 216
    for source in (flat(4, 4), json.dumps(nested)):
        with pytest.raises(filter_policy.FilterPolicyError, match="Filter policy is too complex"):
            filter_policy.parse(source, BODY)


def test_halves_of_surrogate_pairs_do_no_harm() -> None:
    with pytest.raises(filter_policy.FilterPolicyError) as caught:
        filter_policy.parse('{"k":[{"\\ud800":1}]}', BODY)
    assert str(caught.value).encode().startswith(b"Unrecognized match type ?")


def test_what_is_no_json() -> None:
    # aws-answers: sns, test_validate_set_sub_attributes and test_subscribe_invalid_filter_policy
    where = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: "
    with pytest.raises(filter_policy.FilterPolicyError) as caught:
        filter_policy.parse("{invalidjson}", BODY)
    assert str(caught.value) == (
        "failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name"
        f"{where}2]"
    )
    with pytest.raises(filter_policy.FilterPolicyError) as caught:
        filter_policy.parse("invalid", BODY)
    assert str(caught.value) == (
        "failed to parse JSON. Unrecognized token 'invalid': was expecting (JSON String, Number, Array, Object or "
        f"token 'null', 'true' or 'false'){where}8]"
    )


@given(st.text(max_size=60))
def test_any_text_is_a_policy_or_an_error(source: str) -> None:
    with contextlib.suppress(filter_policy.FilterPolicyError):
        filter_policy.parse(source, BODY)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "b", "$or", "prefix", "numeric", "exists", "anything-but", "cidr", "wildcard"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(json_values, json_values)
def test_any_json_is_a_policy_or_an_error_and_matches_without_fail(policy: Any, body: Any) -> None:
    try:
        compiled = filter_policy.parse(json.dumps(policy), BODY)
    except filter_policy.FilterPolicyError:
        return
    assert filter_policy.accepts(compiled, BODY, json.dumps(body), {}) in (True, False)
