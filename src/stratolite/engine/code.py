"""The code store: a zip file becomes a read-only folder named by its hash, once.

The folder appears whole or not at all (it is renamed into place). A zip that would write outside of its folder, that
is larger than AWS allows, or that is no zip, leaves nothing behind. Unpacking is blocking work: call it in a thread.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import io
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from stratolite.engine.model import BadZip, UnzippedTooLarge
from stratolite.engine.sandbox import remove

UNZIPPED_BYTES_MAX = 2 * 1024**3
"""What is unpacked at most. What Lambda takes is less, and checked when a function is made."""
"""250 MB, for the code of a function or a layer."""
ENTRIES_MAX = 100_000
NAME_BYTES_MAX = 4096
COPY_BYTES = 1024 * 1024
UNPACKING = ".unpacking-"
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


def unpack(sha256: str, data: bytes, root: Path) -> Path:
    """The folder with the contents of a zip, ``root/<sha256>``; made if it is not there yet.

    Raises BadZip and UnzippedTooLarge. ``sha256`` is the caller's name for the contents, safe as a file name.
    """
    assert re.fullmatch(r"[0-9A-Za-z_-]+", sha256), "the hash has to be safe as a file name"
    place = root / sha256
    if place.is_dir():
        return place
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=UNPACKING, dir=root))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _extract(archive, folder)
        _make_read_only(folder)
        folder.rename(place)
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


def _extract(archive: zipfile.ZipFile, folder: Path) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRIES_MAX:
        raise BadZip(f"more than {ENTRIES_MAX} entries")
    if sum(entry.file_size for entry in entries) > UNZIPPED_BYTES_MAX:
        raise UnzippedTooLarge(f"Unzipped size must be smaller than {UNZIPPED_BYTES_MAX} bytes")
    left_bytes = UNZIPPED_BYTES_MAX
    links = []
    for entry in entries:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadZip(f"the entry {entry.filename!r} is compressed in a way that Lambda does not know")
        path = folder / _inner_path(entry.filename)
        if entry.is_dir():
            path.mkdir(parents=True, exist_ok=True)
        elif stat.S_ISLNK(entry.external_attr >> 16):
            links.append((path, archive.read(entry).decode("utf-8", "surrogateescape")))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            left_bytes -= _extract_file(archive, entry, path, left_bytes)
    # Links come last, so that no entry is written through one.
    for path, target in links:
        _make_link(folder, path, target)


def _inner_path(name: str) -> PurePosixPath:
    """The entry's path. Raises BadZip when it is absolute, leads upwards, or is no path at all."""
    path = PurePosixPath(name.replace("\\", "/"))
    is_odd = not path.parts or "\0" in name or len(name.encode("utf-8", "surrogateescape")) > NAME_BYTES_MAX
    if is_odd or path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", path.parts[0]):
        raise BadZip(f"the entry {name!r} leads out of its folder")
    return path


def _extract_file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, bytes_max: int) -> int:
    """Write one file; its size. The size in the directory of the zip is the sender's claim, so it is counted again."""
    size = 0
    with archive.open(entry) as source, path.open("wb") as file:
        while piece := source.read(COPY_BYTES):
            size += len(piece)
            if size > bytes_max:
                raise UnzippedTooLarge(f"Unzipped size must be smaller than {UNZIPPED_BYTES_MAX} bytes")
            file.write(piece)
    mode = (entry.external_attr >> 16) & 0o777
    path.chmod((mode or 0o644) | stat.S_IRUSR)
    return size


def _make_link(folder: Path, path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.parent / target).resolve().is_relative_to(folder.resolve()):
        raise BadZip(f"the link {path.relative_to(folder)} leads out of its folder")
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _make_read_only(folder: Path) -> None:
    for path in folder.rglob("*"):
        if not path.is_symlink() and path.is_file():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
