"""Group commit: what is acknowledged is durable, what fails leaves nothing, readers wait for what they saw."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stratolite.core.errors import UserError
from stratolite.core.loading import NotLoaded
from stratolite.storage.database import Database, Durability, IntegrityError, opening


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db")
    database.script("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);")
    yield database
    database.close()


def names_on_disk(database: Database) -> list[str]:
    """What another process would see: committed rows alone."""
    other = Database(database.path)
    try:
        return [row[0] for row in other.query("SELECT name FROM item ORDER BY id")]
    finally:
        other.close()


def put(database: Database, name: str) -> int:
    return database.insert("INSERT INTO item (name) VALUES (?)", (name,))


async def test_a_transaction_is_durable_when_it_returns(database: Database) -> None:
    assert await database.transact(lambda: put(database, "a")) == 1
    assert names_on_disk(database) == ["a"]


async def test_what_a_transaction_needs_is_loaded_outside_of_it(database: Database) -> None:
    loaded: list[bool] = []
    loads, goes_on = threading.Event(), threading.Event()

    def load() -> None:
        loads.set()
        assert goes_on.wait(30)
        loaded.append(database.in_transaction)

    def work() -> int:
        number = put(database, "late")
        if not loaded:
            raise NotLoaded(load)
        return number

    running = asyncio.ensure_future(database.transact(work))
    await asyncio.to_thread(loads.wait, 30)
    assert await database.transact(lambda: put(database, "meanwhile")) == 1
    goes_on.set()
    assert await running == 2
    assert (names_on_disk(database), loaded) == (["meanwhile", "late"], [False])


async def test_transactions_of_one_turn_share_one_commit(database: Database) -> None:
    commits = 0

    def count() -> None:
        nonlocal commits
        commits += 1

    async def one(name: str) -> None:
        def work() -> None:
            put(database, name)
            assert names_on_disk(database) == [], "nothing of this turn is committed yet"
            if name == "a":
                database.after_commit(count)

        await database.transact(work)

    await asyncio.gather(one("a"), one("b"), one("c"))
    assert commits == 1
    assert names_on_disk(database) == ["a", "b", "c"]


async def test_a_failure_undoes_its_own_writes_alone(database: Database) -> None:
    told: list[str] = []

    def fail() -> None:
        put(database, "bad")
        database.after_commit(lambda: told.append("bad"))
        raise ValueError("no")

    results = await asyncio.gather(
        database.transact(lambda: put(database, "a")),
        database.transact(fail),
        database.transact(lambda: put(database, "b")),
        return_exceptions=True,
    )
    assert isinstance(results[1], ValueError)
    assert names_on_disk(database) == ["a", "b"]
    assert told == []


async def test_a_nested_failure_undoes_the_inner_part(database: Database) -> None:
    def inner() -> None:
        put(database, "inner")
        raise ValueError("no")

    def work() -> None:
        put(database, "before")
        with pytest.raises(ValueError, match="no"):
            database.nested(inner)
        database.nested(lambda: put(database, "kept"))
        put(database, "after")

    await database.transact(work)
    assert names_on_disk(database) == ["before", "kept", "after"]


async def test_a_nested_failure_before_the_first_outer_write(database: Database) -> None:
    def inner() -> None:
        put(database, "inner")
        raise ValueError("no")

    def work() -> None:
        with pytest.raises(ValueError, match="no"):
            database.nested(lambda: database.nested(inner))
        put(database, "outer")

    await database.transact(work)
    assert names_on_disk(database) == ["outer"]


async def test_a_reader_waits_for_the_commit_of_what_it_saw(database: Database) -> None:
    seen_on_disk: list[list[str]] = []

    async def read() -> None:
        rows = await database.transact(lambda: database.query("SELECT name FROM item"))
        assert rows == [("a",)]
        seen_on_disk.append(names_on_disk(database))

    await asyncio.gather(database.transact(lambda: put(database, "a")), read())
    assert seen_on_disk == [["a"]]


async def test_cancelling_one_caller_harms_no_other(database: Database) -> None:
    first = asyncio.create_task(database.transact(lambda: put(database, "a")))
    second = asyncio.create_task(database.transact(lambda: put(database, "b")))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 2
    assert names_on_disk(database) == ["a", "b"]


async def test_a_broken_constraint_has_a_name(database: Database) -> None:
    await database.transact(lambda: put(database, "a"))
    with pytest.raises(IntegrityError, match="UNIQUE"):
        await database.transact(lambda: put(database, "a"))


async def test_a_write_outside_a_transaction_is_a_bug(database: Database) -> None:
    with pytest.raises(AssertionError, match="inside a transaction"):
        put(database, "a")


async def test_a_turn_that_fills_the_disk_keeps_nothing(database: Database) -> None:
    """SQLite undoes the whole transaction then: all that share it are told, and the next turn works."""
    told: list[str] = []
    pages = database.query("PRAGMA page_count")[0][0]

    def small(name: str) -> None:
        put(database, name)
        database.after_commit(lambda: told.append(name))

    database.query(f"PRAGMA max_page_count = {pages + 3}")
    results = await asyncio.gather(
        database.transact(lambda: small("before")),
        database.transact(lambda: put(database, "x" * 1_000_000)),
        database.transact(lambda: small("after")),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [OSError, OSError, OSError]
    assert names_on_disk(database) == [] and told == []
    database.query("PRAGMA max_page_count = 1000000")
    await database.transact(lambda: small("again"))
    assert names_on_disk(database) == ["again"] and told == ["again"]


async def test_a_nested_failure_of_the_disk_is_the_failure_of_all(database: Database) -> None:
    pages = database.query("PRAGMA page_count")[0][0]
    database.query(f"PRAGMA max_page_count = {pages + 3}")

    def work() -> None:
        put(database, "before")
        with pytest.raises(OSError, match="disk is full"):
            database.nested(lambda: put(database, "x" * 1_000_000))

    with pytest.raises(OSError, match="the commit failed"):
        await database.transact(work)
    assert names_on_disk(database) == []


async def test_a_commit_that_fails_is_acknowledged_to_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = database._run

    def failing(sql: str, *values: Any) -> object:
        if sql == "COMMIT":
            raise sqlite3.OperationalError("disk I/O error")
        return execute(sql, *values)

    told: list[str] = []

    def work(name: str) -> None:
        put(database, name)
        database.after_commit(lambda: told.append(name))

    monkeypatch.setattr(database, "_run", failing)
    reads = database.transact(lambda: database.query("SELECT name FROM item"))
    results = await asyncio.gather(
        database.transact(lambda: work("a")), reads, database.transact(lambda: work("b")), return_exceptions=True
    )
    # The reader saw what was never committed, and is told so too.
    assert [type(result) for result in results] == [OSError, OSError, OSError]
    monkeypatch.undo()
    assert names_on_disk(database) == [] and told == []
    await database.transact(lambda: work("c"))
    assert names_on_disk(database) == ["c"] and told == ["c"]


async def test_an_action_after_the_commit_that_fails_holds_up_nobody(database: Database) -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.append(context["exception"]))

    def work() -> None:
        put(database, "a")
        database.after_commit(lambda: 1 // 0)  # type: ignore[arg-type]

    await database.transact(work)
    assert names_on_disk(database) == ["a"]
    assert [type(fault) for fault in faults] == [ZeroDivisionError]


@pytest.mark.parametrize(("durability", "synchronous"), [("process", 1), ("power", 2)])
def test_durability_is_synchronous(tmp_path: Path, durability: Durability, synchronous: int) -> None:
    # https://www.sqlite.org/pragma.html#pragma_synchronous: 1 is NORMAL, 2 is FULL.
    database = Database(tmp_path / "test.db", durability)
    assert database.one("PRAGMA synchronous") == (synchronous,)
    assert database.one("PRAGMA journal_mode") == ("wal",)
    database.close()


@pytest.mark.parametrize("content", [b"this is no database, it is a text of some length" * 100, b"\0" * 4096])
def test_a_file_that_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "test.db"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"(?s)cannot be used: file is not a database.*--data"):
        Database(path)
    assert path.read_bytes() == content


def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "test.db").mkdir()
    with pytest.raises(UserError, match="unable to open database file"):
        Database(tmp_path / "test.db")


def test_damage_that_is_found_at_start_is_told(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    database = Database(path)
    database.script("CREATE TABLE a (x); CREATE TABLE b (x);")
    database.close()
    damaged = bytearray(path.read_bytes())
    damaged[100:200] = b"\xff" * 100
    path.write_bytes(damaged)
    with pytest.raises(UserError, match="malformed"), opening(path):
        Database(path).query("SELECT * FROM a")


def test_a_path_that_is_too_long_for_sqlite_is_told_as_such(tmp_path: Path) -> None:
    folder = tmp_path
    while len(bytes(folder)) < 520:
        folder /= "d" * 100
        folder.mkdir()
    with pytest.raises(UserError, match=r"(?s)longer than SQLite takes \(512 bytes\).*--data"):
        Database(folder / "stratolite.db")


def test_a_disk_that_is_full_at_the_start_is_told_as_such(tmp_path: Path) -> None:
    database = Database(tmp_path / "stratolite.db")
    database._execute("PRAGMA max_page_count=1")
    with pytest.raises(UserError, match=r"(?s)full.*Make room there"), opening(database.path):
        database.script("CREATE TABLE a (b); CREATE TABLE c (d)")
    database.close()
