"""What is known of keys that were written is what a store that knows nothing reads, whatever fails or is undone."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratolite.core.entropy import SeededEntropy
from stratolite.services.s3 import standings
from stratolite.services.s3.domain import NULL_VERSION, Bucket, Content, Standing, Version
from stratolite.services.s3.standings import Standings
from stratolite.services.s3.store import Store
from stratolite.storage.blobs import Blobs
from stratolite.storage.database import Database
from stratolite.storage.migrations import migrate

SCHEMA = Path(standings.__file__).with_name("schema.sql")
BUCKET = "photos"
KEYS = ("a", "b")
NOW = Standing(NULL_VERSION, "e", False, Content(1), 0)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db")
    database.script("CREATE TABLE blob (id TEXT PRIMARY KEY, size_bytes INTEGER, owners INTEGER);")
    migrate(database, "s3", SCHEMA.read_text())
    yield database
    database.close()


@pytest.fixture
def known(database: Database) -> Standings:
    return Standings(database)


async def write(database: Database, known: Standings, key: str, *, fails: bool = False) -> None:
    def work() -> None:
        database.write("INSERT OR REPLACE INTO blob VALUES (?, 1, 1)", (key,))
        known.change(BUCKET, key, NOW)
        assert known.get(BUCKET, key) is None
        if fails:
            raise ValueError

    await database.transact(work)


async def test_what_is_left_is_known_after_the_commit(database: Database, known: Standings) -> None:
    await write(database, known, "a")
    assert known.get(BUCKET, "a") == NOW
    assert known.get(BUCKET, "b") is known.get("paintings", "a") is None


async def test_what_fails_leaves_nothing_to_know(database: Database, known: Standings) -> None:
    await write(database, known, "a")
    with pytest.raises(ValueError):
        await write(database, known, "a", fails=True)
    assert known.get(BUCKET, "a") is None


async def test_the_first_that_was_written_goes_at_the_limit(
    database: Database, known: Standings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standings, "KEYS_MAX", 2)
    for key in ("a", "b", "c"):
        await write(database, known, key)
    assert [key for key in ("a", "b", "c") if known.get(BUCKET, key)] == ["b", "c"]


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_is_written_in_whatever_turn(database: Database, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    blobs = Blobs(tmp_path, database, SeededEntropy(seed))
    store = Store(database, blobs)
    await database.transact(lambda: store.insert_bucket(Bucket(BUCKET, "1", "us-east-1", 0)))

    def put(key: str) -> None:
        version_id = dice.choice((NULL_VERSION, f"{dice.random()}"))
        current = store.standing(BUCKET, key)
        if dice.random() < 0.2:
            version = Version(BUCKET, key, version_id, 0, is_delete_marker=True)
        elif current is not None and current.content.bytes_id and current.version_id == version_id == NULL_VERSION:
            store.update_bytes(current.content.bytes_id, b"y")
            version = Version(BUCKET, key, version_id, 0, 1, f"{dice.random()}", content=current.content)
        else:
            content = Content(store.insert_bytes(b"x"))
            version = Version(BUCKET, key, version_id, 0, 1, f"{dice.random()}", content=content)
        store.put(version, current)

    def remove(key: str) -> None:
        found = store.versions(BUCKET, (key.encode(), -(2**60)), 1)
        if found and found[0].key == key:
            store.remove(found[0])

    def some() -> None:
        for _ in range(dice.randint(1, 2)):
            dice.choice((put, put, remove))(dice.choice(KEYS))
        if dice.random() < 0.3:
            raise ValueError

    for _ in range(30):
        turn = (database.transact(some) for _ in range(dice.randint(1, 4)))
        await asyncio.gather(*turn, return_exceptions=True)
        fresh = Store(database, blobs)
        for key in KEYS:
            assert store.standing(BUCKET, key) == fresh.standing(BUCKET, key)
