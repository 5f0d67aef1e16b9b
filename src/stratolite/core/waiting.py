"""Waiting for a function, but not for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


class _Limit:
    """The end of one wait. An object, because a closure that sets itself again is a cycle: the garbage that it was for
    the collector cost every request 10 µs."""

    __slots__ = ("is_late", "is_suspended", "loop", "task", "timeout_s", "timer")

    def __init__(self, task: "asyncio.Task[Any]", timeout_s: float, is_suspended: Callable[[], bool]) -> None:
        self.task = task
        self.timeout_s = timeout_s
        self.is_suspended = is_suspended
        self.is_late = False
        self.loop = task.get_loop()
        self.timer = self.loop.call_later(timeout_s, self.expire)

    def expire(self) -> None:
        if self.is_suspended():
            self.timer = self.loop.call_later(self.timeout_s, self.expire)
            return
        self.is_late = True
        self.task.cancel()


async def within(timeout_s: float, work: Awaitable[T], is_suspended: Callable[[], bool]) -> T:
    """Wait for ``work``. Raises TimeoutError, having cancelled it, when it takes longer and ``is_suspended`` is false.

    What asyncio.timeout does, at a fifth of its 5 µs, which every request would pay.
    """
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    limit = _Limit(task, timeout_s, is_suspended)
    try:
        return await work
    except asyncio.CancelledError:
        # Only our own cancellation is a time-out: the caller's goes on.
        if limit.is_late and task.uncancel() <= before:
            raise TimeoutError from None
        raise
    finally:
        limit.timer.cancel()
