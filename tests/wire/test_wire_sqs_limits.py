"""What SQS bounds: messages in flight, and long polls that wait."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import RunningCloud

from stratolite.services.sqs import rules, waiting


def test_only_so_many_messages_are_in_flight(timed_cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
    monkeypatch.setattr(rules, "IN_FLIGHT_MAX", 2)
    sqs = timed_cloud.client("sqs")
    url = sqs.create_queue(QueueName="busy")["QueueUrl"]
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    handles = [sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"] for _ in range(2)]
    with pytest.raises(ClientError) as caught:
        sqs.receive_message(QueueUrl=url)
    error: Any = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("OverLimit", 403)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handles[0])
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_poll_beyond_those_that_may_wait_is_answered(
    timed_cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "WAITERS_MAX", 0)
    sqs = timed_cloud.client("sqs")
    url = sqs.create_queue(QueueName="patient")["QueueUrl"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
