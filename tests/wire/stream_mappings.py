"""A table with a stream, a function that tells what it was given, and mappings between them."""

import json
from typing import Any

from tests.archives import zipped
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.streams import arn_of, streamed

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
TELLS = """
import json, time
def handler(event, context):
    print("EVENT", time.monotonic_ns(), json.dumps(event))
    {then}
"""
"""The code of a function that tells of its events in its log, and when they came, and then does something."""
RAISES = "raise ValueError('no')"


def asked_for(answer: Any, **more: Any) -> dict[str, Any]:
    """What was asked for, as far as the answer shows it."""
    asked = {
        name: answer[name]
        for name in ("BatchSize", "MaximumBatchingWindowInSeconds", "MaximumRetryAttempts", "StartingPosition")
    }
    if answer["FunctionResponseTypes"]:
        asked["FunctionResponseTypes"] = answer["FunctionResponseTypes"]
    if "FilterCriteria" in answer:
        filters = answer["FilterCriteria"]["Filters"]
        asked["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(one["Pattern"])} for one in filters]}
    return asked | more


class StreamWorld:
    """One table ``tab`` and its mappings."""

    def __init__(self, cloud: RunningCloud, then: str = "return None", view: str = "NEW_AND_OLD_IMAGES") -> None:
        self._meet(cloud)
        self.table(view)
        self.function("f", then)

    @classmethod
    def of(cls, cloud: RunningCloud) -> "StreamWorld":
        """What an earlier cloud on the same data left."""
        world = cls.__new__(cls)
        world._meet(cloud)
        world.stream_arn = arn_of(world.dynamodb, "tab")
        return world

    def _meet(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.dynamodb = cloud.client("dynamodb")
        self.lambda_ = cloud.client("lambda")

    def table(self, view: str) -> None:
        self.dynamodb.create_table(
            TableName="tab",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            **streamed(view),
        )
        self.stream_arn = arn_of(self.dynamodb, "tab")

    def function(self, name: str, then: str, **more: Any) -> None:
        self.lambda_.create_function(
            **{
                "FunctionName": name,
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": ROLE,
                "Code": {"ZipFile": zipped(TELLS.format(then=then.replace("\n", "\n    ")))},
                **more,
            }
        )

    def create(self, **settings: Any) -> Any:
        """The answer of CreateEventSourceMapping; from the oldest record on unless told otherwise."""
        request = {"FunctionName": "f", "EventSourceArn": self.stream_arn, "StartingPosition": "TRIM_HORIZON"}
        return self.lambda_.create_event_source_mapping(**{**request, **settings})

    def mapping(self, **settings: Any) -> str:
        """The UUID of a mapping that is polled."""
        uuid: str = self.create(**settings)["UUID"]
        self.cloud.drain()
        return uuid

    def get(self, uuid: str) -> Any:
        return self.lambda_.get_event_source_mapping(UUID=uuid)

    def put(self, *ids: str, **attributes: Any) -> None:
        """Write items one after the other."""
        for one in ids:
            self.dynamodb.put_item(TableName="tab", Item={"id": {"S": one}, **attributes})

    def pass_time(self, *seconds: float) -> None:
        """Move the clock, and let happen what is due, again and again."""
        self.cloud.drain()
        for one in seconds:
            self.cloud.advance(one)
            self.cloud.drain()

    def events(self, name: str = "f") -> list[dict[str, Any]]:
        """The events that a function was given, in order."""
        logs, group = self.cloud.client("logs"), f"/aws/lambda/{name}"
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        found = logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern="EVENT")
        told = [event["message"].split(" ", 2) for page in found for event in page["events"]]
        return [json.loads(text) for _, _, text in sorted(told, key=lambda one: int(one[1]))]

    def batches(self, name: str = "f") -> list[list[str]]:
        """The ids of the items in each event."""
        return [[id_of(record) for record in event["Records"]] for event in self.events(name)]

    def queue(self, name: str = "dead") -> str:
        """The ARN of a new queue."""
        self.cloud.client("sqs").create_queue(QueueName=name)
        return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    def messages(self, name: str = "dead") -> list[dict[str, Any]]:
        """What a queue has, taken out of it."""
        sqs = self.cloud.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found: list[dict[str, Any]] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += messages
        return found

    def given_up(self, name: str = "dead") -> list[dict[str, Any]]:
        """The records of failed batches in a queue."""
        return [json.loads(message["Body"]) for message in self.messages(name)]


def id_of(record: dict[str, Any]) -> str:
    one: str = record["dynamodb"]["Keys"]["id"]["S"]
    return one


def on_failure(arn: str) -> dict[str, Any]:
    return {"OnFailure": {"Destination": arn}}
