"""From a DynamoDB stream to a function: how many records a second, in order.

The records are written first; then the mapping is created, and the time is taken until the function has seen the last
one. One shard, one lane; the function checks that the sequence numbers grow. ``BatchSize`` 100 is the default; 1000 is
what users set who care for throughput.
"""

import json
import socket
import time
from typing import Any

import boto3

from bench.peers import ministack, stratolite
from bench.report import Row
from bench.sources import ACCOUNT, ROLE, zipped

RECORDS = 20_000
PEER_RECORDS = 2_000
RATE_MIN = 5_000
BATCH_SIZES = (100, 1000)
DONE_S_MAX = 120
WRITTEN_AT_ONCE = 25
FOLLOWER = """
import os, socket
last, count, disorder = "", 0, 0
def handler(event, context):
    global last, count, disorder
    for record in event["Records"]:
        number = record["dynamodb"]["SequenceNumber"]
        disorder += number <= last
        last, count = number, count + 1
    if count == int(os.environ["COUNT"]):
        with socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))) as connection:
            connection.sendall(str(disorder).encode())
"""
"""Counts, and tells over a socket when it has seen the last record."""


def run() -> list[Row]:
    """All rows."""
    with stratolite() as (endpoint, _):
        ours = _rates(endpoint, RECORDS)
    with ministack() as endpoint:
        theirs = _rates(endpoint, PEER_RECORDS)
    return [
        Row(
            f"DynamoDB stream -> function, batch size {batch_size}",
            f"{mine:.0f} records/s, {disorder} out of order",
            f"ministack {peer:.0f}/s",
            f">= {RATE_MIN}/s in order",
            mine >= RATE_MIN and not disorder,
        )
        for batch_size, (mine, disorder), (peer, _) in zip(BATCH_SIZES, ours, theirs, strict=True)
    ]


def _rates(endpoint: str, records: int) -> list[tuple[float, int]]:
    _write(endpoint, records)
    return [_follow(endpoint, records, batch_size) for batch_size in BATCH_SIZES]


def _client(endpoint: str, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="x",
    )


def _write(endpoint: str, records: int) -> None:
    """A table with a stream of so many records."""
    client = _client(endpoint, "dynamodb")
    client.create_table(
        TableName="bench",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    for start in range(0, records, WRITTEN_AT_ONCE):
        items = [
            {"id": {"S": f"key-{number:06d}"}, "text": {"S": "x" * 100}, "count": {"N": str(number)}}
            for number in range(start, start + WRITTEN_AT_ONCE)
        ]
        client.batch_write_item(RequestItems={"bench": [{"PutRequest": {"Item": item}} for item in items]})


def _follow(endpoint: str, records: int, batch_size: int) -> tuple[float, int]:
    """Records a second, and how many came out of order."""
    client, name = _client(endpoint, "lambda"), f"follower-{batch_size}"
    stream = _client(endpoint, "dynamodb").describe_table(TableName="bench")["Table"]["LatestStreamArn"]
    with socket.create_server(("127.0.0.1", 0)) as ear:
        ear.settimeout(DONE_S_MAX)
        client.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=ROLE,
            Handler="handler.handler",
            Code={"ZipFile": zipped("handler.py", FOLLOWER)},
            Environment={"Variables": {"COUNT": str(records), "PORT": str(ear.getsockname()[1])}},
            Timeout=30,
        )
        client.invoke(FunctionName=name, Payload=json.dumps({"Records": []}))
        started_s = time.perf_counter()
        client.create_event_source_mapping(
            FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", BatchSize=batch_size
        )
        connection, _ = ear.accept()
        with connection:
            return records / (time.perf_counter() - started_s), int(connection.recv(100))
