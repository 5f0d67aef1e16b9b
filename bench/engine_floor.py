"""The engine beside its floor: what an exchange with a bare process on a socket pair costs on this machine, now.

Run ``python bench/engine_floor.py``. Prints the floor, the warm invocation (Python and Node; 1 and 16 at a time) and
the cold start of a Python function that imports boto3, with the ratio to the floor or to a fresh interpreter.
"""

import asyncio
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from stratolite.core.clock import RealClock
from stratolite.core.entropy import SystemEntropy
from stratolite.engine.model import CodeRef, FunctionSpec, Invocation
from stratolite.engine.pool import Engine

ROUNDS = 1000
STARTS = 15
CONCURRENCY = 16
EVENT = b'{"key": "value"}'
ECHO_PROCESS = "import socket\ns = socket.socket(fileno=0)\nwhile data := s.recv(65536):\n    s.sendall(data)\n"


async def floor_ms() -> float:
    """The median of a round trip to a process that sends back what it gets."""
    ours, theirs = socket.socketpair()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "-c", ECHO_PROCESS, stdin=theirs.fileno()
    )
    theirs.close()
    ours.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=ours)

    async def exchange() -> None:
        writer.write(EVENT)
        await reader.readexactly(len(EVENT))

    median = await median_ms(exchange, ROUNDS)
    writer.close()
    await writer.wait_closed()
    await process.wait()
    return median


async def median_ms(work: Callable[[], Awaitable[object]], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        await work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


async def rate(work: Callable[[], Awaitable[object]]) -> float:
    """Exchanges a second with 16 under way."""

    async def loop() -> None:
        for _ in range(ROUNDS // 4):
            await work()

    await asyncio.gather(*(loop() for _ in range(CONCURRENCY)))
    started = time.perf_counter()
    await asyncio.gather(*(loop() for _ in range(CONCURRENCY)))
    return CONCURRENCY * (ROUNDS // 4) / (time.perf_counter() - started)


def function(code: Path, runtime: str, key: str = "") -> FunctionSpec:
    return FunctionSpec(key or runtime, "f", "$LATEST", "arn", runtime, "app.handler", CodeRef("", code), memory_mb=512)


async def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="engine-floor-"))
    code, boto = folder / "code", folder / "boto"
    for path in (code, boto):
        path.mkdir()
    (code / "app.py").write_text("def handler(event, context):\n    return event\n")
    (code / "app.js").write_text("exports.handler = async (event) => event;\n")
    (boto / "app.py").write_text("import boto3\ndef handler(event, context):\n    return boto3.__version__\n")
    engine = Engine(RealClock(), SystemEntropy(), folder / "work", lambda lines: None)
    floor = await floor_ms()
    print(f"floor: bare exchange with a process     p50 {floor:7.3f} ms")
    python = f"python3.{sys.version_info[1]}"
    for runtime in (python, "nodejs20.x"):
        spec = function(code, runtime)

        async def invoke(spec: FunctionSpec = spec) -> None:
            await engine.invoke(spec, Invocation("id", EVENT))

        await invoke()
        warm = await median_ms(invoke, ROUNDS)
        print(f"warm echo, {runtime:<12} 1 at a time     p50 {warm:7.3f} ms  {warm / floor:5.1f} x floor")
        print(f"warm echo, {runtime:<12} {CONCURRENCY} at a time   {await rate(invoke):9.0f} /s")
    keys = iter(range(10 * STARTS))

    async def cold() -> None:
        await engine.invoke(function(boto, python, f"cold{next(keys)}"), Invocation("id", EVENT))

    started = await median_ms(cold, STARTS)
    fresh_started = time.perf_counter()
    await (await asyncio.create_subprocess_exec(sys.executable, "-c", "import boto3")).wait()
    fresh = (time.perf_counter() - fresh_started) * 1000
    print(f"cold start with boto3                   p50 {started:7.3f} ms")
    print(f"fresh interpreter importing boto3           {fresh:7.1f} ms  {fresh / started:5.1f} x the cold start")
    await engine.close()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main())
