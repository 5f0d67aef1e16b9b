"""The code store: what becomes a folder, and what is refused without a trace."""

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.engine import code
from stratolite.engine.code import Earlier, clean, unpack
from stratolite.engine.model import BadZip, UnzippedTooLarge
from stratolite.engine.sandbox import remove


def zipped(*entries: tuple[str, bytes, int]) -> bytes:
    """A zip of (name, content, Unix mode) entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return file.getvalue()


def test_a_zip_becomes_a_folder(tmp_path: Path) -> None:
    data = zipped(
        ("app.py", b"x = 1", 0o644), ("bin/tool", b"#!/bin/sh", 0o755), ("plain", b"", 0), ("empty/", b"", 0o755)
    )
    folder = unpack("abc", data, tmp_path / "store")
    assert folder == tmp_path / "store" / "abc"
    assert (folder / "app.py").read_bytes() == b"x = 1"
    assert stat.S_IMODE((folder / "app.py").stat().st_mode) == 0o444
    assert stat.S_IMODE((folder / "bin" / "tool").stat().st_mode) == 0o555
    assert stat.S_IMODE((folder / "plain").stat().st_mode) == 0o400
    assert (folder / "empty").is_dir()
    assert unpack("abc", b"not looked at again", tmp_path / "store") == folder


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_last_of_one_name_counts(tmp_path: Path) -> None:
    data = zipped(("app.py", b"first", 0o644), ("app.py", b"last", 0o755), ("./a//b.py", b"plain", 0o644))
    folder = unpack("abc", data, tmp_path)
    assert (folder / "app.py").read_bytes() == b"last"
    assert stat.S_IMODE((folder / "app.py").stat().st_mode) == 0o555
    assert (folder / "a" / "b.py").read_bytes() == b"plain"


def test_files_that_have_not_changed_are_shared_where_that_is_safe(tmp_path: Path) -> None:
    earlier, kept = Earlier(), ("lib/kept.py", b"k = 1", 0o644)
    mode, text = ("mode.py", b"m", 0o644), ("text.py", b"before", 0o644)
    first = unpack("first", zipped(kept, mode, text), tmp_path, earlier, is_shared=True)
    changed = zipped(kept, ("mode.py", b"m", 0o755), ("text.py", b"behind", 0o644), ("new.py", b"k = 1", 0o644))
    second = unpack("second", changed, tmp_path, earlier, is_shared=True)
    assert (second / "lib/kept.py").samefile(first / "lib/kept.py")
    assert [(second / name).stat().st_nlink for name in ("mode.py", "text.py", "new.py")] == [1, 1, 1]
    assert (second / "text.py").read_bytes() == b"behind" and (first / "text.py").read_bytes() == b"before"
    third = unpack("third", zipped(kept), tmp_path, earlier)
    assert (third / "lib/kept.py").stat().st_nlink == 1


def test_a_file_that_was_written_to_is_not_shared(tmp_path: Path) -> None:
    earlier, entry = Earlier(), ("app.py", b"x = 1", 0o644)
    for name in ("first", "second", "third"):
        folder = unpack(name, zipped(entry, (name, b"", 0o644)), tmp_path, earlier, is_shared=True)
        assert (folder / "app.py").read_bytes() == b"x = 1"
        if name == "first":
            (folder / "app.py").chmod(0o644)
            (folder / "app.py").write_bytes(b"x = 2")
            os.utime(folder / "app.py", ns=(1, 1))
    assert (tmp_path / "third/app.py").samefile(tmp_path / "second/app.py")
    remove(tmp_path / "second")
    assert (unpack("fourth", zipped(entry), tmp_path, earlier, is_shared=True) / "app.py").read_bytes() == b"x = 1"


@pytest.mark.parametrize("size", [100, 2 * code.COPY_BYTES])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_contents_that_are_damaged_are_refused(tmp_path: Path, size: int, method: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("app.py", bytes(number % 251 for number in range(size)))
    assert (unpack("good", file.getvalue(), tmp_path) / "app.py").stat().st_size == size
    with pytest.raises(BadZip):
        unpack("bad", file.getvalue()[:50] + b"??" + file.getvalue()[52:], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["good"]


def test_links_within_the_folder_are_kept(tmp_path: Path) -> None:
    data = zipped(("lib/a.so.1", b"so", 0o644), ("lib/a.so", b"a.so.1", stat.S_IFLNK | 0o777))
    assert (unpack("abc", data, tmp_path) / "lib" / "a.so").read_bytes() == b"so"


@pytest.mark.parametrize(
    "entry",
    [
        ("../out", b"", 0o644),
        ("a/../../out", b"", 0o644),
        ("/etc/out", b"", 0o644),
        ("C:/out", b"", 0o644),
        ("..\\out", b"", 0o644),
        ("x" * 5000, b"", 0o644),
        ("link", b"../..", stat.S_IFLNK | 0o777),
        ("link", b"/etc", stat.S_IFLNK | 0o777),
    ],
)
def test_entries_that_lead_out_are_refused(tmp_path: Path, entry: tuple[str, bytes, int]) -> None:
    with pytest.raises(BadZip, match="leads out of its folder"):
        unpack("abc", zipped(("fine.txt", b"", 0o644), entry), tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []
    assert list(tmp_path.iterdir()) == [tmp_path / "store"]


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    data = zipped(("a", b"elsewhere", stat.S_IFLNK | 0o777), ("a/file", b"x", 0o644))
    folder = tmp_path / "store"
    try:
        unpacked = unpack("abc", data, folder)
    except BadZip:
        assert list(folder.iterdir()) == []
    else:
        assert (unpacked / "a" / "file").read_bytes() == b"x"


def test_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "UNZIPPED_BYTES_MAX", 10)
    unpack("fits", zipped(("a", b"12345", 0), ("b", b"12345", 0)), tmp_path)
    with pytest.raises(UnzippedTooLarge, match="Unzipped size must be smaller than 10 bytes"):
        unpack("large", zipped(("a", b"12345", 0), ("b", b"123456", 0)), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["fits"]


def test_too_many_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "ENTRIES_MAX", 2)
    unpack("two", zipped(("a", b"", 0), ("b", b"", 0)), tmp_path)
    with pytest.raises(BadZip, match="more than 2 entries"):
        unpack("three", zipped(("a", b"", 0), ("b", b"", 0), ("c", b"", 0)), tmp_path)


def test_a_lie_about_the_size_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory of a zip is written by its sender: a claim of 1 byte does not open the door to a thousand."""
    monkeypatch.setattr(code, "UNZIPPED_BYTES_MAX", 100)
    data = bytearray(zipped(("a", b"x" * 1000, 0)))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1).to_bytes(4, "little")
    with pytest.raises((BadZip, UnzippedTooLarge)):
        unpack("lie", bytes(data), tmp_path)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=60)
@given(noise=st.binary(max_size=200), at=st.integers(0, 400))
def test_random_bytes_are_refused_or_unpacked_whole(tmp_path: Path, noise: bytes, at: int) -> None:
    data = zipped(("app.py", b"x = 1" * 20, 0o644), ("dir/other.py", b"", 0o644))
    root = tmp_path / "store"
    for name, mangled in (("noise", noise), ("mangled", data[:at] + noise + data[at + len(noise) :])):
        try:
            folder = unpack(name, mangled, root)
        except (BadZip, UnzippedTooLarge):
            assert not (root / name).exists()
        else:
            assert folder.is_dir()
            remove(folder)
        assert not list(root.glob(f"{code.UNPACKING}*"))


def test_what_a_killed_unpacking_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / f"{code.UNPACKING}x").mkdir()
    (tmp_path / "abc").mkdir()
    clean(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]
