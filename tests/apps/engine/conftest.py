"""A bench for functions: an engine with real processes, and functions written by the tests themselves."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.processes import is_alive

from stratolite.core.clock import RealClock
from stratolite.core.entropy import SystemEntropy
from stratolite.engine.model import CodeRef, FunctionSpec, Invocation, Limits, LogLines, Outcome
from stratolite.engine.pool import Engine
from stratolite.engine.stream import ResponseStream

COMES_S_MAX = 60
"""How long anything may take on a machine that is busy with other things."""
SUFFIX = {"python": ".py", "nodejs": ".js"}


class Bench:
    """An engine, its log lines, and a workshop for functions."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self.lines: list[LogLines] = []
        self.engine = Engine(RealClock(), SystemEntropy(), folder / "work", self.lines.append, limits)
        self._number = itertools.count()

    def function(
        self,
        source: str,
        *,
        runtime: str = "python3.11",
        handler: str = "app.handler",
        files: dict[str, str] | None = None,
        **settings: Any,
    ) -> FunctionSpec:
        """A function of one source file (``app`` with the suffix of its language) and perhaps further files."""
        number = next(self._number)
        code = self.folder / f"code{number}"
        suffix = next((value for key, value in SUFFIX.items() if runtime.startswith(key)), "")
        name = f"app{suffix}" if suffix else "bootstrap"
        for path, text in {name: source, **(files or {})}.items():
            (code / path).parent.mkdir(parents=True, exist_ok=True)
            (code / path).write_text(text)
            (code / path).chmod(0o755)
        settings = {"memory_mb": 512, "timeout_s": COMES_S_MAX, **settings}
        return FunctionSpec(
            key=f"key{number}",
            name=f"function{number}",
            version="$LATEST",
            arn=f"arn:aws:lambda:us-east-1:000000000000:function:function{number}",
            runtime=runtime,
            handler=handler,
            code=CodeRef("", code),
            log_group=f"/aws/lambda/function{number}",
            **settings,
        )

    def task(self, spec: FunctionSpec) -> str:
        """Where the function finds its code: at AWS's place, where the machine allows namespaces."""
        return "/var/task" if self.is_isolated else str(spec.code.path)

    @property
    def is_isolated(self) -> bool:
        """Whether the last launcher that was started gives sandboxes their own view of the file system."""
        return [*self.engine._maker.launchers._launchers.values()][-1].is_isolated

    async def outcome(self, spec: FunctionSpec, event: Any = None, **fields: Any) -> Outcome:
        """Invoke with an event of JSON."""
        number = next(self._number)
        request_id = f"00000000-0000-4000-8000-{number:012d}"
        return await self.engine.invoke(spec, Invocation(request_id, json.dumps(event).encode(), **fields))

    async def streamed(self, spec: FunctionSpec, event: Any = None) -> tuple[list[bytes], ResponseStream, Outcome]:
        """Invoke with a stream: its pieces, itself, and the outcome."""
        stream = ResponseStream()
        running = asyncio.ensure_future(self.outcome(spec, event, stream=stream))
        pieces = [piece async for piece in stream]
        return pieces, stream, await running

    async def answer(self, spec: FunctionSpec, event: Any = None, **fields: Any) -> Any:
        """Invoke and decode the answer, which has to be a success."""
        outcome = await self.outcome(spec, event, **fields)
        assert outcome.error == "", outcome.payload
        return json.loads(outcome.payload)

    async def failure(self, spec: FunctionSpec, event: Any = None, **fields: Any) -> tuple[Any, Outcome]:
        """Invoke and decode the error, which has to be one."""
        outcome = await self.outcome(spec, event, **fields)
        assert outcome.error == "Unhandled", outcome.payload
        return json.loads(outcome.payload), outcome

    async def until_dead(self, *pids: int) -> None:
        """Wait until processes are dead. A zombie is dead enough."""
        await self.until(lambda: not any(is_alive(pid) for pid in pids), "still running")

    async def until(self, holds: Callable[[], bool], otherwise: str) -> None:
        """Wait until something holds that nobody tells of."""
        until_s = time.monotonic() + COMES_S_MAX
        while not holds():
            assert time.monotonic() < until_s, otherwise
            await asyncio.sleep(0.002)

    def messages(self, spec: FunctionSpec) -> list[str]:
        """Everything in the function's log, in order."""
        self.engine.flush_logs()
        return [text for lines in self.lines if lines.log_group == spec.log_group for _, text in lines.events]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """One engine for the tests of a module; each test makes functions of its own."""
    made = Bench(tmp_path_factory.mktemp("engine"))
    yield made
    await made.engine.close()


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """An empty layer."""
    folder = tmp_path / "layer"
    folder.mkdir()
    return folder


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def endpoint() -> AsyncIterator[str]:
    """A server that answers with the first line and the Host header of what it is sent."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        hosts = [line for line in lines if line.lower().startswith("host:")]
        text = " | ".join([lines[0], *hosts])
        writer.write(f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()
