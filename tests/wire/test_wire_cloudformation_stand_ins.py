"""Resources without effect: refused by CloudFormation's API, but for stacks that ``up`` deployed.

AWS words its refusal of unknown types so ("Template format error: Unrecognized resource types: [...]").
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import RunningCloud

from stratolite.core.call import Call

PATIENCE = {"Delay": 0.01, "MaxAttempts": 12_000}


def template(**properties: Any) -> str:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16", **properties}}
    subnet = {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}},
    }
    outputs = {"Vpc": {"Value": {"Ref": "Vpc"}}, "Zone": {"Value": {"Fn::GetAtt": ["Subnet", "AvailabilityZone"]}}}
    return json.dumps({"Resources": {"Vpc": vpc, "Subnet": subnet}, "Outputs": outputs})


def outputs(client: Any) -> dict[str, str]:
    stack = client.describe_stacks(StackName="net")["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def allow(cloud: RunningCloud, name: str) -> None:
    """What ``up`` does before it deploys."""
    account = cloud.client("sts").get_caller_identity()["Account"]
    cloud.cloud.world.ports.stack.allow_stand_ins(Call(account=account), name)


def test_the_api_refuses_what_up_lets_pass(cloud: RunningCloud) -> None:
    allow(cloud, "another")
    client = cloud.client("cloudformation")
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::EC2::Subnet, AWS::EC2::VPC\]"):
        client.create_stack(StackName="refused", TemplateBody=template())


def test_stand_ins_are_made_changed_replaced_and_deleted(cloud: RunningCloud) -> None:
    allow(cloud, "net")
    client = cloud.client("cloudformation")
    client.create_stack(StackName="net", TemplateBody=template())
    client.get_waiter("stack_create_complete").wait(StackName="net", WaiterConfig=PATIENCE)
    first = outputs(client)
    assert first["Vpc"].startswith("vpc-")
    assert first["Zone"] == "us-east-1a"

    client.update_stack(StackName="net", TemplateBody=template(EnableDnsSupport=True))
    client.get_waiter("stack_update_complete").wait(StackName="net", WaiterConfig=PATIENCE)
    assert outputs(client) == first

    client.update_stack(StackName="net", TemplateBody=template(CidrBlock="10.1.0.0/16"))
    client.get_waiter("stack_update_complete").wait(StackName="net", WaiterConfig=PATIENCE)
    assert outputs(client)["Vpc"] != first["Vpc"]

    client.delete_stack(StackName="net")
    client.get_waiter("stack_delete_complete").wait(StackName="net", WaiterConfig=PATIENCE)


def test_a_stack_that_up_deploys_may_be_larger_than_one_on_aws(cloud: RunningCloud) -> None:
    """On AWS it is split, by a plugin or by hand, which changes nothing of what it is."""
    never = {f"Topic{number}": {"Type": "AWS::SNS::Topic", "Condition": "Never"} for number in range(600)}
    values = {f"Value{number}": {"Value": "x"} for number in range(300)}
    body = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, **never},
        "Outputs": values,
    }
    client = cloud.client("cloudformation")
    with pytest.raises(ClientError, match="Number of resources, 601, is greater than maximum allowed, 500"):
        client.create_stack(StackName="large", TemplateBody=json.dumps(body, separators=(",", ":")))
    few = {**body, "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    with pytest.raises(ClientError, match="Number of outputs, 300, is greater than maximum allowed, 200"):
        client.create_stack(StackName="large", TemplateBody=json.dumps(few))
    allow(cloud, "large")
    client.create_stack(StackName="large", TemplateBody=json.dumps(body, separators=(",", ":")))
    client.get_waiter("stack_create_complete").wait(StackName="large", WaiterConfig=PATIENCE)
    assert len(client.describe_stacks(StackName="large")["Stacks"][0]["Outputs"]) == 300


def test_a_stack_that_up_deployed_may_keep_them_and_its_successor_may_not(cloud: RunningCloud) -> None:
    allow(cloud, "net")
    client = cloud.client("cloudformation")
    client.create_stack(StackName="net", TemplateBody=template())
    client.get_waiter("stack_create_complete").wait(StackName="net", WaiterConfig=PATIENCE)
    # As after a restart without ``up``.
    cloud.cloud.registry.get("cloudformation").state.standing_in.clear()
    client.update_stack(StackName="net", TemplateBody=template(EnableDnsSupport=True))
    client.get_waiter("stack_update_complete").wait(StackName="net", WaiterConfig=PATIENCE)
    client.delete_stack(StackName="net")
    client.get_waiter("stack_delete_complete").wait(StackName="net", WaiterConfig=PATIENCE)
    with pytest.raises(ClientError, match="Unrecognized resource types"):
        client.create_stack(StackName="net", TemplateBody=template())


def test_properties_are_checked_against_the_schema(cloud: RunningCloud) -> None:
    allow(cloud, "net")
    client = cloud.client("cloudformation")
    with pytest.raises(ClientError, match=r"extraneous key \[Cidr\] is not permitted"):
        client.create_stack(StackName="net", TemplateBody=template(Cidr="10.0.0.0/16"))
    with pytest.raises(ClientError, match="does not support attribute type Nothing in Fn::GetAtt"):
        client.create_stack(StackName="net", TemplateBody=template().replace('"CidrBlock"]', '"Nothing"]'))
