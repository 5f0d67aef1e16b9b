"""Long polls: who waits for a queue, woken when it has something to give.

Lives in memory alone: a poll that is cut off by a restart is asked again by its client.
"""

import asyncio
from collections.abc import Callable

from stratolite.core.clock import Clock
from stratolite.storage.database import Database

WAITERS_MAX = 10_000
"""How many long polls may wait at once, over all queues; a further one is answered at once."""


class Bells:
    """One bell a queue, rung after the commit that made something receivable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[int, set[asyncio.Future[None]]] = {}
        self._count = 0

    def ring(self, queue_id: int) -> None:
        """Wake who waits for a queue, once the current transaction is durable."""
        self._database.after_commit(lambda: self._wake(queue_id))

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

    def _wake(self, queue_id: int) -> None:
        for waiter in self._waiting.get(queue_id, ()):
            if not waiter.done():
                waiter.set_result(None)
