"""Time: the only module that reads a clock or waits for one.

There are two kinds of time. *Wall time* (``now_ms``, ``sleep_until``) is what services live by: time-outs,
retries, retention, schedules. It can be moved. *Elapsed time* (``elapsed_s``) measures real work of real
processes (a function's duration, its time-out); nobody can move it.
"""

import asyncio
import heapq
import itertools
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from functools import lru_cache

SLEEPERS_SWEPT = 1000
"""From how many sleepers on a movable clock forgets those that were cancelled."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Clock(ABC):
    """What tells the time. Milliseconds since the epoch, UTC, as an integer."""

    @abstractmethod
    def now_ms(self) -> int:
        """The wall time in milliseconds since the epoch."""

    @abstractmethod
    async def sleep_until(self, due_ms: int) -> None:
        """Return once ``now_ms() >= due_ms``; at once when that is so already."""

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` of wall time."""
        await self.sleep_until(self.now_ms() + round(seconds * 1000))

    def now_s(self) -> float:
        """The wall time in seconds since the epoch, with milliseconds."""
        return self.now_ms() / 1000

    def utc(self) -> datetime:
        """The wall time as an aware datetime."""
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)

    elapsed_s = staticmethod(time.perf_counter)
    """Seconds on a monotonic clock of arbitrary start, for measuring real work. Never moved."""


class RealClock(Clock):
    """The machine's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    async def sleep_until(self, due_ms: int) -> None:
        while (wait_ms := due_ms - self.now_ms()) > 0:
            await asyncio.sleep(wait_ms / 1000)


class MovableClock(Clock):
    """A clock that tests and users move: it stands still until ``advance`` is called.

    With ``running`` it also goes on by itself, at the machine's pace, from where it was set.
    """

    def __init__(self, start_ms: int = 1_700_000_000_000, *, running: bool = False) -> None:
        self._base_ms = start_ms
        self._running = running
        self._started_s = time.monotonic()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._sleepers_max = SLEEPERS_SWEPT
        self._order = itertools.count()

    def now_ms(self) -> int:
        if self._running:
            return self._base_ms + int((time.monotonic() - self._started_s) * 1000)
        return self._base_ms

    async def sleep_until(self, due_ms: int) -> None:
        while (wait_ms := due_ms - self.now_ms()) > 0:
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._add(due_ms, woken)
            if not self._running:
                await woken
                continue
            timer = asyncio.get_running_loop().call_later(wait_ms / 1000, self._wake)
            try:
                await woken
            finally:
                timer.cancel()

    def advance(self, seconds: float) -> None:
        """Move the time forward and wake every sleeper whose time has come, in order of due time.

        Raises ValueError when asked to go back: durable due times would then be wrong.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        self._base_ms += round(seconds * 1000)
        self._wake()

    def _add(self, due_ms: int, woken: "asyncio.Future[None]") -> None:
        if len(self._sleepers) >= self._sleepers_max:
            # Those that were cancelled are no longer waited for.
            self._sleepers = [sleeper for sleeper in self._sleepers if not sleeper[2].done()]
            heapq.heapify(self._sleepers)
            self._sleepers_max = max(SLEEPERS_SWEPT, 2 * len(self._sleepers))
        heapq.heappush(self._sleepers, (due_ms, next(self._order), woken))

    def _wake(self) -> None:
        now_ms = self.now_ms()
        while self._sleepers and self._sleepers[0][0] <= now_ms:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)


def iso8601(epoch_ms: int, *, milliseconds: bool = True) -> str:
    """``2026-01-02T03:04:05.678Z`` for a wall time in milliseconds."""
    moment = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{epoch_ms % 1000:03d}Z" if milliseconds else f"{text}Z"


@lru_cache(maxsize=4)
def clf_time(now_s: int) -> str:
    """``02/Jan/2026:03:04:05 +0000``, as common log format has it, whatever the locale."""
    moment = datetime.fromtimestamp(now_s, UTC)
    return (
        f"{moment.day:02d}/{_MONTHS[moment.month - 1]}/{moment.year}"
        f":{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d} +0000"
    )
