"""What a stream's mapping has to do is done: the server is killed (-9) again and again while it follows a table.

Each acknowledged change comes to the function at least once, and the changes of an item come in their order.
"""

import asyncio
import base64
import contextlib
import json
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.archives import zipped
from tests.crash.server import ACCOUNT, Server, server, signed, write_until_dead

LIVES = 3
CHANGES_A_LIFE = 300
ITEMS = 6
LANES = 3
TABLE = "followed"
PUT = signed("dynamodb", "DynamoDB_20120810.PutItem")
SOURCE = """
import json, socket
seen = 0
def handler(event, context):
    global seen
    images = [record["dynamodb"]["NewImage"] for record in event["Records"]]
    told = [[image["id"]["S"], image["life"]["N"], image["n"]["N"]] for image in images]
    with socket.create_connection(("127.0.0.1", {port})) as connection:
        connection.sendall(json.dumps(told).encode() + b"\\n")
        connection.recv(1)
    seen += 1
    if seen % 5 == 0:
        raise ValueError("now and then")
"""


class Ear(socketserver.ThreadingTCPServer):
    """Hears from functions what they are given."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Heard)
        self.told: list[tuple[str, int, int]] = []
        """Item, life and number, in the order in which they came to the function."""


class _Heard(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        line = self.rfile.readline()
        assert isinstance(self.server, Ear)
        if line.endswith(b"\n"):
            self.server.told += [(item, int(life), int(number)) for item, life, number in json.loads(line)]
            self.wfile.write(b"!")


@contextlib.contextmanager
def ear() -> Iterator[Ear]:
    with Ear() as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


def make(first: Server, port: int) -> None:
    """A table, and a function that follows it."""
    table = first.dynamodb(
        "CreateTable",
        {
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        },
    )
    for path, status, body in (
        (
            "/2015-03-31/functions",
            201,
            {
                "FunctionName": "f",
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
                "Code": {"ZipFile": base64.b64encode(zipped(SOURCE.format(port=port))).decode()},
            },
        ),
        (
            "/2015-03-31/event-source-mappings",
            202,
            {
                "FunctionName": "f",
                "EventSourceArn": table["TableDescription"]["LatestStreamArn"],
                "StartingPosition": "TRIM_HORIZON",
                "BatchSize": 10,
                "ParallelizationFactor": LANES,
            },
        ),
    ):
        assert first.ask("POST", path, signed("lambda"), body)[0] == status


def follow(running: Server, life: int) -> list[tuple[str, int, int]]:
    """Change items until the server is killed in the middle of it; what was acknowledged."""
    acknowledged: list[tuple[str, int, int]] = []

    def put(name: str) -> tuple[str, dict[str, str], bytes]:
        item, _, number = name.partition("-")
        image = {"id": {"S": item}, "life": {"N": str(life)}, "n": {"N": number}}
        return "/", PUT, json.dumps({"TableName": TABLE, "Item": image}).encode()

    def count(name: str) -> None:
        item, _, number = name.partition("-")
        acknowledged.append((item, life, int(number)))
        if len(acknowledged) == CHANGES_A_LIFE:
            running.process.kill()

    asyncio.run(write_until_dead(running, ITEMS, put, count))
    return acknowledged


def test_nothing_is_skipped_and_the_order_is_kept(tmp_path: Path) -> None:
    acknowledged: list[tuple[str, int, int]] = []
    with ear() as listening:
        for life in range(LIVES):
            with server(tmp_path / "data") as running:
                if not life:
                    make(running, listening.server_address[1])
                acknowledged += follow(running, life)
        with server(tmp_path / "data") as last:
            until_quiet(last, listening, set(acknowledged))
        told = list(dict.fromkeys(listening.told))
    assert set(acknowledged) <= set(told)
    for item in {item for item, _, _ in acknowledged}:
        order = [(life, number) for one, life, number in told if one == item]
        assert order == sorted(order), f"the changes of {item} came in the order {order}"


def until_quiet(last: Server, listening: Ear, wanted: set[tuple[str, int, int]]) -> None:
    """Wait until the mapping has nothing to do; batches that failed are tried again by the clock."""
    for _ in range(1200):
        last.ask("POST", "/_stratolite/drain", {}, {})
        if wanted <= set(listening.told):
            return
        threading.Event().wait(0.1)
