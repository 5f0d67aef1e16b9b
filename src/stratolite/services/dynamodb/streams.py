"""The life of streams: changes are captured in shards that roll over, and kept for a day.

Each write to a table with a stream adds one row in its own transaction, and nothing else; what the record looks like is
made up when it is read. A stream has one shard at a time. It is closed by the first write after ``SHARD_MS``, and
followed by another one; when the stream is disabled, it is closed for good.

What is a day old is gone for whoever reads, at once; it is removed by a delivery that each stream has in the outbox for
as long as it lives.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.core.clock import iso8601
from stratolite.services.dynamodb.domain import Table
from stratolite.services.dynamodb.records import Change, is_same
from stratolite.services.dynamodb.store import Stored, decode, encode
from stratolite.services.dynamodb.stream_store import NUMBER_BITS, RecordRow, StreamRow, StreamStore

if TYPE_CHECKING:
    from stratolite.services.world import World

RETENTION_MS = 24 * 3600 * 1000
"""How long a record is kept, and a stream after its end."""
SHARD_MS = 4 * 3600 * 1000
"""After how much time a shard is followed by another one; AWS says "approximately four hours"."""
TRIM_KIND = "dynamodb.trim"
LIVE_MAX = 4096
"""How many streams are remembered that were written to; at the limit all are forgotten, and read again on use."""
_SHARD_SUFFIX_CHARS = 8

Wake = Callable[[], None]


class Live:
    """What is known of a stream into which is written. ``last``: the number that was given out last."""

    __slots__ = ("last", "rolls_ms")

    def __init__(self, last: int) -> None:
        self.last = last
        self.rolls_ms = 0
        """When the shard is to be looked at again: never later than it rolls over."""


class Bell:
    """Those who want to know of new records of a stream."""

    def __init__(self) -> None:
        self.wakes: list[Wake] = []

    def ring(self) -> None:
        for wake in tuple(self.wakes):
            wake()


class Streams:
    """Streams, as the tables write to them and as others read them."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.store = StreamStore(world.database)
        self._live: dict[int, Live] = {}
        self._bells: dict[int, Bell] = {}

    # Writing ---------------------------------------------------------------------------------------------

    def record(
        self, call: Call, table: Table, new: tuple[bytes, int] | None, stored: Stored | None, *, expired: bool = False
    ) -> None:
        """Record a change in its own transaction: from what was stored to the bytes and the size of a new item, or to
        nothing. What changes nothing leaves no record."""
        capture = table.capture
        assert capture is not None, "the table has a stream"
        if stored is None:
            change = Change.INSERT
        elif new is None:
            change = Change.EXPIRE if expired else Change.REMOVE
        elif is_same(stored.item, new[0]):
            return
        else:
            change = Change.MODIFY
        size = 0
        old_image = new_image = keys = None
        if new is not None and capture.keeps_new:
            new_image, size = new
        if stored is not None and capture.keeps_old:
            old_image = stored.item
            size += stored.size_bytes
        if old_image is None and new_image is None:
            source = new[0] if new is not None else stored.item if stored is not None else b""
            keys = _keys(table, source)
        position = self._next(call, capture.stream_id)
        self.store.add_record(RecordRow(position, call.now_ms, change, size, keys, old_image, new_image))
        bell = self._bells.get(capture.stream_id)
        if bell is not None:
            self._world.database.after_commit(bell.ring)

    def _next(self, call: Call, stream_id: int) -> int:
        """The position of a new record, in a shard that is open for it."""
        live = self._live.get(stream_id) or self._load(stream_id)
        if call.now_ms >= live.rolls_ms:
            self._roll(call, stream_id, live)
        live.last += 1
        return (stream_id << NUMBER_BITS) + live.last

    def _load(self, stream_id: int) -> Live:
        stream = self.store.stream_by_id(stream_id)
        shard = self.store.open_shard(stream_id)
        assert stream is not None and shard is not None, "a stream that is enabled has an open shard"
        live = Live(max(self.store.last_number(stream), stream.trimmed, shard.first - 1))
        if len(self._live) >= LIVE_MAX:
            self._live.clear()
        self._live[stream_id] = live
        return live

    def _roll(self, call: Call, stream_id: int, live: Live) -> None:
        """See to it that there is a shard that is young enough."""
        shard = self.store.open_shard(stream_id)
        assert shard is not None, "a stream that is enabled has an open shard"
        rolls_ms = shard.opened_ms + SHARD_MS
        if call.now_ms >= rolls_ms:
            self._close_shard(call, stream_id, live)
            self._open_shard(call, stream_id, live, shard.shard_id)
            rolls_ms = call.now_ms + SHARD_MS

        def note() -> None:
            live.rolls_ms = rolls_ms

        # A transaction that is undone leaves the shards as they were.
        self._world.database.after_commit(note)

    def _open_shard(self, call: Call, stream_id: int, live: Live, parent_id: str) -> None:
        suffix = self._world.entropy.hexadecimal(_SHARD_SUFFIX_CHARS)
        self.store.add_shard(stream_id, f"shardId-{call.now_ms:020d}-{suffix}", parent_id, call.now_ms, live.last + 1)

    def _close_shard(self, call: Call, stream_id: int, live: Live) -> None:
        shard = self.store.open_shard(stream_id)
        assert shard is not None, "a stream that is enabled has an open shard"
        # The last number is no record's: so that even a shard without records ends where it began, or later.
        live.last += 1
        self.store.close_shard(stream_id, shard.shard_id, call.now_ms, live.last)

    # Life ------------------------------------------------------------------------------------------------

    def enable(self, call: Call, definition: Mapping[str, Any], view: str) -> dict[str, Any]:
        """Begin a stream for a table; what its definition gets."""
        name, arn = definition["TableName"], definition["TableArn"]
        label = iso8601(call.now_ms)[:-1]
        moment_ms = call.now_ms
        while label <= self.store.last_label(call, name):
            moment_ms += 1
            label = iso8601(moment_ms)[:-1]
        stream_arn = f"{arn}/stream/{label}"
        stream_id = self.store.add_stream(call, name, label, stream_arn, view, json.dumps(definition["KeySchema"]))
        self._open_shard(call, stream_id, Live(0), "")
        self._plan_trim(call, stream_id, stream_arn, call.now_ms + RETENTION_MS)
        return {
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": view},
            "LatestStreamLabel": label,
            "LatestStreamArn": stream_arn,
            "StreamId": stream_id,
        }

    def disable(self, call: Call, table: Table) -> None:
        """End a table's stream: nothing comes any more, and what there is can be read for a day."""
        assert table.capture is not None, "the table has a stream"
        stream_id = table.capture.stream_id
        live = self._live.get(stream_id) or self._load(stream_id)
        self._close_shard(call, stream_id, live)
        self.store.end_stream(stream_id, call.now_ms)
        bell = self._bells.get(stream_id)
        if bell is not None:
            self._world.database.after_commit(bell.ring)

    def trim(self, call: Call, stream_id: int) -> None:
        """Remove what is a day old, and plan when to do so again."""
        stream = self.store.stream_by_id(stream_id)
        if stream is None:
            return
        horizon_ms = call.now_ms - RETENTION_MS
        if self.store.trim(stream, horizon_ms):
            self._plan_trim(call, stream_id, stream.arn, call.now_ms)
            return
        self.store.delete_shards(stream_id, horizon_ms)
        if stream.ended_ms is not None and stream.ended_ms <= horizon_ms:
            self.store.delete_stream(stream_id)
            self._live.pop(stream_id, None)
            return
        oldest_ms = self.store.first_created_ms(stream)
        since_ms = call.now_ms if oldest_ms is None else oldest_ms
        if stream.ended_ms is not None:
            since_ms = min(since_ms, stream.ended_ms)
        self._plan_trim(call, stream_id, stream.arn, since_ms + RETENTION_MS)

    def _plan_trim(self, call: Call, stream_id: int, arn: str, due_ms: int) -> None:
        self._world.outbox.put(call, TRIM_KIND, str(stream_id).encode(), source=arn, due_ms=due_ms)

    # Watching --------------------------------------------------------------------------------------------

    def watch(self, stream: StreamRow, wake: Wake) -> Wake:
        """Call ``wake`` after each commit that added records or closed a shard; call what is returned to stop."""
        bell = self._bells.setdefault(stream.id, Bell())
        bell.wakes.append(wake)

        def stop() -> None:
            if wake in bell.wakes:
                bell.wakes.remove(wake)
            if not bell.wakes and self._bells.get(stream.id) is bell:
                del self._bells[stream.id]

        return stop


def _keys(table: Table, item: bytes) -> bytes:
    """The key of a stored item, as stored."""
    decoded = decode(item)
    return encode({attribute.name: decoded[attribute.name] for attribute in table.schema.attributes})


def key_names(key_schema: Sequence[Mapping[str, str]]) -> list[str]:
    """The names of a key schema's attributes."""
    return [element["AttributeName"] for element in key_schema]
