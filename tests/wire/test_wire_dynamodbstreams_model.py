"""Whatever is written to a table, its stream tells the whole story: who replays it has the table."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import RunningCloud
from tests.wire.answers import answered
from tests.wire.dynamodb_model import canonical
from tests.wire.dynamodb_tables import keys, kinds, table
from tests.wire.streams import arn_of, everything, streamed

MODEST = settings(max_examples=60)
DEFINITION: dict[str, Any] = {
    "KeySchema": keys("a", "b"),
    "AttributeDefinitions": kinds(a="S", b="N", c="S"),
    "GlobalSecondaryIndexes": [{"IndexName": "by-c", "KeySchema": keys("c"), "Projection": {"ProjectionType": "ALL"}}],
}
KEYS = st.fixed_dictionaries(
    {"a": st.sampled_from([{"S": "x"}, {"S": "y"}]), "b": st.sampled_from([{"N": "1"}, {"N": "2"}])}
)
NUMBERS = st.sampled_from([{"N": "0"}, {"N": "1"}])
VALUES = NUMBERS | st.sampled_from(
    [{"S": "1"}, {"SS": ["p", "q"]}, {"SS": ["q", "p"]}, {"L": []}, {"M": {"n": {"N": "1"}}}]
)
ITEMS = st.builds(
    lambda key, rest: {**key, **rest},
    KEYS,
    st.fixed_dictionaries({}, optional={"c": st.sampled_from([{"S": "1"}, {"S": "2"}]), "d": VALUES, "e": NUMBERS}),
)
UPDATES = st.sampled_from(["SET d = :v", "ADD e :n", "REMOVE d", "SET d = :v REMOVE e", "REMOVE nothing", "SET c = :c"])
CONDITIONS = st.sampled_from(["", "attribute_exists(a)", "attribute_not_exists(a)"])

PUTS = st.tuples(st.just("Put"), ITEMS, CONDITIONS)
DELETES = st.tuples(st.just("Delete"), KEYS, CONDITIONS)
CHANGES = st.tuples(st.just("Update"), KEYS, CONDITIONS, UPDATES, VALUES)
WRITES = PUTS | DELETES | CHANGES
STEPS: st.SearchStrategy[Any] = (
    st.tuples(st.just("one"), WRITES)
    | st.tuples(st.just("batch"), st.lists(PUTS | DELETES, min_size=1, max_size=4))
    | st.tuples(st.just("transaction"), st.lists(WRITES, min_size=1, max_size=4))
    | st.tuples(st.just("hours"), st.integers(1, 5))
)


def distinct(writes: list[Any]) -> list[Any]:
    """One write for each key: more are refused."""
    return list({(write[1]["a"]["S"], write[1]["b"]["N"]): write for write in writes}.values())


def request(name: str, write: Any) -> dict[str, Any]:
    """The request for a write."""
    kind, subject, condition, *change = write
    asked: dict[str, Any] = {"TableName": name}
    asked |= {"ConditionExpression": condition} if condition else {}
    if kind == "Put":
        return {**asked, "Item": subject}
    asked["Key"] = {part: subject[part] for part in ("a", "b")}
    if kind == "Update":
        text, value = change
        given = {":v": value, ":n": {"N": "1"}, ":c": {"S": "2"}}
        used = {key: inner for key, inner in given.items() if key in text}
        asked |= {"UpdateExpression": text, **({"ExpressionAttributeValues": used} if used else {})}
    return asked


class Writer:
    """Takes the steps; what is refused by a condition or by an item's type is refused as a whole."""

    def __init__(self, cloud: RunningCloud, dynamodb: Any, name: str) -> None:
        self._cloud = cloud
        self._dynamodb = dynamodb
        self._name = name

    def take(self, step: Any) -> None:
        getattr(self, step[0])(step[1])

    def hours(self, count: int) -> None:
        self._cloud.advance(count * 3600)

    def one(self, write: Any) -> None:
        ask = {"Put": "put_item", "Delete": "delete_item", "Update": "update_item"}[write[0]]
        self._may_be_refused(getattr(self._dynamodb, ask), **request(self._name, write))

    def batch(self, writes: list[Any]) -> None:
        asked = [
            {"PutRequest": {"Item": write[1]}} if write[0] == "Put" else {"DeleteRequest": {"Key": write[1]}}
            for write in distinct(writes)
        ]
        self._dynamodb.batch_write_item(RequestItems={self._name: asked})

    def transaction(self, writes: list[Any]) -> None:
        asked = [{write[0]: request(self._name, write)} for write in distinct(writes)]
        self._may_be_refused(self._dynamodb.transact_write_items, TransactItems=asked)

    @staticmethod
    def _may_be_refused(ask: Any, **request: Any) -> None:
        code = answered(ask, **request).get("Error", {}).get("Code", "")
        assert code in ("", "ConditionalCheckFailedException", "TransactionCanceledException", "ValidationException")


def replayed(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The table that records lead to; each of them continues what is there, and changes it."""
    held: dict[str, Any] = {}
    for record in records:
        change = record["dynamodb"]
        key = repr(sorted(change["Keys"].items()))
        old, new = change.get("OldImage"), change.get("NewImage")
        assert held.get(key) == (canonical(old) if old else None)
        expected = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        assert record["eventName"] == expected
        if new is None:
            del held[key]
        else:
            assert old is None or canonical(old) != canonical(new), "a record of no change"
            held[key] = canonical(new)
    return held


@MODEST
@given(steps=st.lists(STEPS, max_size=12).filter(lambda steps: sum(s[1] for s in steps if s[0] == "hours") < 20))
def test_a_stream_replayed_is_the_table(timed_cloud: RunningCloud, steps: list[Any]) -> None:
    dynamodb, streams = timed_cloud.client("dynamodb"), timed_cloud.client("dynamodbstreams")
    with table(dynamodb, DEFINITION, **streamed("NEW_AND_OLD_IMAGES")) as name:
        writer = Writer(timed_cloud, dynamodb, name)
        for step in steps:
            writer.take(step)
        records = everything(streams, arn_of(dynamodb, name))
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        assert numbers == sorted(set(numbers))
        held = replayed(records)
        items = dynamodb.scan(TableName=name)["Items"]
        assert {repr(sorted((part, item[part]) for part in ("a", "b"))): canonical(item) for item in items} == held
