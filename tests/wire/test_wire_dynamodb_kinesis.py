"""Changes of tables that go into streams of Kinesis.

Sources: the recorded answer of AWS, by entry, and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds_using-shards-and-metrics.html
"""

import json
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.dynamodb_tables import keys, kinds, texts
from tests.wire.kinesis_streams import arn_of, iterator, made
from tests.wire.stacks import Stack

BY_ID: dict[str, Any] = {
    "KeySchema": keys("id"),
    "AttributeDefinitions": kinds(id="S"),
    "BillingMode": "PAY_PER_REQUEST",
}
PRECISION = "ApproximateCreationDateTimePrecision"


@pytest.fixture
def dynamodb(timed_cloud: RunningCloud) -> Any:
    client = timed_cloud.client("dynamodb", parameter_validation=False)
    client.create_table(TableName="tab", **BY_ID)
    return client


def changes(cloud: RunningCloud, name: str) -> list[dict[str, Any]]:
    """What has arrived in a stream."""
    cloud.drain()
    kinesis = cloud.client("kinesis")
    return [json.loads(one["Data"]) for one in kinesis.get_records(ShardIterator=iterator(kinesis, name))["Records"]]


def test_destinations_come_and_go(timed_cloud: RunningCloud, dynamodb: Any) -> None:
    """test_kinesis_streaming_destination_crud"""
    aws = recorded("dynamodb/test_dynamodb.json", "test_kinesis_streaming_destination_crud")
    to = {"TableName": "tab", "StreamArn": made(timed_cloud.client("kinesis"), "s")}
    bad = {**to, "TableName": "bad-table"}
    equal(answered(dynamodb.enable_kinesis_streaming_destination, **bad), aws["enable-bad-table"])
    equal(dynamodb.enable_kinesis_streaming_destination(**to), aws["enable"])
    equal(dynamodb.describe_kinesis_streaming_destination(TableName="tab"), aws["describe"])
    update = dynamodb.update_kinesis_streaming_destination
    equal(answered(update, **to), aws["update-missing-params"])
    exact = {"UpdateKinesisStreamingConfiguration": {PRECISION: "MICROSECOND"}}
    equal(
        answered(update, **to, UpdateKinesisStreamingConfiguration={PRECISION: "SECOND"}), aws["update-bad-precision"]
    )
    elsewhere = aws["update-bad-stream-arn"]["Error"]
    code, text, _ = refused(update, **{**to, "StreamArn": arn_of("bad-stream")}, **exact)
    begins = elsewhere["Message"].partition("streamArn: ")[0]
    assert code == elsewhere["Code"]
    assert text == f"{begins}streamArn: {arn_of('bad-stream')} found for table with tableName: tab"
    equal(update(**to, **exact), aws["update"])
    code, text, _ = refused(update, **to, **exact)
    assert (code, text.partition(" for tableId")[0]) == (
        aws["update-no-idempotency"]["Error"]["Code"],
        aws["update-no-idempotency"]["Error"]["Message"].partition(" for tableId")[0],
    )
    assert "must be DISABLED" in refused(dynamodb.enable_kinesis_streaming_destination, **to)[1]
    equal(answered(dynamodb.disable_kinesis_streaming_destination, **bad), aws["disable-bad-table"])
    equal(dynamodb.disable_kinesis_streaming_destination(**to), aws["disable"])
    (shown,) = dynamodb.describe_kinesis_streaming_destination(TableName="tab")["KinesisDataStreamDestinations"]
    assert shown["DestinationStatus"] == "DISABLED"
    nowhere = {**to, "StreamArn": arn_of("nowhere")}
    assert refused(dynamodb.enable_kinesis_streaming_destination, **nowhere)[0] == "ResourceNotFoundException"


def test_changes_arrive(timed_cloud: RunningCloud, dynamodb: Any) -> None:
    to = {"TableName": "tab", "StreamArn": made(timed_cloud.client("kinesis"), "s")}
    dynamodb.put_item(TableName="tab", Item=texts(id="before"))
    dynamodb.enable_kinesis_streaming_destination(**to)
    for item in (texts(id="a"), texts(id="a", name="b"), texts(id="a", name="b")):
        dynamodb.put_item(TableName="tab", Item=item)
        timed_cloud.drain()
    dynamodb.delete_item(TableName="tab", Key=texts(id="a"))
    first, second, third = changes(timed_cloud, "s")
    assert [one["eventName"] for one in (first, second, third)] == ["INSERT", "MODIFY", "REMOVE"]
    assert {key: value for key, value in first.items() if key != "eventID"} == {
        "awsRegion": "us-east-1",
        "eventName": "INSERT",
        "userIdentity": None,
        "recordFormat": "application/json",
        "tableName": "tab",
        "dynamodb": {
            "ApproximateCreationDateTime": timed_cloud.clock.now_ms(),
            "Keys": texts(id="a"),
            "NewImage": texts(id="a"),
            "SizeBytes": 6,
        },
        "eventSource": "aws:dynamodb",
    }
    assert (second["dynamodb"]["OldImage"], second["dynamodb"]["NewImage"]) == (texts(id="a"), texts(id="a", name="b"))
    assert "NewImage" not in third["dynamodb"]
    exact = {"UpdateKinesisStreamingConfiguration": {PRECISION: "MICROSECOND"}}
    dynamodb.update_kinesis_streaming_destination(**to, **exact)
    dynamodb.put_item(TableName="tab", Item=texts(id="c"))
    last = changes(timed_cloud, "s")[-1]["dynamodb"]
    assert (last[PRECISION], last["ApproximateCreationDateTime"]) == ("MICROSECOND", timed_cloud.clock.now_ms() * 1000)
    dynamodb.disable_kinesis_streaming_destination(**to)
    dynamodb.put_item(TableName="tab", Item=texts(id="d"))
    assert len(changes(timed_cloud, "s")) == 4


def test_changes_wait_for_room_in_the_stream(timed_cloud: RunningCloud, dynamodb: Any) -> None:
    kinesis = timed_cloud.client("kinesis")
    dynamodb.enable_kinesis_streaming_destination(TableName="tab", StreamArn=made(kinesis, "s"))
    kinesis.put_record(StreamName="s", Data=b"1" * (1024 * 1024 - 1), PartitionKey="k")
    dynamodb.put_item(TableName="tab", Item=texts(id="a"))
    timed_cloud.drain()
    at = iterator(kinesis, "s")
    assert len(kinesis.get_records(ShardIterator=at)["Records"]) == 1
    timed_cloud.advance(2)
    timed_cloud.drain()
    assert len(kinesis.get_records(ShardIterator=at)["Records"]) == 2


def test_a_stack_names_the_stream(timed_cloud: RunningCloud) -> None:
    """test_dynamodb_stream_response_with_cf"""
    aws = recorded("cloudformation/resources/test_kinesis.json", "test_dynamodb_stream_response_with_cf")
    stack, dynamodb = Stack(timed_cloud, "named"), timed_cloud.client("dynamodb")

    def body(**specification: Any) -> str:
        table = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "made", **BY_ID, **specification}}
        streams = {name: {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": name}} for name in ("One", "Two")}
        return json.dumps({"Resources": {"Table": table, **streams}})

    def named(name: str, **more: str) -> dict[str, Any]:
        return {"KinesisStreamSpecification": {"StreamArn": {"Fn::GetAtt": [name, "Arn"]}, **more}}

    def shown() -> dict[str, str]:
        found = dynamodb.describe_kinesis_streaming_destination(TableName="made")["KinesisDataStreamDestinations"]
        return {one["StreamArn"].rpartition("/")[2]: one["DestinationStatus"] for one in found}

    assert stack.create(body(**named("One"))) == "CREATE_COMPLETE"
    answer = dynamodb.describe_kinesis_streaming_destination(TableName="made")
    theirs = aws["describe_kinesis_streaming_destination"]
    theirs["KinesisDataStreamDestinations"][0]["StreamArn"] = arn_of("One")
    equal(answer, theirs)
    assert stack.update(body(**named("Two", **{PRECISION: "MICROSECOND"}))) == "UPDATE_COMPLETE"
    assert shown() == {"One": "DISABLED", "Two": "ACTIVE"}
    assert stack.update(body()) == "UPDATE_COMPLETE"
    assert shown() == {"One": "DISABLED", "Two": "DISABLED"}
    assert stack.delete() == "DELETE_COMPLETE"
