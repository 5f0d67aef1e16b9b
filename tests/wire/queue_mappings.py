"""Functions that are given a queue's messages, and what they were given."""

import json
from typing import Any

from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.functions import create

HANDLER = """
import json, time

def handler(event, context):
    print("EVENT", time.monotonic_ns(), json.dumps(event))
    failures = []
    for record in event["Records"]:
        asked = json.loads(record["body"]) if record["body"].startswith("{") else {}
        count = int(record["attributes"]["ApproximateReceiveCount"])
        if count <= asked.get("raises", 0):
            raise ValueError(record["body"])
        if count <= asked.get("fails", 0):
            failures.append({"itemIdentifier": record["messageId"]})
        if "answers" in asked:
            return asked["answers"]
    return {"batchItemFailures": failures}
"""
"""Messages say what it does: ``raises`` and ``fails`` (alone) until received so often, ``answers``."""


class Mapped:
    """A queue, a function and the mapping between them."""

    def __init__(self, cloud: RunningCloud, name: str, source: str = HANDLER, **attributes: str) -> None:
        self.cloud = cloud
        self.name = name
        self.sqs: Any = cloud.client("sqs")
        self.functions: Any = cloud.client("lambda")
        queue = name + (".fifo" if "FifoQueue" in attributes else "")
        self.url = self.sqs.create_queue(QueueName=queue, Attributes=attributes)["QueueUrl"]
        self.arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
        create(self.functions, name, source)
        self.uuid = ""

    def map(self, **settings: Any) -> Any:
        """Create the mapping; the answer."""
        answer = self.functions.create_event_source_mapping(FunctionName=self.name, EventSourceArn=self.arn, **settings)
        self.uuid = answer["UUID"]
        return answer

    def send(self, *bodies: Any, **more: Any) -> list[str]:
        """Send messages, ten at a time, and let the function have them; their ids."""
        ids: list[str] = []
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(number), "MessageBody": body if isinstance(body, str) else json.dumps(body), **more}
                for number, body in enumerate(bodies[start : start + 10])
            ]
            answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
            ids += [one["MessageId"] for one in answer["Successful"]]
        self.cloud.drain()
        return ids

    def update(self, **settings: Any) -> Any:
        return self.functions.update_event_source_mapping(UUID=self.uuid, **settings)

    @property
    def state(self) -> str:
        state: str = self.functions.get_event_source_mapping(UUID=self.uuid)["State"]
        return state

    @property
    def events(self) -> list[Any]:
        """Every event that the function was given, in the order of its executions."""
        logs: Any = self.cloud.client("logs")
        found = []
        group = f"/aws/lambda/{self.name}"
        try:
            streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        for stream in streams:
            lines = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
            found += [line["message"].split(" ", 2)[1:] for line in lines["events"] if line["message"][:6] == "EVENT "]
        return [json.loads(text) for _, text in sorted(found, key=lambda one: int(one[0]))]

    @property
    def bodies(self) -> list[list[str]]:
        """The bodies of each batch."""
        return [[record["body"] for record in event["Records"]] for event in self.events]

    @property
    def counts(self) -> tuple[int, int]:
        """How many messages can be received, and how many are in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        shown = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(shown[names[0]]), int(shown[names[1]])
