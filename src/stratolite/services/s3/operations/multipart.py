"""Uploads in parts: begun, filled, completed or aborted.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from typing import Any
from urllib.parse import quote

from stratolite.core.call import Call
from stratolite.http.message import Body
from stratolite.protocol.checksums import content_md5
from stratolite.services.s3 import (
    S3,
    api,
    assembly,
    checksums,
    content,
    customer_key,
    encryption,
    lifecycle,
    notifications,
    ownership,
    rules,
    upload,
    version_ids,
)
from stratolite.services.s3.domain import Bucket, Upload, UploadedPart, Version
from stratolite.services.s3.lookup import bucket_of, upload_of


def create_multipart_upload(
    call: Call, s3: S3, request: api.CreateMultipartUploadRequest
) -> api.CreateMultipartUploadOutput:
    """Begin an upload. What is said of the object is said here, and kept for its completion."""
    bucket = bucket_of(call, s3, request)
    algorithm, checksum_type = checksums.of_upload(request.get("ChecksumAlgorithm"), request.get("ChecksumType"))
    begun = Upload(
        sequence=0,
        bucket=bucket.name,
        upload_id=s3.world.entropy.token(assembly.UPLOAD_ID_LENGTH, version_ids.CHARS),
        initiated_ms=call.now_ms,
        checksum_algorithm=algorithm,
        checksum_type=checksum_type,
        draft=upload.draft(call, bucket, request),
    )
    s3.multipart.insert_upload(begun)
    answer: dict[str, Any] = {"Bucket": bucket.name, "Key": begun.key, "UploadId": begun.upload_id}
    if algorithm:
        answer.update(ChecksumAlgorithm=algorithm, ChecksumType=checksum_type)
    answer.update(encryption.said(begun.draft.headers))
    answer.update(lifecycle.abortion(bucket, begun))
    return answer  # type: ignore[return-value]


async def upload_part(call: Call, s3: S3, request: api.UploadPartRequest) -> api.UploadPartOutput:
    """Keep a part. ``Body`` is a stream over the wire, and bytes when another part of the product calls."""
    rules.part_number(request.get("PartNumber"))
    given = request.get("Body", b"")
    body = given if isinstance(given, Body) else Body(whole=given)
    claim = checksums.claim(request, body)
    md5 = content_md5(request.get("ContentMD5"))
    rules.announced_size(request, given)
    begun = upload_of(s3, bucket_of(call, s3, request), request)
    customer_key.check_part(request, begun.draft.headers)
    claim, also = assembly.claim_of_part(begun, claim)
    received = await content.receive(s3.world.blobs, body, claim, md5, also=also, is_part=True)
    part = await assembly.commit_part(call, s3, request, received)
    answer = received.checksum.value_member()
    answer.update(ETag=part.quoted_etag, **encryption.said(begun.draft.headers))
    return answer  # type: ignore[return-value]


def complete_multipart_upload(
    call: Call, s3: S3, request: api.CompleteMultipartUploadRequest
) -> api.CompleteMultipartUploadOutput:
    """Make an object of parts. Their files become the object's own: nothing is copied.

    Who asks again, because the first answer was lost, gets it again.
    """
    if "UploadId" not in request:
        # Nothing else is posted to an object without a word in the query.
        raise api.MethodNotAllowed(Method="POST", ResourceType="OBJECT")
    bucket = bucket_of(call, s3, request)
    known = s3.multipart.completed(bucket.name, rules.object_key(request["Key"]), request["UploadId"])
    if known is not None:
        return _completed(call, bucket, known)
    begun = upload_of(s3, bucket, request)
    customer_key.check_upload(request, begun.draft.headers, has_checksums=bool(begun.checksum_algorithm))
    finished = assembly.assembled(s3, begun, request)
    assembly.check_conditions(s3, begun, request)
    s3.multipart.delete_upload(begun, kept=frozenset(part.number for part in finished.parts))
    current = s3.store.standing(bucket.name, begun.key)
    version = upload.put(call, s3, bucket, request, begun.draft, finished, current)
    s3.multipart.remember(begun, version)
    notifications.tell(call, s3, bucket, notifications.COMPLETE, version)
    return _completed(call, bucket, version)


def _completed(call: Call, bucket: Bucket, version: Version) -> api.CompleteMultipartUploadOutput:
    answer = upload.answer(bucket, version)
    location = f"{call.endpoint}/{bucket.name}/{quote(version.key, safe='')}"
    answer.update(Location=location, Bucket=bucket.name, Key=version.key)
    return answer  # type: ignore[return-value]


def abort_multipart_upload(call: Call, s3: S3, request: api.AbortMultipartUploadRequest) -> None:
    """Forget an upload and its parts."""
    rules.refuse(request, "IfMatchInitiatedTime")
    s3.multipart.delete_upload(upload_of(s3, bucket_of(call, s3, request), request))


def list_parts(call: Call, s3: S3, request: api.ListPartsRequest) -> api.ListPartsOutput:
    """The parts of an upload in order of number."""
    bucket = bucket_of(call, s3, request)
    begun = upload_of(s3, bucket, request)
    customer_key.check_upload(request, begun.draft.headers, has_checksums=bool(begun.checksum_algorithm))
    limit = rules.page_size(request, "MaxParts", "max-parts")
    after = rules.natural(request.get("PartNumberMarker", 0), "part-number-marker")
    found = s3.multipart.parts(begun.upload_id, after, limit + 1)
    parts = found[:limit]
    answer: api.ListPartsOutput = {
        "Bucket": bucket.name,
        "Key": begun.key,
        "UploadId": begun.upload_id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": parts[-1].number if parts else 0,
        "MaxParts": limit,
        "IsTruncated": len(found) > limit,
        "Initiator": rules.initiator(begun.draft.owner or bucket.account),
        "Owner": rules.owner(ownership.account_of(bucket, begun.draft.owner)),
        "StorageClass": begun.draft.storage_class,
    }
    if begun.checksum_algorithm:
        answer.update({"ChecksumAlgorithm": begun.checksum_algorithm, "ChecksumType": begun.checksum_type})
    answer.update(lifecycle.abortion(bucket, begun))  # type: ignore[typeddict-item]
    if parts:
        answer["Parts"] = [_listed_part(part, begun) for part in parts]
    return answer


def _listed_part(part: UploadedPart, begun: Upload) -> api.Part:
    listed: dict[str, Any] = {
        "PartNumber": part.number,
        "LastModified": part.modified_ms // 1000,
        "ETag": part.quoted_etag,
        "Size": part.size_bytes,
    }
    listed.update(part.checksum.value_member() if begun.checksum_algorithm else {})
    return listed  # type: ignore[return-value]
