"""The server is killed (-9) while clients of a WebSocket API are connected, and while one connects: the next one tells
``$disconnect`` of each, once."""

import contextlib
import threading
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from tests.crash.server import ACCOUNT, Server, server
from tests.wire.web_sockets import STAGE, WebSocketApis, WebSocketClient


class Killed:
    """A server that is killed, for ``WebSocketApis`` in the place of a cloud."""

    def __init__(self, running: Server) -> None:
        self.running = running
        self._clients: list[Any] = []

    def client(self, service: str) -> Any:
        made = boto3.client(
            service,
            endpoint_url=self.running.endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}),
        )
        self._clients.append(made)
        return made

    def drain(self) -> None:
        assert self.running.ask("POST", "/_stratolite/drain", {})[0] == 200

    def close(self) -> None:
        for each in self._clients:
            each.close()


def test_each_end_is_told_of(tmp_path: Path) -> None:
    with server(tmp_path / "data") as first:
        cloud = Killed(first)
        apis = WebSocketApis(cloud, tmp_path)  # type: ignore[arg-type]
        path = f"/_aws/execute-api/{apis.make()}/{STAGE}"
        clients = [WebSocketClient(first.endpoint, path) for _ in range(3)]
        ids = {client.ask("x")["requestContext"]["connectionId"] for client in clients}
        connecting = threading.Thread(target=connect_slowly, args=(first.endpoint, path))
        connecting.start()
        while len(apis.seen("CONNECT")) < 4:
            pass
        first.kill()
        cloud.close()
        connecting.join()
        for client in clients:
            client.vanish()
    with server(tmp_path / "data") as second:
        Killed(second).drain()
        Killed(second).drain()
    ids |= {each["requestContext"]["connectionId"] for each in apis.seen("CONNECT")}
    told = [each["requestContext"] for each in apis.seen("DISCONNECT")]
    assert len(told) == len(ids) == 4
    assert {each["connectionId"] for each in told} == ids
    assert {each["disconnectStatusCode"] for each in told} == {1006}


def connect_slowly(endpoint: str, path: str) -> None:
    """Connect to a function that takes its time; nobody answers in the end."""
    with contextlib.suppress(AssertionError, OSError):
        WebSocketClient(endpoint, f"{path}?do=%7B%22sleep%22%3A%205%7D")
