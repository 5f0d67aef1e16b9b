"""What the tests of EventBridge share: queues as targets, and answers without what differs from run to run."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, REGION, RunningCloud

PATTERN = {
    "source": ["core.update-account-command"],
    "detail-type": ["core.update-account-command"],
    "detail": {"command": ["update-account"]},
}
DETAIL = {"command": "update-account", "payload": {"acc_id": "0a787ecb-4015", "sf_id": "baz"}}
ENTRY = {
    "Source": "core.update-account-command",
    "DetailType": "core.update-account-command",
    "Detail": json.dumps(DETAIL),
}


def refused(call: Any, **request: Any) -> dict[str, Any]:
    """The error that a call answers."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return dict(caught.value.response["Error"])


def arn(resource: str) -> str:
    return f"arn:aws:events:{REGION}:{ACCOUNT}:{resource}"


def settled(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without the metadata."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def queue(cloud: RunningCloud, name: str, **attributes: str) -> tuple[str, str]:
    """URL and ARN of a new queue."""
    url = cloud.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def messages(cloud: RunningCloud, url: str) -> list[dict[str, Any]]:
    """What is in a queue once all deliveries are done."""
    cloud.drain()
    sqs = cloud.client("sqs")
    found: list[dict[str, Any]] = []
    while more := sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        AttributeNames=["All"],
    ).get("Messages"):
        found += more
        for message in more:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def bodies(cloud: RunningCloud, url: str) -> list[str]:
    return [message["Body"] for message in messages(cloud, url)]


def ruled(cloud: RunningCloud, name: str, target: dict[str, Any], **rule: Any) -> str:
    """The ARN of a new rule of the default bus with one target."""
    events = cloud.client("events")
    rule.setdefault("EventPattern", json.dumps({"source": [name]}))
    found: str = events.put_rule(Name=name, **rule)["RuleArn"]
    answer = events.put_targets(Rule=name, Targets=[{"Id": "target", **target}])
    assert answer["FailedEntryCount"] == 0
    return found


def put(cloud: RunningCloud, source: str, detail: Any = DETAIL, **more: Any) -> Any:
    """Put one event."""
    entry = {"Source": source, "DetailType": "Order", "Detail": json.dumps(detail), **more}
    return cloud.client("events").put_events(Entries=[entry])
