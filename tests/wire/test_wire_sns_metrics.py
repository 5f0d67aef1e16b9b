"""What topics and rules publish about themselves (sns-monitoring-using-cloudwatch, eb-monitoring)."""

import json
from typing import Any

from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.published import published


def of(cloud: RunningCloud, name: str) -> Any:
    return published(cloud, "AWS/SNS", name, TopicName="t")


def of_rule(cloud: RunningCloud, name: str, **dimensions: str) -> Any:
    return published(cloud, "AWS/Events", name, RuleName="r", **dimensions)


def queue(cloud: RunningCloud, name: str) -> str:
    cloud.client("sqs").create_queue(QueueName=name)
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def test_messages_of_a_topic(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("sns")
    topic = client.create_topic(Name="t")["TopicArn"]
    client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue(timed_cloud, "q"))
    client.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=queue(timed_cloud, "filtered"),
        Attributes={"FilterPolicy": '{"kind": ["other"]}'},
    )
    gone = queue(timed_cloud, "gone")
    redrive = json.dumps({"deadLetterTargetArn": queue(timed_cloud, "dead")})
    client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=gone, Attributes={"RedrivePolicy": redrive})
    sqs = timed_cloud.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="gone")["QueueUrl"])
    client.publish(TopicArn=topic, Message="12345")
    timed_cloud.drain()
    assert of(timed_cloud, "NumberOfMessagesPublished") == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "PublishSize") == (5.0, 1.0, 5.0)
    assert of(timed_cloud, "NumberOfNotificationsDelivered") == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "NumberOfNotificationsFilteredOut") == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "NumberOfNotificationsFailed") == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "NumberOfNotificationsRedrivenToDlq") == (1.0, 1.0, 1.0)


def test_invocations_of_a_rule(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("events")
    client.create_event_bus(Name="bus")
    client.put_rule(Name="r", EventBusName="bus", EventPattern='{"source": ["app"]}')
    gone, dead = f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone", queue(timed_cloud, "dead")
    targets = [
        {"Id": "1", "Arn": queue(timed_cloud, "q")},
        {"Id": "2", "Arn": gone, "DeadLetterConfig": {"Arn": dead}},
    ]
    client.put_targets(Rule="r", EventBusName="bus", Targets=targets)
    client.put_events(
        Entries=[
            {"Source": source, "DetailType": "d", "Detail": "{}", "EventBusName": "bus"} for source in ("app", "x")
        ]
    )
    timed_cloud.drain()
    for dimensions in ({}, {"EventBusName": "bus"}):
        assert of_rule(timed_cloud, "MatchedEvents", **dimensions) == (1.0, 1.0, 1.0)
        assert of_rule(timed_cloud, "TriggeredRules", **dimensions) == (1.0, 1.0, 1.0)
        assert of_rule(timed_cloud, "Invocations", **dimensions) == (2.0, 2.0, 1.0)
        assert of_rule(timed_cloud, "FailedInvocations", **dimensions) == (1.0, 1.0, 1.0)
        assert of_rule(timed_cloud, "InvocationsSentToDlq", **dimensions) == (1.0, 1.0, 1.0)
