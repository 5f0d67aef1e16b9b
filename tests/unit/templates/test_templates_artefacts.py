"""Zips: readable by others, equal for equal input, bounded."""

import base64
import hashlib
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.core.errors import UserError
from stratolite.templates import artefacts
from stratolite.templates.artefacts import Artefact, Entry, packed_texts
from stratolite.templates.serverless.package import package


@settings(max_examples=50)
@given(st.dictionaries(st.text("abc/\u00e9.", min_size=1, max_size=8), st.binary(max_size=300), max_size=6))
def test_pythons_reader_reads_what_is_written(texts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(BytesIO(packed_texts(texts))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(texts)
        assert {name: archive.read(name) for name in texts} == texts


def test_the_order_of_files_is_that_of_names(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).write_text(name * 100)
    entries = [Entry(name, str(tmp_path / name)) for name in ("b", "a")]
    one, other = Artefact("x.zip", "k", tuple(entries)), Artefact("x.zip", "k", tuple(reversed(entries)))
    assert one.content() == other.content()
    assert one.sha256() == base64.b64encode(hashlib.sha256(one.content()).digest()).decode()
    (tmp_path / "a").write_text("changed")
    assert one.content() != Artefact("y.zip", "k", tuple(entries[:1])).content()
    assert b"changed" in Artefact("x.zip", "k", tuple(entries)).content()


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the file"):
        Artefact("x.zip", "k", (Entry("gone", str(tmp_path / "gone")),)).content()
    with pytest.raises(UserError, match="cannot read the file"):
        Artefact("x.zip", "k", ready=tmp_path / "gone.zip").content()


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "ENTRIES_MAX", 2)
    with pytest.raises(UserError, match="at most 2 fit"):
        packed_texts({"a": b"", "b": b"", "c": b""})


def test_the_cache_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "CACHE_BYTES_MAX", 400)
    monkeypatch.setattr(artefacts, "_CACHE", artefacts._Cache())
    for index in range(20):
        (tmp_path / str(index)).write_bytes(bytes([index]) * 60)
    entries = tuple(Entry(str(index), str(tmp_path / str(index))) for index in range(20))
    assert Artefact("x", "k", entries).content() == Artefact("x", "k", entries).content()
    assert artefacts._CACHE._bytes <= 400


def test_zips_are_written_where_they_changed(tmp_path: Path) -> None:
    class Made:
        artefacts = (Artefact("a.zip", "k/a.zip", body=b"1"), Artefact("b.zip", "k/b.zip", body=b"2"))

    out = tmp_path / "out"
    written = package(Made(), out)  # type: ignore[arg-type]
    assert {artefact.name: file.read_bytes() for artefact, file in written.items()} == {"a.zip": b"1", "b.zip": b"2"}
    before = (out / "a.zip").stat().st_mtime_ns
    (out / "b.zip").write_bytes(b"old")
    package(Made(), out)  # type: ignore[arg-type]
    assert (out / "a.zip").stat().st_mtime_ns == before and (out / "b.zip").read_bytes() == b"2"
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        package(Made(), tmp_path / "file")  # type: ignore[arg-type]


def test_many_files_are_packed_by_threads_into_the_same_zip(tmp_path: Path) -> None:
    entries = []
    for place in range(artefacts.THREADED_MIN):
        file = tmp_path / f"{place:03}.txt"
        file.write_text(f"{place} " * 500)
        entries.append(Entry(file.name, str(file)))
    body = artefacts.packed(entries)
    with zipfile.ZipFile(BytesIO(body)) as archive:
        assert archive.namelist() == [entry.name for entry in entries]
        assert archive.read("042.txt") == b"42 " * 500
        assert archive.testzip() is None
    assert artefacts.packed(list(reversed(entries))) == body
    with pytest.raises(UserError, match="cannot read the file"):
        artefacts.packed([*entries, Entry("none.txt", str(tmp_path / "none.txt"))])


def test_a_file_that_changes_after_the_digest_is_packed_as_it_was(tmp_path: Path) -> None:
    """Somebody's log lies in the folder of the service, and is written while the service is deployed."""
    file = tmp_path / "up.log"
    file.write_text("first")
    artefact = Artefact("s.zip", "k/s.zip", (Entry("up.log", str(file)),))
    digest = artefact.digest()
    file.write_text("first, and more")
    assert hashlib.sha256(artefact.content()).digest() == digest
    again = Artefact("s.zip", "k/s.zip", artefact.entries)
    assert again.digest() != digest
