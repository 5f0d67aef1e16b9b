"""What would be refused of a template, told before there is a cloud."""

from typing import Any

import pytest

from stratolite.core.call import Call
from stratolite.server.registry import Registry
from stratolite.services.cloudformation.checks import Refusal, refusals, unknown_types

FIND = Registry().resource_type
QUEUE = {"Type": "AWS::SQS::Queue"}
STREAM = {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": {"DeliveryStreamName": "s"}}


def refused(resources: dict[str, Any], given: dict[str, str] | None = None, **sections: Any) -> list[Refusal]:
    call = Call(account="000000000000", region="us-east-1")
    return refusals(call, "shop-dev", {"Resources": resources, **sections}, given or {}, FIND)


def test_a_template_that_can_be_made_has_none() -> None:
    resources = {
        "Q": QUEUE,
        "R": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Q.QueueName}-2"}}},
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Own": {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::ImportValue": "maker"}}},
        "S": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "{{resolve:ssm:a:1}}"}},
    }
    assert refused(resources) == []


def test_everything_that_is_wrong_is_told() -> None:
    resources = {
        "A": STREAM,
        "B": {"Type": "AWS::SQS::Queue", "Properties": {"Colour": "red"}},
        "C": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["A", "Arn"]}}},
        "D": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["B", "Nothing"]}}},
    }
    found = refused(resources)
    assert [one.logical_id for one in found] == ["A", "B", "D"]
    assert found[0].what == "A is of the type AWS::KinesisFirehose::DeliveryStream, which is not made here"
    assert "extraneous key [Colour]" in found[1].what
    assert "Nothing" in found[2].what


@pytest.mark.parametrize(
    ("resources", "sections", "word"),
    [
        ({"A": {"Type": "AWS::SQS::Queue", "DependsOn": "B"}}, {}, "B"),
        ({"A": QUEUE}, {"Outputs": {"X": {"Value": {"Ref": "Nothing"}}}}, "Nothing"),
        ({"A": QUEUE}, {"Parameters": {"P": {"Type": "String"}}}, "P"),
    ],
)
def test_what_concerns_the_whole_template_is_one_refusal(
    resources: dict[str, Any], sections: dict[str, Any], word: str
) -> None:
    (found,) = refused(resources, **sections)
    assert word in found.what and found.logical_id == ""


def test_parameters_have_their_values() -> None:
    assert refused({"A": QUEUE}, {"P": "x"}, Parameters={"P": {"Type": "String"}}) == []


def test_types_are_told_by_themselves() -> None:
    template = {"Resources": {"A": STREAM, "B": QUEUE, "C": {"Type": "AWS::Nobody::Knows"}}}
    assert [(one.logical_id, one.type) for one in unknown_types(template, FIND)] == [
        ("A", "AWS::KinesisFirehose::DeliveryStream"),
        ("C", "AWS::Nobody::Knows"),
    ]
