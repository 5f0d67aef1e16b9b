"""Environments of functions: Node's cold start, two hundred cold starts at once, and what idle ones hold in memory."""

import asyncio
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.report import Row
from stratolite.core.clock import RealClock
from stratolite.core.entropy import SystemEntropy
from stratolite.engine.model import CodeRef, FunctionSpec, Invocation, Limits
from stratolite.engine.pool import Engine

STARTS = 20
NODE_RATIO_MAX = 1.2
AT_ONCE = 200
AT_ONCE_S_MAX = 3.0
IDLE_MB_MAX = 2048
HELD_S = 1.0
"""How long each of those that start at once keeps its environment, so that every one needs its own."""
PYTHON = f"import time\nimport boto3\ndef handler(event, context):\n    time.sleep({HELD_S})\n    return 1\n"
NODE = "exports.handler = async () => 1;\n"
_PSS = re.compile(r"^Pss: +(\d+) kB$", re.MULTILINE)


def run() -> list[Row]:
    """All rows."""
    return asyncio.run(_run())


async def _run() -> list[Row]:
    folder = Path(tempfile.mkdtemp(prefix="bench-environments-"))
    (folder / "code").mkdir()
    (folder / "code" / "app.py").write_text(PYTHON)
    (folder / "code" / "app.js").write_text(NODE)
    limits = Limits(environments_max=AT_ONCE + 10)
    engine = Engine(RealClock(), SystemEntropy(), folder / "work", lambda lines: None, limits)
    try:
        return [await _node(engine, folder / "code"), *await _at_once(engine, folder / "code")]
    finally:
        await engine.close()
        shutil.rmtree(folder, ignore_errors=True)


def _function(code: Path, runtime: str, key: str) -> FunctionSpec:
    return FunctionSpec(
        key, "f", "$LATEST", "arn", runtime, "app.handler", CodeRef("x", code), memory_mb=512, timeout_s=30
    )


async def _node(engine: Engine, code: Path) -> Row:
    """Measured in turns, so that both meet the same machine."""
    keys = iter(range(10 * STARTS))

    async def start() -> None:
        await engine.invoke(_function(code, "nodejs20.x", f"node{next(keys)}"), Invocation("i", b"{}"))

    async def floor() -> None:
        await (await asyncio.create_subprocess_exec("node", "-e", "0")).wait()

    ours, bare = await _medians_ms(start, floor)
    ratio = ours / bare
    return Row(
        "cold start of a bare Node function",
        f"{ours:.1f} ms, {ratio:.2f}x",
        f"node -e 0 {bare:.1f} ms",
        f"<= {NODE_RATIO_MAX}x",
        ratio <= NODE_RATIO_MAX,
    )


async def _medians_ms(*works: Callable[[], Awaitable[None]]) -> list[float]:
    times: list[list[float]] = [[] for _ in works]
    for turn in range(STARTS + 1):
        for work, found in zip(works, times, strict=True):
            started_s = time.perf_counter()
            await work()
            if turn:  # The first one of all starts what others share.
                found.append(time.perf_counter() - started_s)
    return [statistics.median(found) * 1000 for found in times]


async def _at_once(engine: Engine, code: Path) -> list[Row]:
    function = _function(code, "python3.11", "many")
    await engine.prepare("python3.11")
    started_s = time.perf_counter()
    await asyncio.gather(*(engine.invoke(function, Invocation(f"i{n}", b"{}")) for n in range(AT_ONCE)))
    elapsed_s = time.perf_counter() - started_s - HELD_S
    pids = [one.pid for one in engine._all if one.spec.key == function.key]
    idle_mb = sum(map(_pss_kb, pids)) / 1024
    return [
        Row(
            f"{AT_ONCE} concurrent cold starts, Python with boto3",
            f"{elapsed_s:.2f} s",
            f"{HELD_S:g} s of sleep in each not counted",
            f"<= {AT_ONCE_S_MAX:g} s",
            elapsed_s <= AT_ONCE_S_MAX,
        ),
        Row(
            f"{len(pids)} idle Python environments",
            f"{idle_mb:.0f} MB (PSS)",
            "",
            f"<= {IDLE_MB_MAX} MB",
            idle_mb <= IDLE_MB_MAX and len(pids) == AT_ONCE,
        ),
    ]


def _pss_kb(pid: int | None) -> int:
    found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    return int(found[1]) if found else 0
