"""The tables of Kinesis. Writes belong inside a transaction; nothing else here names a table."""

import json
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from stratolite.core.call import Call
from stratolite.services.kinesis.domain import NUMBER_BITS, NUMBER_MAX, Consumer, Record, Shard, Stream
from stratolite.storage.database import Database

REMOVED_ROWS_MAX = 2000
"""How many records are removed in one transaction."""

_STREAM = (
    "id, account, region, name, created_ms, mode, retention_h, record_kib_max, key_id, shard_metrics, policy, tags,"
    " trims_ms, gone_ms"
)
_SHARD = (
    "id, stream_id, number, parent, adjacent_parent, hash_first, hash_last, opened_ms, first, closed_ms, last, trimmed"
)
_RECORD = "position, created_ms, partition_key, is_encrypted, data"
_CONSUMER = "stream_id, name, created_ms, policy, tags"
_ADD = f"INSERT INTO kinesis_record ({_RECORD}) VALUES (?, ?, ?, ?, ?)"
_OF_STREAM = "position > ? AND position <= ?"


class Store:
    """Reads and writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Streams ---------------------------------------------------------------------------------------------

    def stream(self, account: str, region: str, name: str) -> Stream | None:
        row = self._database.one(
            f"SELECT {_STREAM} FROM kinesis_stream WHERE account = ? AND region = ? AND name = ?",
            (account, region, name),
        )
        return _stream(row) if row else None

    def stream_by_id(self, stream_id: int) -> Stream | None:
        row = self._database.one(f"SELECT {_STREAM} FROM kinesis_stream WHERE id = ?", (stream_id,))
        return _stream(row) if row else None

    def streams(self, call: Call, after: str, limit: int) -> list[Stream]:
        """Streams of the caller's namespace in order of name, after one."""
        rows = self._database.query(
            f"SELECT {_STREAM} FROM kinesis_stream WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?",
            (call.account, call.region, after, limit),
        )
        return [_stream(row) for row in rows]

    def add_stream(self, stream: Stream) -> int:
        """Keep a new stream; its id."""
        return self._database.insert(
            "INSERT INTO kinesis_stream (account, region, name, created_ms, mode, retention_h, record_kib_max, key_id,"
            " shard_metrics, policy, tags, trims_ms, gone_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (stream.account, stream.region, stream.name, stream.created_ms, *_settings(stream)),
        )

    def set_stream(self, stream: Stream) -> None:
        """Keep what has changed of a stream."""
        self._database.write(
            "UPDATE kinesis_stream SET mode = ?, retention_h = ?, record_kib_max = ?, key_id = ?, shard_metrics = ?,"
            " policy = ?, tags = ?, trims_ms = ?, gone_ms = ? WHERE id = ?",
            (*_settings(stream), stream.id),
        )

    def delete_stream(self, stream: Stream) -> None:
        """Forget a stream with all that it has, but for its records."""
        for table in ("kinesis_shard", "kinesis_consumer"):
            self._database.write(f"DELETE FROM {table} WHERE stream_id = ?", (stream.id,))
        self._database.write("DELETE FROM kinesis_stream WHERE id = ?", (stream.id,))

    def open_shards(self, call: Call, mode: str) -> int:
        """How many open shards the streams of a mode have in the caller's namespace."""
        row = self._database.one(
            "SELECT count(*) FROM kinesis_shard JOIN kinesis_stream ON kinesis_stream.id = stream_id"
            " WHERE account = ? AND region = ? AND mode = ? AND closed_ms IS NULL",
            (call.account, call.region, mode),
        )
        return row[0] if row else 0

    def count(self, call: Call, mode: str) -> int:
        """How many streams of a mode there are in the caller's namespace."""
        row = self._database.one(
            "SELECT count(*) FROM kinesis_stream WHERE account = ? AND region = ? AND mode = ?",
            (call.account, call.region, mode),
        )
        return row[0] if row else 0

    # Shards ----------------------------------------------------------------------------------------------

    def shards(self, stream_id: int, closed_ms_min: int = -1) -> list[Shard]:
        """The shards of a stream in order of number; closed ones if not before ``closed_ms_min``."""
        rows = self._database.query(
            f"SELECT {_SHARD} FROM kinesis_shard WHERE stream_id = ? AND (closed_ms IS NULL OR closed_ms > ?)"
            " ORDER BY number",
            (stream_id, closed_ms_min),
        )
        return [_shard(row) for row in rows]

    def shard(self, stream_id: int, number: int) -> Shard | None:
        row = self._database.one(
            f"SELECT {_SHARD} FROM kinesis_shard WHERE stream_id = ? AND number = ?", (stream_id, number)
        )
        return _shard(row) if row else None

    def next_number(self, stream_id: int) -> int:
        """The number of a stream's next shard. The last one is kept for as long as the stream is."""
        row = self._database.one("SELECT max(number) FROM kinesis_shard WHERE stream_id = ?", (stream_id,))
        return 0 if row is None or row[0] is None else row[0] + 1

    def add_shard(self, shard: Shard) -> None:
        self._database.write(
            "INSERT INTO kinesis_shard (stream_id, number, parent, adjacent_parent, hash_first, hash_last, opened_ms,"
            " first, trimmed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (
                shard.stream_id,
                shard.number,
                shard.parent,
                shard.adjacent_parent,
                str(shard.hash_first),
                str(shard.hash_last),
                shard.opened_ms,
                shard.first,
            ),
        )

    def close_shard(self, shard: Shard, now_ms: int, last: int) -> None:
        self._database.write("UPDATE kinesis_shard SET closed_ms = ?, last = ? WHERE id = ?", (now_ms, last, shard.id))

    def delete_shard(self, shard: Shard) -> None:
        """Forget a shard whose records are gone."""
        self._database.write("DELETE FROM kinesis_shard WHERE id = ?", (shard.id,))

    # Records ---------------------------------------------------------------------------------------------

    def add_record(self, record: Record) -> None:
        self._database.write(_ADD, record)

    def last_number(self, shard: Shard, before_ms: int | None = None) -> int:
        """The number of a shard's last record that is kept, of those from before a time; 0 when there is none."""
        first, end = _range(shard)
        if before_ms is not None:
            row = self._database.one(
                f"SELECT position FROM kinesis_record WHERE {_OF_STREAM} AND created_ms >= ? ORDER BY position LIMIT 1",
                (first, end, before_ms),
            )
            end = end if row is None else row[0] - 1
        row = self._database.one(f"SELECT max(position) FROM kinesis_record WHERE {_OF_STREAM}", (first, end))
        return (row[0] or 0) & NUMBER_MAX if row else 0

    def records(self, shard: Shard, after: int, created_ms_min: int, limit: int, size_bytes_max: int) -> list[Record]:
        """Records after a number, newer than a time, of some size in all, at least one."""
        found: list[Record] = []
        size = 0
        rows = self._database.each(
            f"SELECT {_RECORD} FROM kinesis_record WHERE {_OF_STREAM} AND created_ms > ? ORDER BY position LIMIT ?",
            (shard.base + after, shard.base + NUMBER_MAX, created_ms_min, limit),
        )
        for row in rows:
            record = Record(*row)
            size += len(record.data) + len(record.partition_key)
            if found and size > size_bytes_max:
                break
            found.append(record)
        return found

    def trim(self, shard: Shard, created_ms_max: int, limit: int) -> int:
        """Remove up to ``limit`` of a shard's records from up to then; how many."""
        rows = self._database.query(
            f"SELECT position, created_ms FROM kinesis_record WHERE {_OF_STREAM} ORDER BY position LIMIT ?",
            (*_range(shard), limit),
        )
        old = [position for position, created_ms in takewhile(lambda row: row[1] <= created_ms_max, rows)]
        if old:
            self._database.write(f"DELETE FROM kinesis_record WHERE {_OF_STREAM}", (shard.base, old[-1]))
            self._database.write("UPDATE kinesis_shard SET trimmed = ? WHERE id = ?", (old[-1] & NUMBER_MAX, shard.id))
        return len(old)

    def purge(self, shard_ids: Sequence[int]) -> Sequence[int]:
        """Remove some of the records of shards that are gone; the shards that may have more."""
        left = REMOVED_ROWS_MAX
        for index, shard_id in enumerate(shard_ids):
            base = shard_id << NUMBER_BITS
            rows = self._database.query(
                f"SELECT position FROM kinesis_record WHERE {_OF_STREAM} ORDER BY position LIMIT ?",
                (base, base + NUMBER_MAX, left),
            )
            if rows:
                self._database.write(f"DELETE FROM kinesis_record WHERE {_OF_STREAM}", (base, rows[-1][0]))
            left -= len(rows)
            if not left:
                return shard_ids[index:]
        return ()

    def first_created_ms(self, shard: Shard) -> int | None:
        """When the oldest record that is kept was written."""
        row = self._database.one(
            f"SELECT created_ms FROM kinesis_record WHERE {_OF_STREAM} ORDER BY position LIMIT 1", _range(shard)
        )
        return row[0] if row else None

    # Consumers -------------------------------------------------------------------------------------------

    def consumer(self, stream_id: int, name: str) -> Consumer | None:
        row = self._database.one(
            f"SELECT {_CONSUMER} FROM kinesis_consumer WHERE stream_id = ? AND name = ?", (stream_id, name)
        )
        return _consumer(row) if row else None

    def consumers(self, stream_id: int, after: str, limit: int) -> list[Consumer]:
        """The consumers of a stream in order of name, after one."""
        rows = self._database.query(
            f"SELECT {_CONSUMER} FROM kinesis_consumer WHERE stream_id = ? AND name > ? ORDER BY name LIMIT ?",
            (stream_id, after, limit),
        )
        return [_consumer(row) for row in rows]

    def put_consumer(self, consumer: Consumer) -> None:
        self._database.write(
            f"INSERT OR REPLACE INTO kinesis_consumer ({_CONSUMER}) VALUES (?, ?, ?, ?, ?)",
            (
                consumer.stream_id,
                consumer.name,
                consumer.created_ms,
                consumer.policy,
                json.dumps(consumer.tags, ensure_ascii=False),
            ),
        )

    def set_resource(self, resource: Stream | Consumer) -> None:
        """Keep what has changed of a stream or consumer."""
        if isinstance(resource, Stream):
            self.set_stream(resource)
        else:
            self.put_consumer(resource)

    def delete_consumer(self, consumer: Consumer) -> None:
        self._database.write(
            "DELETE FROM kinesis_consumer WHERE stream_id = ? AND name = ?", (consumer.stream_id, consumer.name)
        )


def _range(shard: Shard) -> tuple[int, int]:
    return shard.base, shard.base + NUMBER_MAX


def _settings(stream: Stream) -> tuple[str | int, ...]:
    return (
        stream.mode,
        stream.retention_h,
        stream.record_kib_max,
        stream.key_id,
        " ".join(stream.shard_metrics),
        stream.policy,
        json.dumps(stream.tags, ensure_ascii=False),
        stream.trims_ms,
        stream.gone_ms,
    )


def _stream(row: Any) -> Stream:
    values = dict(zip(_STREAM.split(", "), row, strict=True))
    values |= {"shard_metrics": tuple(values["shard_metrics"].split()), "tags": _tags(values["tags"])}
    return Stream(**values)


def _shard(row: Any) -> Shard:
    shard_id, stream_id, number, parent, adjacent_parent, hash_first, hash_last, *rest = row
    return Shard(shard_id, stream_id, number, parent, adjacent_parent, int(hash_first), int(hash_last), *rest)


def _consumer(row: Any) -> Consumer:
    stream_id, name, created_ms, policy, tags = row
    return Consumer(stream_id, name, created_ms, policy, _tags(tags))


def _tags(kept: str) -> Mapping[str, str]:
    tags: Mapping[str, str] = json.loads(kept)
    return tags
