"""PutItem and GetItem of 1 KB at 16 connections, beside ministack and a bare uvicorn application."""

import boto3

from bench.load import Rate, measure, request
from bench.peers import floor, ministack, stratolite
from bench.report import Row
from bench.sources import ACCOUNT, aws_json

KEYS = 500
RATIO_MIN = 3.0
ITEM_TEXT = "x" * 900


def run() -> list[Row]:
    """All rows."""
    with floor() as bare:
        headers, body = aws_json("dynamodb", "DynamoDB_20120810.PutItem", {"Item": ITEM_TEXT})
        base = measure([request(f"{bare}/", "POST", headers, body)])
    with stratolite() as (endpoint, _):
        ours = _rates(endpoint)
    with ministack() as endpoint:
        theirs = _rates(endpoint)
    return [
        Row(
            f"{name}, 1 KB, 16 connections",
            f"{mine.per_s:.0f}/s (p99 {mine.p99_ms:.1f} ms), {mine.per_s / peer.per_s:.1f}x",
            f"ministack {peer.per_s:.0f}/s; bare uvicorn {base.per_s:.0f}/s",
            f">= {RATIO_MIN:.0f}x ministack",
            mine.per_s / peer.per_s >= RATIO_MIN,
        )
        for name, mine, peer in zip(("PutItem", "GetItem"), ours, theirs, strict=True)
    ]


def _rates(endpoint: str) -> tuple[Rate, Rate]:
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="x",
    )
    client.create_table(
        TableName="bench",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    client.get_waiter("table_exists").wait(TableName="bench")
    puts, gets = [], []
    for place in range(KEYS):
        key = {"id": {"S": f"key-{place:06d}"}}
        item = {**key, "text": {"S": ITEM_TEXT}, "count": {"N": str(place)}}
        headers, body = aws_json("dynamodb", "DynamoDB_20120810.PutItem", {"TableName": "bench", "Item": item})
        puts.append(request(f"{endpoint}/", "POST", headers, body))
        headers, body = aws_json("dynamodb", "DynamoDB_20120810.GetItem", {"TableName": "bench", "Key": key})
        gets.append(request(f"{endpoint}/", "POST", headers, body))
    return measure(puts), measure(gets)
