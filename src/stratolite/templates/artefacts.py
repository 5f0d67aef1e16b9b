"""Artefacts: the zips that a deployment uploads.

Owns: writing a zip whose bytes depend on names, contents and executability alone, and remembering what it has read
and packed, so that an edit repacks one file. Costs: one stat per file when nothing changed.
"""

import base64
import hashlib
import os
import struct
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from stratolite.core.errors import UserError

CACHE_BYTES_MAX = 256 * 1024 * 1024
STORED_BYTES_MAX = 64
"""Files up to this size are stored as they are: deflating them gains nothing."""
DEFLATE_LEVEL = 3
"""Measured on 110 MB of node_modules: 0.7 s and 18 MB, where level 6 takes 1.8 s for 16 MB."""
THREADED_MIN = 100
"""So many files are packed by more than one thread."""
TOGETHER = 50
"""So many of them are one thread's work at a time."""
ENTRIES_MAX = 65_535
ZIP_BYTES_MAX = 2**32 - 1

_DATE_1980 = 0x0021
_EXECUTABLE = 0o100755
_ORDINARY = 0o100644


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an artefact: its name in the zip and where it stands on disk."""

    name: str
    path: str


class _Stamp(NamedTuple):
    """The state of a file."""

    mtime_ns: int
    size_bytes: int
    mode: int


@dataclass(frozen=True, slots=True)
class Artefact:
    """A zip that functions or layers name.

    ``name`` is the file's name (``users.zip``), ``key`` the S3 key that the template names, ``entries`` the files, or
    none when ``ready`` is a zip that somebody else made or ``body`` holds the bytes already.
    """

    name: str
    key: str
    entries: tuple[Entry, ...] = ()
    ready: Path | None = None
    owners: tuple[str, ...] = ()
    body: bytes | None = field(default=None, repr=False)
    _digest: list[bytes] = field(default_factory=list, repr=False, compare=False)
    _stamps: dict[str, _Stamp] = field(default_factory=dict, repr=False, compare=False)

    def content(self) -> bytes:
        """The zip's bytes, equal for equal input. Raises UserError when a file cannot be read.

        A file that changes after the first time, as a log does, is what it was, as long as that is remembered.
        """
        if self.body is not None:
            return self.body
        if self.ready is not None:
            return _read(str(self.ready))
        return packed(self.entries, self._stamps)

    def digest(self) -> bytes:
        """SHA-256 of the content, computed once: a compilation asks for it for each function."""
        if not self._digest:
            self._digest.append(hashlib.sha256(self.content()).digest())
        return self._digest[0]

    def unread(self) -> "Artefact":
        """The same for those who will not upload it: its digest is that of nothing, and no file is read for it."""
        return replace(self, _digest=[hashlib.sha256().digest()])

    def unzipped_bytes(self) -> int:
        """What the files have together that were read for the digest; nothing of a zip that somebody else made."""
        return sum(stamp.size_bytes for stamp in self._stamps.values())

    def sha256(self) -> str:
        """The digest that Lambda calls CodeSha256: SHA-256 in base 64."""
        return base64.b64encode(self.digest()).decode()


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - thousands of files, and a Path of each costs as much again.
            return file.read()
    except OSError as error:
        raise UserError(f"cannot read the file: {error.strerror}", where=path) from error


@dataclass(frozen=True, slots=True)
class _Packed:
    """A file's body as it stands in a zip."""

    method: int
    crc: int
    size_bytes: int
    body: bytes


_Row = tuple[str, int, _Packed]
"""A file of a zip: its name, its mode, its body."""


class _Cache:
    """The least recently used bodies, at most CACHE_BYTES_MAX of them."""

    def __init__(self) -> None:
        self._rows: OrderedDict[tuple[str, int, int], _Packed] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def remembered(self, key: tuple[str, int, int]) -> "_Packed | None":
        with self._lock:
            row = self._rows.get(key)
            if row is not None:
                self._rows.move_to_end(key)
            return row

    def packed(self, path: str, mtime_ns: int, size: int) -> _Packed:
        key = (path, mtime_ns, size)
        row = self.remembered(key)
        if row is not None:
            return row
        row = _pack(_read(path))
        with self._lock:
            if key not in self._rows and len(row.body) <= CACHE_BYTES_MAX // 4:
                self._rows[key] = row
                self._bytes += len(row.body)
            while self._bytes > CACHE_BYTES_MAX:
                _, old = self._rows.popitem(last=False)
                self._bytes -= len(old.body)
        return row


_CACHE = _Cache()


def _pack(body: bytes) -> _Packed:
    crc = zlib.crc32(body)
    if len(body) > STORED_BYTES_MAX:
        deflater = zlib.compressobj(DEFLATE_LEVEL, zlib.DEFLATED, -15)
        deflated = deflater.compress(body) + deflater.flush()
        if len(deflated) < len(body):
            return _Packed(8, crc, len(body), deflated)
    return _Packed(0, crc, len(body), body)


def packed(entries: Sequence[Entry], stamps: dict[str, _Stamp] | None = None) -> bytes:
    """A zip of these files, in the order of their names, dated 1980. Raises UserError beyond ENTRIES_MAX.

    ``stamps`` has the state of each file at an earlier time, which is taken where it is remembered.
    """
    known = {} if stamps is None else stamps
    ordered = sorted(entries, key=lambda each: each.name)
    rows = [_remembered(entry, known) for entry in ordered]
    missing = [entry for entry, row in zip(ordered, rows, strict=True) if row is None]
    made = iter(_anew(missing, known))
    return _written([row or next(made) for row in rows])


def _anew(entries: Sequence[Entry], known: dict[str, _Stamp]) -> list[_Row]:
    """The rows of files that are not remembered, in their order."""
    if len(entries) < THREADED_MIN:
        return _rows(entries, known)
    # zlib lets other threads run: the files of large packages are deflated on all processors. Several at a time, since
    # handing over each by itself costs 60 µs, ten times what a file costs that was packed before.
    several = [entries[start : start + TOGETHER] for start in range(0, len(entries), TOGETHER)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return [row for rows in pool.map(partial(_rows, known=known), several) for row in rows]


def _rows(entries: Sequence[Entry], known: dict[str, _Stamp]) -> list[_Row]:
    return [_row(entry, known) for entry in entries]


def _remembered(entry: Entry, known: dict[str, _Stamp]) -> _Row | None:
    """The row of a file whose body was packed before, as it was at a known time or as it is now."""
    stamp = known.get(entry.path) or _stamped(entry, known)
    row = _CACHE.remembered((entry.path, stamp.mtime_ns, stamp.size_bytes))
    return None if row is None else (entry.name, stamp.mode, row)


def _row(entry: Entry, known: dict[str, _Stamp]) -> _Row:
    """The row of a file as it is now."""
    stamp = _stamped(entry, known)
    return entry.name, stamp.mode, _CACHE.packed(entry.path, stamp.mtime_ns, stamp.size_bytes)


def _stamped(entry: Entry, known: dict[str, _Stamp]) -> _Stamp:
    try:
        status = os.stat(entry.path)  # noqa: PTH116 - thousands of files
    except OSError as error:
        raise UserError(f"cannot read the file: {error.strerror}", where=entry.path) from error
    mode = _EXECUTABLE if status.st_mode & 0o100 else _ORDINARY
    stamp = known[entry.path] = _Stamp(status.st_mtime_ns, status.st_size, mode)
    return stamp


def packed_texts(texts: dict[str, bytes]) -> bytes:
    """A zip of files that exist in memory alone."""
    return _written([(name, _ORDINARY, _pack(body)) for name, body in sorted(texts.items())])


def _written(rows: list[tuple[str, int, _Packed]]) -> bytes:
    if len(rows) > ENTRIES_MAX:
        raise UserError(f"an artefact has {len(rows)} files; at most {ENTRIES_MAX} fit")
    parts: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name, mode, row in rows:
        raw = name.encode()
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0x800, row.method, 0, _DATE_1980, row.crc, len(row.body), row.size_bytes, len(raw), 0
        )
        header = b"PK\x03\x04" + common + raw
        attributes = struct.pack("<HHHII", 0, 0, 0, mode << 16, offset)
        directory.append(b"PK\x01\x02" + struct.pack("<H", 0x0314) + common + attributes + raw)
        parts += (header, row.body)
        offset += len(header) + len(row.body)
        if offset > ZIP_BYTES_MAX:
            raise UserError(f"an artefact is larger than {ZIP_BYTES_MAX} bytes")
    index = b"".join(directory)
    end = struct.pack("<HHHHIIH", 0, 0, len(rows), len(rows), len(index), offset, 0)
    return b"".join((*parts, index, b"PK\x05\x06", end))
