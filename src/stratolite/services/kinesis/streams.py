"""Streams as they are written to: records get their shard and number; old ones are removed by the clock."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from stratolite.core.call import Call
from stratolite.services.kinesis import store
from stratolite.services.kinesis.domain import Record, Shard, Stream
from stratolite.services.kinesis.store import Store

if TYPE_CHECKING:
    from stratolite.services.world import World

TRIM_KIND, PURGE_KIND = "kinesis.trim", "kinesis.purge"
KNOWN_MAX = 4096
"""Of how many streams is remembered what writing needs; at the limit all is forgotten, and read again on use."""

Wake = Callable[[], None]


class Open:
    """The open shards of a stream, in order of their hash keys."""

    __slots__ = ("_starts", "shards")

    def __init__(self, shards: list[Shard]) -> None:
        self.shards = shards
        self._starts = [shard.hash_first for shard in shards]

    def shard_of(self, hash_key: int) -> Shard:
        """The shard that a hash key belongs to."""
        return self.shards[bisect_right(self._starts, hash_key) - 1]


class Streams:
    """Streams, as producers write to them and as others watch them."""

    def __init__(self, world: "World", store: Store) -> None:
        self._world = world
        self._store = store
        self._last: dict[int, int] = {}
        """By stream: the number that was given out last. One that is too high, after what was undone, does no harm."""
        self._open: dict[int, Open] = {}
        self._wakes: dict[str, list[Wake]] = {}
        """By ARN: a stream may be made after it is watched, and again after it was deleted."""

    # Writing ---------------------------------------------------------------------------------------------

    def open(self, stream: Stream) -> Open:
        """Where records go."""
        known = self._open.get(stream.id)
        if known is None:
            shards = [shard for shard in self._store.shards(stream.id) if shard.is_open]
            known = Open(sorted(shards, key=lambda shard: shard.hash_first))
            if len(self._open) >= KNOWN_MAX:
                self._open.clear()
            self._open[stream.id] = known
        return known

    def last(self, stream: Stream) -> int:
        """The number that was given out last."""
        last = self._last.get(stream.id)
        if last is None:
            last = 0
            for shard in self._store.shards(stream.id):
                last = max(last, shard.first - 1, shard.last or 0, shard.trimmed, self._store.last_number(shard))
            if len(self._last) >= KNOWN_MAX:
                self._last.clear()
            self._last[stream.id] = last
        return last

    def _next(self, stream: Stream) -> int:
        number = self._last[stream.id] = self.last(stream) + 1
        return number

    def put(self, call: Call, stream: Stream, shard: Shard, partition_key: str, data: bytes) -> str:
        """Add a record to an open shard; its sequence number. ``ring`` is to follow."""
        number = self._next(stream)
        record = Record(shard.base + number, call.now_ms, partition_key, int(bool(stream.key_id)), data)
        self._store.add_record(record)
        return stream.sequence_number(number)

    def forget(self, stream: Stream) -> None:
        """A stream is no more."""
        self._last.pop(stream.id, None)
        self._open.pop(stream.id, None)

    # Shards ----------------------------------------------------------------------------------------------

    def open_shard(
        self,
        call: Call,
        stream: Stream,
        hash_first: int,
        hash_last: int,
        parent: Shard | None = None,
        adjacent_parent: Shard | None = None,
    ) -> Shard:
        """Add a shard to a stream. Its first number is no record's, as its last one is not."""
        number = self._store.next_number(stream.id)
        self._store.add_shard(
            Shard(
                0,
                stream.id,
                number,
                None if parent is None else parent.number,
                None if adjacent_parent is None else adjacent_parent.number,
                hash_first,
                hash_last,
                call.now_ms,
                self._next(stream),
            )
        )
        self._open.pop(stream.id, None)
        shard = self._store.shard(stream.id, number)
        assert shard is not None, "it was added just now"
        return shard

    def close_shard(self, call: Call, stream: Stream, shard: Shard) -> None:
        """Nothing comes into a shard any more. Its last number is no record's, so that even one without records ends
        where it began, or later."""
        self._store.close_shard(shard, call.now_ms, self._next(stream))
        self._open.pop(stream.id, None)

    # Age -------------------------------------------------------------------------------------------------

    def plan_trim(self, call: Call, stream: Stream, due_ms: int) -> None:
        """Remove old records at a time, instead of when it was planned."""
        self._store.set_stream(replace(stream, trims_ms=due_ms))
        payload = msgspec.msgpack.encode((stream.id, due_ms))
        self._world.outbox.put(call, TRIM_KIND, payload, source=stream.arn, due_ms=due_ms)

    def trim(self, call: Call, stream: Stream) -> None:
        """Remove some of what is past its retention, and plan when to do so again."""
        horizon_ms = stream.horizon_ms(call.now_ms)
        oldest_ms, left = call.now_ms, store.REMOVED_ROWS_MAX
        for shard in self._store.shards(stream.id):
            left -= self._store.trim(shard, horizon_ms, left)
            if not left:
                self.plan_trim(call, stream, call.now_ms)
                return
            if shard.closed_ms is not None and shard.closed_ms <= horizon_ms:
                self._store.delete_shard(shard)
                continue
            first_ms = self._store.first_created_ms(shard) or shard.closed_ms
            oldest_ms = min(oldest_ms, first_ms or oldest_ms)
        self.plan_trim(call, stream, oldest_ms + stream.retention_ms)

    def purge(self, call: Call, source: str, shard_ids: Sequence[int]) -> None:
        """Remove some of the records of shards that are gone, and plan to go on. ``source``: the stream's ARN."""
        left = self._store.purge(shard_ids)
        if left:
            self._world.outbox.put(call, PURGE_KIND, msgspec.msgpack.encode(left), source=source)

    # Watching --------------------------------------------------------------------------------------------

    def ring(self, stream: Stream) -> None:
        """Tell those who watch a stream, once the current transaction is durable."""
        if stream.arn in self._wakes:
            self._world.database.after_commit(lambda: self._wake(stream.arn))

    def watch(self, arn: str, wake: Wake) -> Wake:
        """Call ``wake`` after each commit that changed the stream; call what is returned to stop."""
        wakes = self._wakes.setdefault(arn, [])
        wakes.append(wake)

        def stop() -> None:
            wakes.remove(wake)
            if not wakes and self._wakes.get(arn) is wakes:
                del self._wakes[arn]

        return stop

    def _wake(self, arn: str) -> None:
        for wake in tuple(self._wakes.get(arn, ())):
            wake()
