"""From a received body to a version of an object: one transaction, after which the answer may leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.s3 import S3, api, conditions, encryption, headers, ownership, rules, tagging
from stratolite.services.s3.content import Received
from stratolite.services.s3.domain import ENABLED, NULL_VERSION, Bucket, Version
from stratolite.services.s3.lookup import bucket_of

UNIMPLEMENTED = (
    "WriteOffsetBytes",
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "ObjectLockLegalHoldStatus",
    "ObjectLockEventHold",
    "ObjectLockEventHoldDurationDays",
    "ObjectLockEventHoldDurationYears",
)
VERSION_ID_LENGTH = 32
_VERSION_ID_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"


@dataclass(frozen=True, slots=True)
class Draft:
    """What an upload says of its object, checked."""

    key: str
    storage_class: str
    headers: Mapping[str, Any]
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    acl: str


def draft(call: Call, bucket: Bucket, request: Mapping[str, Any]) -> Draft:
    """What a request says of a new object. Raises the errors of all that it may say wrongly."""
    rules.refuse(request, *UNIMPLEMENTED)
    tags = request.get("Tagging")
    return Draft(
        key=rules.object_key(request["Key"]),
        storage_class=rules.storage_class(request),
        headers={**headers.of_upload(request), **encryption.of_upload(call, bucket, request)},
        metadata=headers.metadata(request),
        tags=tagging.of_header(tags) if tags else {},
        acl=ownership.of_upload(bucket, request),
    )


async def commit(
    call: Call, s3: S3, request: Mapping[str, Any], drafted: Draft, received: Received
) -> tuple[Bucket, Version]:
    """Make a received body known; the bucket as it was then, and the new version.

    Raises NoSuchBucket when the bucket went while the body came, PreconditionFailed; nothing is left then.
    """

    def work() -> tuple[Bucket, Version]:
        bucket = bucket_of(call, s3, request)
        if "IfMatch" in request or "IfNoneMatch" in request:
            conditions.writable(request, drafted.key, s3.store.current(bucket.name, drafted.key))
        version = Version(
            bucket=bucket.name,
            key=drafted.key,
            version_id=new_version_id(s3, bucket),
            modified_ms=call.now_ms,
            size_bytes=received.size_bytes,
            etag=received.md5.hex(),
            storage_class=drafted.storage_class,
            checksum=received.checksum,
            headers=drafted.headers,
            metadata=drafted.metadata,
            tags=drafted.tags,
            content=received.keep(s3.store, s3.world.blobs),
            acl=drafted.acl,
        )
        s3.store.put(version)
        return bucket, version

    try:
        return await s3.world.database.transact(work)
    except AwsError:
        # Whatever else may happen, the commit is not known to have failed, and the file is left to the sweep.
        received.discard()
        raise


def new_version_id(s3: S3, bucket: Bucket) -> str:
    """The id of a version that is written now."""
    if bucket.versioning != ENABLED:
        return NULL_VERSION
    return s3.world.entropy.token(VERSION_ID_LENGTH, _VERSION_ID_CHARS)


def answer(bucket: Bucket, version: Version) -> api.PutObjectOutput:
    """What an upload is answered with."""
    result: dict[str, Any] = {"ETag": version.quoted_etag, **version.checksum.members()}
    for name in ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled"):
        if name in version.headers:
            result[name] = version.headers[name]
    if bucket.versioning == ENABLED:
        result["VersionId"] = version.version_id
    return result  # type: ignore[return-value]
