"""What services count about themselves, on its way from the meter (``core/metering.py``) into the tables.

Taken about once a second, before anyone reads and when the cloud stops. What was taken and could not be written (a full
disk) stays here, up to ``HELD_MAX`` data points.
"""

import asyncio
import logging

from stratolite.core.distribution import Distribution
from stratolite.core.metering import Meter
from stratolite.core.metering import Metric as Counted
from stratolite.services.cloudwatch.retention import Retention
from stratolite.services.cloudwatch.store import Metric, Point, Store
from stratolite.services.world import World

HELD_MAX = 50_000
RESOLUTION_S = 60

Held = dict[tuple[Counted, int], Distribution]

log = logging.getLogger("stratolite.services.cloudwatch")


class Backlog:
    """Writes what was counted, in the current transaction or in one of its own."""

    def __init__(self, world: World, store: Store, retention: Retention) -> None:
        self._world = world
        self._store = store
        self._retention = retention
        self._held: Held = {}
        self._is_settling = False

    def settle(self) -> None:
        """Write what was counted, in the current transaction. If that is undone, it stays held.

        Outside of one there is nothing to do: who reads there sees what was written a second ago.
        """
        if self._is_settling or not self._world.database.in_transaction:
            return
        self._is_settling = True
        try:
            # What they hand over comes back here as data points.
            self._collect()
        finally:
            self._is_settling = False
        if not self._held:
            return
        self._is_settling = True
        held = list(self._held.items())
        for (counted, begin_ms), values in held:
            metric = Metric(counted.account, counted.region, counted.namespace, counted.name, counted.dimensions)
            self._store.add(metric, Point(begin_ms, RESOLUTION_S, counted.unit, values))
        self._retention.keep_house(self._world.clock.now_ms())
        self._world.database.after_commit(self._held.clear)
        # Transactions never span turns of the loop, so that the next turn may try again.
        asyncio.get_running_loop().call_soon(self._end_turn)

    async def flush(self) -> None:
        """Write what was counted, in a transaction of its own. A disk that is full keeps it for the next time."""
        try:
            await self._world.database.transact(self.settle)
        except OSError as error:
            # The disk's fault: there is nothing to find in a traceback.
            log.error("what services counted could not be written: %s", error)

    def _collect(self) -> None:
        meter = self._world.ports.metric
        if not isinstance(meter, Meter):
            return
        for hand_over in meter.sources:
            hand_over()
        for key, values in meter.take().items():
            known = self._held.get(key)
            if known is not None:
                known.merge(values)
            elif len(self._held) < HELD_MAX:
                self._held[key] = values
            else:
                log.warning("data points of %s %s were given up", key[0].namespace, key[0].name)

    def _end_turn(self) -> None:
        self._is_settling = False
