"""Properties against their schemas, names that are made, what notifications say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.call import Call
from stratolite.core.resource_types import Made, ResourceType
from stratolite.services.cloudformation import schema
from stratolite.services.cloudformation.events import notification
from stratolite.services.cloudformation.expressions import UNKNOWN
from stratolite.services.cloudformation.provider import generated_names

SHAPE: dict[str, Any] = {
    "properties": {
        "Text": {"type": "string"},
        "Count": {"type": "integer"},
        "Share": {"type": "number"},
        "Flag": {"type": "boolean"},
        "Any": {"type": ["object", "string"]},
        "List": {"type": "array", "items": {"$ref": "#/definitions/Item"}},
        "Choice": {"type": "string", "enum": ["a", "b"]},
        "Unbuilt": {"type": "string"},
        "Arn": {"type": "string"},
    },
    "definitions": {
        "Item": {
            "type": "object",
            "properties": {"Name": {"type": "string"}, "Size": {"type": "integer"}},
            "required": ["Name"],
            "additionalProperties": False,
        }
    },
    "required": ["Text"],
    "readOnlyProperties": ["/properties/Arn"],
    "createOnlyProperties": ["/properties/Text"],
    "additionalProperties": False,
}
KIND = ResourceType(
    "AWS::Made::Up",
    frozenset({"Text", "Count", "Share", "Flag", "Any", "List", "Choice"}),
    create=lambda work: Made(""),
    update=lambda work: Made(""),
    delete=lambda work: None,
    replaces=frozenset({"Count"}),
)


def test_values_are_brought_to_the_schemas_types() -> None:
    given_values = {
        "Text": 5,
        "Count": "5",
        "Share": "0.5",
        "Flag": "True",
        "Any": "x",
        "List": [{"Name": True, "Size": "1"}],
    }
    assert schema.coerced(SHAPE, given_values) == {
        "Text": "5",
        "Count": 5,
        "Share": 0.5,
        "Flag": True,
        "Any": "x",
        "List": [{"Name": "true", "Size": 1}],
    }
    assert schema.coerced(SHAPE, {"Count": UNKNOWN})["Count"] == UNKNOWN


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({}, "#: required key [Text] not found"),
        ({"Text": "a", "Count": "x"}, "#/Count: expected type: Integer, found: String"),
        ({"Text": ["a"]}, "#/Text: expected type: String, found: JSONArray"),
        ({"Text": "a", "List": [{}]}, "#/List/0: required key [Name] not found"),
        ({"Text": "a", "Choice": "c"}, "#/Choice: c is not a valid enum value"),
    ],
)
def test_values_that_do_not_fit(properties: dict[str, Any], said: str) -> None:
    assert said in schema.violations(SHAPE, properties)


def test_values_that_fit_and_values_that_nobody_knows_yet() -> None:
    assert schema.violations(SHAPE, {"Text": "a", "Count": 1, "Share": 1, "Any": {"x": 1}, "Choice": "a"}) == []
    assert schema.violations(SHAPE, {"Text": UNKNOWN, "Count": UNKNOWN, "Choice": UNKNOWN}) == []


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"Unheard": 1}, "#: extraneous key [Unheard] is not permitted"),
        ({"List": [{"Unheard": 1}]}, "#/List/0: extraneous key [Unheard] is not permitted"),
        ({"List": {"Fn::If": ["C", [{"Unheard": 1}], []]}}, "#/List/0: extraneous key [Unheard] is not permitted"),
        ({"Arn": "x"}, "#: extraneous key [Arn] is not permitted"),
        ({"Unbuilt": "x"}, "The property Unbuilt of R (AWS::Made::Up) is not implemented"),
    ],
)
def test_names_are_refused_before_anything_is_known(properties: dict[str, Any], said: str) -> None:
    assert said in "\n".join(schema.problems(KIND, SHAPE, "R", properties))


def test_what_nobody_sets_is_no_problem() -> None:
    assert schema.problems(KIND, SHAPE, "R", {"Text": {"Ref": "X"}, "Unbuilt": {"Ref": "AWS::NoValue"}}) == []
    assert schema.create_only(SHAPE, KIND) == {"Text", "Count"}
    assert schema.has_attribute(SHAPE, "Arn")
    assert not schema.has_attribute(SHAPE, "Unheard")


@given(
    st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,127}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9]{1,255}", fullmatch=True),
    st.sampled_from([40, 63, 64, 80, 128, 255]),
)
def test_names_that_are_made_fit_and_end_in_their_seed(stack: str, logical_id: str, length_max: int) -> None:
    name = generated_names(stack, logical_id, "ABCDEFGHIJKL")(length_max, "any")
    assert len(name) <= length_max
    assert name.endswith("-ABCDEFGHIJKL")
    assert name.startswith(stack[:5])
    lower = generated_names(stack, logical_id, "ABCDEFGHIJKL")(length_max, "lower")
    assert lower == lower.lower()
    assert "--" not in lower


def test_notifications_have_a_value_a_line() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-notifications-example.html"""
    event = {
        "StackId": "arn",
        "EventId": "event",
        "StackName": "stack",
        "LogicalResourceId": "A",
        "PhysicalResourceId": "a",
        "ResourceType": "AWS::SNS::Topic",
        "Timestamp": 0.5,
        "ResourceStatus": "CREATE_COMPLETE",
    }
    text = notification(event, Call(account="123456789012", region="us-east-1", now_ms=0, endpoint=""))
    assert text.splitlines()[:3] == ["StackId='arn'", "Timestamp='1970-01-01T00:00:00.500Z'", "EventId='event'"]
    assert "ResourceProperties='null'\n" in text
    assert "Namespace='123456789012'\n" in text
    assert text.endswith("ClientRequestToken='null'\n")
