"""What is acknowledged is in the stream: the server is killed (-9) while clients write to a table that has one."""

import json
from pathlib import Path
from typing import Any

from tests.crash.server import Server, kill_amid, server, signed

ACKNOWLEDGED = 1500
CONNECTIONS = 8
TABLE = "crash"
LIVES = 2
UPDATE = signed("dynamodb", "DynamoDB_20120810.UpdateItem")
READ = "DynamoDBStreams_20120810"


def make_table(server: Server) -> str:
    """A table with a stream; the ARN of the stream."""
    made = server.dynamodb(
        "CreateTable",
        {
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "name", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        },
    )
    arn: str = made["TableDescription"]["LatestStreamArn"]
    return arn


def count_up(life: int, name: str) -> tuple[str, dict[str, str], bytes]:
    """Each connection counts in an item of its own: ``<connection>-<number>`` adds one to it."""
    connection, number = name.split("-")
    body = {
        "TableName": TABLE,
        "Key": {"name": {"S": f"{life} {connection}"}},
        "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": number}},
    }
    return "/", UPDATE, json.dumps(body).encode()


def write(server: Server, life: int, enough: int) -> dict[str, int]:
    """Count up until enough is acknowledged, then kill the server in the middle; how far each item came at least."""
    reached = kill_amid(server, CONNECTIONS, lambda name: count_up(life, name), enough)
    return {f"{life} {connection}": number for connection, number in reached.items()}


def ask(server: Server, operation: str, body: Any) -> Any:
    status, answer = server.ask("POST", "/", signed("dynamodb", f"{READ}.{operation}"), body)
    assert status == 200, answer
    return answer


def records(server: Server, arn: str) -> list[dict[str, Any]]:
    """All records of the stream, in order."""
    (shard,) = ask(server, "DescribeStream", {"StreamArn": arn})["StreamDescription"]["Shards"]
    place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    text = ask(server, "GetShardIterator", place)["ShardIterator"]
    found: list[dict[str, Any]] = []
    while True:
        page = ask(server, "GetRecords", {"ShardIterator": text})
        if not page["Records"]:
            return found
        found += page["Records"]
        text = page["NextShardIterator"]


def test_every_acknowledged_write_has_its_record_once_and_in_order(tmp_path: Path) -> None:
    acknowledged: dict[str, int] = {}
    arn = ""
    for life in range(LIVES):
        with server(tmp_path / "data") as running:
            arn = arn or make_table(running)
            acknowledged |= write(running, life, ACKNOWLEDGED + life)
    with server(tmp_path / "data") as last:
        held = {item["name"]["S"]: int(item["n"]["N"]) for item in last.dynamodb("Scan", {"TableName": TABLE})["Items"]}
        found = records(last, arn)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in found]
    assert numbers == sorted(set(numbers)), "records out of order, or twice"
    seen: dict[str, int] = {}
    for record in found:
        change = record["dynamodb"]
        name, number = change["Keys"]["name"]["S"], int(change["NewImage"]["n"]["N"])
        assert number == seen.get(name, -1) + 1, f"{name} went from {seen.get(name)} to {number}"
        assert record["eventName"] == ("INSERT" if number == 0 else "MODIFY")
        seen[name] = number
    # The stream and the table tell the same, and nothing that was acknowledged is missing.
    assert seen == held
    assert len(seen) == LIVES * CONNECTIONS
    assert all(seen[name] >= number for name, number in acknowledged.items())
