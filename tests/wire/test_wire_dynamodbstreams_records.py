"""What the records of a stream say, through boto3, beside AWS's recordings.

Sources: the recorded answers of AWS, by entry, and
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

import re
from typing import Any

import pytest
from tests.conftest import REGION, RunningCloud, recorded
from tests.wire.answers import equal, refused
from tests.wire.dynamodb_tables import keys, kinds, table, texts
from tests.wire.streams import arn_of, everything, iterator, read_on, streamed

ANSWERS = "dynamodb/test_dynamodb.json"
BY_ID: dict[str, Any] = {
    "KeySchema": keys("id"),
    "AttributeDefinitions": kinds(id="S"),
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
}
BOTH = "NEW_AND_OLD_IMAGES"


@pytest.fixture(scope="module")
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


@pytest.fixture(scope="module")
def streams(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodbstreams")


def written(streams: Any, dynamodb: Any, name: str) -> dict[str, Any]:
    return {"Records": everything(streams, arn_of(dynamodb, name))}


def names(records: list[dict[str, Any]]) -> list[str]:
    return [record["eventName"] for record in records]


# Recordings ---------------------------------------------------------------------------------------------------


def test_a_stream_of_keys(dynamodb: Any, streams: Any) -> None:
    aws = recorded(ANSWERS, "test_dynamodb_stream_stream_view_type")
    definition = {**BY_ID, "KeySchema": keys("Username"), "AttributeDefinitions": kinds(Username="S")}
    made = dynamodb.create_table(TableName="stream-of-keys", **definition, **streamed("KEYS_ONLY"))
    equal(made, aws["create-table"])
    arn = arn_of(dynamodb, "stream-of-keys")
    aws["describe-stream"]["StreamDescription"]["Shards"][0]["SequenceNumberRange"] = {"StartingSequenceNumber": "<n>"}
    equal(streams.describe_stream(StreamArn=arn), aws["describe-stream"])
    equal(
        {"ShardIterator": iterator(streams, arn), "ResponseMetadata": {"HTTPStatusCode": 200}},
        aws["get-shard-iterator"],
    )
    change = {"UpdateExpression": "SET S = :r", "ExpressionAttributeValues": {":r": {"S": "x"}}}
    fred, alice = texts(Username="Fred"), texts(Username="Alice")
    dynamodb.put_item(TableName="stream-of-keys", Item=fred)
    dynamodb.update_item(TableName="stream-of-keys", Key=fred, **change)
    dynamodb.delete_item(TableName="stream-of-keys", Key=fred)
    for action in ({"Put": {"Item": alice}}, {"Update": {"Key": alice, **change}}, {"Delete": {"Key": alice}}):
        ((kind, request),) = action.items()
        dynamodb.transact_write_items(TransactItems=[{kind: {"TableName": "stream-of-keys", **request}}])
    equal(written(streams, dynamodb, "stream-of-keys"), aws["get-records"])


def test_a_batch_writes_records(dynamodb: Any, streams: Any) -> None:
    aws = recorded(ANSWERS, "test_batch_write_items_streaming")
    with table(dynamodb, BY_ID, **streamed(BOTH)) as name:
        dynamodb.put_item(TableName=name, Item=texts(id="Fred"))
        dynamodb.batch_write_item(
            RequestItems={
                name: [{"PutRequest": {"Item": texts(id="Fred")}}, {"PutRequest": {"Item": texts(id="NewKey")}}]
            }
        )
        dynamodb.batch_write_item(
            RequestItems={
                name: [
                    {"DeleteRequest": {"Key": texts(id="NewKey")}},
                    {"PutRequest": {"Item": texts(id="Fred", name="Fred")}},
                    {"DeleteRequest": {"Key": texts(id="NonExistentKey")}},
                ]
            }
        )
        equal(written(streams, dynamodb, name), aws["get-records"])


def test_a_transaction_writes_records(dynamodb: Any, streams: Any) -> None:
    aws = recorded(ANSWERS, "test_transact_write_items_streaming")

    def update(key: str, **values: str) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": name,
                "Key": texts(id=key),
                "UpdateExpression": "SET " + ", ".join(f"{attribute} = :{attribute}" for attribute in values),
                "ExpressionAttributeValues": {f":{attribute}": {"S": value} for attribute, value in values.items()},
            }
        }

    with table(dynamodb, BY_ID, **streamed(BOTH)) as name:
        dynamodb.put_item(TableName=name, Item=texts(id="Fred"))
        same, new = ({"Put": {"TableName": name, "Item": texts(id=key)}} for key in ("Fred", "NewKey"))
        dynamodb.transact_write_items(TransactItems=[same, new])
        dynamodb.transact_write_items(TransactItems=[update("NewKey", attr1="value1", attr2="value2")])
        dynamodb.transact_write_items(TransactItems=[update("NonExistentKey", attr1="value1")])
        dynamodb.transact_write_items(
            TransactItems=[
                {"Delete": {"TableName": name, "Key": texts(id="NewKey")}},
                {"Put": {"TableName": name, "Item": texts(id="Fred", name="Fred")}},
                {"Delete": {"TableName": name, "Key": texts(id="NothingThere")}},
            ]
        )
        equal(written(streams, dynamodb, name), aws["get-records"])


def test_a_transaction_over_a_table_without_a_stream(dynamodb: Any, streams: Any) -> None:
    aws = recorded(ANSWERS, "test_transact_write_items_streaming_for_different_tables")
    with table(dynamodb, BY_ID, **streamed(BOTH)) as with_stream, table(dynamodb, BY_ID) as without:
        dynamodb.transact_write_items(
            TransactItems=[{"Put": {"TableName": name, "Item": texts(id="Fred")}} for name in (with_stream, without)]
        )
        equal(written(streams, dynamodb, with_stream), aws["get-records"])


def test_updates_write_records(dynamodb: Any, streams: Any) -> None:
    aws = recorded(ANSWERS, "test_dynamodb_stream_records_with_update_item")

    def update(first: str, second: str) -> None:
        dynamodb.update_item(
            TableName=name,
            Key=texts(id="my-item-id"),
            UpdateExpression="SET attr1 = :v1, attr2 = :v2",
            ExpressionAttributeValues={":v1": {"S": first}, ":v2": {"S": second}},
        )

    with table(dynamodb, BY_ID, **streamed(BOTH)) as name:
        update("value1", "value2")
        update("value2", "value3")
        update("value2", "value3")  # Changes nothing: no record.
        equal(written(streams, dynamodb, name), aws["get-records"])


def test_bytes_stay_bytes(dynamodb: Any, streams: Any) -> None:
    aws = recorded(ANSWERS, "test_data_encoding_consistency")
    with table(dynamodb, BY_ID, **streamed(BOTH)) as name:
        item = {"id": {"S": "id1"}, "version": {"N": "1"}, "data": {"B": b"\x90"}}
        dynamodb.put_item(TableName=name, Item=item)
        dynamodb.put_item(TableName=name, Item={**item, "version": {"N": "2"}})
        first, second = everything(streams, arn_of(dynamodb, name))
        equal(first["dynamodb"]["NewImage"], aws["GetRecords"])
        equal(second["dynamodb"]["NewImage"], aws["GetRecordsAfterUpdate"])


def test_a_stream_that_is_not_there(streams: Any) -> None:
    aws = recorded("dynamodbstreams/test_dynamodb_streams.json", "test_non_existent_stream")["non-existent-stream"]
    arn = f"arn:aws:dynamodb:{REGION}:123456789012:table/nothing/stream/2024-11-18T14:36:44.149"
    shape = aws["message"].replace("arn:<partition>:dynamodb:<region>:111111111111:table/<table-name>", ".+")
    place = {"ShardId": "s" * 28, "ShardIteratorType": "LATEST"}
    for ask, request in ((streams.describe_stream, {}), (streams.get_shard_iterator, place)):
        code, text, status = refused(ask, StreamArn=arn, **request)
        assert (code, status) == (aws["Error"]["Code"], 400)
        assert re.fullmatch(shape, text)


# Views --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "images"),
    [
        ("KEYS_ONLY", [set(), set(), set()]),
        ("NEW_IMAGE", [{"NewImage"}, {"NewImage"}, set()]),
        ("OLD_IMAGE", [set(), {"OldImage"}, {"OldImage"}]),
        (BOTH, [{"NewImage"}, {"NewImage", "OldImage"}, {"OldImage"}]),
    ],
)
def test_a_view_says_which_images_there_are(dynamodb: Any, streams: Any, view: str, images: list[set[str]]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html"""
    definition = {"KeySchema": keys("a", "b"), "AttributeDefinitions": kinds(a="S", b="N")}
    key = {"a": {"S": "x"}, "b": {"N": "7"}}
    before, after = {**key, "c": {"S": "1"}}, {**key, "d": {"L": [{"N": "1"}]}}
    with table(dynamodb, definition, **streamed(view)) as name:
        dynamodb.put_item(TableName=name, Item=before)
        dynamodb.put_item(TableName=name, Item=after)
        dynamodb.delete_item(TableName=name, Key=key)
        records = everything(streams, arn_of(dynamodb, name))
    assert names(records) == ["INSERT", "MODIFY", "REMOVE"]
    shown = [record["dynamodb"] for record in records]
    assert [set(change) & {"NewImage", "OldImage"} for change in shown] == images
    assert all(change["Keys"] == key and change["StreamViewType"] == view for change in shown)
    for change, (old, new) in zip(shown, ((None, before), (before, after), (after, None)), strict=True):
        assert change.get("NewImage", new) == new
        assert change.get("OldImage", old) == old
    assert len({record["eventID"] for record in records}) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", record["eventID"]) for record in records)
    numbers = [change["SequenceNumber"] for change in shown]
    assert numbers == sorted(numbers) and all(re.fullmatch("[0-9]{21,40}", number) for number in numbers)
    assert all(change["ApproximateCreationDateTime"].microsecond == 0 for change in shown)


# What changes nothing -----------------------------------------------------------------------------------------


def test_what_changes_nothing_leaves_no_record(dynamodb: Any, streams: Any) -> None:
    """Attributes and members of sets have no order."""
    item = {
        "id": {"S": "x"},
        "s": {"SS": ["a", "b"]},
        "n": {"N": "1.0"},
        "m": {"M": {"l": {"L": [{"NS": ["1", "2"]}]}}},
    }
    same = {"m": {"M": {"l": {"L": [{"NS": ["2", "1"]}]}}}, "n": {"N": "1"}, "s": {"SS": ["b", "a"]}, "id": {"S": "x"}}
    with table(dynamodb, BY_ID, **streamed("NEW_IMAGE")) as name:
        dynamodb.put_item(TableName=name, Item=item)
        dynamodb.put_item(TableName=name, Item=same)
        dynamodb.update_item(TableName=name, Key=texts(id="x"))
        dynamodb.update_item(TableName=name, Key=texts(id="x"), UpdateExpression="REMOVE nothing")
        dynamodb.delete_item(TableName=name, Key=texts(id="y"))
        with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.put_item(TableName=name, Item=texts(id="x"), ConditionExpression="attribute_not_exists(id)")
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
            put = {"TableName": name, "Item": texts(id="z")}
            check = {"TableName": name, "Key": texts(id="y"), "ConditionExpression": "attribute_exists(id)"}
            dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": check}])
        records = everything(streams, arn_of(dynamodb, name))
    assert names(records) == ["INSERT"]
    assert records[0]["dynamodb"]["NewImage"] == {**item, "n": {"N": "1"}}


# Time to live -------------------------------------------------------------------------------------------------


def test_what_expires_is_removed_by_the_service(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html"""
    dynamodb, streams = timed_cloud.client("dynamodb"), timed_cloud.client("dynamodbstreams")
    now_s = timed_cloud.clock.now_ms() // 1000
    with table(dynamodb, BY_ID, **streamed("OLD_IMAGE")) as name:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True})
        item = {**texts(id="x"), "ttl": {"N": str(now_s + 60)}}
        dynamodb.put_item(TableName=name, Item=item)
        dynamodb.put_item(TableName=name, Item=texts(id="y"))
        dynamodb.delete_item(TableName=name, Key=texts(id="y"))
        text = iterator(streams, arn_of(dynamodb, name))
        records, text = read_on(streams, text)
        assert [record.get("userIdentity") for record in records] == [None] * 3
        timed_cloud.advance(61)
        timed_cloud.drain()
        ((record,), _) = read_on(streams, text)
    assert record["eventName"] == "REMOVE"
    assert record["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert record["dynamodb"]["OldImage"] == item
    assert record["dynamodb"]["ApproximateCreationDateTime"].timestamp() == now_s + 61


# Amounts ------------------------------------------------------------------------------------------------------


def test_pages_of_records(dynamodb: Any, streams: Any) -> None:
    """At most 1,000 records or 1 MB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html"""
    with table(dynamodb, BY_ID, **streamed("NEW_IMAGE")) as name:
        for number in range(4):
            dynamodb.put_item(TableName=name, Item=texts(id=str(number), text="x" * 390_000))
        for start in range(0, 1200, 25):
            puts = [{"PutRequest": {"Item": texts(id=f"small {start + more}")}} for more in range(25)]
            dynamodb.batch_write_item(RequestItems={name: puts})
        text = iterator(streams, arn_of(dynamodb, name))
        lengths: list[int] = []
        while not lengths or lengths[-1]:
            answer = streams.get_records(ShardIterator=text)
            lengths.append(len(answer["Records"]))
            text = answer["NextShardIterator"]
        assert lengths == [2, 1000, 202, 0]
        limited, _ = read_on(streams, iterator(streams, arn_of(dynamodb, name)), Limit=7)
        assert [record["dynamodb"]["Keys"]["id"]["S"] for record in limited[:6]] == [
            "0",
            "1",
            "2",
            "3",
            "small 0",
            "small 1",
        ]
        assert len(limited) == 1204
