"""Checksums of uploads: MD5 for the entity tag, and the additional one that a client sends or S3 chooses.

Which algorithm: the one whose header or trailer the request carries, else CRC64NVME.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html and recorded answers
(TestS3PutObjectChecksum).
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stratolite.core.errors import NotImplementedHere
from stratolite.http.message import Body
from stratolite.protocol.chunked import ChunkedBody
from stratolite.services.s3 import api, crc
from stratolite.services.s3.domain import Checksum

DEFAULT = "CRC64NVME"
FULL_OBJECT = "FULL_OBJECT"
COMPOSITE = "COMPOSITE"
MD5_BYTES = 16
_MEMBER = "Checksum"
_HEADER = "x-amz-checksum-"
_NO_VALUES = frozenset({"ChecksumAlgorithm", "ChecksumType", "ChecksumMode"})


class Digest(Protocol):
    """What reads data and gives a checksum."""

    def update(self, data: bytes, /) -> None:
        """Read on."""

    def digest(self) -> bytes:
        """The checksum of all that was read."""


class _CrcDigest:
    def __init__(self, update: Callable[[int, bytes], int], size_bytes: int) -> None:
        self._update = update
        self._size_bytes = size_bytes
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._update(self._value, data)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size_bytes, "big")


ALGORITHMS: Mapping[str, tuple[int, Callable[[], Digest]]] = {
    "CRC32": (4, lambda: _CrcDigest(lambda value, data: zlib.crc32(data, value), 4)),
    "CRC32C": (4, lambda: _CrcDigest(crc.CRC32C.update, 4)),
    "CRC64NVME": (8, lambda: _CrcDigest(crc.CRC64NVME.update, 8)),
    "SHA1": (20, lambda: hashlib.sha1(usedforsecurity=False)),
    "SHA256": (32, hashlib.sha256),
    "SHA512": (64, hashlib.sha512),
    "MD5": (16, lambda: hashlib.md5(usedforsecurity=False)),
}
"""Length in bytes, and what computes it."""
COMBINABLE: Mapping[str, crc.Crc] = {"CRC32": crc.CRC32, "CRC32C": crc.CRC32C, "CRC64NVME": crc.CRC64NVME}
"""Algorithms that give the checksum of a whole from those of its parts."""
UNIMPLEMENTED = frozenset({"XXHASH64", "XXHASH3", "XXHASH128"})


@dataclass(frozen=True, slots=True)
class Claim:
    """What a client says of its upload. An empty value comes in the trailer, or is not said."""

    algorithm: str
    value: str = ""
    in_trailer: bool = False
    is_explicit: bool = False
    """Whether the client named the algorithm."""

    def digest(self) -> Digest:
        """What computes the checksum."""
        return ALGORITHMS[self.algorithm][1]()

    def verified(self, computed: bytes, body: Body) -> Checksum:
        """The checksum, to be kept. Raises BadDigest; InvalidRequest for a trailer of another form."""
        value = self.value
        if self.in_trailer:
            assert isinstance(body, ChunkedBody)
            value = body.trailers.get(_HEADER + self.algorithm.lower(), "")
            if not value:
                raise api.MalformedTrailerError
            _check_form(self.algorithm, value)
        text = base64.b64encode(computed).decode()
        if value and value != text:
            raise api.BadDigest(f"The {self.algorithm} you specified did not match the calculated checksum.")
        return Checksum(self.algorithm, text)


def said(members: Mapping[str, Any]) -> dict[str, str]:
    """The checksums that a request, or a part in a list, has as members: by algorithm."""
    return {
        name.removeprefix(_MEMBER): value
        for name, value in members.items()
        if name.startswith(_MEMBER) and name not in _NO_VALUES
    }


def claim(request: Mapping[str, Any], body: Body) -> Claim:
    """What a request says of its checksum. Raises InvalidRequest for two of them, or for a value of another form."""
    claimed = said(request)
    announced = body.announced if isinstance(body, ChunkedBody) else []
    trailed = [name.removeprefix(_HEADER).upper() for name in announced if name.startswith(_HEADER)]
    names = [*claimed, *trailed]
    if len(names) > 1:
        raise api.InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    if not names:
        return Claim(DEFAULT)
    algorithm = names[0]
    if algorithm in UNIMPLEMENTED:
        raise NotImplementedHere(f"{algorithm} checksums are not implemented by this version of Stratolite.")
    if algorithm not in ALGORITHMS:
        raise api.InvalidRequest("The value specified in the x-amz-trailer header is not supported")
    if algorithm in claimed:
        _check_form(algorithm, claimed[algorithm])
        return Claim(algorithm, claimed[algorithm], is_explicit=True)
    return Claim(algorithm, in_trailer=True, is_explicit=True)


def _check_form(algorithm: str, text: str) -> None:
    try:
        fits = len(base64.b64decode(text, validate=True)) == ALGORITHMS[algorithm][0]
    except (binascii.Error, ValueError):
        fits = False
    if not fits:
        raise api.InvalidRequest(f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")


def of_upload(algorithm: str | None, checksum_type: str | None) -> tuple[str, str]:
    """Algorithm and type of an upload in parts; both empty when the client names none. Raises InvalidRequest."""
    if algorithm is None:
        if checksum_type is not None:
            raise api.InvalidRequest(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )
        return "", ""
    algorithm = algorithm.upper()
    if algorithm in UNIMPLEMENTED:
        raise NotImplementedHere(f"{algorithm} checksums are not implemented by this version of Stratolite.")
    if algorithm not in ALGORITHMS:
        raise api.InvalidRequest(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
        )
    if checksum_type is None:
        return algorithm, FULL_OBJECT if algorithm == DEFAULT else COMPOSITE
    if checksum_type not in (FULL_OBJECT, COMPOSITE):
        raise api.InvalidRequest("Value for x-amz-checksum-type header is invalid.")
    can_be = algorithm in COMBINABLE if checksum_type == FULL_OBJECT else algorithm != DEFAULT
    if not can_be:
        raise api.InvalidRequest(
            f"The {checksum_type} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return algorithm, checksum_type


def combined(algorithm: str, parts: Sequence[tuple[str, int]]) -> str:
    """The checksum of all parts in a row, from their checksums and sizes."""
    kind = COMBINABLE[algorithm]
    value = 0
    for text, size_bytes in parts:
        value = kind.combine(value, int.from_bytes(base64.b64decode(text), "big"), size_bytes)
    return base64.b64encode(kind.encode(value)).decode()


def composed(algorithm: str, parts: Sequence[str]) -> str:
    """The checksum of the parts' checksums, without the number of parts."""
    digest = Claim(algorithm).digest()
    digest.update(b"".join(base64.b64decode(text) for text in parts))
    return base64.b64encode(digest.digest()).decode()


def content_md5(text: str | None) -> bytes | None:
    """The MD5 that ``Content-MD5`` names. Raises InvalidDigest."""
    if text is None:
        return None
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != MD5_BYTES:
        raise api.InvalidDigest(**{"Content-MD5": text})
    return digest


def check_md5(claimed: bytes | None, computed: bytes, *, is_part: bool = False) -> None:
    """Raises BadDigest when the MD5 of a body is not the one that was claimed."""
    if claimed is not None and claimed != computed:
        expected = base64.b64encode(claimed).decode() if is_part else claimed.hex()
        raise api.BadDigest(CalculatedDigest=base64.b64encode(computed).decode(), ExpectedDigest=expected)
