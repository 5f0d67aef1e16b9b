"""Who waits for an environment of a function, and how many are being started for them.

An environment that becomes idle goes to the first who waits, whoever it was started for; a start that fails is the
failure of the one who waited for it, or of one who came to rely on it.
"""

import asyncio
from collections import deque

from stratolite.engine.environment import Environment

Waiter = asyncio.Future[Environment]


class Waiters:
    """By the key of what is waited for."""

    def __init__(self) -> None:
        self.waiting: dict[str, deque[Waiter]] = {}
        """In the order in which they came; a key that nobody waits for is not there."""
        self._starting: dict[str, int] = {}

    def starting(self, key: str) -> int:
        """How many environments have been asked for and were never idle yet."""
        return self._starting.get(key, 0)

    def is_start_needed(self, key: str) -> bool:
        """Whether one more who waits needs one more environment: a start whose caller has gone away serves the next."""
        return self.starting(key) <= len(self._patient(key))

    def will_start(self, key: str) -> None:
        """An environment has been asked for."""
        self._starting[key] = self.starting(key) + 1

    def has_started(self, key: str) -> None:
        """An environment that was asked for is there, or will never be."""
        left = self.starting(key) - 1
        if left > 0:
            self._starting[key] = left
        else:
            self._starting.pop(key, None)

    def join(self, key: str) -> Waiter:
        """Wait from now on; whoever does also leaves."""
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(key, deque()).append(waiter)
        return waiter

    def leave(self, key: str, waiter: Waiter) -> None:
        """Wait no more, whatever came of it."""
        queue = self.waiting.get(key)
        if queue is not None:
            if waiter in queue:
                queue.remove(waiter)
            if not queue:
                del self.waiting[key]

    def give(self, key: str, environment: Environment) -> bool:
        """Give an environment to the first who waits; whether there was one."""
        for waiter in self.waiting.get(key, ()):
            if not waiter.done():
                waiter.set_result(environment)
                return True
        return False

    def fail(self, key: str, waiter: Waiter | None, failure: Exception) -> None:
        """A start has failed: so has the one who waited for it, or who came to rely on it."""
        if waiter is None or waiter.done():
            waiting = self._patient(key)
            if len(waiting) <= self.starting(key):
                return
            waiter = waiting[0]
        waiter.set_exception(failure)

    def fail_all(self, failure: Exception) -> None:
        """There will be no more environments."""
        for key in self.waiting:
            for waiter in self._patient(key):
                waiter.set_exception(failure)

    def _patient(self, key: str) -> list[Waiter]:
        """Those who still wait: others have got what they waited for, or have gone away, and are about to leave."""
        return [waiter for waiter in self.waiting.get(key, ()) if not waiter.done()]
