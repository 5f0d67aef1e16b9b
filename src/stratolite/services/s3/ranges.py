"""Byte ranges: ``bytes=0-9``, ``bytes=5-``, ``bytes=-5``. What has another form, several ranges too, is ignored.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html and recorded answers (test_get_object_range).
"""

import re

from stratolite.services.s3 import api

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def parse(text: str, size_bytes: int) -> tuple[int, int] | None:
    """First byte and end of a range, cut to the object; None when the whole object is meant.

    Raises InvalidRange for a range that no byte of the object is in.
    """
    found = _RANGE.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(0, size_bytes - int(found[2])), size_bytes
        is_empty = int(found[2]) == 0
    else:
        start = int(found[1])
        if found[2] and int(found[2]) < start:
            return None
        end = min(int(found[2]) + 1, size_bytes) if found[2] else size_bytes
        is_empty = start >= size_bytes
    if is_empty or not size_bytes:
        raise api.InvalidRange(ActualObjectSize=size_bytes, RangeRequested=text)
    return start, end


def content_range(start: int, end: int, size_bytes: int) -> str:
    """``bytes 0-9/100``."""
    return f"bytes {start}-{end - 1}/{size_bytes}"
