"""Publishing: batches, partial failure, sizes, order; against answers of AWS's shape."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from stratolite_patterns.events import (
    Event,
    EventBridgePublisher,
    EventTooLarge,
    MalformedEvent,
    PublishFailed,
    Retry,
    SnsPublisher,
)

TOPIC = "arn:aws:sns:us-east-1:123456789012:users"
Fails = Callable[[dict[str, Any], int], str | None]


class Topic:
    """PublishBatch: ``fails`` says by which code an entry fails at which attempt of it, counted from 1."""

    def __init__(self, fails: Fails = lambda entry, attempt: None, *, sender_fault: bool = False) -> None:
        self.fails = fails
        self.sender_fault = sender_fault
        self.requests: list[list[dict[str, Any]]] = []
        self.attempts: dict[str, int] = {}
        self.published: list[str] = []

    def publish_batch(self, *, TopicArn: str, PublishBatchRequestEntries: list[dict[str, Any]]) -> dict[str, Any]:
        self.requests.append(PublishBatchRequestEntries)
        failed = []
        for entry in PublishBatchRequestEntries:
            message = entry["Message"]
            self.attempts[message] = self.attempts.get(message, 0) + 1
            code = self.fails(entry, self.attempts[message])
            if code:
                failed.append({"Id": entry["Id"], "Code": code, "Message": "no", "SenderFault": self.sender_fault})
            else:
                self.published.append(message)
        return {"Successful": [], "Failed": failed}


def events(count: int, **data: Any) -> list[Event]:
    return [Event(type="user.created", data={"n": n, **data}) for n in range(count)]


def quick(attempts: int = 4) -> Retry:
    return Retry(attempts=attempts, sleep=lambda seconds: None)


def test_ten_go_in_a_request_and_each_has_an_id_of_its_own() -> None:
    topic = Topic()
    SnsPublisher(TOPIC, client=topic).publish(*events(23))
    assert [len(request) for request in topic.requests] == [10, 10, 3]
    assert all(len({entry["Id"] for entry in request}) == len(request) for request in topic.requests)


def test_a_request_holds_no_more_bytes_than_allowed() -> None:
    topic = Topic()
    SnsPublisher(TOPIC, client=topic).publish(*events(5, text="x" * 100_000))
    assert [len(request) for request in topic.requests] == [2, 2, 1]


def test_sizes_are_bytes_and_what_is_too_large_is_refused_before_anything_is_sent() -> None:
    topic = Topic()
    publisher = SnsPublisher(TOPIC, client=topic)
    with pytest.raises(EventTooLarge, match=r"262144 are allowed.*S3"):
        # 100,000 characters, but 300,000 bytes.
        publisher.publish(Event(type="a", data={}), Event(type="a", data={"text": "語" * 100_000}))
    assert topic.requests == []
    SnsPublisher(TOPIC, client=topic, bytes_max=1024 * 1024).publish(Event(type="a", data={"text": "語" * 100_000}))


def test_attributes_for_filters() -> None:
    topic = Topic()
    event = Event(
        type="user.created",
        version=2,
        source="users",
        data={"country": "fr", "age": 5, "tags": ["a"], "vip": True, "gone": None, "empty": ""},
    )
    names = ["country", "age", "tags", "vip", "gone", "empty", "absent"]
    SnsPublisher(TOPIC, client=topic, attributes=names).publish(event)
    assert topic.requests[0][0]["MessageAttributes"] == {
        "type": {"DataType": "String", "StringValue": "user.created"},
        "version": {"DataType": "Number", "StringValue": "2"},
        "source": {"DataType": "String", "StringValue": "users"},
        "country": {"DataType": "String", "StringValue": "fr"},
        "age": {"DataType": "Number", "StringValue": "5"},
        "tags": {"DataType": "String.Array", "StringValue": '["a"]'},
        "vip": {"DataType": "String", "StringValue": "true"},
    }
    with pytest.raises(MalformedEvent, match=r"data\.address"):
        SnsPublisher(TOPIC, client=topic, attributes=["address"]).publish(Event(type="a", data={"address": {"a": 1}}))


def test_more_attributes_than_a_raw_delivery_takes_are_refused() -> None:
    SnsPublisher(TOPIC, attributes=[f"a{number}" for number in range(7)])
    with pytest.raises(ValueError, match="7 at most"):
        SnsPublisher(TOPIC, attributes=[f"a{number}" for number in range(8)])
    with pytest.raises(ValueError, match="set already"):
        SnsPublisher(TOPIC, attributes=["type"])


def test_only_what_failed_is_sent_again() -> None:
    topic = Topic(lambda entry, attempt: "InternalError" if '"n":3' in entry["Message"] and attempt < 3 else None)
    waits: list[float] = []
    SnsPublisher(TOPIC, client=topic, retry=Retry(sleep=waits.append)).publish(*events(5))
    assert [len(request) for request in topic.requests] == [5, 1, 1]
    assert len(topic.published) == len(set(topic.published)) == 5
    assert len(waits) == 2
    assert all(0 <= wait <= 0.1 for wait in waits)


def test_what_still_failed_is_raised_with_the_events_and_the_rest_is_out() -> None:
    topic = Topic(lambda entry, attempt: "InternalError" if '"n":12' in entry["Message"] else None)
    given = events(25)
    with pytest.raises(PublishFailed) as raised:
        SnsPublisher(TOPIC, client=topic, retry=quick(3)).publish(*given)
    assert [(each.event, each.code, each.reason) for each in raised.value.failed] == [
        (given[12], "InternalError", "no")
    ]
    assert len(topic.published) == 24
    assert topic.attempts[given[12].to_json()] == 3


def test_what_is_the_senders_fault_is_not_sent_again() -> None:
    topic = Topic(lambda entry, attempt: "InvalidParameter", sender_fault=True)
    with pytest.raises(PublishFailed, match="InvalidParameter"):
        SnsPublisher(TOPIC, client=topic, retry=quick()).publish(*events(1))
    assert len(topic.requests) == 1


def test_a_fifo_topic_needs_a_group_and_keeps_its_order() -> None:
    fifo = f"{TOPIC}.fifo"
    with pytest.raises(ValueError, match="group"):
        SnsPublisher(fifo)
    topic = Topic(lambda entry, attempt: "InternalError" if '"n":1' in entry["Message"] else None)
    given = [Event(type="a", data={"n": n, "user": user}) for n in range(3) for user in ("ada", "bob")]
    publisher = SnsPublisher(
        fifo, client=topic, group=lambda event: str(event.data["user"]) if event.data["n"] else "other", retry=quick(2)
    )
    with pytest.raises(PublishFailed) as raised:
        publisher.publish(*given)
    # Nothing of a group goes out after one of it that failed.
    assert [(each.event.data["n"], each.code) for each in raised.value.failed] == [
        (1, "InternalError"),
        (1, "InternalError"),
        (2, "NotSent"),
        (2, "NotSent"),
    ]
    for request in topic.requests:
        groups = [entry["MessageGroupId"] for entry in request]
        assert len(groups) == len(set(groups))
        assert all(entry["MessageDeduplicationId"] for entry in request)


def test_a_request_that_is_refused_as_a_whole_is_told_for_each_of_its_events() -> None:
    class Denied:
        def publish_batch(self, **_: Any) -> Any:
            error = {"Error": {"Code": "AuthorizationError", "Message": "not you"}}
            raise ClientError(error, "PublishBatch")

    with pytest.raises(PublishFailed) as raised:
        SnsPublisher(TOPIC, client=Denied(), retry=quick()).publish(*events(12))
    assert [each.code for each in raised.value.failed] == ["AuthorizationError"] * 12


def test_when_nobody_answers_further_batches_do_not_wait_again() -> None:
    class Gone:
        calls = 0

        def publish_batch(self, **_: Any) -> Any:
            self.calls += 1
            raise EndpointConnectionError(endpoint_url="https://sns")

    gone = Gone()
    with pytest.raises(PublishFailed) as raised:
        SnsPublisher(TOPIC, client=gone, retry=quick()).publish(*events(25))
    assert gone.calls == 1
    assert [each.code for each in raised.value.failed] == ["EndpointConnectionError"] * 10 + ["NotSent"] * 15


class Bus:
    def __init__(self, codes: list[list[str | None]]) -> None:
        self.codes = codes
        self.requests: list[list[dict[str, Any]]] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.requests.append(Entries)
        codes = self.codes.pop(0) if self.codes else [None] * len(Entries)
        entries = [{"ErrorCode": code, "ErrorMessage": "no"} if code else {"EventId": "1"} for code in codes]
        return {"FailedEntryCount": sum(map(bool, codes)), "Entries": entries}


def test_entries_of_a_bus() -> None:
    bus = Bus([])
    event = Event(type="user.created", data={"n": 1})
    EventBridgePublisher("app", source="users", resources=lambda each: ["arn:x"], client=bus).publish(event)
    (entry,) = bus.requests[0]
    assert entry == {
        "EventBusName": "app",
        "Source": "users",
        "DetailType": "user.created",
        "Detail": event.to_json(),
        "Time": event.time,
        "Resources": ["arn:x"],
    }
    with pytest.raises(ValueError, match=r"aws\."):
        EventBridgePublisher(source="aws.mine")


def test_a_200_with_failed_entries_is_no_success() -> None:
    bus = Bus([[None, "ThrottlingException", "MalformedDetail"], [None]])
    given = events(3)
    with pytest.raises(PublishFailed) as raised:
        EventBridgePublisher(source="users", client=bus, retry=quick()).publish(*given)
    assert [(each.event, each.code) for each in raised.value.failed] == [(given[2], "MalformedDetail")]
    assert [len(request) for request in bus.requests] == [3, 1]


def test_publishing_nothing_is_nothing() -> None:
    topic = Topic()
    SnsPublisher(TOPIC, client=topic).publish()
    assert topic.requests == []
