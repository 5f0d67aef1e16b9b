"""Streams, their settings, tags, policies and consumers, through boto3.

Sources: https://docs.aws.amazon.com/kinesis/latest/APIReference/ and the recorded answers of AWS, by entry.
"""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import equal, refused
from tests.wire.kinesis_streams import arn_of, held, made, put, ranges

ANSWERS = "kinesis/test_kinesis.json"


@pytest.fixture(scope="module")
def kinesis(cloud: RunningCloud) -> Any:
    return cloud.client("kinesis")


def test_a_stream_from_its_begin_to_its_end(kinesis: Any) -> None:
    """test_default_parameters_kinesis, of a stack."""
    recording = recorded("cloudformation/resources/test_kinesis.json", "test_default_parameters_kinesis")
    made(kinesis, "life", Tags={"a": "b"})
    kinesis.get_waiter("stream_exists").wait(StreamName="life")
    equal(kinesis.describe_stream(StreamName="life"), recording["describe_stream"])
    equal(kinesis.describe_stream(StreamARN=arn_of("life")), recording["describe_stream"])
    summary = kinesis.describe_stream_summary(StreamName="life")["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], summary["ConsumerCount"], summary["MaxRecordSizeInKiB"]) == (1, 0, 1024)
    text = f"Stream life under account {ACCOUNT} already exists."
    assert refused(made, kinesis=kinesis, name="life") == ("ResourceInUseException", text, 400)
    kinesis.delete_stream(StreamName="life")
    kinesis.get_waiter("stream_not_exists").wait(StreamName="life")
    text = f"Stream life under account {ACCOUNT} not found."
    assert refused(kinesis.describe_stream, StreamName="life") == ("ResourceNotFoundException", text, 400)
    made(kinesis, "life")
    assert held(kinesis, "life") == []


def test_shards_share_all_hash_keys(kinesis: Any) -> None:
    """test_create_stream_without_shard_count: four shards, on demand."""
    kinesis.create_stream(StreamName="no-count")
    description = kinesis.describe_stream(StreamName="no-count")["StreamDescription"]
    assert description["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    shards = recorded(ANSWERS, "test_create_stream_without_shard_count")["Shards"]
    assert [set(one) for one in description["Shards"]] == [set(one) for one in shards]
    assert len(ranges(description["Shards"])) == 4
    made(kinesis, "three", 3)
    found = ranges(kinesis.describe_stream(StreamName="three")["StreamDescription"]["Shards"])
    assert found[1] == (113427455640312821154458202477256070485, 226854911280625642308916404954512140969)
    more = kinesis.describe_stream(StreamName="three", Limit=2)["StreamDescription"]
    assert (len(more["Shards"]), more["HasMoreShards"]) == (2, True)
    rest = kinesis.describe_stream(StreamName="three", ExclusiveStartShardId=more["Shards"][-1]["ShardId"])
    assert (len(rest["StreamDescription"]["Shards"]), rest["StreamDescription"]["HasMoreShards"]) == (1, False)


def test_streams_are_listed_in_pages(cloud: RunningCloud) -> None:
    kinesis = cloud.client("kinesis", region="eu-west-1")
    for name in "cab":
        kinesis.create_stream(StreamName=name, ShardCount=1)
    page = kinesis.list_streams(Limit=2)
    assert (page["StreamNames"], page["HasMoreStreams"]) == (["a", "b"], True)
    assert page["StreamSummaries"][0]["StreamARN"].startswith("arn:aws:kinesis:eu-west-1:")
    assert kinesis.list_streams(NextToken=page["NextToken"])["StreamNames"] == ["c"]
    assert kinesis.list_streams(ExclusiveStartStreamName="a")["StreamNames"] == ["b", "c"]
    limits = kinesis.describe_limits()
    assert (limits["OpenShardCount"], limits["OnDemandStreamCount"]) == (3, 0)


def test_the_mode_of_a_stream(kinesis: Any) -> None:
    arn = made(kinesis, "mode", 2)
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    text = f"Request is invalid. Stream mode under account {ACCOUNT} is in On-Demand mode."
    split = {"StreamName": "mode", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "1000"}
    assert refused(kinesis.split_shard, **split) == ("ValidationException", text, 400)
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "PROVISIONED"})
    kinesis.split_shard(**split)
    assert kinesis.describe_stream_summary(StreamName="mode")["StreamDescriptionSummary"]["OpenShardCount"] == 3


def test_tags(kinesis: Any) -> None:
    """test_add_tags_to_stream"""
    arn = made(kinesis, "tags")
    kinesis.add_tags_to_stream(StreamName="tags", Tags={"foo": "bar", "x": "1", "y": "2"})
    kinesis.tag_resource(ResourceARN=arn, Tags={"x": "3"})
    page = kinesis.list_tags_for_stream(StreamName="tags", Limit=1)
    assert page["Tags"] == [recorded(ANSWERS, "test_add_tags_to_stream")["Tags"]]
    assert page["HasMoreTags"] is True
    kinesis.remove_tags_from_stream(StreamName="tags", TagKeys=["foo"])
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["y"])
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "x", "Value": "3"}]
    many = {str(number): "" for number in range(50)}
    assert refused(kinesis.tag_resource, ResourceARN=arn, Tags=many)[0] == "LimitExceededException"


def test_policies(kinesis: Any) -> None:
    """test_resource_policy_crud"""
    recording = recorded(ANSWERS, "test_resource_policy_crud")
    arn = made(kinesis, "policy")
    equal(kinesis.get_resource_policy(ResourceARN=arn), recording["default_policy_if_not_set"])
    policy = {"Version": "2012-10-17", "Statement": []}
    equal(
        kinesis.put_resource_policy(ResourceARN=arn, Policy=json.dumps(policy)),
        recording["put_resource_policy_if_not_set"],
    )
    assert json.loads(kinesis.get_resource_policy(ResourceARN=arn)["Policy"]) == policy
    equal(kinesis.delete_resource_policy(ResourceARN=arn), recording["delete_resource_policy"])
    equal(kinesis.get_resource_policy(ResourceARN=arn), recording["get_resource_policy_after_delete"])


def test_consumers(kinesis: Any) -> None:
    """test_stream_consumers"""
    recording = recorded(ANSWERS, "test_stream_consumers")
    arn = made(kinesis, "consumed")
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="consumer", Tags={"a": "b"})["Consumer"]
    assert consumer["ConsumerStatus"] == "CREATING"
    assert consumer["ConsumerARN"].startswith(f"{arn}/consumer/consumer:1")
    equal(kinesis.list_stream_consumers(StreamARN=arn)["Consumers"], recording["One_consumer_by_list_stream"])
    by_arn = {"ConsumerARN": consumer["ConsumerARN"]}
    described = kinesis.describe_stream_consumer(**by_arn)["ConsumerDescription"]
    equal(described, recording["One_consumer_by_describe_stream"])
    named = {"StreamARN": arn, "ConsumerName": "consumer"}
    assert kinesis.describe_stream_consumer(**named)["ConsumerDescription"] == described
    assert refused(kinesis.register_stream_consumer, **named)[0] == "ResourceInUseException"
    assert kinesis.list_tags_for_resource(ResourceARN=consumer["ConsumerARN"])["Tags"] == [{"Key": "a", "Value": "b"}]
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="other")
    page = kinesis.list_stream_consumers(StreamARN=arn, MaxResults=1)
    rest = kinesis.list_stream_consumers(StreamARN=arn, NextToken=page["NextToken"])
    assert [one["ConsumerName"] for one in page["Consumers"] + rest["Consumers"]] == ["consumer", "other"]
    assert refused(kinesis.delete_stream, StreamName="consumed")[0] == "ResourceInUseException"
    kinesis.deregister_stream_consumer(**by_arn)
    assert refused(kinesis.describe_stream_consumer, **by_arn)[0] == "ResourceNotFoundException"
    kinesis.delete_stream(StreamName="consumed", EnforceConsumerDeletion=True)


def test_encryption_shows(kinesis: Any) -> None:
    made(kinesis, "secret")
    put(kinesis, "secret", "before")
    key = {"StreamName": "secret", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
    kinesis.start_stream_encryption(**key)
    shown = kinesis.describe_stream_summary(StreamName="secret")["StreamDescriptionSummary"]
    assert (shown["EncryptionType"], shown["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert kinesis.put_record(StreamName="secret", Data=b"in", PartitionKey="k")["EncryptionType"] == "KMS"
    kinesis.stop_stream_encryption(**key)
    assert "EncryptionType" not in kinesis.put_record(StreamName="secret", Data=b"after", PartitionKey="k")
    at = kinesis.get_shard_iterator(StreamName="secret", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    records = kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"]
    assert [record.get("EncryptionType") for record in records] == [None, "KMS", None]


def test_what_is_not_here_is_refused_by_name(kinesis: Any) -> None:
    made(kinesis, "here")
    record = {"StreamName": "here", "Data": b"", "PartitionKey": "k"}
    code, text, status = refused(kinesis.put_record, **record, DryRun=True)
    assert (code, status) == ("NotImplemented", 501) and text.startswith("DryRun ")
    asked = {"StreamName": "auto", "RecordDistributionStrategy": "AUTO"}
    assert refused(kinesis.create_stream, **asked)[1].startswith("RecordDistributionStrategy ")
    queue: dict[str, Any] = {"QueueName": "q", "StreamConfigurationList": [{"StreamARN": arn_of("here")}]}
    text = "The operation CreateQueue of kinesis is not implemented by this version of Stratolite."
    assert refused(kinesis.create_queue, **queue) == ("NotImplemented", text, 501)


@pytest.mark.parametrize(
    ("operation", "request_", "code", "text"),
    [
        ("describe_stream", {}, "InvalidArgumentException", "Either StreamName or StreamARN should be provided."),
        (
            "describe_stream",
            {"StreamName": "a/b"},
            "ValidationException",
            "1 validation error detected: Value 'a/b' at 'streamName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        ("list_shards", {}, "InvalidArgumentException", "Either NextToken or StreamName should be provided."),
        ("get_records", {"ShardIterator": "x"}, "InvalidArgumentException", "Invalid ShardIterator."),
        (
            "create_stream",
            {"StreamName": "large", "ShardCount": 20_001},
            "LimitExceededException",
            f"This request would exceed the shard limit for the account {ACCOUNT} in {REGION}. Current shard count for",
        ),
        (
            "describe_stream_consumer",
            {"StreamARN": arn_of("nothing"), "ConsumerName": "c"},
            "ResourceNotFoundException",
            f"Stream nothing under account {ACCOUNT} not found.",
        ),
    ],
)
def test_refusals(kinesis: Any, operation: str, request_: dict[str, Any], code: str, text: str) -> None:
    found = refused(getattr(kinesis, operation), **request_)
    assert found[0] == code and found[1].startswith(text), found
