"""The one SQLite database: one writer, transactions, group commit.

All transactions of one turn of the event loop share one commit. ``transact`` runs a plain function (never a
coroutine: nothing can be awaited inside a transaction), and returns only after the commit that made its writes
durable. A transaction that fails is rolled back alone; the others of its turn are kept. A reader that may
have seen the uncommitted writes of its turn waits for their commit too, so that no answer ever rests on state
that a crash could take back.

``durability``: ``process`` survives ``kill -9`` (WAL without fsync per commit); ``power`` survives a power cut
(``synchronous=FULL``: one fsync per commit, and it blocks the loop while it runs).

A disk that is full or fails is an OSError for every transaction of the turn: nothing of them is kept, nobody is told
otherwise. Damage that is found while the database is opened is a UserError.

Cost: a transaction that only reads adds nothing to its queries; one that writes adds a savepoint (a few
microseconds) and its share of a commit (about 20 microseconds with ``process``).
"""

import asyncio
import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

from stratolite.core.errors import UserError
from stratolite.core.loading import NotLoaded

T = TypeVar("T")
Value = str | int | float | bytes | None
Row = tuple[Any, ...]
Durability = Literal["process", "power"]

STATEMENTS_CACHED_MAX = 512
CHECKPOINT_PAGES = 4000
PAGE_CACHE_KIB = 16 * 1024
PATH_BYTES_MAX = 512
"""How long the path of a file may be that SQLite opens (``MAX_PATHNAME``)."""

# Savepoints have one name: SQLite means the innermost of that name.
_SAVE, _KEEP, _UNDO = "SAVEPOINT attempt", "RELEASE attempt", "ROLLBACK TO attempt"

_OF_THE_DISK = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)


class IntegrityError(Exception):
    """A write broke a uniqueness or foreign-key constraint; the statement had no effect."""


@contextlib.contextmanager
def opening(path: Path) -> Iterator[None]:
    """What is done before the first request: a database that cannot be read or written is a UserError."""
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        todo = "Put back a copy of the data folder, or name another one with --data."
        if getattr(error, "errno", None) == errno.ENOSPC or _code(error) == sqlite3.SQLITE_FULL:
            todo = "Make room there, or name another data folder with --data."
        elif is_too_long(path):
            todo = (
                f"Its path is longer than SQLite takes ({PATH_BYTES_MAX} bytes): name another data folder with --data."
            )
        raise UserError(f"the database cannot be used: {error}", where=str(path), todo=todo) from error


def is_too_long(path: Path) -> bool:
    """Whether the path of a database is longer than SQLite takes, with what it names the files beside it."""
    return len(os.fsencode(path.absolute())) + len("-journal") > PATH_BYTES_MAX


class Database:
    """SQLite in WAL mode, used from one event loop alone."""

    def __init__(self, path: Path, durability: Durability = "process") -> None:
        """Raises UserError when the file is no database or cannot be opened."""
        self.path = path
        with opening(path):
            self._open(path, durability)
        self._group_open = False
        self._depth = 0
        self._saved_depth = 0
        self._waiters: list[asyncio.Future[None]] = []
        self._after: list[Callable[[], None]] = []

    def _open(self, path: Path, durability: Durability) -> None:
        self._connection = sqlite3.connect(
            path, isolation_level=None, cached_statements=STATEMENTS_CACHED_MAX, check_same_thread=False
        )
        self._execute = self._connection.execute
        self._run = self._connection.cursor().execute
        """Executes what gives no rows. One cursor is enough for that, and to make another takes 0.2 µs."""
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if durability == 'power' else 'NORMAL'}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            f"cache_size=-{PAGE_CACHE_KIB}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        ):
            try:
                self._execute(f"PRAGMA {pragma}")
            except sqlite3.DatabaseError:
                self._connection.close()
                raise

    # Reading ---------------------------------------------------------------------------------------------

    def query(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """All rows of a SELECT."""
        return self._execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        """The first row of a SELECT, or None."""
        row: Row | None = self._execute(sql, values).fetchone()
        return row

    def each(self, sql: str, values: Sequence[Value] = ()) -> Iterable[Row]:
        """The rows of a SELECT one at a time; the caller must not write to the table while it iterates."""
        return self._execute(sql, values)

    # Writing ---------------------------------------------------------------------------------------------

    def write(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run an INSERT, UPDATE or DELETE inside a transaction; the number of rows it changed.

        Raises IntegrityError when a constraint refuses it, OSError when the disk does.
        """
        self._begin()
        try:
            return self._run(sql, values).rowcount
        except sqlite3.DatabaseError as error:
            _refused(error)

    def insert(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run an INSERT inside a transaction; the row id that it got. Raises IntegrityError."""
        self._begin()
        try:
            rowid = self._run(sql, values).lastrowid
        except sqlite3.DatabaseError as error:
            _refused(error)
        assert rowid is not None
        return rowid

    def write_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run one statement for each row, inside a transaction. Raises IntegrityError."""
        self._begin()
        try:
            self._connection.executemany(sql, rows)
        except sqlite3.DatabaseError as error:
            _refused(error)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run ``action`` once the current transaction is durable; never when it is rolled back.

        For what lives in memory only: waking a worker, dropping a cache entry. It must not raise.
        """
        assert self._depth, "after_commit belongs inside a transaction"
        self._after.append(action)

    # Transactions ----------------------------------------------------------------------------------------

    async def transact(self, work: Callable[[], T]) -> T:
        """Run ``work`` in a transaction; its result (or what it raised) after the commit.

        Where it needs code that is not loaded, it is undone, and runs again when another thread has loaded that.
        """
        assert not self._depth, "use nested() inside a transaction"
        try:
            result = self._attempt(work)
        except NotLoaded as missing:
            await asyncio.to_thread(missing.load)
            return await self.transact(work)
        except BaseException:
            if self._group_open:
                await self._committed()
            raise
        if self._group_open:
            await self._committed()
        return result

    def nested(self, work: Callable[[], T]) -> T:
        """Run ``work`` inside the current transaction so that its failure undoes its writes alone."""
        assert self._depth, "nested() belongs inside a transaction"
        return self._attempt(work)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is running at this very moment."""
        return self._depth > 0

    def _attempt(self, work: Callable[[], T]) -> T:
        depth, mark = self._depth + 1, len(self._after)
        self._depth = depth
        try:
            result = work()
            if self._saved_depth == depth:
                self._require_group()
                self._run(_KEEP)
            return result
        except BaseException:
            # A disk that is full may have made SQLite undo the whole group.
            if self._saved_depth == depth and self._connection.in_transaction:
                self._run(_UNDO)
                self._run(_KEEP)
            del self._after[mark:]
            raise
        finally:
            self._depth = depth - 1
            if self._saved_depth == depth:
                self._saved_depth = depth - 1

    def _begin(self) -> None:
        # Savepoints are made when the first write comes, so that transactions that only read cost nothing.
        if self._saved_depth == self._depth:
            assert self._depth, "a write belongs inside a transaction"
            return
        if self._group_open:
            self._require_group()
        else:
            try:
                self._run("BEGIN IMMEDIATE")
            except sqlite3.DatabaseError as error:
                _refused(error)
            self._group_open = True
            asyncio.get_running_loop().call_soon(self._commit)
        while self._saved_depth < self._depth:
            self._run(_SAVE)
            self._saved_depth += 1

    def _require_group(self) -> None:
        """Raises OSError when SQLite has undone the transactions of this turn: a savepoint would begin another one."""
        if not self._connection.in_transaction:
            raise OSError(errno.EIO, "the transaction was undone: the disk is full or fails")

    def _committed(self) -> "asyncio.Future[None]":
        # One future a waiter: a caller that is cancelled must not cancel the others' commit.
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return waiter

    def _commit(self) -> None:
        if not self._group_open:
            return
        waiters, self._waiters = self._waiters, []
        after, self._after = self._after, []
        self._group_open = False
        try:
            self._run("COMMIT")
        except sqlite3.Error as error:
            self._connection.rollback()
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(_of_the_disk(f"the commit failed: {error}", error))
            return
        try:
            for action in after:
                action()
        finally:
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    # Life ------------------------------------------------------------------------------------------------

    def script(self, sql: str) -> None:
        """Run a migration: several statements, in a transaction of their own, at once."""
        assert not self._depth
        self._commit()
        try:
            self._connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nCOMMIT;")
        except sqlite3.Error:
            self._connection.rollback()
            raise

    def close(self) -> None:
        """Commit what is open and close the file."""
        self._commit()
        self._connection.close()


def _refused(error: sqlite3.DatabaseError) -> NoReturn:
    """Raise what a failed write is to its caller: a broken constraint, the disk's fault, or a fault of ours."""
    if isinstance(error, sqlite3.IntegrityError):
        raise IntegrityError(str(error)) from error
    if _code(error) in _OF_THE_DISK:
        raise _of_the_disk(f"the write failed: {error}", error) from error
    raise error


def _of_the_disk(what: str, error: sqlite3.Error) -> OSError:
    return OSError(errno.ENOSPC if _code(error) == sqlite3.SQLITE_FULL else errno.EIO, what)


def _code(error: BaseException) -> int:
    """SQLite's code for an error without its finer distinctions; 0 for what is none of SQLite's."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
