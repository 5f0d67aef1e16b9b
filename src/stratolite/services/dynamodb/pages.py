"""How full a page of Query or Scan is: what a row takes of the megabyte that one page reads.

A row takes other than what an item counts for its size limit: names are one byte, values have a prefix, and every 3 KB
carry what names the row. The arithmetic is the one that dynalite's tests found in DynamoDB's own answers.
Items are decoded to be measured only when a page may be nearly full; until then an upper bound is enough.
"""

from collections.abc import Mapping
from typing import Any

from stratolite.services.dynamodb import attributes, numbers
from stratolite.services.dynamodb.store import Found, decode

PAGE_BYTES_MAX = 1024 * 1024
CHUNK_BYTES = 3072
CHUNK_HEAD_BYTES = 18
ROW_HEAD_BYTES = 2
_NUMBER_BYTES_MAX = 22
_SHORT_TEXT_BYTES_MAX = 127
_MIDDLE_TEXT_BYTES_MAX = 16383


class Page:
    """Rows are added one by one until the page ``is_full``."""

    def __init__(self, range_name: str) -> None:
        self._range_name = range_name
        """The table's sort key; empty when there is none."""
        self._exact_bytes = 0
        self._bound_bytes = 0
        self._unmeasured: list[bytes] = []

    def add(self, found: Found) -> None:
        """Count a row."""
        size = len(found.item)
        head = CHUNK_HEAD_BYTES + max(len(found.key.range), _NUMBER_BYTES_MAX)
        self._bound_bytes += ROW_HEAD_BYTES + size + (1 + (1 + size) // CHUNK_BYTES) * head
        self._unmeasured.append(found.item)

    @property
    def is_full(self) -> bool:
        if self._exact_bytes + self._bound_bytes < PAGE_BYTES_MAX:
            return False
        self._exact_bytes += sum(row_bytes(decode(item), self._range_name) for item in self._unmeasured)
        self._bound_bytes = 0
        self._unmeasured.clear()
        return self._exact_bytes >= PAGE_BYTES_MAX


def row_bytes(item: Mapping[str, Any], range_name: str) -> int:
    """What a row takes of a page."""
    sort = _value_bytes(item[range_name], is_plain=True) if range_name in item else 0
    size = sum(1 + _value_bytes(value) for name, value in item.items() if name != range_name)
    return ROW_HEAD_BYTES + size + (1 + (1 + size) // CHUNK_BYTES) * (CHUNK_HEAD_BYTES + sort)


def _value_bytes(value: Mapping[str, Any], *, is_plain: bool = False) -> int:
    """A value's bytes and their prefix; ``is_plain``: without the prefix."""
    kind = next(iter(value))
    inner = value[kind]
    if kind == "S":
        size = attributes.text_bytes(inner)
        prefix = 1 if size <= _SHORT_TEXT_BYTES_MAX else 2 if size <= _MIDDLE_TEXT_BYTES_MAX else 3
        return size if is_plain else size + prefix
    if kind in ("N", "B"):
        size = numbers.size_bytes(inner) if kind == "N" else len(attributes.binary(inner))
        return size if is_plain else size + 1
    if kind in ("SS", "NS", "BS"):
        return 1 + sum(1 + _value_bytes({kind[0]: member}, is_plain=True) for member in inner)
    if kind == "L":
        return 3 + sum(1 + _value_bytes(member) for member in inner)
    if kind == "M":
        return 3 + sum(2 + _value_bytes(member) for member in inner.values())
    return 1 if kind == "BOOL" else 0
