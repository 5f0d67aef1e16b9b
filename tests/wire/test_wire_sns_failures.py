"""SNS over the wire: when a delivery that failed is tried again, and where it ends."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.sns_topics import ANSWERS, FUNCTION, QUEUES, functions, queues, sns, topic, with_function, with_queue
from tests.wire.targets import Functions, Queues

__all__ = ["functions", "queues", "sns", "topic"]


def test_a_target_that_fails_is_tried_again(
    timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions, queues: Queues
) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html: three at once, two a second apart,
    then with growing waits up to twenty seconds."""
    with_function(sns, topic)
    with_queue(sns, topic)
    functions.failures, queues.failures = 2, 7
    sns.publish(TopicArn=topic, Message="m")
    timed_cloud.drain()
    assert (len(functions.events), len(queues.sent), queues.failures) == (1, 0, 4)
    failures = []
    for _ in range(9):
        timed_cloud.advance(1)
        timed_cloud.drain()
        failures.append(queues.failures)
    # A second, a second, then one, two and four seconds.
    assert failures == [3, 2, 1, 1, 0, 0, 0, 0, 0]
    assert len(queues.sent) == 1
    assert len(timed_cloud.cloud.world.outbox) == 0


def test_after_23_days_a_message_is_dead(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    dead = f"{QUEUES}:dead"
    with_queue(sns, topic, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
    queues.failures = 4
    sns.publish(TopicArn=topic, Message="late")
    timed_cloud.drain()
    assert queues.failures == 1
    timed_cloud.advance(23 * 24 * 60 * 60)
    timed_cloud.drain()
    assert [json.loads(body)["Message"] for body in queues.bodies("dead")] == ["late"]


def test_a_raw_message_has_ten_attributes_at_most(
    timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues
) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html: one with more is discarded as an error of
    the client; without raw delivery there may be more."""
    with_queue(sns, topic, "raw", RawMessageDelivery="true")
    with_queue(sns, topic, "wrapped")
    for count in (10, 11):
        attributes = {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(count)}
        sns.publish(TopicArn=topic, Message=f"with {count}", MessageAttributes=attributes)
    timed_cloud.drain()
    assert queues.bodies("raw") == ["with 10"]
    assert [json.loads(body)["Message"] for body in queues.bodies("wrapped")] == ["with 10", "with 11"]
    assert len(timed_cloud.cloud.world.outbox) == 0


def test_a_function_that_is_gone(
    timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions, queues: Queues
) -> None:
    entry = recorded(ANSWERS, "test_redrive_policy_lambda_subscription")["messages"]["Messages"][0]["Body"]
    functions.missing.add(FUNCTION)
    with_function(sns, topic, RedrivePolicy=json.dumps({"deadLetterTargetArn": f"{QUEUES}:dead"}))
    attributes = {"attr1": {"DataType": "Number", "StringValue": "1"}}
    sns.publish(TopicArn=topic, Message="test_redrive_policy", MessageAttributes=attributes)
    timed_cloud.drain()
    [body] = queues.bodies("dead")
    equal(body, entry)


@pytest.mark.parametrize("raw", [True, False])
def test_a_queue_that_is_gone(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues, raw: bool) -> None:
    entry = recorded(ANSWERS, f"test_redrive_policy_sqs_queue_subscription[{raw}]")["messages"]["Messages"][0]
    queues.missing.add(f"{QUEUES}:listener")
    redrive = json.dumps({"deadLetterTargetArn": f"{QUEUES}:dead"})
    with_queue(sns, topic, RawMessageDelivery=str(raw).lower(), RedrivePolicy=redrive)
    attributes = {
        "attr1": {"DataType": "Number", "StringValue": "111"},
        "attr2": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
    }
    sns.publish(TopicArn=topic, Message="test_dlq_after_sqs_endpoint_deleted", MessageAttributes=attributes)
    timed_cloud.drain()
    [sent] = queues.sent
    assert sent["queue"] == "dead"
    equal(sent["body"], entry["Body"])
    if raw:
        equal(sent["attributes"], entry["MessageAttributes"])


def test_what_has_no_dead_letter_queue_is_lost(
    timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions
) -> None:
    functions.missing.add(FUNCTION)
    with_function(sns, topic)
    sns.publish(TopicArn=topic, Message="lost")
    timed_cloud.drain()
    assert functions.events == []
    assert len(timed_cloud.cloud.world.outbox) == 0


def test_a_refused_batch_leaves_nothing(timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions) -> None:
    """Deliveries belong to the transaction of their publish."""
    with_function(sns, topic)
    wrong = {"a^": {"DataType": "String", "StringValue": "x"}}
    batch = [{"Id": "1", "Message": "good"}, {"Id": "2", "Message": "bad", "MessageAttributes": wrong}]
    answer = answered(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=batch)
    assert answer["Error"]["Code"] == "ParameterValueInvalid"
    timed_cloud.drain()
    assert functions.events == []


def test_a_queue_that_comes_back(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    """Entry test_subscription_after_failure_to_deliver: the subscription stays, and gets what comes later."""
    arn = with_queue(sns, topic)
    queues.missing.add(f"{QUEUES}:listener")
    sns.publish(TopicArn=topic, Message="one")
    timed_cloud.drain()
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in listed] == [arn]
    queues.missing.clear()
    sns.publish(TopicArn=topic, Message="two")
    timed_cloud.drain()
    assert [json.loads(body)["Message"] for body in queues.bodies("listener")] == ["two"]


def test_the_port_publishes(timed_cloud: RunningCloud, topic: str, sns: Any, queues: Queues) -> None:
    """Other services publish by way of the operation itself, in their own transaction."""
    from stratolite.core.call import Call

    with_queue(sns, topic, RawMessageDelivery="true")
    world = timed_cloud.cloud.world
    attributes = {"a": {"DataType": "String", "StringValue": "x"}}

    async def publish() -> None:
        call = Call(account=ACCOUNT, now_ms=world.clock.now_ms())
        await world.database.transact(
            lambda: world.ports.topic.publish(call, topic, "m", subject="s", attributes=attributes)
        )

    timed_cloud.run(publish())
    timed_cloud.drain()
    assert [(one["body"], one["attributes"]) for one in queues.sent] == [("m", attributes)]
