"""Effects once: redelivered, concurrent, died in the middle, expired; against a table of the local cloud."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from stratolite_patterns.events import BatchFailed, Event, Idempotency, InProgress, Router


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


class Died(BaseException):
    """What a test raises in place of a function's death."""


@pytest.fixture
def dynamodb(client: Callable[[str], Any]) -> Any:
    return client("dynamodb")


@pytest.fixture
def table(dynamodb: Any) -> str:
    name = f"once-{uuid4().hex}"
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def make(table: str, dynamodb: Any, clock: Clock | None = None) -> Idempotency:
    return Idempotency(table, client=dynamodb, now=clock or Clock(), expires_s=3600, in_progress_s=60)


def test_an_effect_happens_once_and_its_result_is_kept(table: str, dynamodb: Any) -> None:
    once = make(table, dynamodb)
    done: list[int] = []

    def work() -> dict[str, int]:
        done.append(1)
        return {"n": len(done)}

    assert once.run("k", work) == {"n": 1}
    assert once.run("k", work) == {"n": 1}
    assert once.run("other", work) == {"n": 2}


def test_after_an_error_the_key_is_free(table: str, dynamodb: Any) -> None:
    once = make(table, dynamodb)
    with pytest.raises(RuntimeError):
        once.run("k", lambda: exec("raise RuntimeError"))
    assert once.run("k", lambda: "done") == "done"


def test_what_is_in_progress_elsewhere_is_not_begun(table: str, dynamodb: Any) -> None:
    once = make(table, dynamodb)

    def work() -> None:
        with pytest.raises(InProgress):
            once.run("k", lambda: pytest.fail("twice"))

    once.run("k", work)


class Deadly:
    """A client whose process dies before one of its operations is sent."""

    def __init__(self, dynamodb: Any, operation: str) -> None:
        self.dynamodb = dynamodb
        self.operation = operation

    def __getattr__(self, name: str) -> Any:
        if name == self.operation:
            raise Died
        return getattr(self.dynamodb, name)


def test_who_died_is_followed_when_its_time_is_over(table: str, dynamodb: Any) -> None:
    clock = Clock()
    with pytest.raises(Died):
        make(table, Deadly(dynamodb, "update_item"), clock).run("k", lambda: None)
    with pytest.raises(InProgress):
        make(table, dynamodb, clock).run("k", lambda: None)
    clock.now_s += 61
    assert make(table, dynamodb, clock).run("k", lambda: "again") == "again"


def test_the_time_of_an_attempt_is_that_of_the_function(table: str, dynamodb: Any) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 2000

    clock = Clock()
    with pytest.raises(Died):
        make(table, Deadly(dynamodb, "update_item"), clock).run("k", lambda: None, context=Context())
    clock.now_s += 3
    assert make(table, dynamodb, clock).run("k", lambda: "again") == "again"


def test_one_who_is_late_does_not_end_what_another_began(table: str, dynamodb: Any) -> None:
    clock = Clock()
    once = make(table, dynamodb, clock)

    def slow() -> None:
        clock.now_s += 61
        with pytest.raises(Died):
            make(table, Deadly(dynamodb, "update_item"), clock).run("k", lambda: None)

    once.run("k", slow)
    # The second one's record is still its own: in progress.
    with pytest.raises(InProgress):
        once.run("k", lambda: None)


def test_a_key_is_forgotten_when_it_expires_even_if_ttl_is_late(table: str, dynamodb: Any) -> None:
    clock = Clock()
    once = make(table, dynamodb, clock)
    assert once.run("k", lambda: 1) == 1
    clock.now_s += 3602
    assert once.run("k", lambda: 2) == 2


def test_a_result_that_json_cannot_say_is_not_kept_and_no_error(table: str, dynamodb: Any) -> None:
    once = make(table, dynamodb)
    assert once.run("k", lambda: {1, 2}) == {1, 2}
    assert once.run("k", lambda: {3}) is None


def test_an_effect_in_the_same_transaction_happens_exactly_once(table: str, dynamodb: Any) -> None:
    once = make(table, dynamodb)
    effect = {
        "Update": {
            "TableName": table,
            "Key": {"id": {"S": "counter"}},
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    dynamodb.transact_write_items(TransactItems=[effect, once.in_transaction("k")])
    with pytest.raises(ClientError) as raised:
        dynamodb.transact_write_items(TransactItems=[effect, once.in_transaction("k")])
    assert once.already_done(raised.value, 1)
    assert not once.already_done(raised.value, 0)
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "counter"}})["Item"]["n"] == {"N": "1"}


def test_a_router_handles_a_redelivered_event_once(table: str, dynamodb: Any) -> None:
    seen: list[str] = []
    routers = []
    for consumer in ("mail", "stats"):
        router = Router(once=make(table, dynamodb), consumer=consumer)
        router.on("a")(lambda event, consumer=consumer: seen.append(consumer))
        routers.append(router)
    event = Event(type="a", data={}).to_dict()
    for router in routers * 2:
        router(event)
    assert seen == ["mail", "stats"]


def test_when_the_table_cannot_be_reached_nothing_is_handled() -> None:
    class Gone:
        def put_item(self, **_: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

    router = Router(once=Idempotency("t", client=Gone()), consumer="c")
    router.on("a")(lambda event: pytest.fail("handled without its record"))
    body = Event(type="a", data={}).to_json()
    with pytest.raises(BatchFailed) as raised:
        router({"Records": [{"messageId": "1", "body": body, "eventSource": "aws:sqs", "eventSourceARN": "x"}]})
    assert isinstance(raised.value.failures[0], EndpointConnectionError)
