"""What Kinesis does by the clock: records that are past their stream's retention are removed."""

from typing import TYPE_CHECKING

import msgspec

from stratolite.delivery.outbox import Entry
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.kinesis.streams import TRIM_KIND

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

    return (Kind(TRIM_KIND, trim),)
