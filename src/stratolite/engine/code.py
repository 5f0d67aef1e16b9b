"""The code store: a zip file becomes a read-only folder named by its hash, once.

The folder appears whole or not at all (it is renamed into place). A zip that would write outside of its folder, that
is larger than AWS allows, or that is no zip, leaves nothing behind. Unpacking is blocking work: call it in a thread.

Files that an earlier zip had as well may be shared with its folder, as hard links: an edit of one file among ten
thousand writes one. That is for code that is mounted read-only alone: what is written to one of them is in all.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

# ruff: noqa: PTH103, PTH108, PTH123 - ten thousand files, and a Path of each costs as much again.

import hashlib
import io
import os
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from stratolite.engine.model import BadZip, UnzippedTooLarge
from stratolite.engine.sandbox import remove

UNZIPPED_BYTES_MAX = 2 * 1024**3
"""What is unpacked at most. What Lambda takes is less, and checked when a function is made."""
"""250 MB, for the code of a function or a layer."""
ENTRIES_MAX = 100_000
NAME_BYTES_MAX = 4096
COPY_BYTES = 1024 * 1024
UNPACKING = ".unpacking-"
UTF8_BYTES_MAX = 4
"""Of one character."""
_PLAIN = re.compile(r"(?:(?!\.{1,2}/)[^/\\\0:]+/)*(?!\.{1,2}\Z)[^/\\\0:]+")
"""Names that are paths as they stand; the others are looked at more closely."""
_SIGN = b"PK\x03\x04"
_HEADER = struct.Struct("<4s22xHH")
"""What stands before an entry: its sign, and the lengths of its name and of what is said besides."""
_ODD = 0x61
"""Flags of entries that are encrypted or patches: zipfile refuses them."""
_DIGEST_BYTES = 20
_ANEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
# What zipfile raises about a file that is damaged or made to do damage.
DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class _Written(NamedTuple):
    """A file that was unpacked: what it was in the zip, its mode and size; where it is, and when it was written."""

    digest: bytes
    mode: int
    size_bytes: int
    path: str
    mtime_ns: int


@dataclass
class Earlier:
    """What was unpacked before, by the name in the zip. The files of at most ENTRIES_MAX names."""

    files: dict[str, _Written] = field(default_factory=dict)

    def remember(self, files: dict[str, _Written]) -> None:
        if len(self.files) + len(files) > ENTRIES_MAX:
            self.files = {}
        self.files.update(files)

    def link(self, wanted: _Written, name: str) -> bool:
        """Make a file the one of this name that is there already; False where there is none, or it was written to."""
        known = self.files.get(name)
        if known is None or (known.digest, known.mode, known.size_bytes) != (
            wanted.digest,
            wanted.mode,
            wanted.size_bytes,
        ):
            return False
        try:
            status = os.lstat(known.path)
            if (status.st_mtime_ns, status.st_size) != (known.mtime_ns, known.size_bytes):
                return False
            os.link(known.path, wanted.path)
        except OSError:  # It is gone, has too many links, or the file system has none.
            return False
        return True


def unpack(sha256: str, data: bytes, root: Path, earlier: Earlier | None = None, *, is_shared: bool = False) -> Path:
    """The folder with the contents of a zip, ``root/<sha256>``; made if it is not there yet.

    ``earlier`` remembers what is unpacked; if that ``is_shared``, its files are taken where they are the same. Raises
    BadZip and UnzippedTooLarge. ``sha256`` is the caller's name for the contents, safe as a file name.
    """
    assert re.fullmatch(r"[0-9A-Za-z_-]+", sha256), "the hash has to be safe as a file name"
    place = root / sha256
    if place.is_dir():
        return place
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=UNPACKING, dir=root))
    try:
        files = _extract(data, str(folder), earlier if is_shared else None)
        folder.rename(place)
        if earlier is not None:
            earlier.remember({name: each._replace(path=f"{place}/{name}") for name, each in files.items()})
    except DAMAGES as error:
        if not place.is_dir():  # Otherwise another thread was faster.
            raise BadZip(f"{error}") from error
    finally:
        if folder.exists():
            remove(folder)
    return place


def clean(root: Path) -> None:
    """Remove what an unpacking that was killed left behind. Only when nothing is being unpacked."""
    for folder in root.glob(f"{UNPACKING}*"):
        remove(folder)


def _extract(data: bytes, folder: str, earlier: Earlier | None) -> dict[str, _Written]:
    """The files of a zip, and then its links, so that no entry is written through one."""
    written: dict[str, _Written] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if len(entries) > ENTRIES_MAX:
            raise BadZip(f"more than {ENTRIES_MAX} entries")
        if sum(entry.file_size for entry in entries) > UNZIPPED_BYTES_MAX:
            raise UnzippedTooLarge(f"Unzipped size must be smaller than {UNZIPPED_BYTES_MAX} bytes")
        left_bytes = UNZIPPED_BYTES_MAX
        links, made = [], {folder}
        for entry in entries:
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise BadZip(f"the entry {entry.filename!r} is compressed in a way that Lambda does not know")
            name = _inner_path(entry.filename)
            path = f"{folder}/{name}"
            around = path if entry.is_dir() else path.rpartition("/")[0]
            if around not in made:
                os.makedirs(around, exist_ok=True)
                made.add(around)
            if entry.is_dir():
                continue
            if stat.S_ISLNK(entry.external_attr >> 16):
                links.append((path, archive.read(entry).decode("utf-8", "surrogateescape")))
            else:
                each = _wanted(entry, data, path)
                if earlier is None or not earlier.link(each, name):
                    each = _write(each, _pieces(archive, entry, data), left_bytes)
                    written[name] = each
                left_bytes -= each.size_bytes
    for path, target in links:
        _make_link(Path(folder), Path(path), target)
    return written


def _wanted(entry: zipfile.ZipInfo, data: bytes, path: str) -> _Written:
    """What is to be at a path."""
    mode = (entry.external_attr >> 16) & 0o777
    digest = hashlib.blake2b(_body(entry, data), digest_size=_DIGEST_BYTES).digest()
    return _Written(digest, ((mode or 0o644) | stat.S_IRUSR) & ~0o222, entry.file_size, path, 0)


def _body(entry: zipfile.ZipInfo, data: bytes) -> memoryview:
    """An entry as it lies in the zip. Raises BadZip where it does not."""
    header = data[entry.header_offset : entry.header_offset + _HEADER.size]
    sign, name_bytes, extra_bytes = _HEADER.unpack(header)
    if sign != _SIGN:
        raise BadZip(f"the entry {entry.filename!r} is not where it should be")
    start = entry.header_offset + _HEADER.size + name_bytes + extra_bytes
    return memoryview(data)[start : start + entry.compress_size]


def _inner_path(name: str) -> str:
    """The entry's path. Raises BadZip when it is absolute, leads upwards, or is no path at all."""
    if _PLAIN.fullmatch(name) and len(name) < NAME_BYTES_MAX // UTF8_BYTES_MAX:
        return name
    path = PurePosixPath(name.replace("\\", "/"))
    is_odd = not path.parts or "\0" in name or len(name.encode("utf-8", "surrogateescape")) > NAME_BYTES_MAX
    if is_odd or path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", path.parts[0]):
        raise BadZip(f"the entry {name!r} leads out of its folder")
    return str(path)


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes) -> Iterator[bytes]:
    """The contents of an entry. The size in the directory of the zip is the sender's claim; no more than it is read."""
    if entry.file_size > COPY_BYTES or entry.flag_bits & _ODD:
        with archive.open(entry) as source:
            while piece := source.read(COPY_BYTES):
                yield piece
        return
    # Small files, of which packages of Node have ten thousand, are taken as they lie there, at a third of the cost.
    body = _body(entry, data)
    deflated = entry.compress_type == zipfile.ZIP_DEFLATED
    piece = zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, entry.file_size + 1) if deflated else bytes(body)
    if len(piece) != entry.file_size or zlib.crc32(piece) != entry.CRC:
        raise BadZip(f"the entry {entry.filename!r} is not what it was")
    yield piece


def _write(wanted: _Written, pieces: Iterable[bytes], bytes_max: int) -> _Written:
    """Write one file that nobody may write to any more, of at most so many bytes; its size is counted again."""
    path = wanted.path
    size = 0
    try:
        descriptor = os.open(path, _ANEW, 0o600)
    except FileExistsError:  # The last of several entries of one name is the one that counts.
        os.unlink(path)
        descriptor = os.open(path, _ANEW, 0o600)
    with open(descriptor, "wb", buffering=0) as file:
        for piece in pieces:
            size += len(piece)
            if size > bytes_max:
                raise UnzippedTooLarge(f"Unzipped size must be smaller than {UNZIPPED_BYTES_MAX} bytes")
            file.write(piece)
        os.fchmod(descriptor, wanted.mode)
        return wanted._replace(size_bytes=size, mtime_ns=os.fstat(descriptor).st_mtime_ns)


def _make_link(folder: Path, path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.parent / target).resolve().is_relative_to(folder.resolve()):
        raise BadZip(f"the link {path.relative_to(folder)} leads out of its folder")
    path.unlink(missing_ok=True)
    path.symlink_to(target)
