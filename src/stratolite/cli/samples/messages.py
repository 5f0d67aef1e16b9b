"""Samples of messages: of queues, topics and buses, and of schedules."""

import hashlib
from collections.abc import Mapping
from typing import Any

from stratolite.cli.samples.model import REQUEST_ID, Place, Sample, Values, parsed


def _sqs(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    fifo = {
        "MessageGroupId": values["group"] or "group",
        "MessageDeduplicationId": hashlib.sha256(values["body"].encode()).hexdigest(),
        "SequenceNumber": "18849496460467696128",
    }
    return {
        "Records": [
            {
                "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": values["body"],
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": str(place.now_ms),
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": str(place.now_ms),
                    **(fifo if values["queue"].endswith(".fifo") else {}),
                },
                "messageAttributes": {},
                "md5OfBody": hashlib.md5(values["body"].encode(), usedforsecurity=False).hexdigest(),
                "eventSource": "aws:sqs",
                "eventSourceARN": place.arn("sqs", values["queue"]),
                "awsRegion": place.region,
            }
        ]
    }


def _sns(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    topic = place.arn("sns", values["topic"])
    subscription = f"{topic}:21be56ed-a058-49f5-8c98-aedd2564c486"
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription,
                "Sns": {
                    "Type": "Notification",
                    "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                    "TopicArn": topic,
                    "Subject": values["subject"] or None,
                    "Message": values["message"],
                    "Timestamp": place.iso_ms,
                    "SignatureVersion": "1",
                    "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j...65r==",
                    "SigningCertUrl": f"https://sns.{place.region}.amazonaws.com/SimpleNotificationService.pem",
                    "UnsubscribeUrl": f"https://sns.{place.region}.amazonaws.com/?Action=Unsubscribe"
                    f"&SubscriptionArn={subscription}",
                    "MessageAttributes": {},
                },
            }
        ]
    }


def _event_bridge(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html"""
    return {
        "version": "0",
        "id": REQUEST_ID,
        "detail-type": values["detail-type"],
        "source": values["source"],
        "account": place.account,
        "time": place.iso,
        "region": place.region,
        "resources": [],
        "detail": parsed("detail", values["detail"]),
    }


def _schedule(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html"""
    event = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": "{}"}
    return {**_event_bridge(place, event), "resources": [place.arn("events", f"rule/{values['rule']}")]}


MESSAGES: Mapping[str, Sample] = {
    "sqs": Sample(_sqs, {"queue": "my-queue", "body": "Hello", "group": ""}),
    "sns": Sample(_sns, {"topic": "my-topic", "message": "Hello", "subject": ""}),
    "event-bridge": Sample(
        _event_bridge, {"source": "my.app", "detail-type": "Something Happened", "detail": '{"key": "value"}'}
    ),
    "schedule": Sample(_schedule, {"rule": "my-schedule"}),
}
