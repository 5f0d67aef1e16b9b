"""The server as a process of its own, to be killed; and connections that write as fast as it acknowledges."""

import asyncio
import contextlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ACCOUNT = "123456789012"
ANSWER_S_MAX = 120


def signed(service: str, target: str = "") -> dict[str, str]:
    """The headers of a request to a service."""
    scope = f"{ACCOUNT}/20260101/us-east-1/{service}/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "X-Amz-Date": "20260101T000000Z",
    }
    return {**headers, "X-Amz-Target": target} if target else headers


class Server:
    """A running ``stratolite start``."""

    def __init__(self, process: "subprocess.Popen[str]", endpoint: str) -> None:
        self.process = process
        self.endpoint = endpoint

    def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> tuple[int, Any]:
        """One request: the status and the decoded body."""
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=ANSWER_S_MAX)
        with contextlib.closing(connection):
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else None

    def dynamodb(self, operation: str, body: Any) -> Any:
        """The answer of an operation that works."""
        status, answer = self.ask("POST", "/", signed("dynamodb", f"DynamoDB_20120810.{operation}"), body)
        assert status == 200, answer
        return answer

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def server(data: Path, *, before: Callable[[], None] | None = None) -> Iterator[Server]:
    """A server on a data folder, ready to answer. ``before`` runs in its process first."""
    command = [sys.executable, "-m", "stratolite", "start", "--port", "0", "--app-port", "0", "--data", str(data)]
    # What functions did stands in a file that they write.
    environment = {**os.environ, "STRATOLITE_ISOLATION": "off"}
    with (
        (data.parent / "stderr").open("a") as stderr,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, preexec_fn=before, env=environment
        ) as process,
    ):
        assert process.stdout is not None
        try:
            words = process.stdout.readline().split()
            assert words[:3] == ["AWS", "APIs", "at"], (data.parent / "stderr").read_text()
            yield Server(process, words[3])
        finally:
            process.terminate()
            process.stdout.read()


Requests = Callable[[str], tuple[str, dict[str, str], bytes]]
"""Path, headers and body of the request that writes an id."""


def kill_amid(server: Server, connections: int, request: Requests, enough: int) -> dict[str, int]:
    """Write ids until enough are acknowledged, then kill the server; how far each connection came at least."""
    acknowledged: dict[str, int] = {}
    total = 0

    def count(name: str) -> None:
        nonlocal total
        connection, number = name.split("-")
        acknowledged[connection] = int(number)
        total += 1
        if total == enough:
            server.process.kill()

    asyncio.run(write_until_dead(server, connections, request, count))
    return acknowledged


async def write_until_dead(
    server: Server, connections: int, request: Requests, acknowledged: Callable[[str], None]
) -> None:
    """Write ids on several connections, and tell of each that was acknowledged, until the server is gone."""
    address = urlsplit(server.endpoint)
    assert address.hostname is not None and address.port is not None
    host, port = address.hostname, address.port

    async def write(connection: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            for number in range(1_000_000):
                name = f"{connection}-{number}"
                path, headers, body = request(name)
                lines = [f"POST {path} HTTP/1.1", f"Host: {address.netloc}", f"Content-Length: {len(body)}"]
                lines += [f"{key}: {value}" for key, value in headers.items()]
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                head = await reader.readuntil(b"\r\n\r\n")
                if head.split()[1] in (b"200", b"202"):
                    acknowledged(name)
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    await asyncio.gather(*(write(connection) for connection in range(connections)))
