"""Bytes too large for the database, as files that commit with it.

A blob's file is written first, whole; the row that owns it is written in the transaction that makes it known.
A crash in between leaves a file without a row, which ``sweep`` removes at the next start: nothing acknowledged
is lost, nothing is orphaned.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from stratolite.core.entropy import Entropy
from stratolite.storage.database import Database

PIECE_BYTES = 256 * 1024
"""What is read from a blob at a time."""


class BlobRange:
    """Bytes ``start`` to ``end`` (exclusive) of a blob, read piece by piece, once.

    The file is open from the beginning: a blob that is dropped meanwhile is read to its end all the same.
    """

    def __init__(self, path: Path, start: int, end: int) -> None:
        self._file: BinaryIO = path.open("rb")
        self._start = start
        self._left = end - start

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._file as file:
            file.seek(self._start)
            while self._left > 0:
                piece = file.read(min(PIECE_BYTES, self._left))
                if not piece:
                    return
                self._left -= len(piece)
                yield piece

    def close(self) -> None:
        """Nobody is going to read it."""
        self._file.close()

    def __del__(self) -> None:
        # The answer to a client who left is never read.
        if hasattr(self, "_file"):
            self._file.close()


class BlobWriter:
    """A blob being written. ``finish`` makes it ready to be kept; ``discard`` throws it away."""

    def __init__(self, blob_id: str, path: Path, sync: bool) -> None:
        self.blob_id = blob_id
        self.size_bytes = 0
        self._path = path
        self._sync = sync
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("xb")

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self.size_bytes += len(piece)

    def finish(self) -> None:
        """All bytes are written."""
        self._file.flush()
        if self._sync:
            os.fsync(self._file.fileno())
            # So that a power cut does not take the file's name either.
            for folder in (self._path.parent, self._path.parent.parent):
                _sync_folder(folder)
        self._file.close()

    def discard(self) -> None:
        """The upload failed: remove what was written."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class Blobs:
    """The blob folder. ``keep`` and ``drop`` belong inside a transaction."""

    def __init__(self, root: Path, database: Database, entropy: Entropy, *, sync: bool = False) -> None:
        self._root = root
        self._database = database
        self._entropy = entropy
        self._sync = sync

    def writer(self) -> BlobWriter:
        """Begin a new blob."""
        blob_id = self._entropy.hexadecimal(32)
        return BlobWriter(blob_id, self._path(blob_id), self._sync)

    def put(self, data: bytes) -> str:
        """Write a whole blob at once; its id, to be kept in a transaction."""
        writer = self.writer()
        try:
            writer.write(data)
            writer.finish()
        except OSError:
            writer.discard()
            raise
        return writer.blob_id

    def keep(self, blob_id: str) -> None:
        """One more owner: the blob lives as long as it has one."""
        changed = self._database.write("UPDATE blob SET owners = owners + 1 WHERE id = ?", (blob_id,))
        if not changed:
            size_bytes = self._path(blob_id).stat().st_size
            self._database.write("INSERT INTO blob VALUES (?, ?, 1)", (blob_id, size_bytes))

    def drop(self, blob_id: str) -> None:
        """One owner less; the file goes after the commit when none is left."""
        self._database.write("UPDATE blob SET owners = owners - 1 WHERE id = ?", (blob_id,))
        if self._database.write("DELETE FROM blob WHERE id = ? AND owners <= 0", (blob_id,)):
            self._database.after_commit(lambda: self._remove(blob_id))

    def read(self, blob_id: str) -> bytes:
        """The whole blob in memory."""
        return self._path(blob_id).read_bytes()

    def range(self, blob_id: str, start: int, end: int) -> BlobRange:
        """A part of the blob, to be read piece by piece."""
        return BlobRange(self._path(blob_id), start, end)

    def _remove(self, blob_id: str) -> None:
        # Another transaction of the same turn may have kept it again.
        if self._database.one("SELECT 1 FROM blob WHERE id = ?", (blob_id,)) is None:
            self._path(blob_id).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove files that no row owns (left by a crash); how many there were."""
        known = {row[0] for row in self._database.query("SELECT id FROM blob")}
        strays = [path for path in self._root.glob("??/*") if path.name not in known]
        for path in strays:
            path.unlink(missing_ok=True)
        return len(strays)

    def _path(self, blob_id: str) -> Path:
        return self._root / blob_id[:2] / blob_id


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
