"""The bytes of objects: received piece by piece, kept in a row when there are few of them, else in a file.

A file is written whole before the transaction that makes its version known; a crash in between leaves a file that no
row owns, which is swept at the next start. Memory: at most ``INLINE_BYTES_MAX`` and one piece for each upload.
"""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Sequence

from msgspec import Struct

from stratolite.http.message import Body
from stratolite.protocol.checksums import Digest, check_md5
from stratolite.services.s3 import checksums, rules
from stratolite.services.s3.domain import NOWHERE, Checksum, Content
from stratolite.services.s3.store import Store
from stratolite.storage.blobs import Blobs, BlobWriter

INLINE_BYTES_MAX = 64 * 1024
"""Up to this size a row is cheaper than a file."""


class Received(Struct):
    """An upload that has arrived and was verified; nothing knows of it yet."""

    size_bytes: int
    md5: bytes
    checksum: Checksum
    also: Checksum
    """A further checksum that was asked for."""
    data: bytes = b""
    file: BlobWriter | None = None

    def keep(self, store: Store, blobs: Blobs, former: Content = NOWHERE) -> Content:
        """Make the bytes part of the current transaction. ``former``: the content of a version that goes."""
        if self.file is None:
            if former.bytes_id is None:
                return Content(bytes_id=store.insert_bytes(self.data))
            store.update_bytes(former.bytes_id, self.data)
            return former
        blobs.keep(self.file.blob_id)
        return Content(blobs=((self.file.blob_id, self.size_bytes),))

    def discard(self) -> None:
        """The transaction failed: remove what was written."""
        if self.file is not None:
            self.file.discard()


async def receive(
    blobs: Blobs,
    body: Body,
    claim: checksums.Claim,
    md5: bytes | None = None,
    *,
    also: str = "",
    is_part: bool = False,
) -> Received:
    """Read a body to its end. ``also``: a further algorithm, whose checksum nobody claims. Parts are always files.

    Raises BadDigest, EntityTooLarge, IncompleteBody; nothing is left then.
    """
    arriving = _Arriving(blobs, claim, also, is_part)
    whole = body.whole
    try:
        if whole is not None:
            arriving.write(whole)
        else:
            async for piece in body:
                arriving.write(piece)
        return arriving.finish(body, md5)
    except BaseException:
        if arriving.file is not None:
            arriving.file.discard()
        raise


class _Arriving:
    file: BlobWriter | None = None
    _also: tuple[checksums.Claim, Digest] | None = None

    def __init__(self, blobs: Blobs, claim: checksums.Claim, also: str, is_part: bool) -> None:
        self._blobs = blobs
        self._claim = claim
        self._is_part = is_part
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._digest = claim.digest()
        self._pieces: list[bytes] = []
        self._size_bytes = 0
        if also and also != claim.algorithm:
            unclaimed = checksums.Claim(also)
            self._also = unclaimed, unclaimed.digest()

    def write(self, piece: bytes) -> None:
        self._size_bytes += len(piece)
        rules.proposed_size(self._size_bytes)
        self._md5.update(piece)
        self._digest.update(piece)
        if self._also is not None:
            self._also[1].update(piece)
        if self.file is None:
            self._pieces.append(piece)
            if self._size_bytes <= INLINE_BYTES_MAX:
                return
            self.file = self._blobs.writer()
            piece = b"".join(self._pieces)
            self._pieces.clear()
        self.file.write(piece)

    def finish(self, body: Body, md5: bytes | None) -> Received:
        computed = self._md5.digest()
        if md5 is not None:
            check_md5(md5, computed, in_hexadecimal=not self._is_part)
        checksum = also = self._claim.verified(self._digest.digest(), body)
        if self._also is not None:
            claim, digest = self._also
            also = claim.verified(digest.digest(), body)
        if self.file is None and self._is_part:
            self.file = self._blobs.writer()
            self.file.write(b"".join(self._pieces))
        if self.file is not None:
            self.file.finish()
        return Received(self._size_bytes, computed, checksum, also, b"".join(self._pieces), self.file)


def read(store: Store, blobs: Blobs, content: Content) -> bytes:
    """All bytes of an object, in memory."""
    if content.bytes_id is not None:
        return store.read_bytes(content.bytes_id)
    return b"".join(blobs.read(blob_id) for blob_id, _ in content.blobs)


def part(store: Store, blobs: Blobs, content: Content, start: int, end: int) -> bytes | AsyncIterable[bytes]:
    """Some bytes of an object, to be read piece by piece when they are in files.

    The files stay while they are read, also when the object is deleted meanwhile.
    """
    if content.bytes_id is not None:
        return store.read_bytes(content.bytes_id)[start:end]
    ranges = []
    offset = 0
    for blob_id, size_bytes in content.blobs:
        first, last = max(start, offset), min(end, offset + size_bytes)
        if first < last:
            ranges.append(blobs.range(blob_id, first - offset, last - offset))
        offset += size_bytes
    if len(ranges) == 1:
        return ranges[0]
    return _chained(ranges) if ranges else b""


async def _chained(ranges: Sequence[AsyncIterable[bytes]]) -> AsyncIterator[bytes]:
    for one in ranges:
        async for piece in one:
            yield piece
