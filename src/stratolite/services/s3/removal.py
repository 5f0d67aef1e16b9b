"""Deleting: one version for good, or an object by a marker that hides it."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, lock, notifications
from stratolite.services.s3.domain import NULL_VERSION, Bucket, Version
from stratolite.services.s3.upload import new_version_id


def remove(
    call: Call,
    s3: S3,
    bucket: Bucket,
    key: str,
    version_id: str | None,
    told: notifications.Removals = notifications.BY_REQUEST,
    *,
    may_bypass: bool = False,
) -> Version | None:
    """Delete one version, or all that a bucket without versions has of a key; else hide it behind a delete marker.

    What was deleted, or the marker; None when there was nothing. Raises AccessDenied for a version that is protected,
    unless its protection allows the caller to bypass it.
    """
    if version_id is None and not bucket.was_versioned:
        version_id = NULL_VERSION
    if version_id is not None:
        version = s3.store.version(bucket.name, key, version_id)
        if version is not None:
            lock.check_deletion(version, call.now_ms, may_bypass=may_bypass)
            s3.store.remove(version)
            notifications.tell(call, s3, bucket, told.deleted, version)
        return version
    marker = Version(bucket.name, key, new_version_id(s3, bucket), call.now_ms, is_delete_marker=True)
    s3.store.put(marker, s3.store.standing(bucket.name, key))
    notifications.tell(call, s3, bucket, told.marked, marker)
    return marker
