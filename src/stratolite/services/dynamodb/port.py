"""DynamoDB's streams as other services read them."""

import json
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.core.ports.streams import Shard, Stream, StreamRecord
from stratolite.services.dynamodb import records
from stratolite.services.dynamodb.stream_store import NUMBER_MAX, ShardRow, StreamRow
from stratolite.services.dynamodb.streams import RETENTION_MS, key_names

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

READ_BYTES_MAX = 6 * 1024 * 1024
"""How much of images one read gives, unless it says otherwise."""
_ARN = re.compile(r"arn:[^:]+:dynamodb:([^:]+):([^:]+):table/([^/]+)/stream/([^/]+)")


class DynamodbStreamPort:
    """The stream port. What is older than a day is not there, whether or not it is removed already."""

    def __init__(self, dynamodb: "Dynamodb") -> None:
        self._world = dynamodb.world
        self._streams = dynamodb.streams
        self._store = dynamodb.streams.store

    def exists(self, stream_arn: str) -> bool:
        """Whether there is such a stream, on or off."""
        return self._find(stream_arn) is not None

    def describe(self, stream_arn: str) -> Stream | None:
        """The stream, on or off; None when there is none, or none any more."""
        stream = self._find(stream_arn)
        return _shown(stream) if stream else None

    def streams(self, call: Call, table_name: str, after_arn: str, limit: int) -> Sequence[Stream]:
        """Streams of the caller's namespace in order of table and label, after that with an ARN."""
        after = _ARN.fullmatch(after_arn)
        position = (after[3], after[4]) if after else ("", "")
        return [_shown(row) for row in self._store.streams(call, table_name, position, self._horizon_ms, limit)]

    def shards(self, stream_arn: str) -> Sequence[Shard]:
        """The shards of which records may be kept, parents before their children."""
        stream = self._find(stream_arn)
        if stream is None:
            return []
        return [
            Shard(
                shard_id=row.shard_id,
                parent_id=row.parent_id,
                is_open=row.last is None,
                first=records.sequence_number(row.first),
                last="" if row.last is None else records.sequence_number(row.last),
            )
            for row in self._store.shards(stream.id, self._horizon_ms)
        ]

    def read(
        self, stream_arn: str, shard_id: str, after: str, limit: int, *, size_bytes_max: int = READ_BYTES_MAX
    ) -> Sequence[StreamRecord]:
        """Records after a sequence number, oldest first; from the oldest that is kept when ``after`` is empty."""
        found = self._find_shard(stream_arn, shard_id)
        if found is None:
            return []
        stream, shard = found
        number = max(shard.first - 1, records.number_of(after) if after else 0)
        last = NUMBER_MAX if shard.last is None else shard.last
        if number >= last:
            return []
        names = key_names(json.loads(stream.key_schema))
        rows = self._store.records(stream, number, last, self._horizon_ms, limit, size_bytes_max)
        return [records.shown(stream, names, row) for row in rows]

    def latest(self, stream_arn: str, shard_id: str, before_ms: int | None = None) -> str:
        """The sequence number after which everything is new (or as new as ``before_ms``)."""
        found = self._find_shard(stream_arn, shard_id)
        if found is None:
            return ""
        stream, shard = found
        number = max(self._store.last_number(stream, before_ms), stream.trimmed, shard.first - 1)
        return records.sequence_number(number if shard.last is None else min(number, shard.last))

    def trimmed(self, stream_arn: str) -> str:
        """The sequence number up to which no records are kept any more; empty while all are."""
        stream = self._find(stream_arn)
        if stream is None:
            return ""
        number = max(stream.trimmed, self._store.last_number(stream, self._horizon_ms + 1))
        return records.sequence_number(number) if number else ""

    def watch(self, stream_arn: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each commit that added records or closed a shard; call what is returned to stop."""
        stream = self._find(stream_arn)
        return self._streams.watch(stream, wake) if stream else lambda: None

    @property
    def _horizon_ms(self) -> int:
        """When the newest of what is gone was written."""
        return self._world.clock.now_ms() - RETENTION_MS

    def _find(self, stream_arn: str) -> StreamRow | None:
        parts = _ARN.fullmatch(stream_arn)
        if parts is None:
            return None
        region, account, table_name, label = parts.groups()
        stream = self._store.stream(account, region, table_name, label)
        if stream is None or (stream.ended_ms is not None and stream.ended_ms <= self._horizon_ms):
            return None
        return stream

    def _find_shard(self, stream_arn: str, shard_id: str) -> tuple[StreamRow, ShardRow] | None:
        stream = self._find(stream_arn)
        if stream is None:
            return None
        shard = self._store.shard(stream.id, shard_id, self._horizon_ms)
        return (stream, shard) if shard else None


def _shown(row: StreamRow) -> Stream:
    return Stream(
        arn=row.arn,
        label=row.label,
        table_name=row.table_name,
        view=row.view,
        is_enabled=row.ended_ms is None,
        created_ms=row.created_ms,
        key_schema=json.loads(row.key_schema),
    )


def ports(dynamodb: "Dynamodb") -> dict[str, object]:
    """What this service offers."""
    return {"stream": DynamodbStreamPort(dynamodb)}
