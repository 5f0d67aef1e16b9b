"""What a copy takes from its source, and what the request says instead.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html and recorded answers (test_s3_copy_object).
"""

import re
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from msgspec.structs import replace

from stratolite.core.call import Call
from stratolite.services.s3 import (
    S3,
    api,
    archive,
    checksums,
    conditions,
    customer_key,
    encryption,
    headers,
    lock,
    lookup,
    notifications,
    rules,
    upload,
)
from stratolite.services.s3.domain import ENABLED, NULL_VERSION, Bucket, Content, Draft, Version

COPY, REPLACE = "COPY", "REPLACE"
_RANGE = re.compile(r"bytes=(\d+)-(\d+)", re.ASCII)
_VERSION_FIELD = "?versionId="
_HALF_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNCHANGED = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)
_CHANGES = (
    "StorageClass",
    "WebsiteRedirectLocation",
    "ServerSideEncryption",
    "SSECustomerAlgorithm",
    "ChecksumAlgorithm",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A copy that is allowed: of what, as what, with which checksum."""

    source: Version
    draft: Draft
    algorithm: str
    is_shared: bool
    """Whether the copy's entity tag and checksum are those of the source."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that was made."""

    plan: Plan
    bucket: Bucket
    version: Version


@dataclass(frozen=True, slots=True)
class Reading:
    """A copy whose source has to be read."""

    plan: Plan
    data: bytes | AsyncIterable[bytes]


def source_of(call: Call, s3: S3, request: Mapping[str, Any]) -> tuple[Bucket, Version]:
    """The object that ``CopySource`` names.

    Raises InvalidArgument for what names none, the errors of a read, and PreconditionFailed.
    """
    bucket_name, key, version_id = parse_source(request["CopySource"])
    found = {"Bucket": bucket_name, "Key": key, **({"VersionId": version_id} if version_id else {})}
    bucket = lookup.bucket_of(call, s3, found, anywhere=True)
    rules.expected_owner(request, bucket.account, "ExpectedSourceBucketOwner")
    try:
        version = lookup.version_of(s3, bucket, found, "GET")
    except api.MethodNotAllowed as error:
        raise api.InvalidRequest(
            "The source of a copy request may not specifically refer to a delete marker by version id."
        ) from error
    if archive.is_archived(version):
        raise api.ObjectNotInActiveTierError
    customer_key.check_reading(request, version.headers, customer_key.OF_SOURCE)
    conditions.copyable(request, version, call.now_ms)
    return bucket, version


def parse_source(text: str) -> tuple[str, str, str]:
    """Bucket, key and version id of ``/bucket/key?versionId=id``, URL-encoded. Raises InvalidArgument."""
    path, _, version_id = text.partition(_VERSION_FIELD)
    if path.startswith("arn:"):
        rules.refuse({"CopySource of an access point": path}, "CopySource of an access point")
    try:
        bucket, _, key = unquote(path, errors="strict").removeprefix("/").partition("/")
    except UnicodeDecodeError as error:
        raise _no_source("encoding") from error
    if _HALF_ENCODED.search(path):
        raise _no_source("encoding")
    if not bucket or not key:
        raise _no_source("object key")
    if not rules.is_bucket_name(bucket):
        raise _no_source("bucket name")
    return bucket, key, version_id


def _no_source(what: str) -> api.InvalidArgument:
    return rules.invalid(f"Invalid copy source {what}", "x-amz-copy-source", "x-amz-copy-source")


def planned(call: Call, bucket: Bucket, source_bucket: Bucket, source: Version, request: Mapping[str, Any]) -> Plan:
    """What a copy is to be. Raises InvalidRequest for one that changes nothing, the errors of an upload."""
    metadata_directive = _directive(request, "MetadataDirective", "metadata")
    tagging_directive = _directive(request, "TaggingDirective", "tagging")
    rules.refuse(request, "AnnotationDirective")
    if source.size_bytes > rules.OBJECT_BYTES_MAX:
        raise api.InvalidRequest(
            "The specified copy source is larger than the maximum allowable size for a copy source: "
            f"{rules.OBJECT_BYTES_MAX}"
        )
    is_in_place = source_bucket.name == bucket.name and source.key == request["Key"] and source.is_current
    if bucket.versioning == ENABLED and parse_source(request["CopySource"])[2]:
        # A version that is named becomes the newest one again, without a change.
        is_in_place = False
    is_changed = metadata_directive == REPLACE or any(request.get(name) is not None for name in _CHANGES)
    if is_in_place and not is_changed and not bucket.settings.get(encryption.SETTING):
        raise api.InvalidRequest(_UNCHANGED)
    drafted = upload.draft(call, bucket, request)
    if metadata_directive == COPY:
        drafted = replace(drafted, headers=_copied_headers(source, drafted), metadata=source.metadata)
    if tagging_directive == COPY:
        drafted = replace(drafted, tags=source.tags)
    algorithm, _ = checksums.of_upload(request.get("ChecksumAlgorithm"), None)
    algorithm = algorithm or source.checksum.algorithm or checksums.DEFAULT
    is_keyed = encryption.is_keyed(source.headers) or encryption.is_keyed(drafted.headers)
    is_shared = not source.parts and algorithm == source.checksum.algorithm and not is_keyed
    return Plan(source, drafted, algorithm, is_shared)


def shared(call: Call, s3: S3, request: Mapping[str, Any], plan: Plan) -> Copied:
    """Make a copy that has its source's files, in the current transaction."""
    source, bucket = plan.source, lookup.bucket_of(call, s3, request)
    if source.content.bytes_id is not None:
        content = Content(bytes_id=s3.store.insert_bytes(s3.store.read_bytes(source.content.bytes_id)))
    else:
        for blob_id, _ in source.content.blobs:
            s3.world.blobs.keep(blob_id)
        content = source.content
    finished = upload.Finished(source.size_bytes, source.etag, source.checksum, content)
    current = s3.store.standing(bucket.name, plan.draft.key)
    version = upload.put(call, s3, bucket, request, plan.draft, finished, current)
    notifications.tell(call, s3, bucket, notifications.COPY, version)
    return Copied(plan, bucket, version)


def said_of_source(source: Version) -> dict[str, str]:
    """What an answer says of the version that was copied."""
    return {} if source.version_id == NULL_VERSION else {"CopySourceVersionId": source.version_id}


def span(text: str | None, size_bytes: int) -> tuple[int, int]:
    """First byte and end of what a part copies. Raises InvalidArgument, InvalidRequest."""
    if text is None:
        return 0, size_bytes
    found = _RANGE.fullmatch(text)
    if found is None or int(found[2]) < int(found[1]):
        raise rules.invalid(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            text,
        )
    start, end = int(found[1]), int(found[2]) + 1
    if start >= size_bytes:
        raise api.InvalidRequest("The specified copy range is invalid for the source object size")
    if end > size_bytes:
        said = f"Range specified is not valid for source object of size: {size_bytes}"
        raise rules.invalid(said, "x-amz-copy-source-range", text)
    return start, end


def _directive(request: Mapping[str, Any], member: str, word: str) -> str:
    name: str = request.get(member, COPY)
    if name not in (COPY, REPLACE):
        raise rules.invalid(f"Unknown {word} directive.", f"x-amz-{word}-directive", name)
    return name


def _copied_headers(source: Version, drafted: Draft) -> dict[str, Any]:
    """The source's headers; where it leads, how it is encrypted and what protects it are said anew with every copy."""
    anew = ("WebsiteRedirectLocation", *encryption.HEADERS, *lock.HEADERS)
    kept = {name: value for name, value in source.headers.items() if name in headers.KEPT and name not in anew}
    return {**kept, **{name: drafted.headers[name] for name in anew if name in drafted.headers}}
