"""Intrinsic functions, each by its page of the reference:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import NotImplementedHere, ValidationError
from stratolite.services.cloudformation.expressions import NO_VALUE, UNKNOWN, references
from stratolite.services.cloudformation.intrinsics import Context, Resolver, evaluate_conditions
from stratolite.services.cloudformation.language import refuse_undeclared

NOTHING = {"Ref": "AWS::NoValue"}
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


def context(**more: Any) -> Context:
    return Context(
        {"Text": "text", "List": ["a", "b", "c"], "Empty": ""},
        {"AWS::Region": "eu-west-1", "AWS::StackName": "stack"},
        {"Map": {"top": {"one": "1", "list": ["x", "y"]}, "eu-west-1": {"one": "here"}}},
        {"Yes": True, "No": False},
        ref=lambda logical_id: f"ref-{logical_id}",
        attribute=lambda logical_id, name: f"{logical_id}-{name}",
        imported=lambda name: f"imported-{name}",
        **more,
    )


def resolve(value: Any) -> Any:
    return Resolver(context()).resolve(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Text"}, "text"),
        ({"Ref": "List"}, ["a", "b", "c"]),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "Topic"}, "ref-Topic"),
        ({"Fn::GetAtt": ["Topic", "Name"]}, "Topic-Name"),
        ({"Fn::GetAtt": "Topic.Outputs.Deep"}, "Topic-Outputs.Deep"),
        ({"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-x"}}, "imported-stack-x"),
        (
            {"Fn::Sub": "${Text}-${AWS::Region}-${Topic}-${Topic.Name}-${!Literal}"},
            "text-eu-west-1-ref-Topic-Topic-Name-${Literal}",
        ),
        ({"Fn::Sub": ["${Var}-${Text}", {"Var": {"Ref": "AWS::Region"}}]}, "eu-west-1-text"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Text"}, "b"]]}, "a-text-b"),
        ({"Fn::Join": [",", {"Ref": "List"}]}, "a,b,c"),
        ({"Fn::Join": ["-", ["a", NOTHING, "b"]]}, "a-b"),
        ({"Fn::Split": ["|", "a|b||c"]}, ["a", "b", "", "c"]),
        ({"Fn::Select": ["1", {"Ref": "List"}]}, "b"),
        ({"Fn::Select": [2, {"Fn::Split": [",", "a,b,c"]}]}, "c"),
        ({"Fn::FindInMap": ["Map", "top", "one"]}, "1"),
        ({"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "one"]}, "here"),
        ({"Fn::FindInMap": ["Map", "top", "list"]}, ["x", "y"]),
        ({"Fn::FindInMap": ["Map", "top", "missing", {"DefaultValue": {"Ref": "Text"}}]}, "text"),
        ({"Fn::Base64": "text"}, "dGV4dA=="),
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"Fn::If": ["No", "a", {"Ref": "Text"}]}, "text"),
        ({"Fn::Cidr": ["192.168.0.0/24", 2, 5]}, ["192.168.0.0/27", "192.168.0.32/27"]),
        ({"Fn::Cidr": ["10.0.0.0/16", "1"]}, ["10.0.0.0/24"]),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::GetAZs": "us-east-1"}, ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ({"Fn::Length": {"Ref": "List"}}, 3),
        ({"Fn::ToJsonString": {"a": {"Ref": "Text"}, "b": [1, True]}}, '{"a":"text","b":[1,true]}'),
        ({"Plain": {"Nested": [{"Ref": "Text"}]}}, {"Plain": {"Nested": ["text"]}}),
        ({"Kept": 1, "Left": NOTHING, "List": ["a", NOTHING]}, {"Kept": 1, "List": ["a"]}),
        ({"Fn::If": ["No", "a", NOTHING]}, NO_VALUE),
    ],
)
def test_functions(value: Any, expected: Any) -> None:
    assert resolve(value) == expected


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"Fn::Join": ["-"]}, "every Fn::Join object requires two parameters"),
        ({"Fn::Join": ["-", [{"a": "b"}]]}, "every Fn::Join object requires two parameters"),
        ({"Fn::Base64": {"Ref": "List"}}, "every Fn::Base64 object must have a String-typed value"),
        ({"Fn::Base64": {"a": "b"}}, "every Fn::Base64 object must have a String-typed value"),
        ({"Fn::Split": ["-", ["a"]]}, "Fn::Split"),
        ({"Fn::Select": [3, ["a"]]}, "Fn::Select"),
        ({"Fn::Select": ["x", ["a"]]}, "an integer index"),
        ({"Fn::Select": [9, {"Ref": "List"}]}, "cannot select nonexistent value at index 9"),
        ({"Fn::FindInMap": ["Map", "top", "missing"]}, "Unable to get mapping for Map::top::missing"),
        ({"Fn::FindInMap": ["Map", "top"]}, "Fn::FindInMap"),
        ({"Fn::If": ["Maybe", "a", "b"]}, "unresolved condition dependency Maybe in Fn::If"),
        ({"Fn::If": ["Yes", "a"]}, "Fn::If requires a list argument with three elements"),
        ({"Fn::GetAtt": "Topic"}, "every Fn::GetAtt object requires two non-empty parameters"),
        ({"Fn::Sub": {"a": "b"}}, "Fn::Sub intrinsic functions don't specify expected arguments"),
        ({"Fn::Cidr": ["10.0.0.0/30", 300, 8]}, "a count between 1 and 256"),
        ({"Fn::Cidr": ["10.0.0.0/30", 1, 8]}, "cannot divide 10.0.0.0/30"),
        ({"Fn::Length": "text"}, "Fn::Length requires a list"),
        ({"Ref": ["Text"]}, "Every Ref object must have a single String value"),
        ({"Fn::Unheard": "of"}, "Unrecognized intrinsic function Fn::Unheard"),
    ],
)
def test_functions_that_are_refused(value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        resolve(value)
    assert said in caught.value.message


def test_default_of_a_mapping_needs_the_transform() -> None:
    with pytest.raises(ValidationError, match="every Fn::FindInMap object requires three parameters"):
        refuse_undeclared({"Outputs": [{"Fn::FindInMap": ["Map", "top", "none", {"DefaultValue": "x"}]}]})


def test_dynamic_references_are_read_also_where_functions_put_them_together() -> None:
    context = Context({"Name": "a"}, {}, dynamic=lambda text: text.replace("{{resolve:ssm:/a:1}}", "value"))
    value = {"Plain": "x {{resolve:ssm:/a:1}}", "Made": {"Fn::Sub": "{{resolve:ssm:/${Name}:1}}"}}
    assert Resolver(context).resolve(value) == {"Plain": "x value", "Made": "value"}


def test_where_nothing_can_be_read_a_dynamic_reference_is_refused() -> None:
    with pytest.raises(ValidationError, match="cannot stand here"):
        resolve({"Value": "{{resolve:ssm:/a/b:1}}"})


@given(TEXTS)
def test_base64_is_what_decoders_read(text: str) -> None:
    assert base64.b64decode(Resolver(Context({"P": text}, {})).resolve({"Fn::Base64": {"Ref": "P"}})).decode() == text


@given(st.lists(TEXTS.filter(lambda text: "|" not in text), min_size=1, max_size=5))
def test_what_is_joined_is_split_again(parts: list[str]) -> None:
    joined = {"Fn::Join": ["|", parts]}
    assert resolve({"Fn::Split": ["|", joined]}) == parts


@given(
    st.recursive(st.integers() | st.booleans() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner))
)
def test_values_without_functions_stay_as_they_are(value: Any) -> None:
    try:
        assert resolve(value) == value
        assert json.loads(resolve({"Fn::ToJsonString": value})) == value
    except (ValidationError, NotImplementedHere):
        # It happened to be a function, or to name one.
        assert "Fn::" in json.dumps(value) or "Ref" in json.dumps(value) or "Condition" in json.dumps(value)


# Conditions ----------------------------------------------------------------------------------------------------------

EQUAL = {"Fn::Equals": ["a", "a"]}
OTHER = {"Fn::Equals": ["a", "b"]}


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        (EQUAL, True),
        ({"Fn::Equals": [{"Ref": "Text"}, "text"]}, True),
        ({"Fn::Equals": ["1", 1]}, True),
        ({"Fn::Equals": [True, "true"]}, True),
        ({"Fn::Not": [EQUAL]}, False),
        ({"Fn::And": [EQUAL, {"Fn::Not": [OTHER]}]}, True),
        ({"Fn::And": [EQUAL, OTHER]}, False),
        ({"Fn::Or": [OTHER, EQUAL]}, True),
        ({"Condition": "Base"}, True),
    ],
)
def test_conditions(condition: Any, truth: bool) -> None:
    known = context()
    evaluate_conditions(known, {"Tested": condition, "Base": EQUAL})
    assert known.conditions["Tested"] is truth


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"A": {"Condition": "B"}, "B": {"Condition": "A"}}, "Circular dependency between conditions: [A, B]"),
        ({"A": {"Condition": "C"}}, "Unresolved condition dependency C"),
        ({"A": {"Fn::Not": [EQUAL, EQUAL]}}, "every Fn::Not object requires a list argument with one element"),
        ({"A": {"Fn::And": [EQUAL]}}, "at least 2 and at most 10 boolean parameters"),
        ({"A": {"Fn::Or": [EQUAL] * 11}}, "at least 2 and at most 10 boolean parameters"),
        ({"A": {"Fn::Equals": ["a"]}}, "every Fn::Equals object requires a list of 2 string parameters"),
    ],
)
def test_conditions_that_are_refused(conditions: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        evaluate_conditions(context(), conditions)
    assert said in caught.value.message


# What a preview does not know ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Later"},
        {"Fn::GetAtt": "Later.Arn"},
        {"Fn::Split": ["a", {"Ref": "Later"}]},
        {"Fn::Select": [0, {"Fn::Split": ["a", {"Ref": "Later"}]}]},
        {"Fn::Base64": {"Ref": "Later"}},
        {"Fn::ToJsonString": {"a": {"Ref": "Later"}}},
        {"Fn::Cidr": [{"Ref": "Later"}, 1, 8]},
        {"Fn::Cidr": ["10.0.0.0/16", {"Ref": "Later"}, 8]},
    ],
)
def test_values_that_only_the_deployment_knows(value: Any) -> None:
    assert Resolver(Context({}, {})).resolve(value) == UNKNOWN


def test_a_text_with_an_unknown_part_is_unknown() -> None:
    resolver = Resolver(Context({"Text": "text"}, {}))
    assert resolver.resolve({"Fn::Sub": "${Text}-${Later}"}) == UNKNOWN
    assert resolver.resolve({"Fn::Join": ["-", [{"Ref": "Later"}, "b"]]}) == UNKNOWN


def test_references_are_found_in_every_place() -> None:
    value = {
        "a": [{"Ref": "One"}, {"Fn::Sub": ["${Two.Arn} ${Var} ${!No}", {"Var": {"Ref": "Three"}}]}],
        "b": {"Fn::If": ["Yes", {"Fn::GetAtt": ["Four", "Arn"]}, {"Fn::Join": ["", [{"Ref": "Five"}]]}]},
    }
    assert sorted(references(value)) == [("Five", ""), ("Four", "Arn"), ("One", ""), ("Three", ""), ("Two", "Arn")]
