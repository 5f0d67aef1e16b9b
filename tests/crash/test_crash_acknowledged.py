"""What is acknowledged is there: the server is killed (-9) while clients write, and started again."""

import asyncio
import base64
import json
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.archives import zipped
from tests.crash.server import ACCOUNT, Server, server, signed, write_until_dead

ACKNOWLEDGED = 1000
CONNECTIONS = 8
TABLE = "crash"
PUT = signed("dynamodb", "DynamoDB_20120810.PutItem")
INVOKE = {**signed("lambda"), "X-Amz-Invocation-Type": "Event"}
HELD = 20
"""So many events are not executed before the server is killed: more than it may accept after the last that counts."""
SOURCE = """
import os, time

def hold(file):
    for number in range(HELD):
        try:
            os.close(os.open(f"{file}.{number}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        while not os.path.exists(f"{file}.go"):
            time.sleep(0.01)
        return

def handler(event, context):
    hold(event["file"])
    with open(event["file"], "a") as file:
        file.write(event["name"] + "\\n")
""".replace("HELD", str(HELD))


def write(server: Server, request: Callable[[str], tuple[str, dict[str, str], bytes]]) -> list[str]:
    """Write until a thousand are acknowledged, then kill the server in the middle of the stream."""
    acknowledged: list[str] = []

    def count(name: str) -> None:
        acknowledged.append(name)
        if len(acknowledged) == ACKNOWLEDGED:
            server.process.kill()

    asyncio.run(write_until_dead(server, CONNECTIONS, request, count))
    return acknowledged


def make_table(server: Server) -> None:
    server.dynamodb(
        "CreateTable",
        {
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "name", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
        },
    )


def put(name: str) -> tuple[str, dict[str, str], bytes]:
    return "/", PUT, json.dumps({"TableName": TABLE, "Item": {"name": {"S": name}}}).encode()


def items(server: Server) -> set[str]:
    found: set[str] = set()
    start: dict[str, object] = {}
    while True:
        page = server.dynamodb("Scan", {"TableName": TABLE, **start})
        found |= {item["name"]["S"] for item in page["Items"]}
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@pytest.mark.parametrize("durability", ["process", "power"])
def test_every_acknowledged_item_is_there(tmp_path: Path, durability: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATOLITE_DURABILITY", durability)
    with server(tmp_path / "data") as first:
        make_table(first)
        acknowledged = write(first, put)
    assert len(acknowledged) >= ACKNOWLEDGED
    with server(tmp_path / "data") as second:
        assert set(acknowledged) <= items(second)


def test_every_acknowledged_invoke_is_executed(tmp_path: Path) -> None:
    executed = tmp_path / "executed"

    def invoke(name: str) -> tuple[str, dict[str, str], bytes]:
        body = json.dumps({"file": str(executed), "name": name}).encode()
        return "/2015-03-31/functions/f/invocations", INVOKE, body

    with server(tmp_path / "data") as first:
        status, answer = first.ask(
            "POST",
            "/2015-03-31/functions",
            signed("lambda"),
            {
                "FunctionName": "f",
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
                "Code": {"ZipFile": base64.b64encode(zipped(SOURCE)).decode()},
                "Timeout": 900,
            },
        )
        assert status == 201, answer
        acknowledged = write(first, invoke)
    assert len(acknowledged) >= ACKNOWLEDGED
    before = len(executed.read_text().splitlines()) if executed.exists() else 0
    assert before < ACKNOWLEDGED, "the kill was to come while events were waiting"
    Path(f"{executed}.go").touch()
    with server(tmp_path / "data") as second:
        assert second.ask("POST", "/_stratolite/drain", {}) == (200, {"waiting": 0})
    assert set(acknowledged) <= set(executed.read_text().splitlines())


def test_a_disk_that_is_full_acknowledges_nothing(tmp_path: Path) -> None:
    """Files may grow to a megabyte: writes beyond are errors (500), reads go on, and what was acknowledged is there."""
    limit_bytes = 1024 * 1024

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    acknowledged: list[str] = []
    refused: list[int] = []
    with server(tmp_path / "data", before=limit) as first:
        make_table(first)
        for number in range(200):
            item = {"name": {"S": str(number)}, "value": {"S": "x" * 20_000}}
            status, answer = first.ask("POST", "/", PUT, {"TableName": TABLE, "Item": item})
            if status == 200:
                acknowledged.append(str(number))
            else:
                assert (status, answer["__type"]) == (500, "com.amazon.coral.service#InternalFailure")
                refused.append(number)
        assert refused and acknowledged
        assert set(acknowledged) <= items(first)
    assert "Traceback" not in (tmp_path / "stderr").read_text()
    assert "disk" in (tmp_path / "stderr").read_text()
    with server(tmp_path / "data") as second:
        assert set(acknowledged) <= items(second)
        second.dynamodb("PutItem", {"TableName": TABLE, "Item": {"name": {"S": "again"}}})


def test_a_second_process_is_refused_by_name_and_pid(tmp_path: Path) -> None:
    with server(tmp_path / "data") as first:
        with pytest.raises(AssertionError) as refused, server(tmp_path / "data"):
            pass
        assert f"the data folder is in use by 'stratolite start' (pid {first.process.pid})" in str(refused.value)
        first.dynamodb("ListTables", {})
    with server(tmp_path / "data") as second:
        second.dynamodb("ListTables", {})


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"\xff" * 8192])
def test_a_damaged_database_is_told_without_a_traceback(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "stratolite.db").write_bytes(content)
    with pytest.raises(AssertionError) as refused, server(tmp_path / "data"):
        pass
    assert "error: " in str(refused.value) and "the database cannot be used" in str(refused.value)
    assert "Traceback" not in str(refused.value)
