"""Finding what a request names, with the error that AWS answers when it is not there."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, rules
from stratolite.services.s3.domain import NULL_VERSION, Bucket, Version


def bucket_of(call: Call, s3: S3, request: Mapping[str, Any]) -> Bucket:
    """The bucket. Raises NoSuchBucket, AccessDenied when it is not of the expected owner."""
    bucket = s3.store.bucket(request["Bucket"])
    if bucket is None:
        raise api.NoSuchBucket(BucketName=request["Bucket"])
    if bucket.region != call.region:
        pass
    rules.expected_owner(request, bucket.account)
    return bucket


def version_of(s3: S3, bucket: Bucket, request: Mapping[str, Any], method: str) -> Version:
    """The version that a request names, else the current one.

    Raises NoSuchKey, NoSuchVersion, InvalidArgument for what cannot be a version's id, and MethodNotAllowed for a
    delete marker that is named.
    """
    key = rules.object_key(request["Key"])
    version_id = request.get("VersionId")
    if version_id is None:
        version = s3.store.current(bucket.name, key)
        if version is None:
            raise api.NoSuchKey(Key=key)
        if version.is_delete_marker:
            raise api.NoSuchKey(Key=key)
        return version
    named_version(bucket, version_id)
    version = s3.store.version(bucket.name, key, version_id)
    if version is None:
        raise api.NoSuchVersion(Key=key, VersionId=version_id)
    if version.is_delete_marker:
        raise api.MethodNotAllowed(Method=method, ResourceType="DeleteMarker")
    return version


def named_version(bucket: Bucket, version_id: str) -> None:
    """Raises InvalidArgument for what cannot be the id of a version in this bucket."""
    if not version_id:
        raise rules.invalid("Version id cannot be the empty string", "versionId", "")
    if version_id != NULL_VERSION and (not bucket.was_versioned or not rules.is_version_id(version_id)):
        raise rules.invalid("Invalid version id specified", "versionId", version_id)
