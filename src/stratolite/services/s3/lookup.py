"""Finding what a request names, with the error that AWS answers when it is not there."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.protocol import timestamps
from stratolite.services.s3 import S3, api, rules
from stratolite.services.s3.domain import NULL_VERSION, Bucket, Upload, Version


def bucket_of(call: Call, s3: S3, request: Mapping[str, Any], *, anywhere: bool = False) -> Bucket:
    """The bucket; ``anywhere`` for requests that reach buckets of all regions.

    Raises NoSuchBucket, PermanentRedirect when it is in another region than the one that the caller signed for, and
    AccessDenied when it is not of the expected owner.
    """
    bucket = s3.store.bucket(request["Bucket"])
    if bucket is None:
        raise api.NoSuchBucket(BucketName=request["Bucket"])
    if bucket.region != call.region and call.names_region and not anywhere:
        endpoint = f"{bucket.name}.s3.{bucket.region}.amazonaws.com"
        header = {"x-amz-bucket-region": bucket.region}
        raise api.PermanentRedirect(Endpoint=endpoint, Bucket=bucket.name, **header)
    rules.expected_owner(request, bucket.account)
    return bucket


def version_of(s3: S3, bucket: Bucket, request: Mapping[str, Any], method: str) -> Version:
    """The version that a request names, else the current one.

    Raises NoSuchKey, NoSuchVersion, InvalidArgument for what cannot be a version's id, and MethodNotAllowed for a
    delete marker that is named.
    """
    version = _found(s3, bucket, request)
    if version.is_delete_marker:
        if request.get("VersionId") is None:
            raise api.NoSuchKey(Key=version.key, **_marked(version))
        raise _is_marker(method, version)
    return version


def living_version_of(s3: S3, bucket: Bucket, request: Mapping[str, Any], method: str) -> Version:
    """As ``version_of``, for operations to which the current delete marker is no missing key either."""
    version = _found(s3, bucket, request)
    if version.is_delete_marker:
        raise _is_marker(method, version)
    return version


def _found(s3: S3, bucket: Bucket, request: Mapping[str, Any]) -> Version:
    key, version_id = rules.object_key(request["Key"]), request.get("VersionId")
    if version_id is None:
        version = s3.store.current(bucket.name, key)
        if version is None:
            raise api.NoSuchKey(Key=key)
        return version
    named_version(bucket, version_id)
    version = s3.store.version(bucket.name, key, version_id)
    if version is None:
        raise api.NoSuchVersion(Key=key, VersionId=version_id)
    return version


def _is_marker(method: str, marker: Version) -> api.MethodNotAllowed:
    modified = timestamps.rfc822(marker.modified_ms / 1000)
    more = {"allow": "DELETE", "last-modified": modified, **_marked(marker)}
    return api.MethodNotAllowed(Method=method, ResourceType="DeleteMarker", **more)


def _marked(marker: Version) -> dict[str, str]:
    """The headers that tell of a delete marker."""
    return {"x-amz-delete-marker": "true", "x-amz-version-id": marker.version_id}


def upload_of(s3: S3, bucket: Bucket, request: Mapping[str, Any]) -> Upload:
    """The upload in parts that a request names. Raises NoSuchUpload, also when it is one of another key."""
    upload_id = request["UploadId"]
    found = s3.multipart.upload(bucket.name, rules.object_key(request["Key"]), upload_id)
    if found is None:
        raise api.NoSuchUpload(UploadId=upload_id)
    return found


def named_version(bucket: Bucket, version_id: str, argument: str = "versionId") -> None:
    """Raises InvalidArgument for what cannot be the id of a version in this bucket."""
    if not version_id:
        raise rules.invalid("Version id cannot be the empty string", argument, "")
    if version_id != NULL_VERSION and (not bucket.was_versioned or not rules.is_version_id(version_id)):
        raise rules.invalid("Invalid version id specified", argument, version_id)
