"""Templates as texts: JSON and YAML read, checked, refused with AWS's words; whatever stands in one, nothing breaks."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.core.errors import AwsError, NotImplementedHere, ValidationError
from stratolite.services.cloudformation import parameters, template, transforms
from stratolite.services.cloudformation.deployment import Deployment, pseudo_parameters
from stratolite.services.cloudformation.domain import Stack
from stratolite.services.cloudformation.yaml_reader import read

STACK = Stack("arn:aws:cloudformation:us-east-1:1:stack/s/i", "1", "us-east-1", "s", "CREATE_IN_PROGRESS", 0)
TOPIC = {"Type": "AWS::SNS::Topic"}


def deploy(text: str) -> Deployment:
    """A template as an operation reads it; what it includes is empty."""
    body = read(text)
    template.check_sections(transforms.without_transforms(body))
    declared = template.declared_parameters(body)
    texts = parameters.values(declared, [], {})
    made = transforms.processed(
        body, parameters.typed(declared, texts), pseudo_parameters(STACK), lambda location: "{}"
    )
    deployment = Deployment(STACK, text if made is None else json.dumps(made), texts, {}, {}, is_preview=True)
    template.check_limits(deployment.template)
    deployment.order()
    deployment.check_conditional_references()
    for resource in deployment.included().values():
        deployment.resolver.resolve(dict(resource.properties))
    deployment.outputs()
    return deployment


# Reading -------------------------------------------------------------------------------------------------------------

YAML = """
AWSTemplateFormatVersion: 2010-09-09
Resources:
  A:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !Sub "${AWS::Region}-x"
      Day: 2020-01-01
      Flag: yes
  B:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !Join ["-", [!GetAtt A.TopicName, !Ref A, !If [C, !Ref "AWS::NoValue", b]]]
      Deep: !Select [0, !Split [",", !ImportValue {"Fn::Sub": "${AWS::StackName}-y"}]]
"""


def test_yaml_has_short_forms_and_no_dates() -> None:
    resources = read(YAML)["Resources"]
    assert read(YAML)["AWSTemplateFormatVersion"] == "2010-09-09"
    properties = {"DisplayName": {"Fn::Sub": "${AWS::Region}-x"}, "Day": "2020-01-01", "Flag": True}
    assert resources["A"]["Properties"] == properties
    assert resources["B"]["Properties"]["DisplayName"] == {
        "Fn::Join": [
            "-",
            [
                {"Fn::GetAtt": ["A", "TopicName"]},
                {"Ref": "A"},
                {"Fn::If": ["C", {"Ref": "AWS::NoValue"}, "b"]},
            ],
        ]
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"this is invalid JSON"="bobbins"}', "JSON not well-formed. (line 1, column 25)"),
        ("a: [", "YAML not well-formed."),
        ("a: !Unheard b", "YAML not well-formed."),
        ("just text", "unsupported structure."),
        ("- a\n- b", "unsupported structure."),
        ("", "unsupported structure."),
    ],
)
def test_texts_that_are_no_templates(text: str, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(text)
    assert caught.value.message.startswith("Template format error: ")
    assert said in caught.value.message


def test_half_a_character_becomes_a_question_mark() -> None:
    assert read('{"a": "x\\ud800", "b": "\\ud83d\\ude00"}') == {"a": "x?", "b": "\U0001f600"}


# What a template cannot say ------------------------------------------------------------------------------------------

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "At least one Resources member must be defined."),
    ({"Resources": {"A": {}}}, "Every Resources object must contain a Type member."),
    ({"Resources": {"A-b": TOPIC}}, "Resource name A-b is non alphanumeric."),
    ({"Resources": {"A": {**TOPIC, "Unheard": 1}}}, "Invalid template resource property 'Unheard'"),
    ({"Resources": {"A": TOPIC}, "Unheard": {}}, "Invalid template property or properties [Unheard]"),
    ({"Resources": {"A": {**TOPIC, "DependsOn": "B"}}}, "Unresolved resource dependencies [B] in the Resources block"),
    ({"Resources": {"A": {**TOPIC, "Condition": "C"}}}, "Unresolved condition dependency C in the Resources block"),
    ({"Resources": {"A": {**TOPIC, "DeletionPolicy": "Keep"}}}, "Unrecognized DeletionPolicy Keep for resource A"),
    ({"Resources": {"A": {**TOPIC, "DeletionPolicy": {"a": "b"}}}}, "Unrecognized DeletionPolicy"),
    (
        {"Resources": {"A": TOPIC}, "Outputs": {"O": {"Value": {"Ref": "B"}}}},
        "Unresolved resource dependencies [B] in the Outputs block",
    ),
    ({"Resources": {"A": TOPIC}, "Outputs": {"O": {}}}, "Every Outputs member must contain a Value object"),
    (
        {"Resources": {"A": TOPIC}, "Outputs": {"O": {"Value": "a", "Export": "b"}}},
        "Output O is malformed",
    ),
    ({"Resources": {"A": TOPIC}, "Parameters": {"P": {}}}, "Every Parameters object must contain a Type member."),
    ({"Resources": {"A": TOPIC}, "Parameters": {"P": {"Type": "Text"}}}, "Unrecognized parameter type: Text"),
    (
        {"Resources": {"A": TOPIC}, "Parameters": {"P": {"Type": "String", "MinLength": "x"}}},
        "Every MinLength member must be a number.",
    ),
    (
        {"Resources": {"A": TOPIC}, "Parameters": {"P": {"Type": "String", "Default": []}}},
        "Every Default member must be a string.",
    ),
    ({"Resources": {"A": {**TOPIC, "Properties": {"DisplayName": None}}}}, "'null' values are not allowed"),
    ({"Resources": {"A": TOPIC}, "Mappings": {"M": {"a": "b"}}}, "Every Mappings member M must be a map"),
    (
        {
            "Resources": {
                "A": {**TOPIC, "DependsOn": "B"},
                "B": {**TOPIC, "Properties": {"DisplayName": {"Ref": "A"}}},
            }
        },
        "Circular dependency between resources: [A, B]",
    ),
    ({"Resources": {"A": {**TOPIC, "DependsOn": "A"}}}, "Circular dependency between resources: [A]"),
    (
        {"Resources": {"A": {**TOPIC, "Properties": {"DisplayName": {"Ref": "A"}}}}},
        "Circular dependency between resources: [A]",
    ),
    ({"Resources": {"A": {**TOPIC, "Properties": []}}}, "[/Resources/A/Properties] must be an object."),
    (
        {"Resources": {"A": TOPIC}, "AWSTemplateFormatVersion": "2010-09-10"},
        "2010-09-10 is not a supported value for AWSTemplateFormatVersion.",
    ),
    # https://github.com/zalando-stups/senza/issues/319 quotes AWS.
    ({"Resources": {"A": TOPIC}, "Description": "ü" * 513}, "'Description' length is greater than 1024."),
]


@pytest.mark.parametrize(("body", "said"), REFUSED, ids=[said[:40] for _, said in REFUSED])
def test_templates_that_are_refused(body: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        deploy(json.dumps(body))
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"Resources": {"A": {**TOPIC, "UpdatePolicy": {"a": 1}}}}, "UpdatePolicy"),
        ({"Resources": {"A": {**TOPIC, "CreationPolicy": {"a": 1}}}}, "CreationPolicy"),
        ({"Resources": {"A": {**TOPIC, "DeletionPolicy": "Snapshot"}}}, "Snapshot"),
        ({"Resources": {"A": TOPIC}, "Transform": "Macro"}, "Macro"),
        ({"Resources": {"A": {**TOPIC, "Properties": {"Fn::Transform": {"Name": "Macro"}}}}}, "Macro"),
        ({"Resources": {"A": TOPIC}, "Parameters": {"P": {"Type": "String", "AllowedPattern": "["}}}, "AllowedPattern"),
    ],
)
def test_what_is_not_implemented_is_refused_by_name(body: dict[str, Any], named: str) -> None:
    with pytest.raises(NotImplementedHere, match=named):
        deploy(json.dumps(body))


# Whatever stands in one ----------------------------------------------------------------------------------------------

NAMES = ["A", "B", "P", "C", "M", "a", "1", "", "${A}", "${A.B}", "${", "AWS::Region", "AWS::NoValue", "x,y", "\u00e4"]
FUNCTIONS = [
    *("Ref", "Condition", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::If", "Fn::Select", "Fn::Split", "Fn::FindInMap"),
    *("Fn::Cidr", "Fn::GetAZs", "Fn::ImportValue", "Fn::Base64", "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not"),
    *("Fn::Length", "Fn::ToJsonString", "Fn::ForEach::L", "Fn::Transform", "Plain"),
]
SCALARS = st.sampled_from(NAMES) | st.integers(-2, 300) | st.booleans() | st.floats(0, 1)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FUNCTIONS), inner, max_size=2),
    max_leaves=8,
)
RESOURCES = st.fixed_dictionaries(
    {"Type": st.just("AWS::SNS::Topic")},
    optional={
        "Properties": st.dictionaries(st.sampled_from(["DisplayName", "TopicName"]), VALUES, max_size=2),
        "DependsOn": VALUES,
        "Condition": SCALARS,
        "DeletionPolicy": VALUES,
        "Metadata": VALUES,
    },
)
DECLARATIONS = st.fixed_dictionaries(
    {"Type": st.sampled_from(["String", "Number", "CommaDelimitedList", "List<Number>"])},
    optional=dict.fromkeys(sorted(template.PARAMETER_KEYS - {"Type"}), VALUES),
)
TEMPLATES = st.fixed_dictionaries(
    {"Resources": st.dictionaries(st.sampled_from(["A", "B", "Fn::ForEach::L", "Fn::Transform"]), RESOURCES)},
    optional={
        "Parameters": st.dictionaries(st.just("P"), DECLARATIONS),
        "Conditions": st.dictionaries(st.just("C"), VALUES),
        "Mappings": st.fixed_dictionaries({"M": st.fixed_dictionaries({"a": st.dictionaries(st.just("a"), VALUES)})}),
        "Outputs": st.dictionaries(st.just("O"), st.fixed_dictionaries({"Value": VALUES}, optional={"Export": VALUES})),
        "Transform": st.sampled_from(["AWS::LanguageExtensions", "AWS::Include"]) | VALUES,
    },
)


@settings(max_examples=200)
@given(TEMPLATES)
def test_no_template_breaks_anything(body: dict[str, Any]) -> None:
    try:
        deploy(json.dumps(body))
    except AwsError as error:
        assert error.message


@given(st.text(max_size=60) | st.text("{}[]\"':,-!&*? \nabRef", max_size=60))
def test_no_text_breaks_anything(text: str) -> None:
    try:
        assert isinstance(read(text), dict)
    except ValidationError as error:
        assert error.message.startswith("Template format error: ")
