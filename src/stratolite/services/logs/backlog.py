"""Lines that wait for a moment before they are written, because many are cheaper than one.

A busy function writes three lines thousands of times a second; held for a twentieth of a second they cost a tenth. What
is held is written before anyone reads, so that nobody can tell; a ``kill -9`` loses at most what is held.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from stratolite.core.call import Call
from stratolite.services.world import World

HELD_S = 0.05
EVENTS_HELD_MAX = 100_000
"""Lines that may be held; beyond it the oldest are given up, with a warning."""

Place = tuple[str, str, str, str]
"""Account, region, group, stream."""
Event = tuple[int, str]
Append = Callable[[Call, str, str, Sequence[Event]], None]

log = logging.getLogger("stratolite.logs")


class Backlog:
    """The lines that are held, by stream, in order. ``append`` writes to the tables, in the current transaction."""

    def __init__(self, world: World, append: Append) -> None:
        self._world = world
        self._append = append
        self._held: dict[Place, list[Event]] = {}
        self._count = 0
        self._is_settling = False
        self._timer: asyncio.TimerHandle | None = None
        self.sources: list[Callable[[], None]] = []
        """Those who still hold lines of their own, and hand them over when they are asked."""

    def hold(self, call: Call, group: str, stream: str, events: Sequence[Event]) -> None:
        """Take lines; they are written within a twentieth of a second."""
        place = (call.account, call.region, group, stream)
        held = self._held.get(place)
        if held is None:
            self._held[place] = list(events)
        else:
            held += events
        self._count += len(events)
        if self._count > EVENTS_HELD_MAX:
            self._give_up()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HELD_S, self._is_due)

    def settle(self) -> None:
        """Write what is held, in the current transaction. If that is undone, the lines stay held.

        Transactions never span turns of the loop, so that the next turn may try again.
        """
        self._collect()
        if not self._held or self._is_settling:
            return
        self._is_settling = True
        now_ms = self._world.clock.now_ms()
        taken = {place: len(events) for place, events in self._held.items()}
        for (account, region, group, stream), events in self._held.items():
            self._append(Call(account=account, region=region, now_ms=now_ms), group, stream, events)
        self._world.database.after_commit(lambda: self._drop(taken))
        asyncio.get_running_loop().call_soon(self._end_turn)

    async def flush(self) -> None:
        """Write what is held, in a transaction of its own."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._collect()
        if self._held:
            await self._world.database.transact(self.settle)

    def _collect(self) -> None:
        for hand_over in self.sources:
            hand_over()

    def _is_due(self) -> None:
        self._timer = None
        self._world.tasks.start("held log lines", self.flush())

    def _drop(self, taken: dict[Place, int]) -> None:
        for place, count in taken.items():
            events = self._held[place]
            del events[:count]
            if not events:
                del self._held[place]
        self._count = sum(len(events) for events in self._held.values())

    def _end_turn(self) -> None:
        self._is_settling = False

    def _give_up(self) -> None:
        """Forget the lines of the stream that has waited longest."""
        place, events = next(iter(self._held.items()))
        del self._held[place]
        self._count -= len(events)
        log.warning("%d log lines of %s were given up", len(events), place[2])
