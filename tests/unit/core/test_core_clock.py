"""The clocks: what waits is woken in order, and never early."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.clock import MovableClock, RealClock, iso8601


async def test_a_movable_clock_stands_still() -> None:
    clock = MovableClock(1000)
    assert clock.now_ms() == clock.now_ms() == 1000


async def test_sleepers_wake_when_their_time_comes() -> None:
    clock = MovableClock(0)
    woken: list[str] = []

    async def sleep(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    tasks = [asyncio.create_task(sleep("late", 20)), asyncio.create_task(sleep("early", 10))]
    await asyncio.sleep(0)
    clock.advance(9.999)
    await asyncio.sleep(0)
    assert woken == []
    clock.advance(0.001)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert woken == ["early"]
    clock.advance(10)
    await asyncio.gather(*tasks)
    assert woken == ["early", "late"]


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        MovableClock().advance(-1)


async def test_a_running_movable_clock_goes_on_by_itself() -> None:
    clock = MovableClock(0, running=True)
    await asyncio.wait_for(clock.sleep(0.02), 60)
    assert clock.now_ms() >= 20
    waiting = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    clock.advance(3600)
    await asyncio.wait_for(waiting, 60)


async def test_the_real_clock_sleeps_until_a_moment() -> None:
    clock = RealClock()
    due_ms = clock.now_ms() + 15
    await clock.sleep_until(due_ms)
    assert clock.now_ms() >= due_ms
    await clock.sleep_until(0)


@given(st.integers(min_value=0, max_value=4_000_000_000_000))
def test_iso8601_is_fixed_in_width(epoch_ms: int) -> None:
    text = iso8601(epoch_ms)
    assert len(text) == 24
    assert text.endswith(f".{epoch_ms % 1000:03d}Z")
    assert iso8601(epoch_ms, milliseconds=False) == text[:19] + "Z"
