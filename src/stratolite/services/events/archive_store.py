"""The rows of archives, of what is in them, and of replays."""

import json
from typing import Any

from stratolite.core.call import Call
from stratolite.services.events.domain import Archive, Replay
from stratolite.services.events.store import ARCHIVE
from stratolite.storage.database import Database

_REPLAY = (
    "arn, account, region, name, archive_arn, bus_arn, description, filters, from_ms, until_ms, state, started_ms,"
    " ended_ms, last_ms, last_id"
)


class ArchiveStore:
    """Reads and writes the tables of archives and replays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def archive(self, arn: str) -> Archive | None:
        row = self._database.one(f"SELECT {ARCHIVE} FROM events_archive WHERE arn = ?", (arn,))
        return Archive(*row) if row else None

    def archives(self, call: Call, prefix: str, bus_arn: str, after: str, limit: int) -> list[Archive]:
        """Archives of the caller's namespace in order of name, after a name."""
        rows = self._database.query(
            f"SELECT {ARCHIVE} FROM events_archive WHERE account = ? AND region = ? AND name > ?"
            " AND substr(name, 1, ?) = ? AND (? = '' OR bus_arn = ?) ORDER BY name LIMIT ?",
            (call.account, call.region, after, len(prefix), prefix, bus_arn, bus_arn, limit),
        )
        return [Archive(*row) for row in rows]

    def put_archive(self, archive: Archive) -> None:
        """Insert or replace an archive."""
        self._database.write(
            f"INSERT OR REPLACE INTO events_archive ({ARCHIVE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                archive.arn,
                archive.account,
                archive.region,
                archive.name,
                archive.bus_arn,
                archive.description,
                archive.pattern,
                archive.retention_days,
                archive.kms_key,
                archive.created_ms,
                archive.events,
                archive.size_bytes,
                archive.expiry,
            ),
        )

    def delete_archive(self, arn: str) -> None:
        """Delete an archive with all that is in it."""
        self._database.write("DELETE FROM events_archived WHERE archive_arn = ?", (arn,))
        self._database.write("DELETE FROM events_archive WHERE arn = ?", (arn,))

    # What is in them -------------------------------------------------------------------------------------

    def add(self, archive_arn: str, time_ms: int, event_ms: int, event: str, size_bytes: int) -> None:
        """Keep an event that came at ``time_ms``, and says of itself that it is of ``event_ms``."""
        self._database.insert(
            "INSERT INTO events_archived (archive_arn, time_ms, event_ms, event, size_bytes) VALUES (?, ?, ?, ?, ?)",
            (archive_arn, time_ms, event_ms, event, size_bytes),
        )
        self._database.write(
            "UPDATE events_archive SET events = events + 1, size_bytes = size_bytes + ? WHERE arn = ?",
            (size_bytes, archive_arn),
        )

    def between(self, replay: Replay, limit: int) -> list[tuple[int, int, str]]:
        """(id, milliseconds, event) of what a replay gives out next: by the times in events, which have no fractions of
        seconds."""
        from_ms = replay.from_ms // 1000 * 1000
        rows = self._database.query(
            "SELECT id, event_ms, event FROM events_archived WHERE archive_arn = ? AND event_ms >= ? AND event_ms <= ?"
            " AND (event_ms, id) > (?, ?) ORDER BY event_ms, id LIMIT ?",
            (replay.archive_arn, from_ms, replay.until_ms, replay.last_ms, replay.last_id, limit),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def forget(self, archive: Archive, before_ms: int) -> int | None:
        """Delete the events until then; the time of the oldest that is left."""
        rows = self._database.query(
            "SELECT count(*), coalesce(sum(size_bytes), 0) FROM events_archived WHERE archive_arn = ? AND time_ms <= ?",
            (archive.arn, before_ms),
        )
        self._database.write(
            "DELETE FROM events_archived WHERE archive_arn = ? AND time_ms <= ?", (archive.arn, before_ms)
        )
        self._database.write(
            "UPDATE events_archive SET events = events - ?, size_bytes = size_bytes - ? WHERE arn = ?",
            (*rows[0], archive.arn),
        )
        row = self._database.one("SELECT min(time_ms) FROM events_archived WHERE archive_arn = ?", (archive.arn,))
        return None if row is None else row[0]

    def set_expiry(self, archive_arn: str, expiry: int) -> None:
        """Which outbox row forgets its oldest events."""
        self._database.write("UPDATE events_archive SET expiry = ? WHERE arn = ?", (expiry, archive_arn))

    # Replays ---------------------------------------------------------------------------------------------

    def replay(self, arn: str) -> Replay | None:
        row = self._database.one(f"SELECT {_REPLAY} FROM events_replay WHERE arn = ?", (arn,))
        return _replay(row) if row else None

    def replays(self, call: Call, prefix: str, archive_arn: str, state: str, after: str, limit: int) -> list[Replay]:
        """Replays of the caller's namespace in order of name, after a name."""
        rows = self._database.query(
            f"SELECT {_REPLAY} FROM events_replay WHERE account = ? AND region = ? AND name > ?"
            " AND substr(name, 1, ?) = ? AND (? = '' OR archive_arn = ?) AND (? = '' OR state = ?)"
            " ORDER BY name LIMIT ?",
            (
                call.account,
                call.region,
                after,
                len(prefix),
                prefix,
                archive_arn,
                archive_arn,
                state,
                state,
                limit,
            ),
        )
        return [_replay(row) for row in rows]

    def active_replays(self, call: Call) -> int:
        """How many replays of the caller's namespace have not ended."""
        row = self._database.one(
            "SELECT count(*) FROM events_replay WHERE account = ? AND region = ? AND ended_ms = 0",
            (call.account, call.region),
        )
        assert row is not None
        return int(row[0])

    def put_replay(self, replay: Replay) -> None:
        """Insert or replace a replay."""
        self._database.write(
            f"INSERT OR REPLACE INTO events_replay ({_REPLAY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                replay.arn,
                replay.account,
                replay.region,
                replay.name,
                replay.archive_arn,
                replay.bus_arn,
                replay.description,
                json.dumps(replay.filters),
                replay.from_ms,
                replay.until_ms,
                replay.state,
                replay.started_ms,
                replay.ended_ms,
                replay.last_ms,
                replay.last_id,
            ),
        )


def _replay(row: tuple[Any, ...]) -> Replay:
    arn, account, region, name, archive_arn, bus_arn, description, filters, *rest = row
    return Replay(arn, account, region, name, archive_arn, bus_arn, description, tuple(json.loads(filters)), *rest)
