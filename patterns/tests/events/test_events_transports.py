"""From publisher to router over the local cloud: SNS to SQS, raw and not, and EventBridge to SQS."""

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from stratolite_patterns.events import Event, EventBridgePublisher, Router, SnsPublisher

WAIT_S = 120


@pytest.fixture
def queue(client: Callable[[str], Any]) -> Any:
    """A queue: its ARN, and a function that reads what arrives as Lambda would bring it, up to a number of records."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=f"q-{uuid4().hex}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def receive(count: int) -> dict[str, Any]:
        records: list[dict[str, Any]] = []
        limit_s = time.monotonic() + WAIT_S
        while len(records) < count and time.monotonic() < limit_s:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            records += [
                {"messageId": each["MessageId"], "body": each["Body"], "eventSource": "aws:sqs", "eventSourceARN": arn}
                for each in answer.get("Messages", [])
            ]
        return {"Records": records}

    return arn, receive


def routed(records: dict[str, Any]) -> list[Event]:
    router = Router()
    seen: list[Event] = []
    router.on("user.created")(seen.append)
    assert router(records) == {"batchItemFailures": []}
    return seen


def made() -> list[Event]:
    return [Event(type="user.created", data={"n": n, "country": "fr" if n else "de"}) for n in range(12)]


@pytest.mark.parametrize("raw", ["true", "false"])
def test_sns_in_sqs_with_a_filter(raw: str, queue: Any, client: Callable[[str], Any]) -> None:
    arn, receive = queue
    sns = client("sns")
    topic = sns.create_topic(Name=f"t-{uuid4().hex}")["TopicArn"]
    policy = {"type": ["user.created"], "country": ["fr"]}
    attributes = {"RawMessageDelivery": raw, "FilterPolicy": json.dumps(policy)}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    given = made()
    SnsPublisher(topic, client=sns, attributes=["country"]).publish(*given)
    seen = routed(receive(11))
    assert sorted(seen, key=lambda event: int(event.data["n"])) == given[1:]


def test_eventbridge_in_sqs(queue: Any, client: Callable[[str], Any]) -> None:
    arn, receive = queue
    events = client("events")
    bus, rule = f"b-{uuid4().hex}", "to-queue"
    events.create_event_bus(Name=bus)
    events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps({"detail": {"data": {"country": ["fr"]}}}))
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "1", "Arn": arn}])
    given = made()
    EventBridgePublisher(bus, source="users", client=events).publish(*given)
    seen = routed(receive(11))
    assert sorted(seen, key=lambda event: int(event.data["n"])) == given[1:]
