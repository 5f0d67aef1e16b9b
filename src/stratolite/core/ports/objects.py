"""S3 objects, as other services read them."""

from typing import Protocol

from stratolite.core.call import Call


class ObjectPort(Protocol):
    """S3 objects, as other services read and write them."""

    def read(self, call: Call, bucket: str, key: str, version_id: str = "") -> bytes:
        """The bytes of an object. Raises S3's NoSuchBucket, NoSuchKey, NoSuchVersion."""
