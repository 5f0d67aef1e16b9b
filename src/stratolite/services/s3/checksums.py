"""Checksums of uploads: MD5 for the entity tag, and the additional one that a client sends or S3 chooses.

Which algorithm: the one whose header or trailer the request carries, else CRC64NVME.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html and recorded answers
(TestS3PutObjectChecksum).
"""

import base64
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from stratolite.core.errors import NotImplementedHere
from stratolite.http.message import Body
from stratolite.protocol import crc
from stratolite.protocol.checksums import ALGORITHMS, HEADER_PREFIX, SEVERAL, Digest, check_form, mismatch
from stratolite.protocol.chunked import ChunkedBody
from stratolite.services.s3 import api
from stratolite.services.s3.domain import Checksum

DEFAULT = "CRC64NVME"
FULL_OBJECT = "FULL_OBJECT"
COMPOSITE = "COMPOSITE"
COMBINABLE: Mapping[str, crc.Crc] = {"CRC32": crc.CRC32, "CRC32C": crc.CRC32C, "CRC64NVME": crc.CRC64NVME}
"""Algorithms that give the checksum of a whole from those of its parts."""
UNIMPLEMENTED = frozenset({"XXHASH64", "XXHASH3", "XXHASH128"})
OF_MEMBER = {f"Checksum{algorithm}": algorithm for algorithm in (*ALGORITHMS, *UNIMPLEMENTED)}
"""Algorithms, by the members that have their checksums."""


class Claim(Struct, frozen=True):
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
            value = body.trailers.get(HEADER_PREFIX + self.algorithm.lower(), "")
            if not value:
                raise api.MalformedTrailerError
            check_form(self.algorithm, value)
        text = b2a_base64(computed, newline=False).decode()
        if value and value != text:
            raise mismatch(self.algorithm)
        return Checksum(self.algorithm, text)


def said(members: Mapping[str, Any]) -> dict[str, str]:
    """The checksums that a request, or a part in a list, has as members: by algorithm."""
    return {OF_MEMBER[name]: value for name, value in members.items() if name in OF_MEMBER}


def several() -> api.InvalidRequest:
    """What is said of a request with more than one checksum."""
    return api.InvalidRequest(SEVERAL)


def claim(request: Mapping[str, Any], body: Body) -> Claim:
    """What a request says of its checksum. Raises InvalidRequest for two of them, or for a value of another form."""
    claimed = said(request)
    names = [*claimed]
    if isinstance(body, ChunkedBody):
        names += [n.removeprefix(HEADER_PREFIX).upper() for n in body.announced if n.startswith(HEADER_PREFIX)]
    if len(names) > 1:
        raise several()
    if not names:
        return Claim(DEFAULT)
    algorithm = names[0]
    if algorithm in UNIMPLEMENTED:
        raise NotImplementedHere(f"{algorithm} checksums are not implemented by this version of Stratolite.")
    if algorithm not in ALGORITHMS:
        raise api.InvalidRequest("The value specified in the x-amz-trailer header is not supported")
    if algorithm in claimed:
        check_form(algorithm, claimed[algorithm])
        return Claim(algorithm, claimed[algorithm], is_explicit=True)
    return Claim(algorithm, in_trailer=True, is_explicit=True)


def of_upload(algorithm: str | None, checksum_type: str | None) -> tuple[str, str]:
    """Algorithm and type of an upload in parts; both empty when the client names none. Raises InvalidRequest."""
    checksum_type = checksum_type and checksum_type.upper()
    if checksum_type not in (None, FULL_OBJECT, COMPOSITE):
        raise api.InvalidRequest("Value for x-amz-checksum-type header is invalid.")
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
