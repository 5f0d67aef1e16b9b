"""The data folder: one holder at a time, no newer format, no orphaned blob."""

from pathlib import Path

import pytest

from stratolite.core.entropy import SeededEntropy
from stratolite.core.errors import UserError
from stratolite.storage.blobs import Blobs
from stratolite.storage.database import Database
from stratolite.storage.folder import FORMAT, DataFolder
from stratolite.storage.migrations import migrate, parse

SCHEMA = (Path(__file__).parents[3] / "src/stratolite/storage/schema.sql").read_text()


def test_a_second_holder_is_refused_by_name_and_pid(tmp_path: Path) -> None:
    import os

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
