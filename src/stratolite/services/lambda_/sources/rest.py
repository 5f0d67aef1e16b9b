"""Waiting for news or for a time, so that others can see whether anybody has something to do."""

import asyncio
from collections.abc import Callable

from stratolite.core.clock import Clock


class Rest:
    """One waiter. It is *quiet* while it waits for news, or for a time that has not come."""

    def __init__(self, clock: Clock, rested: Callable[[], None]) -> None:
        """``rested`` is called whenever the waiter begins to wait."""
        self._clock = clock
        self._rested = rested
        self._bell = asyncio.Event()
        self._is_waiting = False
        self._due_ms: int | None = None

    def wake(self) -> None:
        """There is news: ``wait`` returns, now or when it is called next."""
        self._bell.set()

    async def wait(self, until_ms: int | None = None) -> None:
        """Return once ``wake`` has been called since this returned last, or at a time (wall, ms)."""
        self._due_ms = until_ms
        self._is_waiting = True
        self._rested()
        try:
            await self._until_woken(until_ms)
        finally:
            self._is_waiting = False
        self._bell.clear()

    def is_quiet(self, now_ms: int) -> bool:
        """Whether there is nothing to do before a later time."""
        is_due = self._due_ms is not None and self._due_ms <= now_ms
        return self._is_waiting and not self._bell.is_set() and not is_due

    async def _until_woken(self, until_ms: int | None) -> None:
        if until_ms is None:
            await self._bell.wait()
            return
        timer = asyncio.ensure_future(self._clock.sleep_until(until_ms))
        # One that is cancelled wakes nobody.
        timer.add_done_callback(lambda done: None if done.cancelled() else self._bell.set())
        try:
            await self._bell.wait()
        finally:
            timer.cancel()
