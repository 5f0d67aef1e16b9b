"""All mappings that are polled: begun, ended, and brought from one state to the next.

An operation writes a mapping with the state of what it began (Creating, Enabling, Updating, Disabling, Deleting).
After the commit ``heed`` lets the mapping's poller begin or end, and when that is done writes the state that follows
(Enabled, Disabled, gone). After a crash ``resume`` goes on from the states that are in the table.

    Creating, Enabling, Updating ──> Enabled        once its poller runs
    Disabling ──> Disabled, Deleting ──> gone       once its poller has ended, with its last batch
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stratolite.core.tasks import Supervisor
from stratolite.services.lambda_.mapping_store import (
    DELETING,
    DISABLED,
    DISABLING,
    ENABLED,
    POLLED,
    EventSourceMapping,
)
from stratolite.services.lambda_.sources import stream
from stratolite.services.lambda_.sources.poller import Poller, Source
from stratolite.services.lambda_.sources.queue import QueueSource

if TYPE_CHECKING:
    from stratolite.services.lambda_ import Lambda


def _nothing(lambda_: "Lambda", mapping: EventSourceMapping) -> None:
    """A source that keeps nothing of its own."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source."""

    open: Callable[[Poller], Source]
    begin: Callable[["Lambda", EventSourceMapping], None] = _nothing
    """Runs in the transaction that creates a mapping."""
    forget: Callable[["Lambda", EventSourceMapping], None] = _nothing
    """Runs in the transaction that deletes it."""


SOURCES: Mapping[str, SourceKind] = {
    "sqs": SourceKind(QueueSource),
    "dynamodb": SourceKind(stream.StreamSource, stream.begin, stream.forget),
    "kinesis": SourceKind(stream.StreamSource, stream.begin, stream.forget),
}
"""By the service in the source's ARN."""


class Pollers:
    """The pollers of one cloud."""

    def __init__(self, lambda_: "Lambda") -> None:
        self._lambda = lambda_
        self._tasks = Supervisor()
        self._pollers: dict[str, Poller] = {}
        self._settling = 0
        self._drains: list[asyncio.Future[None]] = []

    def resume(self) -> None:
        """Poll what an earlier process polled, and end what it had begun to end."""
        for uuid in self._lambda.mappings.uuids():
            if uuid not in self._pollers:
                self.heed(uuid)

    def heed(self, uuid: str) -> None:
        """A mapping was made or changed, and committed."""
        poller = self._pollers.get(uuid)
        if poller is not None:
            # Its end leads here again.
            poller.stop()
            return
        mapping = self._lambda.mappings.mapping(uuid)
        if mapping is None:
            return
        if mapping.state in POLLED:
            poller = self._pollers[uuid] = Poller(self._lambda, mapping, self._tasks, self._rested)
            self._tasks.start(f"the poller of {mapping.arn}", self._live(poller))
        if mapping.state not in (ENABLED, DISABLED):
            self._settling += 1
            self._tasks.start(f"settling {mapping.arn}", self._settle(mapping))

    async def drain(self) -> bool:
        """Wait until no poller has anything to do; whether there was anything to wait for."""
        had_to_wait = not self._is_quiet()
        while not self._is_quiet():
            quiet: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._drains.append(quiet)
            await quiet
        return had_to_wait

    async def close(self) -> None:
        """Cut off every poller, as a crash would."""
        await self._tasks.close()

    async def _live(self, poller: Poller) -> None:
        uuid = poller.mapping.uuid
        try:
            await poller.live(SOURCES[poller.mapping.service].open)
        finally:
            del self._pollers[uuid]
        self.heed(uuid)
        self._rested()

    async def _settle(self, mapping: EventSourceMapping) -> None:
        def work() -> None:
            current = self._lambda.mappings.mapping(mapping.uuid)
            if current is None or current.state != mapping.state:
                # It was changed meanwhile, and that change is heeded too.
                return
            if mapping.state == DELETING:
                SOURCES[mapping.service].forget(self._lambda, mapping)
                self._lambda.mappings.delete(mapping.uuid)
            else:
                self._lambda.mappings.settle(mapping.uuid, DISABLED if mapping.state == DISABLING else ENABLED)

        try:
            await self._lambda.world.database.transact(work)
        finally:
            self._settling -= 1
            self._rested()

    def _is_quiet(self) -> bool:
        now_ms = self._lambda.world.clock.now_ms()
        return not self._settling and all(poller.is_quiet(now_ms) for poller in self._pollers.values())

    def _rested(self) -> None:
        if self._drains and self._is_quiet():
            waiters, self._drains = self._drains, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
