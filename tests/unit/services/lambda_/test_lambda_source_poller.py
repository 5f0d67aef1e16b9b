"""A poller's life: batches beside each other, quiet while there is nothing to do, a new source after a fault."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from stratolite.core.clock import MovableClock
from stratolite.core.tasks import Supervisor
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.mapping_store import ENABLED, NOT_YET, EventSourceMapping
from stratolite.services.lambda_.sources.poller import FAULT_WAIT_S, Poller
from stratolite.services.lambda_.sources.rest import Rest

MAPPING = EventSourceMapping(
    "u", FunctionName("1" * 12, "us-east-1", "f"), "arn:aws:sqs:us-east-1:1:q", {}, ENABLED, 0, NOT_YET, {}
)


class World:
    """What a poller needs of the machine."""

    def __init__(self) -> None:
        self.clock = MovableClock()
        self.tasks = Supervisor()
        self.rests = 0
        lambda_: Any = SimpleNamespace(world=SimpleNamespace(clock=self.clock))
        self.poller = Poller(lambda_, MAPPING, self.tasks, self._rested)

    def _rested(self) -> None:
        self.rests += 1

    def is_quiet(self) -> bool:
        return self.poller.is_quiet(self.clock.now_ms())


class Script:
    """A source that runs what it is given."""

    def __init__(self, poller: Poller, run: Callable[[Poller], Awaitable[None]]) -> None:
        self._poller, self._run = poller, run

    async def run(self) -> None:
        await self._run(self._poller)


async def turns(count: int = 10) -> None:
    """Let everything go on that can."""
    for _ in range(count):
        await asyncio.sleep(0)


def living(world: World, run: Callable[[Poller], Awaitable[None]]) -> "asyncio.Task[None]":
    return world.tasks.start("poller", world.poller.live(lambda poller: Script(poller, run)))


def living_with_a_batch(world: World, ended: asyncio.Event) -> "asyncio.Task[None]":
    """A poller that has one batch, until that has ended."""

    async def batch() -> None:
        await ended.wait()

    async def run(poller: Poller) -> None:
        poller.start(batch())
        while not poller.is_stopping:
            await poller.wait()

    return living(world, run)


async def test_a_rest_ends_with_news_or_at_its_time() -> None:
    clock, rested = MovableClock(), []
    rest = Rest(clock, lambda: rested.append(True))
    rest.wake()
    await rest.wait()
    waiting = asyncio.ensure_future(rest.wait(clock.now_ms() + 1000))
    await turns()
    assert rest.is_quiet(clock.now_ms())
    assert not rest.is_quiet(clock.now_ms() + 1000)
    clock.advance(1)
    assert not rest.is_quiet(clock.now_ms())
    await waiting
    assert not rest.is_quiet(clock.now_ms())
    waiting = asyncio.ensure_future(rest.wait())
    await turns()
    rest.wake()
    assert not rest.is_quiet(clock.now_ms())
    await waiting
    assert len(rested) == 3


async def test_a_poller_is_quiet_while_it_waits_and_nothing_runs() -> None:
    world, ended = World(), asyncio.Event()
    life = living_with_a_batch(world, ended)
    await turns()
    assert (world.poller.running, world.is_quiet()) == (1, False)
    ended.set()
    await turns()
    assert (world.poller.running, world.is_quiet()) == (0, True)
    world.poller.wake()
    assert not world.is_quiet()
    await turns()
    assert world.is_quiet()
    world.poller.stop()
    await life


async def test_a_stopped_poller_waits_for_its_batches() -> None:
    world, ended = World(), asyncio.Event()
    life = living_with_a_batch(world, ended)
    await turns()
    world.poller.stop()
    await turns()
    assert not life.done()
    ended.set()
    await life
    assert world.poller.running == 0


@pytest.mark.parametrize("in_batch", [True, False])
async def test_after_a_fault_a_new_source_begins_a_minute_later(
    in_batch: bool, caplog: pytest.LogCaptureFixture
) -> None:
    world, runs = World(), 0

    async def fail() -> None:
        raise OSError("the disk is full")

    async def run(poller: Poller) -> None:
        nonlocal runs
        runs += 1
        if runs == 1 and in_batch:
            poller.start(fail())
        elif runs == 1:
            await fail()
        while not poller.is_stopping:
            await poller.wait()

    life = living(world, run)
    await turns()
    assert (runs, world.is_quiet()) == (1, True)
    world.poller.wake()
    world.clock.advance(FAULT_WAIT_S - 1)
    await turns()
    assert runs == 1
    world.clock.advance(1)
    await turns()
    assert (runs, world.is_quiet()) == (2, True)
    world.poller.stop()
    await life
    assert "the disk is full" in caplog.text
