"""Objects are written while the server is killed (-9): a queue is told of each object that is there, and of no other.
Small objects are rows, large ones are files."""

import json
import threading
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tests.crash.server import ACCOUNT, Server, server

BUCKET = "told"
WRITERS = 4
KILLED_AFTER = 60
"""After how many acknowledged objects the server is killed."""
WAITS_S_MAX = 60
BODIES = (b"small", bytes(100_000))


def client(cloud: Server, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )


def test_each_object_is_told_of(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    enough = threading.Event()
    with server(tmp_path / "data") as first:
        make(first)
        writers = [
            threading.Thread(target=write, args=(first, number, acknowledged, enough)) for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        assert enough.wait(WAITS_S_MAX)
        first.kill()
        for writer in writers:
            writer.join(WAITS_S_MAX)
    with server(tmp_path / "data") as second:
        assert second.ask("POST", "/_stratolite/drain", {})[0] == 200
        s3 = client(second, "s3")
        there = {one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
        s3.close()
        assert there >= set(acknowledged)
        assert told(second) == there


def make(cloud: Server) -> None:
    s3, sqs = client(cloud, "s3"), client(cloud, "sqs")
    sqs.create_queue(QueueName=BUCKET)
    s3.create_bucket(Bucket=BUCKET)
    queue = {"QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{BUCKET}", "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [queue]}, SkipDestinationValidation=True
    )
    s3.close()
    sqs.close()


def write(cloud: Server, number: int, acknowledged: list[str], enough: threading.Event) -> None:
    """Write objects until the server is gone; those that were acknowledged are noted."""
    s3 = client(cloud, "s3")
    try:
        for count in range(1_000_000):
            key = f"{number}-{count}"
            s3.put_object(Bucket=BUCKET, Key=key, Body=BODIES[count % 2])
            acknowledged.append(key)
            if len(acknowledged) >= KILLED_AFTER:
                enough.set()
    except (BotoCoreError, ClientError):
        pass
    finally:
        s3.close()


def told(cloud: Server) -> set[str]:
    """The keys that the queue was told of; more than once, perhaps."""
    sqs = client(cloud, "sqs")
    url = sqs.get_queue_url(QueueName=BUCKET)["QueueUrl"]
    keys: set[str] = set()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            keys |= {one["s3"]["object"]["key"] for one in json.loads(message["Body"]).get("Records", [])}
    sqs.close()
    return keys
