"""Listings: of objects, of versions, of uploads in parts."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, archive, ownership, rules
from stratolite.services.s3.domain import Bucket, Upload, Version
from stratolite.services.s3.listing import (
    RANK_MAX,
    RANK_MIN,
    Encode,
    Page,
    encoder,
    of_token,
    page,
    to_token,
)
from stratolite.services.s3.lookup import bucket_of, named_version

_RESTORE_STATUS = "RestoreStatus"
Owners = Callable[[str], api.Owner]
"""Says who owns what an account wrote; an empty one stands for the bucket's owner."""


def list_objects_v2(call: Call, s3: S3, request: api.ListObjectsV2Request) -> api.ListObjectsV2Output:
    """The objects of a bucket in order of key, after a token or a key."""
    bucket = bucket_of(call, s3, request)
    limit, encode = rules.page_size(request), encoder(rules.encoding_type(request))
    is_told = _tells_restorations(request)
    token, start_after = request.get("ContinuationToken"), request.get("StartAfter", "")
    found = page(
        partial(s3.store.objects, bucket.name),
        prefix=request.get("Prefix", ""),
        delimiter=request.get("Delimiter", ""),
        after=start_after if token is None else of_token(token),
        limit=limit,
    )
    answer = {
        "BucketRegion": bucket.region,
        "Name": bucket.name,
        "KeyCount": found.count,
        "MaxKeys": limit,
        "Prefix": encode(request.get("Prefix", "")),
        **_rolled_up(found, request, encode),
    }
    if start_after:
        answer["StartAfter"] = encode(start_after)
    if token is not None:
        answer["ContinuationToken"] = token
    if found.is_truncated:
        answer["NextContinuationToken"] = to_token(found.last_key)
    if found.entries:
        owner = _owners(bucket) if request.get("FetchOwner") else None
        answer["Contents"] = [_object(version, encode, owner, is_told) for version in found.entries]
    return answer  # type: ignore[return-value]


def list_objects(call: Call, s3: S3, request: api.ListObjectsRequest) -> api.ListObjectsOutput:
    """The objects of a bucket in order of key, after a marker."""
    bucket = bucket_of(call, s3, request)
    limit, encode = rules.page_size(request), encoder(rules.encoding_type(request))
    is_told = _tells_restorations(request)
    marker = request.get("Marker", "")
    found = page(
        partial(s3.store.objects, bucket.name),
        prefix=request.get("Prefix", ""),
        delimiter=request.get("Delimiter", ""),
        after=marker,
        limit=limit,
    )
    answer = {
        "BucketRegion": bucket.region,
        "Name": bucket.name,
        "Marker": encode(marker),
        "MaxKeys": limit,
        "Prefix": encode(request.get("Prefix", "")),
        **_rolled_up(found, request, encode),
    }
    if found.is_truncated and request.get("Delimiter"):
        answer["NextMarker"] = encode(found.last_key)
    if found.entries:
        owner = _owners(bucket)
        answer["Contents"] = [_object(version, encode, owner, is_told) for version in found.entries]
    return answer  # type: ignore[return-value]


def list_object_versions(call: Call, s3: S3, request: api.ListObjectVersionsRequest) -> api.ListObjectVersionsOutput:
    """The versions and delete markers of a bucket, the newest of a key first, after a key or after a version."""
    bucket = bucket_of(call, s3, request)
    limit, encode = rules.page_size(request), encoder(rules.encoding_type(request))
    is_told = _tells_restorations(request)
    marker, version_marker = request.get("KeyMarker", ""), request.get("VersionIdMarker")
    found = page(
        partial(s3.store.versions, bucket.name),
        prefix=request.get("Prefix", ""),
        delimiter=request.get("Delimiter", ""),
        after=marker,
        after_rank=_rank_of_version(s3, bucket.name, request),
        limit=limit,
    )
    answer = {
        "Name": bucket.name,
        "KeyMarker": encode(marker),
        "VersionIdMarker": version_marker or "",
        "MaxKeys": limit,
        "Prefix": encode(request.get("Prefix", "")),
        **_rolled_up(found, request, encode),
    }
    if found.is_truncated:
        answer["NextKeyMarker"] = encode(found.last_key)
        if isinstance(found.last, Version):
            answer["NextVersionIdMarker"] = found.last.version_id
    owner = _owners(bucket)
    versions = [_version(one, encode, owner, is_told) for one in found.entries if not one.is_delete_marker]
    markers = [_marker(one, encode, owner) for one in found.entries if one.is_delete_marker]
    answer.update({**({"Versions": versions} if versions else {}), **({"DeleteMarkers": markers} if markers else {})})
    return answer  # type: ignore[return-value]


def list_multipart_uploads(
    call: Call, s3: S3, request: api.ListMultipartUploadsRequest
) -> api.ListMultipartUploadsOutput:
    """The uploads in parts of a bucket in order of key, the oldest of a key first."""
    bucket = bucket_of(call, s3, request)
    limit = rules.page_size(request, "MaxUploads", "max-uploads")
    encode = encoder(rules.encoding_type(request))
    marker = request.get("KeyMarker", "")
    upload_marker = request.get("UploadIdMarker", "") if marker else ""
    after_rank = RANK_MAX
    if upload_marker:
        passed = s3.multipart.upload(bucket.name, marker, upload_marker)
        if passed is None:
            raise rules.invalid("Invalid uploadId marker", "upload-id-marker", upload_marker)
        after_rank = passed.rank
    found = page(
        partial(s3.multipart.uploads, bucket.name),
        prefix=request.get("Prefix", ""),
        delimiter=request.get("Delimiter", ""),
        after=marker,
        after_rank=after_rank,
        limit=limit,
    )
    last = found.last if isinstance(found.last, Upload) else None
    answer = {
        "Bucket": bucket.name,
        "KeyMarker": encode(marker),
        "UploadIdMarker": upload_marker,
        "NextKeyMarker": encode(last.key) if last else "",
        "NextUploadIdMarker": last.upload_id if last else "",
        "MaxUploads": limit,
        **_rolled_up(found, request, encode),
    }
    if request.get("Prefix"):
        answer["Prefix"] = encode(request["Prefix"])
    if found.entries:
        answer["Uploads"] = [_upload(one, encode, _owners(bucket), bucket.account) for one in found.entries]
    return answer  # type: ignore[return-value]


def _rank_of_version(s3: S3, bucket_name: str, request: api.ListObjectVersionsRequest) -> int:
    """After which rank of the marker's key a listing goes on: after all of them, unless a version is named."""
    marker, version_id = request.get("KeyMarker", ""), request.get("VersionIdMarker")
    if version_id is None:
        return RANK_MAX
    if not version_id:
        raise rules.invalid("A version-id marker cannot be empty.", "version-id-marker", "")
    if not marker:
        text = "A version-id marker cannot be specified without a key marker."
        raise rules.invalid(text, "version-id-marker", version_id)
    bucket = s3.store.bucket(bucket_name)
    assert bucket is not None
    named_version(bucket, version_id, "version-id-marker")
    passed = s3.store.version(bucket_name, marker, version_id)
    return passed.rank if passed is not None else RANK_MIN


def _rolled_up(found: Page[Any], request: Mapping[str, Any], encode: Encode) -> dict[str, Any]:
    """What all listings say alike."""
    answer: dict[str, Any] = {"IsTruncated": found.is_truncated}
    if request.get("Delimiter"):
        answer["Delimiter"] = encode(request["Delimiter"])
    if request.get("EncodingType"):
        answer["EncodingType"] = request["EncodingType"]
    if found.prefixes:
        answer["CommonPrefixes"] = [{"Prefix": encode(common)} for common in found.prefixes]
    return answer


def _tells_restorations(request: Mapping[str, Any]) -> bool:
    """Whether a listing is to say what is restored. Raises InvalidArgument for what can be asked for by no name."""
    wanted = request.get("OptionalObjectAttributes") or []
    if any(name != _RESTORE_STATUS for name in wanted):
        raise rules.invalid("Invalid attribute name specified.", "x-amz-optional-object-attributes", ",".join(wanted))
    return bool(wanted)


def _owners(bucket: Bucket) -> Owners:
    mine = rules.owner(bucket.account)

    def owner(account: str) -> api.Owner:
        return mine if ownership.account_of(bucket, account) == bucket.account else rules.owner(account)

    return owner


def _object(version: Version, encode: Encode, owner: Owners | None, is_told: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "Key": encode(version.key),
        "LastModified": version.modified_ms // 1000,
        "ETag": version.quoted_etag,
        "Size": version.size_bytes,
        "StorageClass": version.storage_class,
    }
    if version.checksum.algorithm:
        entry["ChecksumAlgorithm"] = [version.checksum.algorithm]
        entry["ChecksumType"] = version.checksum.type
    if owner is not None:
        entry["Owner"] = owner(version.owner)
    if is_told and version.storage_class in rules.ARCHIVED:
        until_ms = archive.expires_ms(version)
        entry[_RESTORE_STATUS] = {
            "IsRestoreInProgress": archive.is_ongoing(version),
            **({} if until_ms is None else {"RestoreExpiryDate": until_ms // 1000}),
        }
    return entry


def _version(version: Version, encode: Encode, owner: Owners, is_told: bool) -> dict[str, Any]:
    named = {"VersionId": version.version_id, "IsLatest": version.is_current}
    return {**_object(version, encode, owner, is_told), **named}


def _marker(marker: Version, encode: Encode, owner: Owners) -> dict[str, Any]:
    return {
        "Key": encode(marker.key),
        "VersionId": marker.version_id,
        "IsLatest": marker.is_current,
        "LastModified": marker.modified_ms // 1000,
        "Owner": owner(marker.owner),
    }


def _upload(upload: Upload, encode: Encode, owner: Owners, account: str) -> dict[str, Any]:
    entry = {
        "UploadId": upload.upload_id,
        "Key": encode(upload.key),
        "Initiated": upload.initiated_ms // 1000,
        "StorageClass": upload.draft.storage_class,
        "Owner": owner(upload.draft.owner),
        "Initiator": rules.initiator(upload.draft.owner or account),
    }
    if upload.checksum_algorithm:
        entry.update(ChecksumAlgorithm=upload.checksum_algorithm, ChecksumType=upload.checksum_type)
    return entry
