"""From a received body to a version of an object: one transaction, after which the answer may leave."""

from collections.abc import Awaitable, Mapping
from typing import Any

from msgspec import Struct

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.s3 import (
    S3,
    conditions,
    encryption,
    headers,
    lifecycle,
    lock,
    notifications,
    ownership,
    public_access,
    rules,
    tagging,
    version_ids,
)
from stratolite.services.s3.content import Received
from stratolite.services.s3.domain import (
    ENABLED,
    NOWHERE,
    NULL_VERSION,
    Bucket,
    Checksum,
    Content,
    Draft,
    Part,
    Standing,
    Version,
)
from stratolite.services.s3.lookup import bucket_of

UNIMPLEMENTED = (
    "SSEKMSEncryptionContext",
    "WriteOffsetBytes",
    "ObjectLockEventHold",
    "ObjectLockEventHoldDurationDays",
    "ObjectLockEventHoldDurationYears",
)


def draft(call: Call, bucket: Bucket, request: Mapping[str, Any]) -> Draft:
    """What a request says of a new object. Raises the errors of all that it may say wrongly."""
    rules.refuse(request, *UNIMPLEMENTED)
    tags = request.get("Tagging")
    acl = ownership.of_upload(bucket, request)
    if acl != "private":
        public_access.check_list(call, bucket, acl, "PutObject", request["Key"])
    return Draft(
        key=rules.object_key(request["Key"]),
        storage_class=rules.storage_class(request),
        headers={
            **headers.of_upload(request),
            **encryption.of_upload(call, bucket, request),
            **lock.of_upload(bucket, request, call.now_ms),
        },
        metadata=headers.metadata(request),
        tags=tagging.of_header(tags) if tags else {},
        acl=acl,
        owner=ownership.of_writer(call, bucket, request),
    )


def commit(
    call: Call,
    s3: S3,
    request: Mapping[str, Any],
    drafted: Draft,
    received: Received,
    event: str = notifications.PUT,
) -> Awaitable[tuple[Bucket, Version]]:
    """Make a received body known, and tell of it as ``event``; the bucket as it was then, and the new version.

    Raises NoSuchBucket when the bucket went while the body came, PreconditionFailed; nothing is left then.
    """

    def work() -> tuple[Bucket, Version]:
        try:
            bucket = bucket_of(call, s3, request)
            current = s3.store.standing(bucket.name, drafted.key)
            content = received.keep(s3.store, s3.world.blobs, _replaced(bucket, current))
            etag = encryption.etag(drafted.headers, received.md5, s3.world.entropy)
            finished = Finished(received.size_bytes, etag, received.checksum, content)
            version = put(call, s3, bucket, request, drafted, finished, current)
            notifications.tell(call, s3, bucket, event, version)
        except AwsError:
            # Whatever else may happen, the commit is not known to have failed, and the file is left to the sweep.
            received.discard()
            raise
        return bucket, version

    return s3.world.database.transact(work)


class Finished(Struct, frozen=True):
    """The bytes of a new version, kept already."""

    size_bytes: int
    etag: str
    checksum: Checksum
    content: Content
    parts: tuple[Part, ...] = ()


def _replaced(bucket: Bucket, current: Standing | None) -> Content:
    """The content of the version whose place a new one takes; of none where versions are kept."""
    if current is None or bucket.versioning == ENABLED or current.version_id != NULL_VERSION:
        return NOWHERE
    return current.content


def put(
    call: Call,
    s3: S3,
    bucket: Bucket,
    request: Mapping[str, Any],
    drafted: Draft,
    finished: Finished,
    current: Standing | None,
) -> Version:
    """Make a version the current one of its key, in the current transaction. Raises PreconditionFailed, NoSuchKey."""
    conditions.writable(request, drafted.key, current)
    version = Version(
        bucket=bucket.name,
        key=drafted.key,
        version_id=new_version_id(s3, bucket),
        modified_ms=call.now_ms,
        size_bytes=finished.size_bytes,
        etag=finished.etag,
        storage_class=drafted.storage_class,
        checksum=finished.checksum,
        headers=drafted.headers,
        metadata=drafted.metadata,
        tags=drafted.tags,
        parts=finished.parts,
        content=finished.content,
        acl=drafted.acl,
        owner=drafted.owner,
    )
    s3.store.put(version, current)
    return version


def new_version_id(s3: S3, bucket: Bucket) -> str:
    """The id of a version that is written now."""
    if bucket.versioning != ENABLED:
        return NULL_VERSION
    return version_ids.made(s3.world.entropy)


def answer(bucket: Bucket, version: Version) -> dict[str, Any]:
    """What an upload is answered with."""
    result = {"ETag": version.quoted_etag, **version.checksum.members(), **encryption.said(version.headers)}
    if bucket.versioning == ENABLED:
        result["VersionId"] = version.version_id
    if lifecycle.SETTING in bucket.settings:
        result.update(lifecycle.expiration(bucket, version))
    return result
