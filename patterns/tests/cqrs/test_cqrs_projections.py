"""Projections: in step with the table, whatever comes twice, late, or in the wrong order."""

import itertools
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from blog import START, App, Post, Status, User, declared

from stratolite_patterns.cqrs import DeclarationError, Projection, UnknownEvent, changes, projection
from stratolite_patterns.single_table import Table, begins_with

_names = (f"projection-{number}" for number in itertools.count())


@dataclass(frozen=True)
class Headline:
    """A published post, by when it was written."""

    month: str
    created: datetime
    id: str
    title: str


class World:
    """A source, a read model, and the stream between them."""

    def __init__(self, client: Any) -> None:
        dynamodb = client("dynamodb")
        self.streams = client("dynamodbstreams")
        self.app: App = declared(next(_names), client=dynamodb)
        self.model = Table(next(_names), client=dynamodb)
        self.model.entity("HEADLINE", pk="MONTH#{month}", sk="{created}#{id}")(Headline)
        self.headlines = self.model.pattern("headlines", Headline, pk="MONTH#{month}", sk=begins_with("20"))
        view = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        made = dynamodb.create_table(**self.app.table.definition(), StreamSpecification=view)
        self.stream = made["TableDescription"]["LatestStreamArn"]
        dynamodb.create_table(**self.model.definition())
        self.projection = Projection("headlines", source=self.app.table, target=self.model)
        self.projection.rows(Post)(headline)

    def records(self) -> list[dict[str, Any]]:
        """All that the stream has, as Lambda hands it on."""
        shards = self.streams.describe_stream(StreamArn=self.stream)["StreamDescription"]["Shards"]
        found = []
        for shard in shards:
            iterator = self.streams.get_shard_iterator(
                StreamArn=self.stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            found += self.streams.get_records(ShardIterator=iterator)["Records"]
        return [{**record, "eventSourceARN": self.stream} for record in found]

    def shown(self) -> list[str]:
        return [row.title for row in self.headlines.all(month="2026-01")]

    def post(self, id: str, status: Status = Status.PUBLISHED) -> Post:
        return self.app.table.create(Post("ada", id, START, f"Post {id}", status))


def headline(post: Post) -> Headline | None:
    if post.status is not Status.PUBLISHED:
        return None
    return Headline(f"{post.created:%Y-%m}", post.created, post.id, post.title)


@pytest.fixture
def world(client: Any) -> Iterator[World]:
    world = World(client)
    yield world
    for table in (world.app.table, world.model):
        table.client().delete_table(TableName=table.name)


def batch(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Records": records}


def test_rows_follow_what_is_written(world: World) -> None:
    one, two = world.post("1"), world.post("2", Status.DRAFT)
    world.app.table.create(User("ada"))
    assert world.projection.handler(batch(world.records())) == {"batchItemFailures": []}
    assert world.shown() == ["Post 1"]
    world.app.table.update(two, status=Status.PUBLISHED)
    world.app.table.update(one, title="First")
    world.projection.handler(batch(world.records()))
    assert world.shown() == ["First", "Post 2"]
    world.app.table.update(two, status=Status.DRAFT)
    world.app.table.delete(one)
    world.projection.handler(batch(world.records()))
    assert world.shown() == []


def test_what_comes_again_or_late_changes_nothing(world: World) -> None:
    post = world.post("1")
    world.app.table.update(post, title="Second")
    world.app.table.update(post, title="Third")
    written, changed, _ = records = world.records()
    world.projection.handler(batch(records))
    assert world.shown() == ["Third"]
    for old in ([written], [changed], records[::-1], records):
        world.projection.handler(batch(old))
        assert world.shown() == ["Third"]


def test_an_old_record_brings_back_nothing_that_was_removed(world: World) -> None:
    """A row that is simply deleted cannot refuse the record that wrote it."""
    world.app.table.delete(world.post("1"))
    written, removed = world.records()
    world.projection.handler(batch([written, removed]))
    world.projection.handler(batch([written]))
    assert world.shown() == []
    # Nor does a REMOVE that arrives before its INSERT.
    world.post("2")
    world.app.table.delete(world.app.table.key(Post, user_id="ada", created=START, id="2"))
    _, _, written, removed = world.records()
    world.projection.handler(batch([removed]))
    world.projection.handler(batch([written]))
    assert world.shown() == []


def test_an_item_that_is_made_again_is_shown_again(world: World) -> None:
    world.app.table.delete(world.post("1"))
    world.post("1")
    world.projection.handler(batch(world.records()))
    assert world.shown() == ["Post 1"]


def test_sequence_numbers_are_numbers(world: World) -> None:
    """As texts, "9" comes after "10"."""
    post = world.post("1")
    world.app.table.update(post, title="Second")
    first, second = world.records()
    first["dynamodb"]["SequenceNumber"], second["dynamodb"]["SequenceNumber"] = "9" * 21, "1" + "0" * 21
    world.projection.handler(batch([second, first]))
    assert world.shown() == ["Second"]


def test_the_first_record_that_fails_is_where_lambda_goes_on(world: World, caplog: pytest.LogCaptureFixture) -> None:
    for id in "123":
        world.post(id)
    records = world.records()
    broken = records[1]["dynamodb"]["NewImage"]["created"]
    records[1]["dynamodb"]["NewImage"]["created"] = {"S": "never"}
    with caplog.at_level(logging.CRITICAL):
        answer = world.projection.handler(batch(records))
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[1]["dynamodb"]["SequenceNumber"]}]}
    assert world.shown() == ["Post 1"]
    # Alone, nothing was done: the error is the function's, so that it is counted.
    with pytest.raises(ValueError, match="cannot be read"):
        world.projection.handler(batch(records[1:]))
    records[1]["dynamodb"]["NewImage"]["created"] = broken
    assert world.projection.handler(batch(records[1:])) == {"batchItemFailures": []}
    assert world.shown() == ["Post 1", "Post 2", "Post 3"]


def test_events_that_cannot_be_projected(world: World) -> None:
    world.post("1")
    records = world.records()
    records[0]["dynamodb"]["StreamViewType"] = "KEYS_ONLY"
    with pytest.raises(UnknownEvent, match="set its StreamViewType to NEW_AND_OLD_IMAGES"):
        world.projection.handler(batch(records))
    event: dict[str, Any]
    for event in ({}, {"Records": []}, batch([{"eventSource": "aws:sqs"}])):
        with pytest.raises(UnknownEvent, match="no event of a DynamoDB stream"):
            world.projection.handler(event)


def test_a_rebuild_makes_it_all_again_and_removes_what_is_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ms = int(time.time() * 1000)
    monkeypatch.setattr(projection, "_now_ms", lambda: now_ms)
    monkeypatch.setattr(projection, "SCAN_LIMIT", 2)
    for id in "12345":
        world.post(id)
    world.projection.handler(batch(world.records()))
    # Somebody's repair by hand, an item that was removed while nobody followed, and a row that got lost.
    key = {"pk": {"S": "MONTH#2026-01"}}
    rows = world.model.client().query(
        TableName=world.model.name,
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": key["pk"]},
    )["Items"]
    world.model.client().put_item(TableName=world.model.name, Item={**rows[0], "title": {"S": "wrong"}})
    world.model.client().delete_item(TableName=world.model.name, Key={**key, "sk": rows[1]["sk"]})
    world.app.table.delete(world.app.table.key(Post, user_id="ada", created=START, id="3"))
    now_ms += 3600 * 1000
    assert world.projection.rebuild() == projection.Rebuilt(None, 4 + 1, 4 + 1)
    assert world.shown() == ["Post 1", "Post 2", "Post 4", "Post 5"]


def test_a_rebuild_goes_on_where_its_time_was_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 5000

    import json

    monkeypatch.setattr(projection, "SCAN_LIMIT", 2)
    for id in "12345":
        world.post(id)
    position, invocations = None, 0
    while True:
        rebuilt = world.projection.rebuild(position, Context())
        invocations += 1
        if rebuilt.position is None:
            break
        position = json.loads(json.dumps(rebuilt.position))
    assert invocations >= 4
    assert len(world.shown()) == 5


def test_a_rebuild_leaves_alone_what_the_stream_wrote_meanwhile(world: World) -> None:
    """It read the item before, and writes what it read after."""
    post = world.post("1")
    scanned = world.app.table.client().scan(TableName=world.app.table.name)["Items"]
    world.app.table.delete(post)
    started_ms = int(time.time() * 1000)
    world.projection.handler(batch(world.records()))
    assert [world.projection._project(item, started_ms) for item in scanned] == [0]
    assert world.shown() == []


def test_records_that_are_late_after_a_rebuild_end_in_the_same(world: World) -> None:
    post = world.post("1")
    world.app.table.update(post, title="Second")
    records = world.records()
    world.projection.rebuild()
    assert world.shown() == ["Second"]
    world.projection.handler(batch(records))
    assert world.shown() == ["Second"]


def test_images_are_values() -> None:
    record = {
        "eventName": "MODIFY",
        "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
        "dynamodb": {
            "ApproximateCreationDateTime": 1767225600,
            "Keys": {"pk": {"S": "a"}},
            "OldImage": {"n": {"N": "1.5"}},
            "NewImage": {"b": {"B": "AP8="}, "s": {"NS": ["1"]}},
            "SequenceNumber": "17",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }
    change = changes.read(record)
    assert (change.old, change.new) == ({"n": Decimal("1.5")}, {"b": b"\0\xff", "s": {1}})
    assert (change.item, change.key, change.is_expiry) == (change.new, {"pk": "a"}, True)
    assert change.at == datetime(2026, 1, 1, tzinfo=UTC)
    assert change.sequence == "0" * 38 + "17"


def test_declarations_that_cannot_be_right() -> None:
    app = declared(client=object())
    wrong = Projection("wrong", source=app.table, target=app.table)
    wrong.rows(Post)(lambda post: [post, replace(post, title="again")])
    wrong.rows(User)(lambda user: {"pk": user.id})
    with pytest.raises(DeclarationError, match="already"):
        wrong.rows(Post)(lambda post: None)
    for entity, text in (
        (Post("a", "1", START, "x"), "two rows of one POST"),
        (User("a"), "lacks its key's attribute sk"),
    ):
        image = app.table.entity_of(type(entity)).item_of(entity)
        with pytest.raises(DeclarationError, match=text):
            wrong._made(image)
