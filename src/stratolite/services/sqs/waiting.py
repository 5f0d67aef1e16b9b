"""Who waits for a queue, woken when it has something to give: long polls, and services that watch it.

Lives in memory alone: a poll that is cut off by a restart is asked again by its client.
"""

import asyncio
from collections.abc import Callable

from stratolite.core.clock import Clock
from stratolite.services.sqs.domain import Queue
from stratolite.storage.database import Database

WAITERS_MAX = 10_000
"""How many long polls may wait at once, over all queues; a further one is answered at once."""


class Bells:
    """One bell a queue, rung after the commit that made something receivable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[int, set[asyncio.Future[None]]] = {}
        self._count = 0
        self._watchers: dict[str, list[Callable[[], None]]] = {}
        """By ARN: a queue may be made after it is watched, and again after it was deleted."""

    def ring(self, queue: Queue) -> None:
        """Wake who waits for a queue, once the current transaction is durable."""
        self._database.after_commit(lambda: self._wake(queue))

    def watch(self, queue_arn: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` whenever the bell rings; call what is returned to stop."""
        watchers = self._watchers.setdefault(queue_arn, [])
        watchers.append(wake)

        def stop() -> None:
            watchers.remove(wake)
            if not watchers and self._watchers.get(queue_arn) is watchers:
                del self._watchers[queue_arn]

        return stop

    async def wait(self, queue_id: int, clock: Clock, until_ms: int, look: Callable[[], int | None]) -> bool:
        """Return when the bell rings, or when a moment has come: ``until_ms``, or that which ``look`` gives.

        ``look`` is asked after the bell is hung up, so that nothing is missed in between. False: there is no room to
        wait.
        """
        if self._count >= WAITERS_MAX:
            return False
        rung: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(queue_id, set()).add(rung)
        self._count += 1
        moment = look()
        timer = asyncio.ensure_future(clock.sleep_until(until_ms if moment is None else min(moment, until_ms)))
        try:
            await asyncio.wait({rung, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            self._count -= 1
            self._waiting[queue_id].discard(rung)
            if not self._waiting[queue_id]:
                del self._waiting[queue_id]
        return True

    def _wake(self, queue: Queue) -> None:
        for waiter in self._waiting.get(queue.id, ()):
            if not waiter.done():
                waiter.set_result(None)
        if self._watchers:
            for wake in self._watchers.get(queue.arn, ()):
                wake()
