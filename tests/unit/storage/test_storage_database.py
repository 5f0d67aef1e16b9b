"""Group commit: what is acknowledged is durable, what fails leaves nothing, readers wait for what they saw."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratolite.storage.database import Database, IntegrityError


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
