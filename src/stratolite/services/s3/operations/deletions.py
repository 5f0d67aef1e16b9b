"""Deletions, of one object or of up to a thousand."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.s3 import S3, api, conditions, lock, lookup, removal, rules, version_ids
from stratolite.services.s3.domain import NULL_VERSION, Bucket
from stratolite.services.s3.lookup import bucket_of

_EXPRESS_ONLY = {
    "IfMatchLastModifiedTime": "x-amz-if-match-last-modified-time",
    "IfMatchSize": "x-amz-if-match-size",
}


def delete_object(call: Call, s3: S3, request: api.DeleteObjectRequest) -> api.DeleteObjectOutput:
    """Delete an object, or one version; what is not there is no error. A versioned bucket gets a delete marker."""
    bucket = bucket_of(call, s3, request)
    may_bypass = _may_bypass(bucket, request)
    for member, header in _EXPRESS_ONLY.items():
        if member in request:
            raise api.NotImplemented(Header=header)
    key, version_id = rules.object_key(request["Key"]), request.get("VersionId")
    if version_id is not None:
        lookup.named_version(bucket, version_id)
    conditions.deletable(request.get("IfMatch"), key, s3.store.standing(bucket.name, key))
    deleted = removal.remove(call, s3, bucket, key, version_id, may_bypass=may_bypass)
    answer: api.DeleteObjectOutput = {}
    if deleted is not None and deleted.is_delete_marker:
        answer["DeleteMarker"] = True
    if version_id is not None and bucket.was_versioned:
        answer["VersionId"] = version_id
    elif deleted is not None and bucket.was_versioned:
        answer["VersionId"] = deleted.version_id
    return answer


def delete_objects(call: Call, s3: S3, request: api.DeleteObjectsRequest) -> api.DeleteObjectsOutput:
    """Delete up to a thousand objects in one transaction; each succeeds or fails by itself."""
    bucket = bucket_of(call, s3, request)
    may_bypass = _may_bypass(bucket, request)
    wanted = request.get("Delete", {})
    objects = wanted.get("Objects", [])
    if not 1 <= len(objects) <= rules.DELETED_AT_ONCE_MAX or any("Key" not in one for one in objects):
        raise api.MalformedXML
    deleted: list[api.DeletedObject] = []
    errors: list[api.Error] = []
    for one in objects:
        try:
            deleted.append(_delete_one(call, s3, bucket, one, may_bypass=may_bypass))
        except AwsError as error:
            failed: api.Error = {"Key": one["Key"], "Code": error.code, "Message": error.message}
            if "VersionId" in one:
                failed["VersionId"] = one["VersionId"]
            errors.append(failed)
    answer: api.DeleteObjectsOutput = {}
    if deleted and not wanted.get("Quiet"):
        answer["Deleted"] = deleted
    if errors:
        answer["Errors"] = errors
    return answer


def _may_bypass(bucket: Bucket, request: Mapping[str, Any]) -> bool:
    """Whether a lock in governance mode does not count.

    Raises InvalidArgument in a bucket without Object Lock. Recorded: ``test_delete_object_with_no_locking``.
    """
    if "BypassGovernanceRetention" in request and lock.SETTING not in bucket.settings:
        header = "x-amz-bypass-governance-retention"
        raise api.InvalidArgument(f"{header} is only applicable to Object Lock enabled buckets.", ArgumentName=header)
    return bool(request.get("BypassGovernanceRetention"))


def _delete_one(call: Call, s3: S3, bucket: Bucket, one: Mapping[str, Any], *, may_bypass: bool) -> api.DeletedObject:
    key, version_id = rules.object_key(one["Key"]), one.get("VersionId") or None
    for name in ("LastModifiedTime", "Size"):
        if name in one:
            raise api.NotImplemented
    conditions.deletable(one.get("ETag"), key, s3.store.standing(bucket.name, key))
    is_missing = version_id is not None and s3.store.version(bucket.name, key, version_id) is None
    if is_missing and version_id != NULL_VERSION and not version_ids.was_given_out(str(version_id)):
        raise api.NoSuchVersion
    gone = removal.remove(call, s3, bucket, key, version_id, may_bypass=may_bypass)
    answer: api.DeletedObject = {"Key": key}
    if version_id is not None:
        answer["VersionId"] = version_id
    if gone is not None and gone.is_delete_marker:
        answer["DeleteMarker"] = True
        answer["DeleteMarkerVersionId"] = gone.version_id
    return answer
