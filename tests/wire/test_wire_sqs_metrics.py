"""What queues publish about themselves (sqs-available-cloudwatch-metrics of AWS's developer guide)."""

from typing import Any

from tests.conftest import RunningCloud
from tests.wire.functions import create
from tests.wire.published import published, units


def of(cloud: RunningCloud, name: str, queue: str = "q") -> Any:
    return published(cloud, "AWS/SQS", name, QueueName=queue)


def test_messages_are_counted(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("sqs")
    url = client.create_queue(QueueName="q")["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="12345")
    client.send_message_batch(QueueUrl=url, Entries=[{"Id": str(number), "MessageBody": "123"} for number in range(2)])
    received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    client.receive_message(QueueUrl=url)
    client.delete_message(QueueUrl=url, ReceiptHandle=received[0]["ReceiptHandle"])
    assert of(timed_cloud, "NumberOfMessagesSent") == (3.0, 3.0, 1.0)
    assert of(timed_cloud, "SentMessageSize") == (11.0, 3.0, 5.0)
    assert of(timed_cloud, "NumberOfMessagesReceived")[0] == 3.0
    assert of(timed_cloud, "NumberOfEmptyReceives")[0] == 1.0
    assert of(timed_cloud, "NumberOfMessagesDeleted") == (1.0, 1.0, 1.0)
    assert units(timed_cloud, "AWS/SQS") == {
        "NumberOfMessagesSent": "Count",
        "SentMessageSize": "Bytes",
        "NumberOfMessagesReceived": "Count",
        "NumberOfEmptyReceives": "Count",
        "NumberOfMessagesDeleted": "Count",
        "ApproximateNumberOfMessagesVisible": "Count",
        "ApproximateNumberOfMessagesNotVisible": "Count",
        "ApproximateNumberOfMessagesDelayed": "Count",
        "ApproximateAgeOfOldestMessage": "Seconds",
    }


def test_what_waits_is_looked_at_each_minute(timed_cloud: RunningCloud) -> None:
    client, cloudwatch = timed_cloud.client("sqs"), timed_cloud.client("cloudwatch")
    url = client.create_queue(QueueName="q")["QueueUrl"]
    for delay_s in (0, 0, 300):
        client.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=delay_s)
    client.receive_message(QueueUrl=url)
    for _ in range(3):
        timed_cloud.advance(60)
        # Whatever runs in the loop has run when a request is answered.
        client.list_queues()
    now_s = timed_cloud.clock.now_s()
    shown = {}
    for name in ("Visible", "NotVisible", "Delayed"):
        answer = cloudwatch.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName=f"ApproximateNumberOfMessages{name}",
            Dimensions=[{"Name": "QueueName", "Value": "q"}],
            StartTime=now_s - 600,
            EndTime=now_s + 60,
            Period=60,
            Statistics=["Maximum", "SampleCount"],
        )
        points = sorted(answer["Datapoints"], key=lambda one: one["Timestamp"])
        assert all(one["SampleCount"] == 1.0 for one in points)
        shown[name] = [one["Maximum"] for one in points[-3:]]
    assert shown == {"Visible": [2.0, 2.0, 2.0], "NotVisible": [0.0, 0.0, 0.0], "Delayed": [1.0, 1.0, 1.0]}
    assert of(timed_cloud, "ApproximateAgeOfOldestMessage")[2] >= 120.0


def test_a_queue_that_is_not_used_is_not_looked_at(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("sqs")
    url = client.create_queue(QueueName="q")["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="m")
    before = of(timed_cloud, "ApproximateNumberOfMessagesVisible")
    assert before == (1.0, 1.0, 1.0)
    timed_cloud.advance(7 * 3600)
    assert of(timed_cloud, "ApproximateNumberOfMessagesVisible") == before


def test_what_a_mapping_receives_is_counted(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("sqs")
    url = client.create_queue(QueueName="q")["QueueUrl"]
    create(timed_cloud.client("lambda"), "f", "def handler(event, context):\n    pass\n")
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    timed_cloud.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn)
    client.send_message(QueueUrl=url, MessageBody="m")
    timed_cloud.drain()
    assert of(timed_cloud, "NumberOfMessagesReceived")[0] == 1.0
    assert of(timed_cloud, "NumberOfMessagesDeleted") == (1.0, 1.0, 1.0)


def test_a_message_that_is_moved_is_not_sent(timed_cloud: RunningCloud) -> None:
    """ "If a message is moved to a dead-letter queue ... it isn't captured by NumberOfMessagesSent"."""
    client = timed_cloud.client("sqs")
    dead = client.create_queue(QueueName="dead")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 1}}'
    url = client.create_queue(QueueName="q", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="m")
    for _ in range(2):
        client.receive_message(QueueUrl=url)
    assert len(client.receive_message(QueueUrl=dead)["Messages"]) == 1
    assert of(timed_cloud, "NumberOfMessagesSent", "dead") is None
    assert of(timed_cloud, "NumberOfMessagesReceived", "dead") == (1.0, 1.0, 1.0)
