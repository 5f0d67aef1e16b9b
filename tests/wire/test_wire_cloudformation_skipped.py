"""Resources that were skipped: in stacks of ``up`` alone, and replaced once they can be made.

AWS words its refusal of unknown types so ("Template format error: Unrecognized resource types: [...]").
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import RunningCloud

from stratolite.core.call import Call

PATIENCE = {"Delay": 0.01, "MaxAttempts": 12_000}


def template(kind: str, **properties: Any) -> str:
    resources = {
        "Work": {"Type": kind, "Properties": properties},
        "Told": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::GetAtt": "Work.Arn"}}},
    }
    return json.dumps({"Resources": resources, "Outputs": {"Work": {"Value": {"Ref": "Work"}}}})


SKIPPED = "Skipped::AWS::KinesisFirehose::DeliveryStream"


def allow(cloud: RunningCloud, name: str) -> None:
    """What ``up`` does before it deploys."""
    account = cloud.client("sts").get_caller_identity()["Account"]
    cloud.cloud.world.ports.stack.allow_stand_ins(Call(account=account), name)


@pytest.mark.parametrize("kind", ["AWS::RDS::DBInstance", "Skipped::AWS::RDS::DBInstance", "Skipped::AWS::SQS::Queue"])
def test_the_api_refuses_them(cloud: RunningCloud, kind: str) -> None:
    allow(cloud, "another")
    client = cloud.client("cloudformation")
    with pytest.raises(ClientError, match=rf"Unrecognized resource types: \[{kind}\]"):
        client.create_stack(StackName="refused", TemplateBody=template(kind))


def test_even_up_has_to_say_that_they_are_skipped(cloud: RunningCloud) -> None:
    allow(cloud, "unsaid")
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::RDS::DBInstance\]"):
        cloud.client("cloudformation").create_stack(StackName="unsaid", TemplateBody=template("AWS::RDS::DBInstance"))


def test_they_are_made_changed_and_deleted(cloud: RunningCloud) -> None:
    allow(cloud, "work")
    client = cloud.client("cloudformation")
    client.create_stack(StackName="work", TemplateBody=template(SKIPPED, DeliveryStreamName="one"))
    client.get_waiter("stack_create_complete").wait(StackName="work", WaiterConfig=PATIENCE)
    (shown,) = client.describe_stack_resources(StackName="work", LogicalResourceId="Work")["StackResources"]
    assert (shown["ResourceType"], shown["PhysicalResourceId"]) == (SKIPPED, "one")

    client.update_stack(StackName="work", TemplateBody=template(SKIPPED, DeliveryStreamName="two"))
    client.get_waiter("stack_update_complete").wait(StackName="work", WaiterConfig=PATIENCE)
    told = client.describe_stack_resource(StackName="work", LogicalResourceId="Told")["StackResourceDetail"]
    value = cloud.client("ssm").get_parameter(Name=told["PhysicalResourceId"])["Parameter"]["Value"]
    assert value.startswith("arn:aws:firehose:us-east-1:") and value.endswith(":deliverystream/two")

    client.delete_stack(StackName="work")
    client.get_waiter("stack_delete_complete").wait(StackName="work", WaiterConfig=PATIENCE)


def test_one_that_can_be_made_at_last_is(cloud: RunningCloud) -> None:
    allow(cloud, "last")
    client = cloud.client("cloudformation")
    client.create_stack(StackName="last", TemplateBody=template("Skipped::AWS::SQS::Queue"))
    client.get_waiter("stack_create_complete").wait(StackName="last", WaiterConfig=PATIENCE)
    client.update_stack(StackName="last", TemplateBody=template("AWS::SQS::Queue"))
    client.get_waiter("stack_update_complete").wait(StackName="last", WaiterConfig=PATIENCE)
    (output,) = client.describe_stacks(StackName="last")["Stacks"][0]["Outputs"]
    assert cloud.client("sqs").list_queues()["QueueUrls"] == [output["OutputValue"]]

    client.update_stack(StackName="last", TemplateBody=template("Skipped::AWS::SQS::Queue"))
    client.get_waiter("stack_update_complete").wait(StackName="last", WaiterConfig=PATIENCE)
    assert "QueueUrls" not in cloud.client("sqs").list_queues()
