"""The tables of groups, streams and batches of events.

Appending costs one INSERT a batch: a stream's first and last times come from the index of its batches. Reading loads
one batch after the other, in order of time, and holds those whose times overlap. The ids of streams are cached; a
cached id that has gone stale breaks a foreign key, and the name is looked up again.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from stratolite.core.call import Call
from stratolite.services.logs import api
from stratolite.services.logs.domain import DAY_MS, Event, Group, Place, Stream
from stratolite.storage.database import Database, IntegrityError, Row

STREAM_IDS_CACHED_MAX = 4096

_GROUP = (
    "id, account, region, name, created_ms, class, kms_key_id, is_protected, retention_days, sweep_entry, tags"
    " FROM logs_group"
)
_STREAM = """s.id, s.group_id, s.name, s.created_ms,
    (SELECT min(first_ms) FROM logs_batch WHERE stream_id = s.id) AS first_event_ms,
    (SELECT max(last_ms) FROM logs_batch WHERE stream_id = s.id) AS last_event_ms,
    (SELECT max(ingested_ms) FROM logs_batch WHERE stream_id = s.id) AS last_ingestion_ms
    FROM logs_stream s"""

StreamKey = tuple[str, str, str, str]
"""Account, region, group, stream."""


class Store:
    """Rows of CloudWatch Logs. Writes belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stream_ids: dict[StreamKey, tuple[int, int]] = {}

    # Groups ----------------------------------------------------------------------------------------------------

    def add_group(self, call: Call, name: str, group_class: str, kms_key_id: str, *, is_protected: bool) -> bool:
        """Make a group; False when there is one of that name."""
        try:
            self._database.insert(
                "INSERT INTO logs_group (account, region, name, created_ms, class, kms_key_id, is_protected)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (call.account, call.region, name, call.now_ms, group_class, kms_key_id, is_protected),
            )
        except IntegrityError:
            return False
        return True

    def group(self, call: Call, name: str) -> Group | None:
        """The group of a name in the caller's namespace."""
        row = self._database.one(
            f"SELECT {_GROUP} WHERE account = ? AND region = ? AND name = ?", (call.account, call.region, name)
        )
        return _group(row) if row else None

    def require_group(self, call: Call, name: str) -> Group:
        """The group of a name. Raises ResourceNotFoundException."""
        group = self.group(call, name)
        if group is None:
            raise api.ResourceNotFoundException("The specified log group does not exist.")
        return group

    def group_of_id(self, group_id: int) -> Group | None:
        row = self._database.one(f"SELECT {_GROUP} WHERE id = ?", (group_id,))
        return _group(row) if row else None

    def groups(
        self, call: Call, *, prefix: str, after: str, accept: Callable[[Group], bool], limit: int
    ) -> list[Group]:
        """Groups in order of name, those after a name that begin with a prefix and are accepted."""
        rows = self._database.each(
            f"SELECT {_GROUP} WHERE account = ? AND region = ? AND name > ? AND name >= ? ORDER BY name",
            (call.account, call.region, after, prefix),
        )
        found: list[Group] = []
        for row in rows:
            group = _group(row)
            if len(found) == limit or not group.name.startswith(prefix):
                break
            if accept(group):
                found.append(group)
        return found

    def stored_bytes(self, group: Group, now_ms: int) -> int:
        """The bytes of the batches that have not expired."""
        row = self._database.one(
            "SELECT coalesce(sum(bytes), 0) FROM logs_batch WHERE group_id = ? AND last_ms >= ?",
            (group.id, group.oldest_ms(now_ms)),
        )
        return int(row[0]) if row else 0

    def set_retention(self, group: Group, days: int, sweep_entry: int) -> None:
        self._database.write(
            "UPDATE logs_group SET retention_days = ?, sweep_entry = ? WHERE id = ?", (days, sweep_entry, group.id)
        )

    def set_key(self, group: Group, kms_key_id: str) -> None:
        self._database.write("UPDATE logs_group SET kms_key_id = ? WHERE id = ?", (kms_key_id, group.id))

    def set_protection(self, group: Group, is_protected: bool) -> None:
        self._database.write("UPDATE logs_group SET is_protected = ? WHERE id = ?", (is_protected, group.id))

    def set_tags(self, group: Group, tags: Mapping[str, str]) -> None:
        self._database.write(
            "UPDATE logs_group SET tags = ? WHERE id = ?", (msgspec.json.encode(tags).decode(), group.id)
        )

    def delete_group(self, group: Group) -> None:
        """Delete a group with all its streams and events."""
        self._database.write("DELETE FROM logs_group WHERE id = ?", (group.id,))
        self._database.after_commit(lambda: self._forget(lambda ids: ids[0] == group.id))

    # Streams ---------------------------------------------------------------------------------------------------

    def add_stream(self, group: Group, name: str, now_ms: int) -> bool:
        """Make a stream; False when there is one of that name."""
        try:
            self._database.insert(
                "INSERT INTO logs_stream (group_id, name, created_ms) VALUES (?, ?, ?)", (group.id, name, now_ms)
            )
        except IntegrityError:
            return False
        return True

    def stream(self, group: Group, name: str) -> Stream | None:
        row = self._database.one(f"SELECT {_STREAM} WHERE s.group_id = ? AND s.name = ?", (group.id, name))
        return Stream(*row) if row else None

    def require_stream(self, group: Group, name: str) -> Stream:
        """The stream of a name. Raises ResourceNotFoundException."""
        stream = self.stream(group, name)
        if stream is None:
            raise api.ResourceNotFoundException("The specified log stream does not exist.")
        return stream

    def stream_names(self, group: Group, prefix: str = "") -> dict[int, str]:
        """Names of the streams that begin with a prefix, by id."""
        rows = self._database.query(
            "SELECT id, name FROM logs_stream WHERE group_id = ? AND substr(name, 1, ?) = ?",
            (group.id, len(prefix), prefix),
        )
        return dict(rows)

    def streams_by_name(
        self, group: Group, *, prefix: str, after: str | None, descending: bool, limit: int
    ) -> list[Stream]:
        """Streams in order of name, from the one after a name."""
        order, sign = ("DESC", "<") if descending else ("ASC", ">")
        rows = self._database.query(
            f"SELECT {_STREAM} WHERE s.group_id = ? AND substr(s.name, 1, ?) = ? AND (? IS NULL OR s.name {sign} ?)"
            f" ORDER BY s.name {order} LIMIT ?",
            (group.id, len(prefix), prefix, after, after, limit),
        )
        return [Stream(*row) for row in rows]

    def streams_by_time(self, group: Group, *, skip: int, descending: bool, limit: int) -> list[Stream]:
        """Streams in order of their last event; those without one count as the oldest."""
        order = "DESC" if descending else "ASC"
        rows = self._database.query(
            f"SELECT {_STREAM} WHERE s.group_id = ? ORDER BY coalesce(last_event_ms, 0) {order}, s.name {order}"
            " LIMIT ? OFFSET ?",
            (group.id, limit, skip),
        )
        return [Stream(*row) for row in rows]

    def delete_stream(self, stream: Stream) -> None:
        """Delete a stream with all its events."""
        self._database.write("DELETE FROM logs_stream WHERE id = ?", (stream.id,))
        self._database.after_commit(lambda: self._forget(lambda ids: ids[1] == stream.id))

    # Events ----------------------------------------------------------------------------------------------------

    def append(
        self, call: Call, group: str, stream: str, events: Sequence[tuple[int, str]], size_bytes: int
    ) -> tuple[int, int]:
        """Append events, sorted by time, making group and stream where they lack; ids of the group and the batch."""
        key = (call.account, call.region, group, stream)
        ids = self._stream_ids.get(key)
        if ids is not None:
            try:
                return ids[0], self.add_batch(*ids, events, size_bytes, call.now_ms)
            except IntegrityError:
                del self._stream_ids[key]
        ids = self._find_or_make(call, group, stream)
        self._remember(key, ids)
        return ids[0], self.add_batch(*ids, events, size_bytes, call.now_ms)

    def add_batch(
        self, group_id: int, stream_id: int, events: Sequence[tuple[int, str]], size_bytes: int, now_ms: int
    ) -> int:
        """Add one row of events, sorted by time; its id. Raises IntegrityError when the stream is gone."""
        return self._database.insert(
            "INSERT INTO logs_batch (group_id, stream_id, first_ms, last_ms, ingested_ms, bytes, events)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (group_id, stream_id, events[0][0], events[-1][0], now_ms, size_bytes, msgspec.json.encode(events)),
        )

    def events(
        self, owner: Group | Stream, start_ms: int, end_ms: int, *, after: Place | None, descending: bool
    ) -> Iterator[Event]:
        """Events of a group or stream with ``start_ms <= time < end_ms``, strictly after a place, in order of time.

        With ``descending`` the order is reversed, and "after" means earlier.
        """
        if after is not None:
            start_ms = start_ms if descending else max(start_ms, after.timestamp_ms)
            end_ms = min(end_ms, after.timestamp_ms + 1) if descending else end_ms
        spans = self._spans(owner, start_ms, end_ms, descending)
        for event in _merge(spans, self._load, descending):
            if not start_ms <= event.timestamp_ms < end_ms:
                continue
            if after is not None and (event.place >= after if descending else event.place <= after):
                continue
            yield event

    def sweep(self, group: Group, now_ms: int) -> None:
        """Delete the batches of which every event has expired."""
        self._database.write(
            "DELETE FROM logs_batch WHERE group_id = ? AND last_ms < ?", (group.id, group.oldest_ms(now_ms))
        )

    def first_end_ms(self, group: Group) -> int | None:
        """The time of the last event of the batch that will expire first."""
        row = self._database.one("SELECT min(last_ms) FROM logs_batch WHERE group_id = ?", (group.id,))
        return row[0] if row else None

    # Inner parts -----------------------------------------------------------------------------------------------

    def _find_or_make(self, call: Call, group_name: str, stream_name: str) -> tuple[int, int]:
        group = self.group(call, group_name)
        if group is None:
            self.add_group(call, group_name, "STANDARD", "", is_protected=False)
            group = self.group(call, group_name)
            assert group is not None
        stream = self.stream(group, stream_name)
        if stream is None:
            self.add_stream(group, stream_name, call.now_ms)
            stream = self.stream(group, stream_name)
            assert stream is not None
        return group.id, stream.id

    def _remember(self, key: StreamKey, ids: tuple[int, int]) -> None:
        def keep() -> None:
            if len(self._stream_ids) >= STREAM_IDS_CACHED_MAX:
                self._stream_ids.clear()
            self._stream_ids[key] = ids

        self._database.after_commit(keep)

    def _forget(self, is_gone: Callable[[tuple[int, int]], bool]) -> None:
        for key in [key for key, ids in self._stream_ids.items() if is_gone(ids)]:
            del self._stream_ids[key]

    def _spans(self, owner: Group | Stream, start_ms: int, end_ms: int, descending: bool) -> list[Row]:
        """Which batches may hold events of a time range, in reading order: (id, first, last)."""
        column = "group_id" if isinstance(owner, Group) else "stream_id"
        order = "last_ms DESC, id DESC" if descending else "first_ms, id"
        # No batch spans more than a day, so that the index bounds the search from below too.
        return self._database.query(
            f"SELECT id, first_ms, last_ms FROM logs_batch WHERE {column} = ? AND first_ms >= ? AND first_ms < ?"
            f" AND last_ms >= ? ORDER BY {order}",
            (owner.id, start_ms - DAY_MS, end_ms, start_ms),
        )

    def _load(self, batch_id: int) -> list[Event]:
        row = self._database.one("SELECT stream_id, ingested_ms, events FROM logs_batch WHERE id = ?", (batch_id,))
        if row is None:
            return []
        stream_id, ingested_ms, encoded = row
        return [
            Event(Place(timestamp_ms, batch_id, index), stream_id, ingested_ms, message)
            for index, (timestamp_ms, message) in enumerate(msgspec.json.decode(encoded))
        ]


def _group(row: Row) -> Group:
    tags: dict[str, str] = msgspec.json.decode(row[-1])
    return Group(*(*row[:-1], tags))


def _merge(spans: Sequence[Row], load: Callable[[int], list[Event]], descending: bool) -> Iterator[Event]:
    """Events of batches that may overlap, in order, holding only the batches that do."""
    sign = -1 if descending else 1
    waiting: list[tuple[Any, Event]] = []
    for batch_id, first_ms, last_ms in spans:
        edge_ms = last_ms if descending else first_ms
        # What stands before the edge of the next batch is complete: no later batch can come before it.
        while waiting and sign * waiting[0][1].timestamp_ms < sign * edge_ms:
            yield heapq.heappop(waiting)[1]
        for event in load(batch_id):
            heapq.heappush(waiting, (tuple(sign * part for part in event.place), event))
    while waiting:
        yield heapq.heappop(waiting)[1]
