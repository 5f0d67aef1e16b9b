"""Whether an invocation waits for a busy environment although another one idles.

Of a function that answers within a moment, no more environments are at work than there are processors: one that has
just answered is in the processor's caches, and takes the next event without being woken. At 16 connections on two
processors this halves what an invocation costs. Whoever has waited for ``PATIENCE_S`` in vain gets the idle one.
"""

import os

QUICK_MS = 1.0
"""Invocations that are over within this time are worth waiting for."""
CREDIT_MAX = 16
SLOW_COSTS = 4
"""A slow invocation outweighs that many quick ones."""
PATIENCE_S = 0.005
"""Nobody waits longer than twice this time while an environment idles."""
AT_WORK_MIN = 2


def processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pace:
    """What is known of the environments of one function that exist."""

    def __init__(self) -> None:
        self.exist = 0
        self._at_work: set[object] = set()
        self._credit = 0
        self._enough = max(AT_WORK_MIN, processors())

    def lent(self, environment: object) -> None:
        """An environment goes to an invocation."""
        self._at_work.add(environment)

    def returned(self, environment: object) -> None:
        """It has asked for work again, or is no more."""
        self._at_work.discard(environment)

    def took(self, duration_ms: float) -> None:
        """An invocation is over, which kept the function itself busy for so long."""
        if duration_ms < QUICK_MS:
            self._credit = min(self._credit + 1, CREDIT_MAX)
        else:
            self._credit = max(self._credit - SLOW_COSTS, 0)

    @property
    def is_waiting_better(self) -> bool:
        """Whether one of those at work will be free before an idle one would have answered."""
        return self._credit > 0 and len(self._at_work) >= self._enough
