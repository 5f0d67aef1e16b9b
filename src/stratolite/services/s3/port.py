"""S3 as other services use it."""

from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.services.s3 import content, customer_key, lookup

if TYPE_CHECKING:
    from stratolite.services.s3 import S3


class S3Port:
    """The object port."""

    def __init__(self, s3: "S3") -> None:
        self._s3 = s3

    def read(self, call: Call, bucket: str, key: str, version_id: str = "") -> bytes:
        """The bytes of an object. Raises NoSuchBucket, NoSuchKey, NoSuchVersion, and InvalidRequest for a key."""
        request = {"Bucket": bucket, "Key": key, **({"VersionId": version_id} if version_id else {})}
        found = lookup.version_of(self._s3, lookup.bucket_of(call, self._s3, request), request, "GET")
        customer_key.check_reading(request, found.headers)
        return content.read(self._s3.store, self._s3.world.blobs, found.content)


def ports(s3: "S3") -> dict[str, object]:
    """What this service offers."""
    return {"object": S3Port(s3)}
