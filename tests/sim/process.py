"""The same world over a server that is a process of its own, with real functions, killed by the operating system.

Not repeatable to the turn, as the simulation in one process is, but as strict: the same clients, the same checkers.
Run as a program, this is that server: a cloud with a movable clock.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.sim.faults import MAPPED, Batches, Ran, given_in
from tests.sim.lives import HEADERS, LASTING, Lives, Refused

from stratolite.core.clock import MovableClock
from stratolite.core.entropy import Entropy
from stratolite.server.app import Cloud
from stratolite.server.config import Config

HANDLER = """
import json, socket

def token_of(body):
    body = json.loads(body) if isinstance(body, str) else body
    return token_of(body["Records"][0]["Sns"]["Message"]) if "Records" in body else body["token"]

def tell(what):
    with socket.create_connection(("127.0.0.1", {port})) as connection:
        connection.sendall(json.dumps(what).encode() + b"\\n")
        connection.recv(1)

def handler(event, context):
    is_mapped = context.function_name in {mapped!r}
    tell([context.function_name, context.aws_request_id, event if is_mapped else token_of(event)])
    if context.function_name == "bad":
        raise ValueError("no")
"""


class ProcessLives(Lives):
    """Lives of a process; functions tell over a socket what they are given."""

    kill_turns_max = 40
    can_poll = False

    def __init__(self, data: Path, seeds: Entropy, ran: Ran, batches: Batches) -> None:
        super().__init__(data, seeds, ran, batches)
        self._stderr = data.parent / "stderr"
        self._ear: asyncio.Server | None = None
        self._process: asyncio.subprocess.Process
        self._address: tuple[str, int]

    async def open(self) -> None:
        if self._ear is None:
            self._ear = await asyncio.start_server(self._hear, "127.0.0.1", 0)
            self.handler = HANDLER.format(port=self._ear.sockets[0].getsockname()[1], mapped=tuple(MAPPED))
        self.clock = MovableClock(self.clock.now_ms())
        with self._stderr.open("a") as stderr:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.sim.process", str(self._data), str(self.now_ms)),
                cwd=Path(__file__).parents[2],
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
            )
        assert self._process.stdout is not None
        endpoint = urlsplit((await self._process.stdout.readline()).decode().strip())
        assert endpoint.hostname is not None and endpoint.port is not None, self._stderr.read_text()
        self._address = endpoint.hostname, endpoint.port

    async def kill(self) -> None:
        self.deaths += 1
        await self._end()
        await self.open()

    async def close(self) -> None:
        await self._end()
        assert self._ear is not None
        self._ear.close()

    async def _end(self) -> None:
        self._process.kill()
        await self._process.wait()
        here = asyncio.current_task()
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not here), return_exceptions=True)

    async def ask(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        status, answer = await self._request("POST", f"operations/{service}/{operation}", request)
        if status >= 300:
            raise Refused(status, answer)
        return answer

    async def pass_turns(self, turns: int) -> None:
        """Here a turn is a millisecond: another process is at work."""
        await asyncio.sleep(turns / 1000)

    async def settle(self) -> None:
        """What happens in the other process happens when it does."""

    async def move(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self._request("POST", "clock", {"advance_s": seconds})

    async def drain(self) -> None:
        await self._request("POST", "drain", {})

    async def waiting(self) -> list[tuple[int, str]]:
        _, outbox = await self._request("GET", "outbox", {})
        return [(entry["due_ms"], entry["kind"]) for entry in outbox["entries"] if entry["kind"] not in LASTING]

    def faults_found(self) -> list[str]:
        text = self._stderr.read_text()
        return [text] if "Traceback" in text else []

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A function tells what it was given."""
        line = await reader.readline()
        if not line.endswith(b"\n"):
            # It was killed while it spoke.
            writer.close()
            return
        function, request_id, what = json.loads(line)
        if function in MAPPED:
            given = given_in(what)
            self._batches.ended(self._batches.begun(function, given), len(given))
        else:
            self._ran(function, request_id, what, "begun")
        writer.write(b"!")
        writer.close()

    async def _request(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and answer of one request; one that the kill cuts off is cancelled, as in one process."""
        sent = json.dumps(body).encode()
        fields = [*HEADERS, ("content-length", str(len(sent))), ("connection", "close")]
        head = "\r\n".join([f"{method} /_stratolite/{path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)])
        try:
            reader, writer = await asyncio.open_connection(*self._address)
            try:
                writer.write(f"{head}\r\n\r\n".encode() + sent)
                received = await reader.read()
            finally:
                writer.close()
        except ConnectionError as error:
            raise asyncio.CancelledError from error
        start, is_whole, answer = received.partition(b"\r\n\r\n")
        if not is_whole:
            raise asyncio.CancelledError
        return int(start.split()[1]), json.loads(answer) if answer else {}


async def serve(data: Path, start_ms: int) -> None:
    """Serve until killed."""
    cloud = Cloud(Config(data=data, port=0, app_port=0, command="sim", isolation=False), clock=MovableClock(start_ms))
    await cloud.start()
    print(cloud.endpoint, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
