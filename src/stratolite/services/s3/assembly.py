"""Parts becoming one object: what each must be, and the entity tag and checksum of the whole.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html and recorded answers
(TestS3MultipartUploadChecksum, TestS3ObjectWritePrecondition).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.protocol.checksums import ALGORITHMS, check_form, has_form
from stratolite.services.s3 import S3, api, checksums, conditions, customer_key, encryption, rules
from stratolite.services.s3.checksums import COMPOSITE, DEFAULT, FULL_OBJECT, Claim
from stratolite.services.s3.content import Received
from stratolite.services.s3.domain import NO_CHECKSUM, Checksum, Content, Part, Upload, UploadedPart
from stratolite.services.s3.lookup import bucket_of, upload_of
from stratolite.services.s3.upload import Finished

UPLOAD_ID_LENGTH = 128
_NUMBERED = re.compile(r"-\d+$", re.ASCII)
"""What says of how many parts a composite checksum is."""


# Parts arriving ------------------------------------------------------------------------------------------------------


def claim_of_part(begun: Upload, claim: Claim) -> tuple[Claim, str]:
    """What a part claims, in the algorithm of its upload, and a further algorithm to compute.

    Raises InvalidRequest for a claim in another algorithm than the upload's.
    """
    wanted = begun.checksum_algorithm
    if not wanted:
        return claim, DEFAULT
    if claim.algorithm == wanted:
        return claim, ""
    if claim.is_explicit or begun.checksum_type == COMPOSITE:
        actual = claim.algorithm.lower() if claim.is_explicit else "null"
        raise api.InvalidRequest(
            f"Checksum Type mismatch occurred, expected checksum Type: {wanted.lower()}, actual checksum Type: {actual}"
        )
    return Claim(wanted), ""


async def commit_part(call: Call, s3: S3, request: Mapping[str, Any], received: Received) -> UploadedPart:
    """Make a received part known. Raises NoSuchUpload when the upload went while the body came."""

    def work() -> UploadedPart:
        begun = upload_of(s3, bucket_of(call, s3, request), request)
        part = UploadedPart(
            upload_id=begun.upload_id,
            number=request["PartNumber"],
            modified_ms=call.now_ms,
            size_bytes=received.size_bytes,
            etag=encryption.etag(begun.draft.headers, received.md5, s3.world.entropy),
            checksum=received.checksum if begun.checksum_algorithm else received.also,
            content=received.keep(s3.store, s3.world.blobs),
        )
        s3.multipart.put_part(part)
        return part

    try:
        return await s3.world.database.transact(work)
    except AwsError:
        received.discard()
        raise


# Parts becoming one --------------------------------------------------------------------------------------------------


def assembled(s3: S3, begun: Upload, request: Mapping[str, Any]) -> Finished:
    """The object that the listed parts make. Raises the errors of a list that is wrong."""
    _check_type(begun, request.get("ChecksumType"))
    if "MultipartUpload" not in request:
        raise api.InvalidRequest("You must specify at least one part")
    listed = request["MultipartUpload"].get("Parts", [])
    if not listed:
        raise api.MalformedXML
    known = {part.number: part for part in s3.multipart.parts(begun.upload_id)}
    parts: list[UploadedPart] = []
    for one in listed:
        if "PartNumber" not in one or "ETag" not in one:
            raise api.MalformedXML
        if parts and one["PartNumber"] <= parts[-1].number:
            raise api.InvalidPartOrder(UploadId=begun.upload_id)
        parts.append(_listed(begun, known.get(one["PartNumber"]), one))
    _check_sizes(parts, request.get("MpuObjectSize"))
    checksum = _checksum(begun, parts)
    _check_whole(checksum, request)
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in parts), usedforsecurity=False)
    return Finished(
        size_bytes=sum(part.size_bytes for part in parts),
        etag=f"{digest.hexdigest()}-{len(parts)}",
        checksum=checksum,
        content=Content(blobs=tuple(blob for part in parts for blob in part.content.blobs)),
        parts=tuple(Part(part.number, part.size_bytes, replace(part.checksum, type="")) for part in parts),
    )


def check_conditions(s3: S3, begun: Upload, request: Mapping[str, Any]) -> None:
    """Raises PreconditionFailed, NoSuchKey, and ConditionalRequestConflict when others wrote meanwhile."""
    conditions.stated(request)
    conditions.writable(request, begun.key, s3.store.standing(begun.bucket, begun.key))
    for member, header in (("IfMatch", "If-Match"), ("IfNoneMatch", "If-None-Match")):
        if member in request and begun.is_contested:
            raise api.ConditionalRequestConflict(Condition=header, Key=begun.key)


def _check_type(begun: Upload, claimed: str | None) -> None:
    if claimed not in (None, FULL_OBJECT, COMPOSITE):
        raise api.InvalidRequest("Value for x-amz-checksum-type header is invalid.")
    if claimed is not None and claimed != begun.checksum_type:
        raise api.InvalidRequest(
            f"The upload was created using the {begun.checksum_type or 'null'} checksum mode. The complete request "
            "must use the same checksum mode."
        )


def _listed(begun: Upload, part: UploadedPart | None, one: Mapping[str, Any]) -> UploadedPart:
    """The part that a line of the list means."""
    number, etag = one["PartNumber"], one["ETag"].strip('"')
    if number < 1:
        raise rules.invalid("PartNumber must be >= 1", "PartNumber", number)
    missing = api.InvalidPart(ETag=etag, PartNumber=number, UploadId=begun.upload_id)
    if part is None or part.etag != etag:
        raise missing
    said = checksums.said(one)
    if len(said) > 1 or any(name in ALGORITHMS and not has_form(name, value) for name, value in said.items()):
        raise rules.invalid("Invalid Base64 or multiple checksums present in request", "Checksum")
    if not begun.checksum_algorithm:
        if said:
            raise missing
        return part
    for algorithm, value in said.items():
        if algorithm != begun.checksum_algorithm:
            raise api.BadDigest(
                f"The {algorithm.lower()} you specified for part {number} did not match what we received."
            )
        if value != part.checksum.value:
            raise missing
    if not said and begun.checksum_type == COMPOSITE:
        raise api.InvalidRequest(
            f"The upload was created using a {begun.checksum_algorithm.lower()} checksum. The complete request must "
            f"include the checksum for each part. It was missing for part {number} in the request."
        )
    return part


def _check_sizes(parts: Sequence[UploadedPart], claimed_bytes: int | None) -> None:
    for part in parts[:-1]:
        if part.size_bytes < rules.PART_BYTES_MIN:
            raise api.EntityTooSmall(
                ETag=part.etag,
                MinSizeAllowed=rules.PART_BYTES_MIN,
                PartNumber=part.number,
                ProposedSize=part.size_bytes,
            )
    if claimed_bytes is not None and claimed_bytes < 0:
        raise api.InvalidRequest(f"Value for x-amz-mp-object-size header is less than zero: '{claimed_bytes}'")
    size_bytes = sum(part.size_bytes for part in parts)
    if claimed_bytes is not None and claimed_bytes != size_bytes:
        raise api.InvalidRequest(
            f"The provided 'x-amz-mp-object-size' header value {claimed_bytes} does not match what was computed: "
            f"{size_bytes}"
        )


def _checksum(begun: Upload, parts: Sequence[UploadedPart]) -> Checksum:
    if not begun.checksum_algorithm and customer_key.KEY_MD5 in begun.draft.headers:
        # Recorded: test_multipart_upload_sse_c.
        return NO_CHECKSUM
    algorithm = begun.checksum_algorithm or DEFAULT
    if begun.checksum_type == COMPOSITE:
        value = checksums.composed(algorithm, [part.checksum.value for part in parts])
        return Checksum(algorithm, f"{value}-{len(parts)}", COMPOSITE)
    value = checksums.combined(algorithm, [(part.checksum.value, part.size_bytes) for part in parts])
    return Checksum(algorithm, value, FULL_OBJECT)


def _check_whole(checksum: Checksum, request: Mapping[str, Any]) -> None:
    """Raises BadDigest when the checksum that is claimed for the whole is another, InvalidRequest when it is none."""
    said = checksums.said(request)
    if len(said) > 1:
        raise checksums.several()
    for algorithm, value in said.items():
        if algorithm in ALGORITHMS:
            check_form(algorithm, _NUMBERED.sub("", value) if checksum.type == COMPOSITE else value)
        if value != checksum.value and value != checksum.value.partition("-")[0]:
            raise api.BadDigest(
                f"The {checksum.algorithm.lower()} you specified did not match the calculated checksum."
            )
