"""What is acknowledged is in the stream: the server is killed (-9) while clients put records, and shards are split and
merged."""

import base64
import json
from pathlib import Path
from typing import Any

from tests.crash.server import Server, kill_amid, server, signed

ACKNOWLEDGED = 500
CONNECTIONS = 6
STREAM = "crash"
LIVES = 2
RESHARDS = {10: 3, 25: 2, 40: 4}
"""After so many of its own records one of the clients asks for so many shards."""


def request(operation: str, body: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    return "/", signed("kinesis", f"Kinesis_20131202.{operation}"), json.dumps(body).encode()


def ask(server: Server, operation: str, body: dict[str, Any]) -> Any:
    path, headers, _ = request(operation, body)
    status, answer = server.ask("POST", path, headers, body)
    assert status == 200, answer
    return answer


def count_up(life: int, name: str) -> tuple[str, dict[str, str], bytes]:
    """Each connection counts by a key of its own, and one of them asks for other numbers of shards in between."""
    connection, number = name.split("-")
    if connection == "0" and int(number) in RESHARDS:
        count = RESHARDS[int(number)]
        spread = {"StreamName": STREAM, "TargetShardCount": count, "ScalingType": "UNIFORM_SCALING"}
        return request("UpdateShardCount", spread)
    data = base64.b64encode(number.encode()).decode()
    return request("PutRecord", {"StreamName": STREAM, "PartitionKey": f"{life} {connection}", "Data": data})


def write(server: Server, life: int) -> dict[str, int]:
    """Count up until enough is acknowledged, then kill the server in the middle; how far each key came at least."""
    reached = kill_amid(server, CONNECTIONS, lambda name: count_up(life, name), ACKNOWLEDGED)
    return {f"{life} {connection}": number for connection, number in reached.items()}


def records(server: Server) -> list[tuple[str, int, str]]:
    """Key, number and sequence number of all records, those of parents before those of their children."""
    found: list[tuple[str, int, str]] = []
    for shard in ask(server, "ListShards", {"StreamName": STREAM})["Shards"]:
        place = {"StreamName": STREAM, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        at = ask(server, "GetShardIterator", place)["ShardIterator"]
        # One read has all: it takes 10,000 records.
        for record in ask(server, "GetRecords", {"ShardIterator": at})["Records"]:
            number = int(base64.b64decode(record["Data"]))
            found.append((record["PartitionKey"], number, record["SequenceNumber"]))
    return found


def test_every_acknowledged_record_is_there_once_and_in_order(tmp_path: Path) -> None:
    acknowledged: dict[str, int] = {}
    for life in range(LIVES):
        with server(tmp_path / "data") as running:
            if not life:
                ask(running, "CreateStream", {"StreamName": STREAM, "ShardCount": 2})
            acknowledged |= write(running, life)
    with server(tmp_path / "data") as last:
        found = records(last)
        shards = ask(last, "ListShards", {"StreamName": STREAM, "ShardFilter": {"Type": "AT_LATEST"}})["Shards"]
    assert len({sequence for *_, sequence in found}) == len(found)
    seen: dict[str, int] = {}
    for key, number, _ in found:
        missing = RESHARDS if key.endswith(" 0") else {}
        expected = seen.get(key, -1) + 1
        while expected in missing:
            expected += 1
        assert number == expected, f"{key} went from {seen.get(key)} to {number}"
        seen[key] = number
    assert len(seen) == LIVES * CONNECTIONS
    for key, number in acknowledged.items():
        assert seen[key] >= number or (key.endswith(" 0") and number in RESHARDS), key
    ranges = sorted(int(one["HashKeyRange"]["StartingHashKey"]) for one in shards)
    assert ranges[0] == 0 and len(set(ranges)) == len(ranges)
