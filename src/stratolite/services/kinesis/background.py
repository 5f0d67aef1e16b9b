"""What Kinesis does later: records that are past their stream's retention are removed, and those of streams that are
gone. Each transaction removes a bounded number, and a step that leaves some puts the next one into the outbox."""

from typing import TYPE_CHECKING

import msgspec

from stratolite.delivery.outbox import Entry
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.kinesis.streams import PURGE_KIND, TRIM_KIND

if TYPE_CHECKING:
    from stratolite.services.kinesis import Kinesis


def kinds(kinesis: "Kinesis") -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""

    async def trim(entry: Entry) -> Effect:
        call = entry.call(kinesis.world.clock.now_ms())
        stream_id, due_ms = msgspec.msgpack.decode(entry.payload, type=tuple[int, int])

        def effect() -> None:
            stream = kinesis.store.stream_by_id(stream_id)
            # One that was planned anew has another time.
            if stream is not None and stream.trims_ms == due_ms:
                kinesis.streams.trim(call, stream)

        return effect

    async def purge(entry: Entry) -> Effect:
        call = entry.call(kinesis.world.clock.now_ms())
        shard_ids = msgspec.msgpack.decode(entry.payload, type=list[int])
        return lambda: kinesis.streams.purge(call, entry.source, shard_ids)

    return (Kind(TRIM_KIND, trim), Kind(PURGE_KIND, purge))
