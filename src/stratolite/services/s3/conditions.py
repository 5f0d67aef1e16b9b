"""Conditional requests: reads that ask for a version that they do not have yet, writes that must not overwrite.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html, RFC 7232 section 6 (which
condition wins) and recorded answers (test_s3_get_object_preconditions, TestS3ObjectWritePrecondition).
"""

from collections.abc import Mapping
from typing import Any

from stratolite.protocol import timestamps
from stratolite.services.s3 import api
from stratolite.services.s3.domain import Standing, Version

_ANY = "*"


def readable(request: Mapping[str, Any], version: Version, now_ms: int) -> None:
    """Raises PreconditionFailed or NotModified unless the conditions of a read hold. Times count whole seconds."""
    failed = _failed(request, "", version, now_ms)
    if failed in ("If-Match", "If-Unmodified-Since"):
        raise api.PreconditionFailed(Condition=failed)
    if failed:
        raise _not_modified(version)


def copyable(request: Mapping[str, Any], source: Version, now_ms: int) -> None:
    """Raises PreconditionFailed unless the conditions that a copy makes of its source hold."""
    failed = _failed(request, "CopySource", source, now_ms)
    if failed:
        raise api.PreconditionFailed(Condition=f"x-amz-copy-source-{failed}")


def _failed(request: Mapping[str, Any], prefix: str, version: Version, now_ms: int) -> str:
    """The header of the condition that does not hold; empty when all do."""
    modified_s = version.modified_ms // 1000
    match, none_match = request.get(f"{prefix}IfMatch"), request.get(f"{prefix}IfNoneMatch")
    since, unmodified_since = request.get(f"{prefix}IfModifiedSince"), request.get(f"{prefix}IfUnmodifiedSince")
    if match is not None:
        if not _names(match, version):
            return "If-Match"
    elif unmodified_since is not None and modified_s > unmodified_since:
        return "If-Unmodified-Since"
    if none_match is not None:
        if _names(none_match, version):
            return "If-None-Match"
    # A time that is yet to come is no condition.
    elif since is not None and modified_s <= since <= now_ms / 1000:
        return "If-Modified-Since"
    return ""


def stated(request: Mapping[str, Any]) -> None:
    """Raises NotImplemented for conditions that a write does not take."""
    match, none_match = request.get("IfMatch"), request.get("IfNoneMatch")
    if match is not None and none_match is not None:
        raise _refused("If-Match,If-None-Match", "Multiple conditional request headers present in the request")
    if none_match is not None and none_match != _ANY:
        raise _refused("If-None-Match", "We don't accept the provided value of If-None-Match header for this API")
    if match == _ANY:
        raise _refused("If-Match", "We don't accept the provided value of If-Match header for this API")


def writable(request: Mapping[str, Any], key: str, current: Standing | None) -> None:
    """Raises PreconditionFailed or NoSuchKey unless the conditions of a write hold. ``current`` may be a marker."""
    present = current if current is not None and not current.is_delete_marker else None
    if request.get("IfNoneMatch") is not None and present is not None:
        raise api.PreconditionFailed(Condition="If-None-Match")
    match = request.get("IfMatch")
    if match is None:
        return
    if present is None:
        raise api.NoSuchKey(Key=key)
    if not _names(match, present):
        raise api.PreconditionFailed(Condition="If-Match")


def deletable(match: str | None, key: str, current: Standing | None) -> None:
    """Raises PreconditionFailed when the current version is not the one that a deletion expects, or a marker, and
    NoSuchKey when there is none.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    """
    if match is None:
        return
    if current is None:
        raise api.NoSuchKey(Key=key)
    if current.is_delete_marker or not _names(match, current):
        raise api.PreconditionFailed(Condition="If-Match")


def _names(condition: str, version: Standing | Version) -> bool:
    """Whether a list of entity tags, quoted or not, names a version's."""
    if condition.strip() == _ANY:
        return True
    return any(tag.strip().removeprefix("W/").strip('"') == version.etag for tag in condition.split(","))


def _not_modified(version: Version) -> api.NotModified:
    return api.NotModified(
        **{"ETag": version.quoted_etag, "Last-Modified": timestamps.rfc822(version.modified_ms / 1000)}
    )


def _refused(header: str, why: str) -> api.NotImplemented:
    return api.NotImplemented(Header=header, additionalMessage=why)
