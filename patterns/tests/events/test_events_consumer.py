"""Routing from each transport, each record on its own, and order where a queue promises one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from stratolite_patterns.events import BatchFailed, Event, MalformedEvent, Router, UnknownEvent, read

EVENT = Event(type="user.created", data={"name": "Ada"}, source="users")
QUEUE = "arn:aws:sqs:us-east-1:123456789012:work"


def bridged(event: Event = EVENT) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "b1",
        "detail-type": event.type,
        "source": "users",
        "account": "123456789012",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": event.to_dict(),
    }


def notification(event: Event = EVENT) -> dict[str, Any]:
    return {"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:x", "Message": event.to_json()}


def record(body: str, number: int = 0, *, group: str | None = None, queue: str = QUEUE) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1"} | ({"MessageGroupId": group} if group else {})
    return {
        "messageId": f"m{number}",
        "body": body,
        "attributes": attributes,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue,
    }


def sqs(*bodies: str) -> dict[str, Any]:
    return {"Records": [record(body, number) for number, body in enumerate(bodies)]}


def numbered(number: int, type: str = "n") -> str:
    return Event(type=type, data={"n": number}).to_json()


@pytest.mark.parametrize(
    "delivered",
    [
        EVENT.to_dict(),
        bridged(),
        {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": EVENT.to_json(), "MessageAttributes": {}}}]},
        sqs(EVENT.to_json()),
        sqs(json.dumps(notification())),
        sqs(json.dumps(bridged())),
        sqs(json.dumps(notification() | {"Message": json.dumps(bridged())})),
    ],
    ids=["direct", "bridge", "sns", "sqs or raw", "sns in sqs", "bridge in sqs", "bridge in sns in sqs"],
)
def test_every_transport_brings_the_same_event(delivered: dict[str, Any]) -> None:
    router = Router()
    seen: list[Event] = []
    router.on("user.created")(seen.append)
    answer = router(delivered, None)
    assert seen == [EVENT]
    assert answer == ({"batchItemFailures": []} if "body" in delivered.get("Records", [{}])[0] else None)


def test_an_event_of_aws_becomes_one() -> None:
    detail = {"bucket": {"name": "b"}, "object": {"key": "k"}}
    foreign = bridged() | {"detail-type": "Object Created", "source": "aws.s3", "detail": detail}
    event = read(foreign)
    assert (event.type, event.source, event.id, event.data) == ("Object Created", "aws.s3", "b1", detail)


def test_versions_have_handlers_of_their_own() -> None:
    router = Router()
    seen: list[str] = []
    router.on("a", version=2)(lambda event: seen.append("second"))
    router.on("a")(lambda event: seen.append("any"))
    for version in (1, 2, 3):
        router.handle(Event(type="a", data={}, version=version))
    assert seen == ["any", "second", "any"]
    strict = Router()
    strict.on("a", version=1)(lambda event: None)
    with pytest.raises(UnknownEvent, match="version 2"):
        strict.handle(Event(type="a", data={}, version=2))


def test_unknown_types_fail_or_are_skipped_by_choice() -> None:
    failing = Router()
    failing.on("n")(lambda event: None)
    answer = failing(sqs(numbered(0), numbered(1, "other")))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    skipping = Router(unknown="skip")
    assert skipping(sqs(numbered(1, "other"))) == {"batchItemFailures": []}
    with pytest.raises(ValueError, match="unknown"):
        Router(unknown="ignore")  # type: ignore[arg-type]


def only(*fails: int) -> tuple[Router, list[int]]:
    router = Router()
    done: list[int] = []

    @router.on("n")
    def handle(event: Event) -> None:
        if event.data["n"] in fails:
            raise RuntimeError("no")
        done.append(event.data["n"])

    return router, done


def test_one_bad_record_fails_alone() -> None:
    router, done = only(1)
    answer = router(sqs(numbered(0), numbered(1), "no json", '{"a": 1}', numbered(4)))
    assert done == [0, 4]
    assert answer == {"batchItemFailures": [{"itemIdentifier": f"m{n}"} for n in (1, 2, 3)]}


def test_of_a_fifo_queue_the_rest_of_the_group_fails_too() -> None:
    router, done = only(1)
    groups = ["a", "b", "a", "b", "a"]
    numbers = [0, 1, 2, 3, 4]
    records = [
        record(numbered(n), n, group=group, queue=f"{QUEUE}.fifo") for n, group in zip(numbers, groups, strict=True)
    ]
    answer = router({"Records": records})
    assert done == [0, 2, 4]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m3"}]}


def test_groups_of_a_standard_queue_are_for_fairness_and_keep_no_order() -> None:
    router, done = only(0)
    records = [record(numbered(n), n, group="a") for n in range(3)]
    assert router({"Records": records}) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert done == [1, 2]


def test_a_batch_that_failed_whole_raises_so_that_the_error_metric_shows_it() -> None:
    router, _ = only(0, 1)
    with pytest.raises(BatchFailed, match=r"2 record\(s\) failed; the first: RuntimeError: no") as raised:
        router(sqs(numbered(0), numbered(1)))
    assert [type(error) for error in raised.value.failures] == [RuntimeError, RuntimeError]


def test_what_there_is_no_time_for_is_handed_back() -> None:
    router, done = only()
    left = iter([2000, 400, 400])

    class Context:
        get_remaining_time_in_millis: Callable[[], int] = staticmethod(lambda: next(left))

    answer = router(sqs(*(numbered(n) for n in range(3))), Context())
    assert done == [0]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}


def test_of_sns_an_error_is_raised_so_that_lambda_tries_again() -> None:
    router, _ = only(0)
    with pytest.raises(BatchFailed):
        router({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": numbered(0)}}]})
    with pytest.raises(RuntimeError):
        router(json.loads(numbered(0)))


def test_what_brings_no_events_is_refused_by_name() -> None:
    router = Router()
    with pytest.raises(MalformedEvent, match="aws:dynamodb"):
        router({"Records": [{"eventSource": "aws:dynamodb"}]})
    with pytest.raises(MalformedEvent, match="missing"):
        router({"hello": 1})
    assert router({"Records": []}) is None


def test_mistakes_of_registration_are_told_at_import() -> None:
    router = Router()
    router.on("a")(lambda event: None)
    with pytest.raises(ValueError, match="handler already"):
        router.on("a")(lambda event: None)

    async def late(event: Event) -> None: ...

    with pytest.raises(TypeError, match="coroutine"):
        router.on("b")(late)
    with pytest.raises(ValueError, match="consumer"):
        Router(once=object())  # type: ignore[arg-type]
