"""Objects: written, read, described."""

from typing import Any

from stratolite.core.call import Call
from stratolite.http.message import Body
from stratolite.protocol.checksums import content_md5
from stratolite.services.s3 import (
    S3,
    api,
    archive,
    checksums,
    conditions,
    content,
    customer_key,
    headers,
    lifecycle,
    ranges,
    rules,
    upload,
)
from stratolite.services.s3.domain import Bucket, Version
from stratolite.services.s3.lookup import bucket_of, version_of

_SIGNED_ONLY = "Request specific response headers cannot be used for anonymous GET requests."


async def put_object(call: Call, s3: S3, request: api.PutObjectRequest) -> api.PutObjectOutput:
    """Keep an object. All that can be checked without the body is checked before it is read.

    ``Body`` is a stream over the wire, and bytes when another part of the product calls.
    """
    conditions.stated(request)
    given = request.get("Body", b"")
    body = given if isinstance(given, Body) else Body(whole=given)
    claim = checksums.claim(request, body)
    md5 = content_md5(request.get("ContentMD5"))
    rules.announced_size(request, given)
    drafted = upload.draft(call, bucket_of(call, s3, request), request)
    received = await content.receive(s3.world.blobs, body, claim, md5)
    return upload.answer(*await upload.commit(call, s3, request, drafted, received))  # type: ignore[return-value]


def get_object(call: Call, s3: S3, request: api.GetObjectRequest) -> api.GetObjectOutput:
    """An object, or a part of it."""
    _check_part(request)
    bucket = bucket_of(call, s3, request)
    version = version_of(s3, bucket, request, "GET")
    if archive.is_archived(version):
        raise api.InvalidObjectState(StorageClass=version.storage_class)
    answer, start, end = _read(call, bucket, version, request)
    answer["Body"] = content.part(s3.store, s3.world.blobs, version.content, start, end)
    return answer  # type: ignore[return-value]


def head_object(call: Call, s3: S3, request: api.HeadObjectRequest) -> api.HeadObjectOutput:
    """What GetObject would say, without the bytes."""
    _check_part(request)
    bucket = bucket_of(call, s3, request)
    answer, _, _ = _read(call, bucket, version_of(s3, bucket, request, "HEAD"), request)
    return answer  # type: ignore[return-value]


def _check_part(request: api.GetObjectRequest | api.HeadObjectRequest) -> None:
    if request.get("PartNumber") is not None:
        rules.part_number(request["PartNumber"])


def _read(
    call: Call, bucket: Bucket, version: Version, request: api.GetObjectRequest | api.HeadObjectRequest
) -> tuple[dict[str, Any], int, int]:
    """The headers of a read, the first byte and the end of what is read."""
    customer_key.check_reading(request, version.headers)
    conditions.readable(request, version, call.now_ms)
    answer = headers.described(bucket, version, request.get("ChecksumMode"))
    if overrides := headers.overrides(request):
        if not call.access_key_id:
            raise api.InvalidRequest(_SIGNED_ONLY)
        answer.update(overrides)
    if lifecycle.SETTING in bucket.settings and request.get("VersionId") is None:
        answer.update(lifecycle.expiration(bucket, version))
    span = _span(version, request)
    if span is None:
        return answer, 0, version.size_bytes
    start, end = span
    answer["ContentLength"] = end - start
    answer["ContentRange"] = ranges.content_range(start, end, version.size_bytes)
    if request.get("PartNumber") is not None and version.parts:
        answer["PartsCount"] = len(version.parts)
    if end - start != version.size_bytes or version.parts:
        _say_checksum_of_part(answer, version, request.get("PartNumber"))
    return answer, start, end


def _say_checksum_of_part(answer: dict[str, Any], version: Version, number: int | None) -> None:
    """A checksum of the whole object says nothing of some of its bytes; parts of a composite one have their own."""
    said = [name for name in version.checksum.members() if answer.pop(name, None) is not None]
    if said and number is not None and version.parts:
        checksum = version.parts[number - 1].checksum
        is_told = version.checksum.type == "COMPOSITE" or len(version.parts) == 1
        if is_told and checksum.algorithm == version.checksum.algorithm:
            answer.update(checksum.members(), ChecksumType=version.checksum.type)


def _span(version: Version, request: api.GetObjectRequest | api.HeadObjectRequest) -> tuple[int, int] | None:
    number, text = request.get("PartNumber"), request.get("Range")
    if number is None:
        return ranges.parse(text, version.size_bytes) if text is not None else None
    if text is not None:
        raise api.InvalidRequest("Cannot specify both Range header and partNumber query parameter")
    span = version.covers(number)
    if span is None:
        raise api.InvalidPartNumber(ActualPartCount=len(version.parts) or 1, PartNumberRequested=number)
    return span
