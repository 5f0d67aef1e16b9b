"""Tags of objects."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, notifications, tagging
from stratolite.services.s3.domain import Bucket
from stratolite.services.s3.lookup import bucket_of, living_version_of


def put_object_tagging(call: Call, s3: S3, request: api.PutObjectTaggingRequest) -> api.PutObjectTaggingOutput:
    """Give a version these tags, and no others."""
    bucket = bucket_of(call, s3, request)
    version = living_version_of(s3, bucket, request, "PUT")
    if "Tagging" not in request:
        raise api.MalformedXML
    tags = tagging.of_set(
        request["Tagging"].get("TagSet", []),
        limit=tagging.OBJECT_TAGS_MAX,
        system_tag="Your TagKey cannot be prefixed with aws:",
    )
    s3.store.set_tags(version, tags)
    notifications.tell(call, s3, bucket, notifications.TAG, version)
    return _named(bucket, version.version_id)  # type: ignore[return-value]


def get_object_tagging(call: Call, s3: S3, request: api.GetObjectTaggingRequest) -> api.GetObjectTaggingOutput:
    """The tags of a version."""
    bucket = bucket_of(call, s3, request)
    try:
        version = living_version_of(s3, bucket, request, "GET")
    except api.NoSuchKey as error:
        # Here alone the bucket is part of what is missing (test_object_tagging_exc).
        raise api.NoSuchKey(Key=f"{bucket.name}/{request['Key']}") from error
    return {"TagSet": tagging.to_set(version.tags), **_named(bucket, version.version_id)}  # type: ignore[typeddict-item]


def delete_object_tagging(call: Call, s3: S3, request: api.DeleteObjectTaggingRequest) -> api.DeleteObjectTaggingOutput:
    """Take all tags of a version away."""
    bucket = bucket_of(call, s3, request)
    version = living_version_of(s3, bucket, request, "DELETE")
    s3.store.set_tags(version, {})
    notifications.tell(call, s3, bucket, notifications.UNTAG, version)
    return _named(bucket, version.version_id)  # type: ignore[return-value]


def _named(bucket: Bucket, version_id: str) -> dict[str, Any]:
    return {"VersionId": version_id} if bucket.was_versioned else {}
