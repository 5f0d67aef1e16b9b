"""The data folder: one holder at a time, no newer format, no orphaned blob."""

import asyncio
import os
from pathlib import Path

import pytest

from stratolite.core.entropy import SeededEntropy
from stratolite.core.errors import UserError
from stratolite.storage.blobs import Blobs, BlobWriter
from stratolite.storage.database import Database, opening
from stratolite.storage.folder import FORMAT, DataFolder
from stratolite.storage.migrations import migrate, parse

SCHEMA = (Path(__file__).parents[3] / "src/stratolite/storage/schema.sql").read_text()


def test_a_second_holder_is_refused_by_name_and_pid(tmp_path: Path) -> None:
    first = DataFolder(tmp_path / "data", "stratolite up")
    first.open()
    with pytest.raises(UserError, match=rf"in use by 'stratolite up' \(pid {os.getpid()}\)"):
        DataFolder(tmp_path / "data", "stratolite start").open()
    first.close()
    second = DataFolder(tmp_path / "data", "stratolite start")
    second.open()
    second.close()


def test_a_newer_folder_is_refused(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path, "test")
    folder.open()
    folder.close()
    (tmp_path / "format").write_text(f"{FORMAT + 1}\n")
    with pytest.raises(UserError, match="newer version"):
        folder.open()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        DataFolder(tmp_path / "file" / "data", "test").open()


def test_what_is_in_the_way_is_said_and_the_lock_given_back(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("")
    with pytest.raises(UserError, match="cannot be written: File exists"):
        DataFolder(tmp_path, "test").open()
    (tmp_path / "blobs").unlink()
    folder = DataFolder(tmp_path, "test")
    folder.open()
    folder.close()


@pytest.mark.parametrize("stamp", [b"0\n", b"nonsense", b"\xff\xfe", b""])
def test_a_folder_of_unknown_format_is_refused(tmp_path: Path, stamp: bytes) -> None:
    (tmp_path / "format").write_bytes(stamp)
    with pytest.raises(UserError, match="this version knows"):
        DataFolder(tmp_path, "test").open()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="cannot be written: Permission denied"):
        DataFolder(tmp_path, "test").open()


def test_a_lock_without_a_name_still_holds(tmp_path: Path) -> None:
    first = DataFolder(tmp_path, "stratolite up")
    first.open()
    (tmp_path / "lock").write_text("{")
    with pytest.raises(UserError, match="in use by another process"):
        DataFolder(tmp_path, "test").open()
    first.close()


def test_migrations_are_applied_once_and_in_order(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.db")
    one = "-- migration 1: a\nCREATE TABLE a (x);\nINSERT INTO a VALUES (1);\n"
    two = "-- migration 2: b\nALTER TABLE a ADD COLUMN y DEFAULT 'new';\n"
    migrate(database, "owner", one)
    migrate(database, "owner", one)
    migrate(database, "owner", one + two)
    assert database.query("SELECT x, y FROM a") == [(1, "new")]
    # Another owner counts for itself.
    migrate(database, "other", "-- migration 1: c\nCREATE TABLE c (x);\n")
    assert database.query("SELECT owner, number FROM migration") == [("other", 1), ("owner", 1), ("owner", 2)]
    database.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.db")
    broken = "-- migration 1: a\nCREATE TABLE a (x);\nINSERT INTO nowhere VALUES (1);\n"
    with pytest.raises(UserError, match="no such table: nowhere"), opening(database.path):
        migrate(database, "owner", broken)
    assert database.query("SELECT name FROM sqlite_master WHERE name = 'a'") == []
    database.close()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.db")
    migrate(database, "owner", "-- migration 1: a\nCREATE TABLE a (x);\n-- migration 2: b\nCREATE TABLE b (x);\n")
    migrate(database, "owner", "-- migration 1: a\nCREATE TABLE a (x);\n-- migration 2: b\nCREATE TABLE b (x);\n")
    with pytest.raises(UserError, match="newer version"):
        migrate(database, "owner", "-- migration 1: a\nCREATE TABLE a (x);\n")
    database.close()


def test_migrations_count_from_one() -> None:
    with pytest.raises(ValueError, match="numbered"):
        parse("-- migration 2: x\nSELECT 1;")


async def test_blobs_live_as_long_as_they_have_an_owner(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.db")
    migrate(database, "storage", SCHEMA)
    blobs = Blobs(tmp_path / "blobs", database, SeededEntropy(1))
    blob_id = blobs.put(b"0123456789")
    await database.transact(lambda: blobs.keep(blob_id))
    await database.transact(lambda: blobs.keep(blob_id))
    await database.transact(lambda: blobs.drop(blob_id))
    assert blobs.read(blob_id) == b"0123456789"
    assert [piece async for piece in blobs.range(blob_id, 2, 5)] == [b"234"]
    await database.transact(lambda: blobs.drop(blob_id))
    assert not list((tmp_path / "blobs").glob("*/*"))
    blobs.put(b"left by a crash")
    assert blobs.sweep() == 1
    assert not list((tmp_path / "blobs").glob("*/*"))
    database.close()


@pytest.mark.parametrize("sync", [False, True])
async def test_a_blob_that_is_dropped_and_kept_in_one_turn_stays(tmp_path: Path, sync: bool) -> None:
    database = Database(tmp_path / "test.db")
    migrate(database, "storage", SCHEMA)
    blobs = Blobs(tmp_path / "blobs", database, SeededEntropy(1), sync=sync)
    blob_id = blobs.put(b"0123456789")
    await database.transact(lambda: blobs.keep(blob_id))
    await asyncio.gather(
        database.transact(lambda: blobs.drop(blob_id)),
        database.transact(lambda: blobs.keep(blob_id)),
    )
    assert blobs.read(blob_id) == b"0123456789"
    database.close()


async def test_a_blob_that_is_dropped_while_it_is_read_is_read_to_its_end(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.db")
    migrate(database, "storage", SCHEMA)
    blobs = Blobs(tmp_path / "blobs", database, SeededEntropy(1))
    blob_id = blobs.put(b"0123456789")
    await database.transact(lambda: blobs.keep(blob_id))
    reading, unread = blobs.range(blob_id, 0, 10), blobs.range(blob_id, 0, 10)
    await database.transact(lambda: blobs.drop(blob_id))
    assert [piece async for piece in reading] == [b"0123456789"]
    unread.close()
    assert blobs.sweep() == 0
    database.close()


async def test_a_blob_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: BlobWriter, piece: bytes) -> None:
        raise OSError("No space left on device")

    database = Database(tmp_path / "test.db")
    migrate(database, "storage", SCHEMA)
    blobs = Blobs(tmp_path / "blobs", database, SeededEntropy(1))
    monkeypatch.setattr(BlobWriter, "write", full)
    with pytest.raises(OSError, match="No space"):
        blobs.put(b"0123456789")
    assert not list((tmp_path / "blobs").glob("*/*"))
    database.close()


def test_a_folder_that_we_make_stays_out_of_the_repository(tmp_path: Path) -> None:
    ours, theirs = DataFolder(tmp_path / "ours", "tests"), DataFolder(tmp_path / "theirs", "tests")
    theirs.path.mkdir()
    for folder in (ours, theirs):
        folder.open()
        folder.close()
    assert (ours.path / ".gitignore").read_text() == "*\n"
    assert not (theirs.path / ".gitignore").exists()
