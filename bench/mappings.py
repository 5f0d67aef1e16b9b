"""Event source mappings: how fast a function consumes a queue, and what fifty mappings cost that have nothing to do."""

import json
import os
import time
import urllib.request
from pathlib import Path
from typing import Any

import boto3

from bench.peers import ministack, stratolite
from bench.report import Row
from bench.sources import ACCOUNT, ROLE, zipped

MESSAGES = 20_000
PEER_MESSAGES = 1_000
CONSUMED_S_MAX = 120
LOOK_S = 0.02
RATE_MIN = 5_000
IDLE_MAPPINGS = 50
IDLE_S = 10.0
IDLE_CORE_MAX = 0.02
CONSUMER = "def handler(event, context):\n    return len(event['Records'])\n"


def run() -> list[Row]:
    """All rows."""
    with stratolite() as (endpoint, _):
        rate = _consumed(endpoint, MESSAGES)
    with stratolite() as (endpoint, _):
        share = _idle(endpoint)
    with ministack() as endpoint:
        peer = _consumed(endpoint, PEER_MESSAGES)
    return [
        Row(
            "SQS -> function, batch 10",
            f"{rate:.0f} messages/s",
            f"ministack {peer:.0f}/s",
            f">= {RATE_MIN}/s",
            rate >= RATE_MIN,
        ),
        Row(
            f"idle cloud with {IDLE_MAPPINGS} mappings",
            f"{share:.2%} of a core",
            "",
            f"<= {IDLE_CORE_MAX:.0%}",
            share <= IDLE_CORE_MAX,
        ),
    ]


def _consumed(endpoint: str, messages: int) -> float:
    """Messages a second, from a backlog, until the queue is empty and nothing is in flight."""
    queues, functions = _client(endpoint, "sqs"), _client(endpoint, "lambda")
    arn, url = _queue(queues, "backlog")
    _function(functions)
    functions.get_waiter("function_active_v2").wait(FunctionName="consumer")
    for start in range(0, messages, 10):
        entries = [{"Id": str(n), "MessageBody": json.dumps({"number": start + n})} for n in range(10)]
        queues.send_message_batch(QueueUrl=url, Entries=entries)
    # The function's first start is not what is measured.
    functions.invoke(FunctionName="consumer", Payload=b'{"Records": []}')
    started_s = time.perf_counter()
    functions.create_event_source_mapping(FunctionName="consumer", EventSourceArn=arn, BatchSize=10)
    while time.perf_counter() - started_s < CONSUMED_S_MAX:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        left = queues.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        if set(left.values()) == {"0"}:
            return messages / (time.perf_counter() - started_s)
        time.sleep(LOOK_S)
    raise RuntimeError(f"the queue was not empty after {CONSUMED_S_MAX} s: {left}")


def _idle(endpoint: str) -> float:
    """How much of a core the server uses while nothing happens."""
    queues, functions = _client(endpoint, "sqs"), _client(endpoint, "lambda")
    _function(functions)
    for number in range(IDLE_MAPPINGS):
        arn, _ = _queue(queues, f"idle-{number}")
        functions.create_event_source_mapping(FunctionName="consumer", EventSourceArn=arn)
    _drain(endpoint)
    with urllib.request.urlopen(f"{endpoint}/_stratolite/health") as answer:
        pid = json.load(answer)["pid"]
    before_s = _cpu_s(pid)
    time.sleep(IDLE_S)
    return (_cpu_s(pid) - before_s) / IDLE_S


def _cpu_s(pid: int) -> float:
    """The seconds that a process has computed so far, its user's and the system's."""
    with Path(f"/proc/{pid}/stat").open() as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _drain(endpoint: str) -> None:
    request = urllib.request.Request(f"{endpoint}/_stratolite/drain", method="POST")
    with urllib.request.urlopen(request, timeout=300):
        pass


def _client(endpoint: str, service: str) -> Any:
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=ACCOUNT, aws_secret_access_key="x"
    )


def _queue(queues: Any, name: str) -> tuple[str, str]:
    url: str = queues.create_queue(QueueName=name)["QueueUrl"]
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}", url


def _function(functions: Any) -> None:
    functions.create_function(
        FunctionName="consumer",
        Runtime="python3.11",
        Role=ROLE,
        Handler="handler.handler",
        Code={"ZipFile": zipped("handler.py", CONSUMER)},
    )
