"""A queue is consumed by a function while the server is killed (-9): each message is handled, or is in the queue."""

import base64
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.archives import zipped
from tests.crash.server import ACCOUNT, Server, server, signed

MESSAGES = 400
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:crash"
SOURCE = """
import os, time

def handler(event, context):
    with open({file!r}, "a+") as file:
        for record in event["Records"]:
            file.write(record["body"] + "\\n")
        file.seek(0)
        count = len(file.readlines())
    while count >= {held_after} and not os.path.exists({file!r} + ".go"):
        time.sleep(0.01)
"""
KILLED_AFTER, HELD_AFTER = 100, 200
"""After how many handled messages the server is killed, and the function waits for that."""
BEATS_MAX = 60_000


def lambda_(server: Server, method: str, path: str, body: Any) -> Any:
    status, answer = server.ask(method, f"/2015-03-31{path}", signed("lambda"), body)
    assert status < 300, answer
    return answer


def sqs(server: Server, operation: str, body: Any) -> Any:
    status, answer = server.ask("POST", "/", signed("sqs", f"AmazonSQS.{operation}"), body)
    assert status == 200, answer
    return answer


def make(server: Server, handled: Path, **settings: Any) -> str:
    """A queue with messages, a function that writes down what it handles, and the mapping; the queue's URL."""
    url: str = sqs(server, "CreateQueue", {"QueueName": "crash"})["QueueUrl"]
    for start in range(0, MESSAGES, 10):
        entries = [{"Id": str(number), "MessageBody": str(start + number)} for number in range(10)]
        sqs(server, "SendMessageBatch", {"QueueUrl": url, "Entries": entries})
    source = SOURCE.format(file=str(handled), held_after=HELD_AFTER)
    code = {"ZipFile": base64.b64encode(zipped(source)).decode()}
    function = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "index.handler", "Code": code}
    lambda_(server, "POST", "/functions", {**function, "Role": f"arn:aws:iam::{ACCOUNT}:role/r"})
    lambda_(server, "POST", "/event-source-mappings", {"FunctionName": "f", "EventSourceArn": QUEUE, **settings})
    return url


def lines(handled: Path) -> list[str]:
    return handled.read_text().splitlines() if handled.exists() else []


def counts(server: Server, url: str) -> tuple[int, int]:
    """How many messages can be received, and how many are hidden."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    shown = sqs(server, "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": names})["Attributes"]
    return int(shown[names[0]]), int(shown[names[1]])


def kill_after(server: Server, handled: Path, count: int) -> None:
    """Kill the server as soon as so many messages were handled."""
    beat = threading.Event()
    for _ in range(BEATS_MAX):
        if len(lines(handled)) >= count:
            break
        beat.wait(0.001)
    server.kill()


@pytest.mark.parametrize("size", [1, 10])
def test_each_message_is_handled_or_in_the_queue(tmp_path: Path, size: int) -> None:
    handled = tmp_path / "handled"
    with server(tmp_path / "data") as first:
        url = make(first, handled, BatchSize=size)
        kill_after(first, handled, KILLED_AFTER)
    before = set(lines(handled))
    assert len(before) < MESSAGES, "the kill was to come while messages were waiting"
    Path(f"{handled}.go").touch()
    # The mapping goes on by itself; what was in flight when the server was killed is hidden for a while.
    with server(tmp_path / "data") as second:
        assert second.ask("POST", "/_stratolite/drain", {}) == (200, {"waiting": 1})
        waiting, hidden = counts(second, url)
        mappings = lambda_(second, "GET", "/event-source-mappings", None)["EventSourceMappings"]
    assert [mapping["State"] for mapping in mappings] == ["Enabled"]
    assert waiting == 0
    everything = {str(number) for number in range(MESSAGES)}
    assert len(everything - set(lines(handled))) <= hidden
    assert set(lines(handled)) <= everything
