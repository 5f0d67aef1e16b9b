"""What is said of an object beside its bytes: taken from an upload, given with every read.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.protocol import timestamps
from stratolite.services.s3 import encoded_words, rules
from stratolite.services.s3.domain import Bucket, Version

CONTENT_TYPE_DEFAULT = "binary/octet-stream"
OVERRIDES = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
)
_CHUNKED = "aws-chunked"
_REDIRECTED = "WebsiteRedirectLocation"
KEPT = frozenset({*OVERRIDES, _REDIRECTED})
_LOCATIONS = ("/", "http://", "https://")


class InvalidRedirectLocation(AwsError):
    """A website is to lead to what is no address."""

    text = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."


def of_upload(request: Mapping[str, Any]) -> dict[str, Any]:
    """The headers that are kept with an object. The encoding of the transport is none of the object's.

    Raises InvalidRedirectLocation.
    """
    kept = {name: value for name, value in request.items() if name in KEPT and value not in (None, "")}
    if "ContentEncoding" in kept and _CHUNKED in kept["ContentEncoding"].lower():
        encodings = [part.strip() for part in kept["ContentEncoding"].split(",")]
        kept["ContentEncoding"] = ",".join(part for part in encodings if part.lower() != _CHUNKED)
        if not kept["ContentEncoding"]:
            del kept["ContentEncoding"]
    if _REDIRECTED in kept and not kept[_REDIRECTED].startswith(_LOCATIONS):
        raise InvalidRedirectLocation
    kept.setdefault("ContentType", CONTENT_TYPE_DEFAULT)
    return kept


def metadata(request: Mapping[str, Any]) -> dict[str, str]:
    """The user's own metadata, as text. Raises MetadataTooLarge."""
    given = request.get("Metadata")
    if not given:
        return {}
    found = {name.lower(): encoded_words.decode(value) for name, value in given.items()}
    rules.metadata(found)
    return found


def overrides(request: Mapping[str, Any]) -> dict[str, Any]:
    """The headers that a read asks to be answered with instead. Raises InvalidArgument for what no header can say."""
    found = {}
    for name in OVERRIDES:
        value = request.get(f"Response{name}")
        if value is None:
            continue
        if isinstance(value, str) and not _is_latin(value):
            wire_name = "response-" + "".join(f"-{char.lower()}" if char.isupper() else char for char in name)[1:]
            raise rules.invalid("Header value cannot be represented using ISO-8859-1.", wire_name, value)
        found[name] = value if isinstance(value, str) else timestamps.rfc822(value)
    return found


def described(bucket: Bucket, version: Version, checksum_mode: str | None) -> dict[str, Any]:
    """What every read says of a version."""
    headers: dict[str, Any] = {
        "AcceptRanges": "bytes",
        "LastModified": version.modified_ms // 1000,
        "ContentLength": version.size_bytes,
        "ETag": version.quoted_etag,
        "Metadata": {name: encoded_words.encode(value) for name, value in version.metadata.items()},
        **version.headers,
    }
    if bucket.was_versioned:
        headers["VersionId"] = version.version_id
    if version.storage_class != "STANDARD":
        headers["StorageClass"] = version.storage_class
    if version.tags:
        headers["TagCount"] = len(version.tags)
    if checksum_mode is not None:
        if checksum_mode.upper() != "ENABLED":
            raise rules.invalid("Value for x-amz-checksum-mode header is invalid.", "x-amz-checksum-mode")
        headers.update(version.checksum.members())
    return headers


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
