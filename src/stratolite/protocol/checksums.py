"""Checksums of bodies: the algorithms, the headers that carry them, and the check of a body that is in memory.

Streams are checked by the operation that reads them. Source:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from stratolite.core.errors import AwsError
from stratolite.http.message import Request
from stratolite.protocol.crc import CRC32, CRC32C, CRC64NVME, Crc

HEADER_PREFIX = "x-amz-checksum-"
MD5_BYTES = 16


class BadDigest(AwsError):
    """A body is not the one that its checksum was made of."""

    text = "The Content-MD5 you specified did not match what we received."


class InvalidDigest(AwsError):
    """``Content-MD5`` is no MD5."""

    text = "The Content-MD5 you specified was invalid."


class InvalidChecksum(AwsError):
    """A checksum does not have the form of its algorithm."""

    code = "InvalidRequest"


SEVERAL = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."


class Digest(Protocol):
    """What reads data and gives a checksum."""

    def update(self, data: bytes, /) -> None:
        """Read on."""

    def digest(self) -> bytes:
        """The checksum of all that was read."""


class _CrcDigest:
    __slots__ = ("_crc", "_value")

    def __init__(self, crc: Crc) -> None:
        self._crc = crc
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._crc.update(data, self._value)

    def digest(self) -> bytes:
        return self._crc.encode(self._value)


ALGORITHMS: Mapping[str, tuple[int, Callable[[], Digest]]] = {
    "CRC32": (4, partial(_CrcDigest, CRC32)),
    "CRC32C": (4, partial(_CrcDigest, CRC32C)),
    "CRC64NVME": (8, partial(_CrcDigest, CRC64NVME)),
    "SHA1": (20, lambda: hashlib.sha1(usedforsecurity=False)),
    "SHA256": (32, hashlib.sha256),
    "SHA512": (64, hashlib.sha512),
    "MD5": (16, lambda: hashlib.md5(usedforsecurity=False)),
}
"""Length in bytes, and what computes it."""


def has_form(algorithm: str, text: str) -> bool:
    """Whether a text can be a checksum of an algorithm."""
    return _decoded(text, ALGORITHMS[algorithm][0]) is not None


def check_form(algorithm: str, text: str) -> None:
    """Raises InvalidRequest unless a text can be a checksum of an algorithm."""
    if not has_form(algorithm, text):
        raise InvalidChecksum(f"Value for {HEADER_PREFIX}{algorithm.lower()} header is invalid.")


def mismatch(algorithm: str) -> BadDigest:
    """What is said of a body that is not what its checksum says."""
    return BadDigest(f"The {algorithm} you specified did not match the calculated checksum.")


def content_md5(text: str | None) -> bytes | None:
    """The MD5 that ``Content-MD5`` names. Raises InvalidDigest."""
    if text is None:
        return None
    digest = _decoded(text, MD5_BYTES)
    if digest is None:
        raise InvalidDigest(**{"Content-MD5": text})
    return digest


def check_md5(claimed: bytes, computed: bytes, *, in_hexadecimal: bool = False) -> None:
    """Raises BadDigest when the MD5 of a body is not the one that was claimed."""
    if claimed != computed:
        expected = claimed.hex() if in_hexadecimal else base64.b64encode(claimed).decode()
        raise BadDigest(CalculatedDigest=base64.b64encode(computed).decode(), ExpectedDigest=expected)


def check_body(request: Request, *, is_required: bool = False) -> None:
    """Check a body in memory by whatever the headers say of it. Raises BadDigest, InvalidDigest, InvalidRequest.

    ``is_required``: whether they have to say something.
    """
    names = [name for name in request.headers.names if name.startswith(HEADER_PREFIX)]
    if len(names) > 1:
        raise InvalidChecksum(SEVERAL)
    if is_required and not names and not request.headers.get("content-md5"):
        raise InvalidChecksum("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    claimed = content_md5(request.headers.get("content-md5") or None)
    if claimed is not None:
        check_md5(claimed, hashlib.md5(request.body, usedforsecurity=False).digest())
    for name, text in request.headers.fields:
        algorithm = name.removeprefix(HEADER_PREFIX).upper()
        if name.startswith(HEADER_PREFIX) and algorithm in ALGORITHMS:
            check_form(algorithm, text)
            digest = ALGORITHMS[algorithm][1]()
            digest.update(request.body)
            if base64.b64encode(digest.digest()).decode() != text:
                raise mismatch(algorithm)


def _decoded(text: str, size_bytes: int) -> bytes | None:
    """Base 64 of so many bytes; None for anything else."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return data if len(data) == size_bytes else None
