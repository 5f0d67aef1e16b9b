"""Background tasks under supervision: none is lost, none fails in silence.

One of the two places that catch every exception (the other is the last step of the request pipeline): a
background task that fails is reported with its traceback and does not take the others with it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

A = TypeVar("A")
T = TypeVar("T")

TASKS_MAX = 10_000

log = logging.getLogger("stratolite")


class TaskLimitReached(Exception):
    """Too many background tasks are running."""


class Supervisor:
    """Owns background tasks from their start to their end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run ``work`` in the background. Raises TaskLimitReached at the limit."""
        if len(self._tasks) >= TASKS_MAX:
            work.close()
            raise TaskLimitReached(f"{TASKS_MAX} background tasks are running")
        task = asyncio.get_running_loop().create_task(self._guard(name, work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # One that is cancelled before its first step has not begun the work.
        task.add_done_callback(lambda _: work.close())
        return task

    async def close(self) -> None:
        """Cancel every task and wait until all have ended."""
        while self._tasks:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _guard(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except OSError as error:
            _refused(f"the background task {name}", error)
        except Exception:
            log.exception("the background task %s failed", name)


def _refused(what: object, error: OSError) -> None:
    # The disk's fault, or a socket's: there is nothing to find in a traceback.
    log.error("%s failed: %s", what, error)


async def contain(what: str, work: Awaitable[T]) -> T | Exception:
    """Wait for ``work``; an exception is reported and returned instead of raised."""
    try:
        return await work
    except OSError as error:
        _refused(what, error)
        return error
    except Exception as error:
        log.exception("%s failed", what)
        return error


async def contain_answer(what: object, handler: Callable[[A], Awaitable[T]], question: A) -> T | Exception:
    """The same of a handler's answer: what it raises before there is anything to wait for, too."""
    try:
        return await handler(question)
    except OSError as error:
        _refused(what, error)
        return error
    except Exception as error:
        log.exception("%s failed", what)
        return error
