"""What is known of an object, as a document."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, checksums, customer_key, rules
from stratolite.services.s3.domain import Version
from stratolite.services.s3.lookup import bucket_of, version_of

ATTRIBUTES = frozenset({"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"})


def get_object_attributes(call: Call, s3: S3, request: api.GetObjectAttributesRequest) -> api.GetObjectAttributesOutput:
    """The attributes that are asked for by name."""
    bucket = bucket_of(call, s3, request)
    wanted = request.get("ObjectAttributes", [])
    if not any(wanted):
        raise api.InvalidRequest(
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
        )
    unknown = next((name for name in wanted if name not in ATTRIBUTES), None)
    if unknown is not None:
        raise rules.invalid("Invalid attribute name specified.", "x-amz-object-attributes", unknown)
    version = version_of(s3, bucket, request, "GET")
    customer_key.check_reading(request, version.headers)
    known = {
        "ETag": version.etag,
        "Checksum": _checksum(version),
        "ObjectParts": _parts(version, request) if version.parts else None,
        "StorageClass": version.storage_class,
        "ObjectSize": version.size_bytes,
    }
    answer: dict[str, Any] = {"LastModified": version.modified_ms // 1000}
    if bucket.was_versioned:
        answer["VersionId"] = version.version_id
    answer.update({name: value for name, value in known.items() if name in wanted and value is not None})
    return answer  # type: ignore[return-value]


def _checksum(version: Version) -> dict[str, str] | None:
    """The checksum; the number of parts of a composite one is not said here."""
    members = version.checksum.members()
    return {name: value.partition("-")[0] for name, value in members.items()} or None


def _parts(version: Version, request: api.GetObjectAttributesRequest) -> dict[str, Any]:
    """How many parts there are; which, when they have checksums of their own."""
    total = {"TotalPartsCount": len(version.parts)}
    if version.checksum.type != checksums.COMPOSITE:
        return total
    limit = rules.page_size(request, "MaxParts", "x-amz-max-parts")
    after = rules.natural(request.get("PartNumberMarker", 0), "x-amz-part-number-marker")
    following = [part for part in version.parts if part.number > after]
    shown = following[:limit]
    return {
        **total,
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": limit,
        "IsTruncated": len(following) > limit,
        "Parts": [
            {"PartNumber": part.number, "Size": part.size_bytes, **part.checksum.value_member()} for part in shown
        ],
    }
