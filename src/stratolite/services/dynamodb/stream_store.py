"""The rows of streams, of their shards, and of the records in them.

A record's position is the number of its stream, shifted, and its own number in the stream: the records of a stream lie
together in the order in which they were written, and none of them needs an index. Numbers count up for the whole life
of a stream, with gaps where a transaction was undone.
"""

from dataclasses import dataclass
from typing import NamedTuple

from stratolite.core.call import Call
from stratolite.storage.database import Database

NUMBER_BITS = 40
"""How much of a position is the record's number: 10 ** 12 records a stream, 8 million streams."""
NUMBER_MAX = (1 << NUMBER_BITS) - 1
TRIMMED_ROWS_MAX = 2000
"""How many records are removed in one transaction."""

_STREAM = "id, account, region, table_name, label, arn, view, key_schema, created_ms, ended_ms, trimmed"
_SHARD = "shard_id, parent_id, opened_ms, first, closed_ms, last"
_ADD = (
    "INSERT INTO dynamodb_record (position, created_ms, change, size_bytes, keys, old, new)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class StreamRow:
    """A stream. ``ended_ms`` is None while it is enabled; up to ``trimmed``, records are removed already."""

    id: int
    account: str
    region: str
    table_name: str
    label: str
    arn: str
    view: str
    key_schema: str
    created_ms: int
    ended_ms: int | None
    trimmed: int

    @property
    def base(self) -> int:
        """The position before that of its first record."""
        return self.id << NUMBER_BITS


@dataclass(frozen=True, slots=True)
class ShardRow:
    """A shard: the numbers from ``first`` on, up to ``last`` once it is closed."""

    shard_id: str
    parent_id: str
    opened_ms: int
    first: int
    closed_ms: int | None
    last: int | None


class RecordRow(NamedTuple):
    """A record. ``change``: see ``records.Change``; ``keys`` is there when neither image is."""

    position: int
    created_ms: int
    change: int
    size_bytes: int
    keys: bytes | None
    old: bytes | None
    new: bytes | None

    @property
    def number(self) -> int:
        return self.position & NUMBER_MAX


class StreamStore:
    """Reads and writes the tables of streams. Writes belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Streams ---------------------------------------------------------------------------------------------

    def stream(self, account: str, region: str, table_name: str, label: str) -> StreamRow | None:
        """A stream by what its ARN says."""
        row = self._database.one(
            f"SELECT {_STREAM} FROM dynamodb_stream WHERE account = ? AND region = ? AND table_name = ? AND label = ?",
            (account, region, table_name, label),
        )
        return StreamRow(*row) if row else None

    def stream_by_id(self, stream_id: int) -> StreamRow | None:
        row = self._database.one(f"SELECT {_STREAM} FROM dynamodb_stream WHERE id = ?", (stream_id,))
        return StreamRow(*row) if row else None

    def streams(
        self, call: Call, table_name: str, after: tuple[str, str], ended_ms_min: int, limit: int
    ) -> list[StreamRow]:
        """Streams of the caller's namespace in order of table and label, after those; ended ones if not before
        ``ended_ms_min``."""
        rows = self._database.query(
            f"SELECT {_STREAM} FROM dynamodb_stream WHERE account = ? AND region = ? AND (? = '' OR table_name = ?)"
            " AND (table_name, label) > (?, ?) AND (ended_ms IS NULL OR ended_ms > ?)"
            " ORDER BY table_name, label LIMIT ?",
            (call.account, call.region, table_name, table_name, *after, ended_ms_min, limit),
        )
        return [StreamRow(*row) for row in rows]

    def last_label(self, call: Call, table_name: str) -> str:
        """The label of the table's latest stream; empty when it has none."""
        row = self._database.one(
            "SELECT max(label) FROM dynamodb_stream WHERE account = ? AND region = ? AND table_name = ?",
            (call.account, call.region, table_name),
        )
        return (row[0] or "") if row else ""

    def add_stream(self, call: Call, table_name: str, label: str, arn: str, view: str, key_schema: str) -> int:
        """Keep a new stream; its number."""
        return self._database.insert(
            "INSERT INTO dynamodb_stream"
            " (account, region, table_name, label, arn, view, key_schema, created_ms, trimmed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (call.account, call.region, table_name, label, arn, view, key_schema, call.now_ms),
        )

    def end_stream(self, stream_id: int, now_ms: int) -> None:
        self._database.write("UPDATE dynamodb_stream SET ended_ms = ? WHERE id = ?", (now_ms, stream_id))

    def delete_stream(self, stream_id: int) -> None:
        """Forget a stream and its shards; its records are gone already."""
        self._database.write("DELETE FROM dynamodb_shard WHERE stream_id = ?", (stream_id,))
        self._database.write("DELETE FROM dynamodb_stream WHERE id = ?", (stream_id,))

    # Shards ----------------------------------------------------------------------------------------------

    def shards(self, stream_id: int, closed_ms_min: int) -> list[ShardRow]:
        """The shards of a stream, oldest first; closed ones if not before ``closed_ms_min``."""
        rows = self._database.query(
            f"SELECT {_SHARD} FROM dynamodb_shard WHERE stream_id = ? AND (closed_ms IS NULL OR closed_ms > ?)"
            " ORDER BY shard_id",
            (stream_id, closed_ms_min),
        )
        return [ShardRow(*row) for row in rows]

    def shard(self, stream_id: int, shard_id: str, closed_ms_min: int) -> ShardRow | None:
        row = self._database.one(
            f"SELECT {_SHARD} FROM dynamodb_shard WHERE stream_id = ? AND shard_id = ?"
            " AND (closed_ms IS NULL OR closed_ms > ?)",
            (stream_id, shard_id, closed_ms_min),
        )
        return ShardRow(*row) if row else None

    def open_shard(self, stream_id: int) -> ShardRow | None:
        """The shard into which records go."""
        row = self._database.one(
            f"SELECT {_SHARD} FROM dynamodb_shard WHERE stream_id = ? AND closed_ms IS NULL", (stream_id,)
        )
        return ShardRow(*row) if row else None

    def add_shard(self, stream_id: int, shard_id: str, parent_id: str, now_ms: int, first: int) -> None:
        self._database.write(
            "INSERT INTO dynamodb_shard (stream_id, shard_id, parent_id, opened_ms, first) VALUES (?, ?, ?, ?, ?)",
            (stream_id, shard_id, parent_id, now_ms, first),
        )

    def close_shard(self, stream_id: int, shard_id: str, now_ms: int, last: int) -> None:
        self._database.write(
            "UPDATE dynamodb_shard SET closed_ms = ?, last = ? WHERE stream_id = ? AND shard_id = ?",
            (now_ms, last, stream_id, shard_id),
        )

    def delete_shards(self, stream_id: int, closed_ms_max: int) -> None:
        """Forget shards that were closed by then."""
        self._database.write(
            "DELETE FROM dynamodb_shard WHERE stream_id = ? AND closed_ms <= ?", (stream_id, closed_ms_max)
        )

    # Records ---------------------------------------------------------------------------------------------

    def add_record(self, row: RecordRow) -> None:
        self._database.write(_ADD, row)

    def last_number(self, stream: StreamRow, before_ms: int | None = None) -> int:
        """The number of the last record that is kept, of those from before a time; 0 when there is none."""
        if before_ms is None:
            row = self._database.one(
                "SELECT max(position) FROM dynamodb_record WHERE position > ? AND position <= ?",
                (stream.base, stream.base + NUMBER_MAX),
            )
            return (row[0] or 0) & NUMBER_MAX if row else 0
        first = self._database.one(
            "SELECT position FROM dynamodb_record WHERE position > ? AND position <= ? AND created_ms >= ?"
            " ORDER BY position LIMIT 1",
            (stream.base, stream.base + NUMBER_MAX, before_ms),
        )
        end = stream.base + NUMBER_MAX if first is None else first[0] - 1
        row = self._database.one(
            "SELECT max(position) FROM dynamodb_record WHERE position > ? AND position <= ?", (stream.base, end)
        )
        return (row[0] or 0) & NUMBER_MAX if row else 0

    def records(
        self, stream: StreamRow, after: int, last: int, created_ms_min: int, limit: int, size_bytes_max: int
    ) -> list[RecordRow]:
        """Records after a number and up to another one, newer than a time, of some size in all, at least one."""
        found: list[RecordRow] = []
        size = 0
        rows = self._database.each(
            "SELECT position, created_ms, change, size_bytes, keys, old, new FROM dynamodb_record"
            " WHERE position > ? AND position <= ? AND created_ms > ? ORDER BY position LIMIT ?",
            (stream.base + after, stream.base + last, created_ms_min, limit),
        )
        for row in rows:
            record = RecordRow(*row)
            size += record.size_bytes + len(record.keys or b"")
            if found and size > size_bytes_max:
                break
            found.append(record)
        return found

    def trim(self, stream: StreamRow, created_ms_max: int) -> bool:
        """Remove some of the records from before then; whether there may be more of them."""
        rows = self._database.query(
            "SELECT position, created_ms FROM dynamodb_record WHERE position > ? AND position <= ?"
            " ORDER BY position LIMIT ?",
            (stream.base, stream.base + NUMBER_MAX, TRIMMED_ROWS_MAX),
        )
        last = 0
        for position, created_ms in rows:
            if created_ms > created_ms_max:
                break
            last = position
        if not last:
            return False
        self._database.write("DELETE FROM dynamodb_record WHERE position > ? AND position <= ?", (stream.base, last))
        self._database.write("UPDATE dynamodb_stream SET trimmed = ? WHERE id = ?", (last & NUMBER_MAX, stream.id))
        return len(rows) == TRIMMED_ROWS_MAX and last == rows[-1][0]

    def first_created_ms(self, stream: StreamRow) -> int | None:
        """When the oldest record that is kept was written."""
        row = self._database.one(
            "SELECT created_ms FROM dynamodb_record WHERE position > ? AND position <= ? ORDER BY position LIMIT 1",
            (stream.base, stream.base + NUMBER_MAX),
        )
        return row[0] if row else None
