"""Copies: of whole objects, and of bytes that become a part of an upload."""

from collections.abc import AsyncIterable
from typing import Any

from stratolite.core.call import Call
from stratolite.http.message import Body
from stratolite.services.s3 import (
    S3,
    api,
    assembly,
    checksums,
    conditions,
    content,
    copying,
    customer_key,
    encryption,
    lifecycle,
    notifications,
    rules,
    upload,
)
from stratolite.services.s3.domain import Version
from stratolite.services.s3.lookup import bucket_of, upload_of


async def copy_object(call: Call, s3: S3, request: api.CopyObjectRequest) -> api.CopyObjectOutput:
    """Copy an object. The copy shares the files of its source, unless its checksums have to be computed anew."""
    conditions.stated(request)

    def work() -> copying.Copied | copying.Reading:
        source_bucket, source = copying.source_of(call, s3, request)
        bucket = bucket_of(call, s3, request)
        plan = copying.planned(call, bucket, source_bucket, source, request)
        if plan.is_shared:
            return copying.shared(call, s3, request, plan)
        return copying.Reading(plan, content.part(s3.store, s3.world.blobs, source.content, 0, source.size_bytes))

    done = await s3.world.database.transact(work)
    if isinstance(done, copying.Reading):
        received = await content.receive(s3.world.blobs, _body(done.data), checksums.Claim(done.plan.algorithm))
        drafted = done.plan.draft
        bucket, version = await upload.commit(call, s3, request, drafted, received, notifications.COPY)
        done = copying.Copied(done.plan, bucket, version)
    return _answer(done)


async def upload_part_copy(call: Call, s3: S3, request: api.UploadPartCopyRequest) -> api.UploadPartCopyOutput:
    """Make a part of an upload of the bytes of an object."""
    rules.part_number(request.get("PartNumber"))

    def work() -> tuple[Version, bool, str, bytes | AsyncIterable[bytes], dict[str, Any]]:
        begun = upload_of(s3, bucket_of(call, s3, request), request)
        customer_key.check_part(request, begun.draft.headers)
        _, source = copying.source_of(call, s3, request)
        start, end = copying.span(request.get("CopySourceRange"), source.size_bytes)
        rules.proposed_size(end - start)
        data = content.part(s3.store, s3.world.blobs, source.content, start, end)
        is_told = bool(begun.checksum_algorithm)
        return (
            source,
            is_told,
            begun.checksum_algorithm or checksums.DEFAULT,
            data,
            encryption.said(begun.draft.headers),
        )

    source, is_told, algorithm, data, encrypted = await s3.world.database.transact(work)
    received = await content.receive(s3.world.blobs, _body(data), checksums.Claim(algorithm), is_part=True)
    part = await assembly.commit_part(call, s3, request, received)
    result = {
        "ETag": part.quoted_etag,
        "LastModified": part.modified_ms // 1000,
        **(part.checksum.value_member() if is_told else {}),
    }
    return {"CopyPartResult": result, **copying.said_of_source(source), **encrypted}  # type: ignore[typeddict-item]


def _body(data: bytes | AsyncIterable[bytes]) -> Body:
    return Body(whole=data) if isinstance(data, bytes) else Body(data)


def _answer(done: copying.Copied) -> api.CopyObjectOutput:
    version = done.version
    answer: dict[str, Any] = {
        "CopyObjectResult": {
            "ETag": version.quoted_etag,
            "LastModified": version.modified_ms // 1000,
            **version.checksum.members(),
        },
        **copying.said_of_source(done.plan.source),
        **encryption.said(version.headers),
    }
    if lifecycle.SETTING in done.bucket.settings:
        answer.update(lifecycle.expiration(done.bucket, version))
    if done.bucket.was_versioned:
        answer["VersionId"] = version.version_id
    return answer  # type: ignore[return-value]
