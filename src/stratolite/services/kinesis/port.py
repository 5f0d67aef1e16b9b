"""Kinesis's streams as other services read and write them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.ports.streams import Shard, StreamRecord
from stratolite.services.kinesis import lookup, view
from stratolite.services.kinesis.domain import Record, Stream, shard_name
from stratolite.services.kinesis.domain import Shard as KeptShard
from stratolite.services.kinesis.operations import records

if TYPE_CHECKING:
    from stratolite.services.kinesis import Kinesis

READ_BYTES_MAX = 6 * 1024 * 1024
"""How much of records one read gives, unless it says otherwise."""


class KinesisStreamPort:
    """The Kinesis port. A stream is named by its ARN, or by that of one of its consumers."""

    def __init__(self, kinesis: "Kinesis") -> None:
        self._kinesis = kinesis
        self._store = kinesis.store

    def exists(self, stream_arn: str) -> bool:
        """Whether there is such a stream or consumer."""
        return self._find(stream_arn) is not None

    def retention_ms(self, stream_arn: str) -> int:
        """For how long a stream keeps records; 0 when there is none."""
        stream = self._find(stream_arn)
        return 0 if stream is None else stream.retention_ms

    def put(self, call: Call, stream_arn: str, partition_key: str, data: bytes) -> None:
        """Add a record in the current transaction. Raises PutRecord's AwsErrors."""
        request = {"StreamARN": stream_arn, "PartitionKey": partition_key, "Data": data}
        records.put_record(call, self._kinesis, request)  # type: ignore[arg-type]

    def shards(self, stream_arn: str) -> Sequence[Shard]:
        """The shards of which records may be kept, parents before their children."""
        stream = self._find(stream_arn)
        if stream is None:
            return []
        return [_shown(stream, shard) for shard in self._store.shards(stream.id, self._horizon_ms(stream))]

    def read(
        self, stream_arn: str, shard_id: str, after: str, limit: int, *, size_bytes_max: int = READ_BYTES_MAX
    ) -> Sequence[StreamRecord]:
        """Records after a sequence number, oldest first; from the oldest that is kept when ``after`` is empty, or is of
        an earlier stream of the name."""
        found = self._find_shard(stream_arn, shard_id)
        if found is None:
            return []
        stream, shard = found
        number = shard.first - 1
        if after:
            number = max(number, stream.number_of(after) or 0)
        kept = self._store.records(shard, number, self._horizon_ms(stream), limit, size_bytes_max)
        return [_record(stream, record) for record in kept]

    def latest(self, stream_arn: str, shard_id: str, before_ms: int | None = None) -> str:
        """The sequence number after which everything is new (or as new as ``before_ms``)."""
        found = self._find_shard(stream_arn, shard_id)
        if found is None:
            return ""
        stream, shard = found
        if before_ms is not None:
            number = self._store.last_number(shard, before_ms)
        else:
            number = self._kinesis.streams.last(stream)
        return stream.sequence_number(max(shard.first, number if shard.last is None else min(number, shard.last)))

    def watch(self, stream_arn: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each commit that changed the stream; call what is returned to stop."""
        return self._kinesis.streams.watch(stream_arn.partition("/consumer/")[0], wake)

    def _horizon_ms(self, stream: Stream) -> int:
        return stream.horizon_ms(self._kinesis.world.clock.now_ms())

    def _find(self, arn: str) -> Stream | None:
        if "/consumer/" in arn:
            pair = lookup.find_consumer(self._kinesis, arn)
            return pair[0] if pair is not None else None
        return lookup.find_stream(self._kinesis, arn)

    def _find_shard(self, arn: str, name: str) -> tuple[Stream, KeptShard] | None:
        stream = self._find(arn)
        if stream is None:
            return None
        try:
            return stream, lookup.require_shard(self._kinesis, stream, name, self._kinesis.world.clock.now_ms())
        except AwsError:
            return None


def _shown(stream: Stream, shard: KeptShard) -> Shard:
    parent, adjacent = (
        "" if number is None else shard_name(number) for number in (shard.parent, shard.adjacent_parent)
    )
    return Shard(
        shard_id=shard.name,
        parent_id=parent,
        adjacent_parent_id=adjacent,
        is_open=shard.is_open,
        first=stream.sequence_number(shard.first),
        last="" if shard.last is None else stream.sequence_number(shard.last),
    )


def _record(stream: Stream, record: Record) -> StreamRecord:
    number = stream.sequence_number(record.number)
    return StreamRecord(number, record.created_ms, view.record(stream, record))


def ports(kinesis: "Kinesis") -> dict[str, object]:
    """What this service offers."""
    return {"kinesis": KinesisStreamPort(kinesis)}
