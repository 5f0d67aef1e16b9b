"""The durable outbox: what is to happen later, written in the transaction of its cause.

A row is deleted in the transaction that records its effect. So a crash at any instant leaves either the row, and
it is executed again, or the effect. Nothing is claimed on disk: which rows are in flight is known to the worker
alone, and forgotten with it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from stratolite.core.call import Call
from stratolite.core.errors import ServiceUnavailable
from stratolite.delivery.lanes import Lane
from stratolite.storage.database import Database

ENTRIES_MAX = 1_000_000
"""How many deliveries may wait; a cause that would add one more is refused (503)."""

_COLUMNS = "id, kind, due_ms, account, region, source, target, trace_id, created_ms, attempts, error, payload"


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivery. ``attempts`` counts the failed ones."""

    id: int
    kind: str
    due_ms: int
    account: str
    region: str
    source: str
    target: str
    trace_id: str
    created_ms: int
    attempts: int
    error: str
    payload: bytes

    @property
    def lane(self) -> Lane:
        return self.kind, self.target

    def call(self, now_ms: int, request_id: str = "") -> Call:
        """The call in whose name the delivery is made."""
        return Call(
            account=self.account,
            region=self.region,
            request_id=request_id,
            now_ms=now_ms,
            trace_id=self.trace_id,
        )


class Outbox:
    """Reads and writes outbox rows. Every write belongs inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._count = int((database.one("SELECT count(*) FROM outbox") or (0,))[0])
        self.notice: Callable[[Lane, int], None] = lambda lane, due_ms: None
        """Called with its lane and due time after the commit of new or postponed work; the worker sets it."""

    def put(
        self,
        call: Call,
        kind: str,
        payload: bytes,
        *,
        source: str = "",
        target: str = "",
        due_ms: int | None = None,
    ) -> int:
        """Add a delivery in the current transaction; its id. ``kind`` is ``<service>.<noun>``, ``due_ms`` defaults
        to now. Raises ServiceUnavailable at ``ENTRIES_MAX``."""
        if self._count >= ENTRIES_MAX:
            raise ServiceUnavailable(f"More than {ENTRIES_MAX} deliveries are waiting.")
        due = call.now_ms if due_ms is None else due_ms
        entry_id = self._database.insert(
            "INSERT INTO outbox (kind, due_ms, account, region, source, target, trace_id, created_ms, payload)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (kind, due, call.account, call.region, source, target, call.trace_id, call.now_ms, payload),
        )
        self._database.after_commit(lambda: self._added((kind, target), due))
        return entry_id

    def end(self, entry_id: int) -> None:
        """The delivery is over: delete its row in the transaction of its effect."""
        if self._database.write("DELETE FROM outbox WHERE id = ?", (entry_id,)):
            self._database.after_commit(self._ended)

    def postpone(self, entry: Entry, due_ms: int, attempts: int, error: str) -> None:
        """Try again at ``due_ms``."""
        self._database.write(
            "UPDATE outbox SET due_ms = ?, attempts = ?, error = ? WHERE id = ?",
            (due_ms, attempts, error, entry.id),
        )
        self._database.after_commit(lambda: self.notice(entry.lane, due_ms))

    def lanes(self) -> list[tuple[Lane, int]]:
        """Every lane that is not empty, with the earliest due time in it."""
        rows = self._database.query("SELECT kind, target, min(due_ms) FROM outbox GROUP BY kind, target")
        return [((kind, target), due_ms) for kind, target, due_ms in rows]

    def due(self, lane: Lane, now_ms: int, limit: int) -> list[int]:
        """The ids of a lane's entries whose time has come, in order of due time."""
        rows = self._database.query(
            "SELECT id FROM outbox WHERE kind = ? AND target = ? AND due_ms <= ? ORDER BY due_ms, id LIMIT ?",
            (*lane, now_ms, limit),
        )
        return [row[0] for row in rows]

    def next_due_ms(self, lane: Lane, after_ms: int) -> int | None:
        """When the next entry of a lane later than ``after_ms`` is due."""
        row = self._database.one(
            "SELECT min(due_ms) FROM outbox WHERE kind = ? AND target = ? AND due_ms > ?", (*lane, after_ms)
        )
        return row[0] if row else None

    def entry(self, entry_id: int) -> Entry | None:
        """An entry by its id; None when it is over."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM outbox WHERE id = ?", (entry_id,))
        return None if row is None else Entry(*row)

    def entries(self, *, limit: int = 1000, source: str = "", target: str = "") -> list[Entry]:
        """Waiting entries, for people to look at."""
        rows = self._database.query(
            f"SELECT {_COLUMNS} FROM outbox WHERE (? = '' OR source = ?) AND (? = '' OR target = ?)"
            " ORDER BY due_ms, id LIMIT ?",
            (source, source, target, target, limit),
        )
        return [Entry(*row) for row in rows]

    def __len__(self) -> int:
        return self._count

    def _added(self, lane: Lane, due_ms: int) -> None:
        self._count += 1
        self.notice(lane, due_ms)

    def _ended(self) -> None:
        self._count -= 1
