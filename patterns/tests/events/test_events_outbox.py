"""The outbox: events and state together or not at all, published by the stream in order and at least once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from stratolite_patterns.events import Event, EventTooLarge, Outbox, Retry, SnsPublisher, read_text

TOPIC = "arn:aws:sns:us-east-1:123456789012:users"


class Topic:
    """PublishBatch whose entries fail while their number is in ``fails``."""

    def __init__(self) -> None:
        self.fails: set[int] = set()
        self.published: list[int] = []

    def publish_batch(self, *, TopicArn: str, PublishBatchRequestEntries: list[dict[str, Any]]) -> dict[str, Any]:
        failed = []
        for entry in PublishBatchRequestEntries:
            number = read_text(entry["Message"]).data["n"]
            if number in self.fails:
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                self.published.append(number)
        return {"Failed": failed}


def numbered(number: int) -> Event:
    return Event(type="user.changed", data={"n": number})


def stream(outbox: Outbox, *written: tuple[str, list[int]]) -> dict[str, Any]:
    """The records that the table's stream has of transactions."""
    records = []
    for place, (aggregate, numbers) in enumerate(written):
        item = outbox.entry(aggregate, *(numbered(number) for number in numbers))["Put"]["Item"]
        change = {"NewImage": item, "SequenceNumber": str(100 + place)}
        records.append({"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": change})
    return {"Records": records}


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def outbox(topic: Topic) -> Outbox:
    retry = Retry(attempts=2, sleep=lambda seconds: None)
    return Outbox("table", SnsPublisher(TOPIC, client=topic, retry=retry), now=lambda: 1_800_000_000)


def test_what_was_written_is_published_in_order(outbox: Outbox, topic: Topic) -> None:
    assert outbox(stream(outbox, ("ada", [1, 2]), ("bob", [3]), ("ada", [4]))) == {"batchItemFailures": []}
    assert [n for n in topic.published if n != 3] == [1, 2, 4]
    assert 3 in topic.published


def test_nothing_of_an_aggregate_overtakes_what_failed(outbox: Outbox, topic: Topic) -> None:
    topic.fails = {2}
    records = stream(outbox, ("ada", [1]), ("bob", [9]), ("ada", [2, 3]), ("ada", [4]), ("bob", [10]))
    assert outbox(records) == {"batchItemFailures": [{"itemIdentifier": "102"}]}
    assert set(topic.published) == {1, 9, 10}
    # Lambda delivers again from there. What went out already goes out again: at least once, never never.
    topic.fails = set()
    assert outbox({"Records": records["Records"][2:]}) == {"batchItemFailures": []}
    assert [n for n in topic.published if n < 9] == [1, 2, 3, 4]


def test_other_changes_of_the_table_are_not_published(outbox: Outbox, topic: Topic) -> None:
    records = stream(outbox, ("ada", [1]), ("ada", [2]))["Records"]
    removed = records[0] | {"eventName": "REMOVE", "dynamodb": {"OldImage": {}, "SequenceNumber": "1"}}
    modified = records[1] | {"eventName": "MODIFY"}
    other = {
        "eventName": "INSERT",
        "dynamodb": {"NewImage": {"pk": {"S": "USER#ada"}, "outbox": {"S": "[]"}}, "SequenceNumber": "2"},
    }
    assert outbox({"Records": [removed, modified, other]}) == {"batchItemFailures": []}
    assert topic.published == []


def test_a_record_that_cannot_be_read_stops_there_and_what_is_before_it_goes_out(outbox: Outbox, topic: Topic) -> None:
    records = stream(outbox, ("ada", [1]), ("bob", [2]), ("ada", [3]))
    records["Records"][1]["dynamodb"]["NewImage"]["outbox"] = {"S": "[{}]"}
    assert outbox(records) == {"batchItemFailures": [{"itemIdentifier": "101"}]}
    assert topic.published == [1]
    del records["Records"][1]["dynamodb"]["NewImage"]
    assert outbox(records) == {"batchItemFailures": [{"itemIdentifier": "101"}]}


def test_what_could_never_be_published_is_never_written(outbox: Outbox) -> None:
    with pytest.raises(EventTooLarge):
        outbox.entry("ada", Event(type="a", data={"text": "x" * 300_000}))
    with pytest.raises(ValueError, match="events of one transaction"):
        outbox.entry("ada", *(Event(type="a", data={"text": "x" * 200_000}) for _ in range(2)))
    with pytest.raises(ValueError, match="at least one"):
        outbox.entry("ada")
    with pytest.raises(ValueError, match="100 at most"):
        outbox.write([{}] * 100, {"ada": [numbered(1)]})


@pytest.fixture
def dynamodb(client: Callable[[str], Any]) -> Any:
    return client("dynamodb")


@pytest.fixture
def table(dynamodb: Any) -> str:
    name = f"outbox-{uuid4().hex}"
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return name


def user(table: str, name: str) -> dict[str, Any]:
    item = {"pk": {"S": f"USER#{name}"}, "sk": {"S": "USER"}}
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def test_state_and_events_are_written_together_or_not_at_all(
    table: str, dynamodb: Any, client: Callable[[str], Any], topic: Topic
) -> None:
    outbox = Outbox(table, SnsPublisher(TOPIC, client=topic), client=dynamodb)
    outbox.write([user(table, "ada")], {"ada": [numbered(1), numbered(2)]})
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        outbox.write([user(table, "ada")], {"ada": [numbered(3)]})
    outbox.write([user(table, "bob")], {"bob": [numbered(4)], "ada": [numbered(5)]})
    items = dynamodb.scan(TableName=table)["Items"]
    assert sorted(item["pk"]["S"] for item in items) == [
        "OUTBOX#ada",
        "OUTBOX#ada",
        "OUTBOX#bob",
        "USER#ada",
        "USER#bob",
    ]
    streams = client("dynamodbstreams")
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    records = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records += streams.get_records(ShardIterator=iterator)["Records"]
    assert outbox({"Records": records}) == {"batchItemFailures": []}
    assert sorted(topic.published) == [1, 2, 4, 5]
    assert [n for n in topic.published if n != 4] == [1, 2, 5]


def test_a_repetition_with_its_token_changes_nothing(table: str, dynamodb: Any, topic: Topic) -> None:
    outbox = Outbox(table, SnsPublisher(TOPIC, client=topic), client=dynamodb, now=lambda: 1_800_000_000)
    event = numbered(1)
    for _ in range(2):
        outbox.write([user(table, "ada")], {"ada": [event]}, token="t-1")
    assert dynamodb.scan(TableName=table)["Count"] == 2
