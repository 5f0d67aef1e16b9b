"""Environments of quick functions: no more at work than processors, and nobody waits for long in vain."""

import asyncio
import time
from typing import Any

import pytest

from stratolite.engine import pace, pool

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLERS = 6
PID = "import os, time\ndef handler(event, context):\n    time.sleep(event or 0)\n    return os.getpid()\n"
STUCK_S = 5


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "processors", lambda: 2)


async def warmed(bench: Any, callers: int, **settings: Any) -> Any:
    """A function with environments for as many callers, known to be quick."""
    spec = bench.function(PID, **settings)
    await bench.engine.warm(spec, callers)
    for _ in range(pace.CREDIT_MAX):
        await bench.answer(spec)
    return spec


async def crowd(bench: Any, spec: Any, event: Any = None) -> set[int]:
    return set(await asyncio.gather(*(bench.answer(spec, event) for _ in range(CALLERS))))


@pytest.mark.usefixtures("two_processors")
async def test_two_serve_all_callers_of_a_quick_function(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "PATIENCE_S", 60)
    spec = await warmed(bench, CALLERS)
    assert len(await crowd(bench, spec)) == 2


@pytest.mark.usefixtures("two_processors")
async def test_each_caller_of_a_slow_function_has_its_own(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "PATIENCE_S", 60)
    spec = bench.function(PID)
    await bench.engine.warm(spec, CALLERS)
    assert len(await crowd(bench, spec, 0.2)) == CALLERS


@pytest.mark.usefixtures("two_processors")
async def test_nobody_waits_for_those_that_are_stuck(bench: Any) -> None:
    spec = await warmed(bench, 3)
    stuck = [asyncio.create_task(bench.answer(spec, STUCK_S)) for _ in range(2)]
    await asyncio.sleep(0)
    began = time.monotonic()
    pid = await bench.answer(spec)
    assert time.monotonic() - began < STUCK_S / 2
    assert pid not in await asyncio.gather(*stuck)


@pytest.mark.usefixtures("two_processors")
async def test_those_who_waited_in_vain_and_find_none_idle_start_one(bench: Any) -> None:
    spec = await warmed(bench, 3)
    began = time.monotonic()
    stuck = [asyncio.create_task(bench.answer(spec, STUCK_S)) for _ in range(2)]
    await asyncio.sleep(0)
    pids = await crowd(bench, spec, 0.1)
    assert time.monotonic() - began < STUCK_S
    assert not pids & set(await asyncio.gather(*stuck))


@pytest.mark.usefixtures("two_processors")
async def test_whoever_waits_is_served_when_those_at_work_die(bench: Any) -> None:
    spec = await warmed(bench, 3, timeout_s=1)
    stuck = [asyncio.create_task(bench.outcome(spec, STUCK_S)) for _ in range(2)]
    await asyncio.sleep(0)
    assert len(await crowd(bench, spec)) >= 1
    assert [outcome.error_type for outcome in await asyncio.gather(*stuck)] == ["Sandbox.Timedout"] * 2


@pytest.mark.usefixtures("two_processors")
async def test_a_caller_that_goes_away_while_it_waits_costs_nothing(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "PATIENCE_S", 0.05)
    spec = await warmed(bench, 3)
    callers = [asyncio.create_task(bench.answer(spec, 0.2)) for _ in range(3)]
    await asyncio.sleep(0.01)
    callers[2].cancel()
    first, second = await asyncio.gather(*callers[:2])
    assert await bench.answer(spec) in {first, second}
    assert callers[2].cancelled()
