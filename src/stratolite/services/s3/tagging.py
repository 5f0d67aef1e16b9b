"""Tags of buckets and objects: as a set in XML, and as a query string in a header.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html and recorded answers
(TestS3BucketObjectTagging).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from stratolite.services.s3 import api
from stratolite.services.s3.rules import invalid

OBJECT_TAGS_MAX = 10
BUCKET_TAGS_MAX = 50
KEY_LENGTH_MAX = 128
VALUE_LENGTH_MAX = 256
SYSTEM_PREFIX = "aws:"
_FIELDS_MAX = 1000
_ALLOWED = re.compile(r"[\w\s+\-=._:/@]*")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HEADER_FORM = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
    "duplicates."
)


def of_set(
    tags: Sequence[Mapping[str, Any]], *, limit: int, system_tag: str, is_key_told: bool = True
) -> dict[str, str]:
    """Tags of a TagSet. ``system_tag``: what is said of a key that begins with ``aws:``, which may be told with it.

    Raises MalformedXML for half a tag, InvalidTag, BadRequest for too many.
    """
    found: dict[str, str] = {}
    for tag in tags:
        key, value = tag.get("Key"), tag.get("Value")
        if key is None or value is None:
            raise api.MalformedXML
        if key in found:
            raise api.InvalidTag("Cannot provide multiple Tags with the same key", TagKey=key)
        _check(key, value)
        _check_owner(key, system_tag, is_key_told=is_key_told)
        found[key] = value
    _check_count(found, limit)
    return found


def of_header(text: str) -> dict[str, str]:
    """Tags of ``x-amz-tagging``: ``key1=value1&key2``."""
    found: dict[str, str] = {}
    if _BROKEN_ESCAPE.search(text):
        raise invalid(_HEADER_FORM, "x-amz-tagging", text)
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX)
    except ValueError as error:
        raise invalid(_HEADER_FORM, "x-amz-tagging", text) from error
    for key, value in pairs:
        if key in found or not key or "," in key or "=" in value:
            raise invalid(_HEADER_FORM, "x-amz-tagging", text)
        _check(key, value)
        _check_owner(key, "Your TagKey cannot be prefixed with aws:")
        found[key] = value
    _check_count(found, OBJECT_TAGS_MAX)
    return found


def to_set(tags: Mapping[str, str]) -> list[api.Tag]:
    """A TagSet, in the order of keys."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _check(key: str, value: str) -> None:
    if not key or len(key) > KEY_LENGTH_MAX or not _ALLOWED.fullmatch(key):
        raise api.InvalidTag("The TagKey you have provided is invalid", TagKey=key)
    if len(value) > VALUE_LENGTH_MAX or not _ALLOWED.fullmatch(value):
        raise api.InvalidTag("The TagValue you have provided is invalid", TagKey=key, TagValue=value)


def _check_owner(key: str, text: str, *, is_key_told: bool = True) -> None:
    if key.startswith(SYSTEM_PREFIX):
        raise api.InvalidTag(text, TagKey=key if is_key_told else None)


def _check_count(tags: Mapping[str, str], limit: int) -> None:
    if len(tags) > limit:
        what = "Object tags" if limit == OBJECT_TAGS_MAX else "Bucket tag count"
        raise api.BadRequest(f"{what} cannot be greater than {limit}")
