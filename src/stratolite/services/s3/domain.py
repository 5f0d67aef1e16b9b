"""Buckets, and versions of objects with what is known of their bytes.

They are structs, because several are made for every request: a frozen dataclass of this size takes ten times as long.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

NULL_VERSION = "null"
"""The version id of what was written while versioning was not enabled."""
ENABLED = "Enabled"
SUSPENDED = "Suspended"


class Bucket(Struct, frozen=True):
    """A bucket. Names are global: no two accounts have the same."""

    name: str
    account: str
    region: str
    created_ms: int
    versioning: str = ""
    """Empty until it is first set, then ``Enabled`` or ``Suspended``."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What was configured, by the name of the setting: ``encryption``, ``policy``, ``tags`` ..."""

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.name}"

    @property
    def was_versioned(self) -> bool:
        """Whether answers name versions."""
        return self.versioning != ""


class Checksum(Struct, frozen=True):
    """A checksum that is kept with an object: base 64, with the number of parts for a composite one."""

    algorithm: str
    """``CRC32``, ``CRC32C``, ``CRC64NVME``, ``SHA1``, ``SHA256``; empty when none is kept."""
    value: str
    type: str = "FULL_OBJECT"

    def value_member(self) -> dict[str, str]:
        """As a member of an answer, without its type."""
        return {f"Checksum{self.algorithm}": self.value} if self.algorithm else {}

    def members(self) -> dict[str, str]:
        """As members of an answer."""
        return {f"Checksum{self.algorithm}": self.value, "ChecksumType": self.type} if self.algorithm else {}


NO_CHECKSUM = Checksum("", "", "")


class Content(Struct, frozen=True):
    """Where the bytes of an object are: in a row of their own, or in blobs one after the other."""

    bytes_id: int | None = None
    blobs: tuple[tuple[str, int], ...] = ()
    """Blob id and size in bytes."""


NOWHERE = Content()


class Part(Struct, frozen=True):
    """One part that an object was completed from."""

    number: int
    size_bytes: int
    checksum: Checksum = NO_CHECKSUM


class Draft(Struct, frozen=True):
    """What is said of an object before its bytes have come."""

    key: str
    storage_class: str
    headers: Mapping[str, Any]
    """Members of GetObject's answer that were given with the upload: ``ContentType``, ``CacheControl`` ..."""
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    acl: str
    owner: str = ""
    """The account whose the object is; empty for the bucket owner's."""


class Upload(Struct, frozen=True):
    """An upload in parts that is neither completed nor aborted."""

    sequence: int
    """Grows with every upload."""
    bucket: str
    upload_id: str
    initiated_ms: int
    checksum_algorithm: str
    """Empty when the client named none; CRC64NVME is computed then."""
    checksum_type: str
    draft: Draft
    is_contested: bool = False
    """Whether the object of this key was written or deleted since the upload began."""

    @property
    def key(self) -> str:
        return self.draft.key

    @property
    def rank(self) -> int:
        """The place among the uploads of its key, the oldest first."""
        return self.sequence


class UploadedPart(Struct, frozen=True):
    """A part that has arrived."""

    upload_id: str
    number: int
    modified_ms: int
    size_bytes: int
    etag: str
    checksum: Checksum
    content: Content

    @property
    def quoted_etag(self) -> str:
        return f'"{self.etag}"'


class Standing(Struct, frozen=True):
    """What a write has to know of the version that is the current one of its key until then."""

    version_id: str
    etag: str
    is_delete_marker: bool
    content: Content
    age: int


class Version(Struct, frozen=True):
    """One version of an object, or a delete marker."""

    bucket: str
    key: str
    version_id: str
    modified_ms: int
    size_bytes: int = 0
    etag: str = ""
    """Without quotes."""
    storage_class: str = "STANDARD"
    checksum: Checksum = NO_CHECKSUM
    headers: Mapping[str, Any] = field(default_factory=dict)
    """Members of GetObject's answer that were given with the upload: ``ContentType``, ``CacheControl`` ..."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    content: Content = NOWHERE
    acl: str = "private"
    """The canned access control list."""
    owner: str = ""
    """The account whose it is; empty for the bucket owner's."""
    is_delete_marker: bool = False
    is_current: bool = True
    age: int = 0
    """The lower, the newer; given by the store."""

    @property
    def quoted_etag(self) -> str:
        return f'"{self.etag}"'

    @property
    def rank(self) -> int:
        """The place among the versions of its key, the newest first."""
        return self.age

    def covers(self, number: int) -> tuple[int, int] | None:
        """First byte and end of a part; None when there is no such part. An object in one piece has one."""
        if not self.parts:
            return (0, self.size_bytes) if number == 1 else None
        start = 0
        for index, part in enumerate(self.parts, 1):
            if index == number:
                return start, start + part.size_bytes
            start += part.size_bytes
        return None
