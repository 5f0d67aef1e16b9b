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

from tests.sim.faults import Ran
from tests.sim.lives import HEADERS, Lives, Refused

from stratolite.core.clock import MovableClock
from stratolite.core.entropy import Entropy
from stratolite.server.app import Cloud
from stratolite.server.config import Config

HANDLER = """
import json, os

def token_of(body):
    body = json.loads(body) if isinstance(body, str) else body
    return token_of(body["Records"][0]["Sns"]["Message"]) if "Records" in body else body["token"]

def handler(event, context):
    with open({path!r}, "a") as file:
        told = [context.function_name, context.aws_request_id, token_of(event)]
        file.write(json.dumps(told) + "\\n")
    if context.function_name == "bad":
        raise ValueError("no")
"""


class ProcessLives(Lives):
    """Lives of a process; what functions did stands in a file that they write."""

    kill_turns_max = 40
    can_poll = False

    def __init__(self, data: Path, seeds: Entropy, ran: Ran) -> None:
        super().__init__(data, seeds, ran)
        self._runs = data.parent / "runs"
        self._runs_read = 0
        self._stderr = data.parent / "stderr"
        self.handler = HANDLER.format(path=str(self._runs))
        self._process: asyncio.subprocess.Process
        self._address: tuple[str, int]

    async def open(self) -> None:
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
        await self.close()
        await self.open()

    async def close(self) -> None:
        self._process.kill()
        await self._process.wait()
        here = asyncio.current_task()
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not here), return_exceptions=True)
        self._read_runs()

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
        self._read_runs()

    async def move(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self._request("POST", "clock", {"advance_s": seconds})

    async def drain(self) -> None:
        await self._request("POST", "drain", {})
        self._read_runs()

    async def waiting(self) -> list[tuple[int, str]]:
        _, outbox = await self._request("GET", "outbox", {})
        return [(entry["due_ms"], entry["kind"]) for entry in outbox["entries"]]

    def faults_found(self) -> list[str]:
        text = self._stderr.read_text()
        return [text] if "Traceback" in text else []

    def _read_runs(self) -> None:
        lines = self._runs.read_text().splitlines() if self._runs.exists() else []
        for line in lines[self._runs_read :]:
            function, request_id, token = json.loads(line)
            self._ran(function, request_id, token, "begun")
        self._runs_read = len(lines)

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
    cloud = Cloud(Config(data=data, port=0, app_port=0, command="sim"), clock=MovableClock(start_ms))
    await cloud.start()
    print(cloud.endpoint, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
