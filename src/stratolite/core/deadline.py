"""A deadline that is set for every piece of work and hardly ever reached.

A timer of the loop's for each would cost 2 µs a request, to be made and cancelled. A ``Deadline`` keeps the timer that
it has: one that goes off too early is set again for the rest.
"""

import asyncio
from collections.abc import Callable


class Deadline:
    """The deadline of one who does one thing at a time. ``reached`` is called when it passes."""

    __slots__ = ("_due_s", "_loop", "_reached", "_timer", "_timer_s")

    def __init__(self, loop: asyncio.AbstractEventLoop, reached: Callable[[], None]) -> None:
        self._loop = loop
        self._reached = reached
        self._due_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s = 0.0
        """When it goes off."""

    def set(self, left_s: float) -> None:
        """From now on it is ``left_s`` seconds away."""
        due_s = self._due_s = self._loop.time() + left_s
        if self._timer is None or self._timer_s > due_s:
            if self._timer is not None:
                self._timer.cancel()
            self._begin(left_s, due_s)

    def clear(self) -> None:
        """The work is done in time."""
        self._due_s = None

    def close(self) -> None:
        """There will be no more work."""
        self._due_s = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self, left_s: float, due_s: float) -> None:
        self._timer, self._timer_s = self._loop.call_later(left_s, self._look), due_s

    def _look(self) -> None:
        self._timer = None
        if self._due_s is None:
            return
        left_s = self._due_s - self._loop.time()
        if left_s > 0:
            self._begin(left_s, self._due_s)
        else:
            self._due_s = None
            self._reached()
