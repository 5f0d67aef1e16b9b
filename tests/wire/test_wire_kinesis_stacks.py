"""Streams and their consumers, made, changed and removed by CloudFormation.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Kinesis.html and the recorded
answers of AWS, by entry.
"""

import json
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import equal
from tests.wire.kinesis_streams import arn_of
from tests.wire.stacks import Stack

STREAM_ARN = {"Fn::GetAtt": ["Stream", "Arn"]}


@pytest.fixture(scope="module")
def kinesis(cloud: RunningCloud) -> Any:
    return cloud.client("kinesis")


def template(resources: dict[str, Any], **outputs: Any) -> str:
    shown = {name: {"Value": value} for name, value in outputs.items()}
    return json.dumps({"Resources": resources, **({"Outputs": shown} if shown else {})})


def stream(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Kinesis::Stream", "Properties": properties}


def test_a_stream_by_default(cloud: RunningCloud, kinesis: Any) -> None:
    """test_default_parameters_kinesis"""
    recording = recorded("cloudformation/resources/test_kinesis.json", "test_default_parameters_kinesis")
    stack = Stack(cloud, "default")
    assert stack.create(template({"Stream": stream()}, Name={"Ref": "Stream"}, Arn=STREAM_ARN)) == "CREATE_COMPLETE"
    name = stack.physical("Stream")
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}
    assert outputs == {"Name": name, "Arn": arn_of(name)}
    assert name.startswith("default-Stream-")
    equal(kinesis.describe_stream(StreamName=name), recording["describe_stream"])
    assert stack.delete() == "DELETE_COMPLETE"
    assert name not in kinesis.list_streams()["StreamNames"]


def test_a_stream_is_changed(cloud: RunningCloud, kinesis: Any) -> None:
    stack = Stack(cloud, "changed")
    key = {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
    first = stream(
        Name="clicks",
        ShardCount=2,
        RetentionPeriodHours=48,
        StreamEncryption=key,
        DesiredShardLevelMetrics=["IncomingBytes"],
        Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    )
    assert stack.create(template({"Stream": first})) == "CREATE_COMPLETE"

    def summary(name: str = "clicks") -> dict[str, Any]:
        found: dict[str, Any] = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        return found

    found = summary()
    assert (found["OpenShardCount"], found["RetentionPeriodHours"], found["KeyId"]) == (2, 48, key["KeyId"])
    assert found["EnhancedMonitoring"] == [{"ShardLevelMetrics": ["IncomingBytes"]}]
    second = stream(
        Name="clicks", ShardCount=3, RetentionPeriodHours=36, MaxRecordSizeInKiB=2048, Tags=[{"Key": "a", "Value": "3"}]
    )
    assert stack.update(template({"Stream": second})) == "UPDATE_COMPLETE"
    found = summary()
    assert (found["OpenShardCount"], found["RetentionPeriodHours"], found["EncryptionType"]) == (3, 36, "NONE")
    assert (found["MaxRecordSizeInKiB"], found["EnhancedMonitoring"]) == (2048, [{"ShardLevelMetrics": []}])
    assert kinesis.list_tags_for_stream(StreamName="clicks")["Tags"] == [{"Key": "a", "Value": "3"}]
    third = stream(Name="clicks", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert stack.update(template({"Stream": third})) == "UPDATE_COMPLETE"
    found = summary()
    assert (found["StreamModeDetails"], found["RetentionPeriodHours"]) == ({"StreamMode": "ON_DEMAND"}, 24)
    assert stack.update(template({"Stream": stream(Name="views")})) == "UPDATE_COMPLETE"
    assert summary("views")["OpenShardCount"] == 1 and "clicks" not in kinesis.list_streams()["StreamNames"]
    assert stack.delete() == "DELETE_COMPLETE"


def test_consumers_and_policies(cloud: RunningCloud, kinesis: Any) -> None:
    stack = Stack(cloud, "consumers")
    resources: dict[str, Any] = {
        "Stream": stream(ShardCount=1),
        "Consumer": {
            "Type": "AWS::Kinesis::StreamConsumer",
            "Properties": {"StreamARN": STREAM_ARN, "ConsumerName": "first"},
        },
        "Policy": {
            "Type": "AWS::Kinesis::ResourcePolicy",
            "Properties": {"ResourceArn": STREAM_ARN, "ResourcePolicy": {"Version": "2012-10-17", "Statement": []}},
        },
    }
    names = ("ConsumerARN", "ConsumerName", "ConsumerStatus", "StreamARN", "ConsumerCreationTimestamp")
    shown = {name: {"Fn::GetAtt": ["Consumer", name]} for name in names}
    assert stack.create(template(resources, Ref={"Ref": "Consumer"}, **shown)) == "CREATE_COMPLETE"
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}
    arn = arn_of(stack.physical("Stream"))
    (consumer,) = kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]
    assert outputs["Ref"] == outputs["ConsumerARN"] == consumer["ConsumerARN"] == stack.physical("Consumer")
    assert (outputs["ConsumerName"], outputs["ConsumerStatus"], outputs["StreamARN"]) == ("first", "ACTIVE", arn)
    assert outputs["ConsumerCreationTimestamp"].endswith("Z")
    assert json.loads(kinesis.get_resource_policy(ResourceARN=arn)["Policy"])["Statement"] == []
    resources["Consumer"]["Properties"]["ConsumerName"] = "second"
    del resources["Policy"]
    assert stack.update(template(resources)) == "UPDATE_COMPLETE"
    listed = kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]
    assert [one["ConsumerName"] for one in listed] == ["second"]
    assert kinesis.get_resource_policy(ResourceARN=arn)["Policy"] == "{}"
    assert stack.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize("name", ["WarmThroughputMiBps", "RecordDistributionStrategy"])
def test_what_is_not_here_is_refused_by_name(cloud: RunningCloud, name: str) -> None:
    client = cloud.client("cloudformation")
    value = {"WarmThroughputMiBps": 10, "RecordDistributionStrategy": "AUTO"}[name]
    with pytest.raises(client.exceptions.ClientError, match=f"The property {name} of Stream .* is not implemented"):
        client.create_stack(StackName="refused", TemplateBody=template({"Stream": stream(**{name: value})}))
