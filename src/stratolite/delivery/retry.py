"""When a failed delivery is tried again: each kind of delivery has one policy."""

from collections.abc import Callable
from dataclasses import dataclass

DAY_S = 24 * 60 * 60


class DeliveryFailed(Exception):
    """A delivery did not succeed. ``retry`` False means that no further attempt can help.

    ``delay_s``: nothing was attempted (the target was throttled, say); wait so long and count no attempt. The
    policy's age still ends it.
    """

    def __init__(self, reason: str, *, retry: bool = True, delay_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry
        self.delay_s = delay_s


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """``delay_s(n)`` is the wait in seconds after the n-th failed attempt (from 1), or None when that was the last."""

    delay_s: Callable[[int], float | None]
    age_s_max: float = DAY_S
    """No attempt begins later than this after the delivery was created."""

    def next_due_ms(self, created_ms: int, attempts: int, now_ms: int) -> int | None:
        """When the next attempt is due after ``attempts`` failed ones, or None when the delivery is dead."""
        delay_s = self.delay_s(attempts)
        return None if delay_s is None else self.due_ms(created_ms, delay_s, now_ms)

    def due_ms(self, created_ms: int, delay_s: float, now_ms: int) -> int | None:
        """When an attempt is due that waits for ``delay_s``, or None when the delivery is too old by then."""
        due_ms = now_ms + round(delay_s * 1000)
        return due_ms if due_ms <= created_ms + self.age_s_max * 1000 else None


def delays(*seconds: float) -> Callable[[int], float | None]:
    """A fixed list of waits: ``delays(60, 120)`` tries three times in all."""
    return lambda attempts: seconds[attempts - 1] if attempts <= len(seconds) else None


ONCE = RetryPolicy(delays())
"""No second attempt."""
