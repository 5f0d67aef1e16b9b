"""Listings: keys in the order of their UTF-8 bytes, rolled up to common prefixes, page by page.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote_plus

from stratolite.services.s3 import rules

BATCH = 1001


class Keyed(Protocol):
    """What is listed."""

    @property
    def key(self) -> str: ...


E = TypeVar("E", bound=Keyed)
Seek = Callable[[bytes, int], Sequence[E]]
"""Gives at most so many entries in order of key, from a key (inclusive) on."""


@dataclass
class Page(Generic[E]):
    """One page of a listing."""

    entries: list[E] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    is_truncated: bool = False
    last: str = ""
    """The last key or common prefix of the page."""

    @property
    def count(self) -> int:
        return len(self.entries) + len(self.prefixes)


def page(seek: Seek[E], *, prefix: str, delimiter: str, after: str, limit: int) -> Page[E]:
    """The entries whose keys begin with ``prefix`` and come after ``after``.

    Keys that have ``delimiter`` behind the prefix are rolled up; an ``after`` that lies in a common prefix, or is one,
    skips all of it. Costs one query for each common prefix, at most.
    """
    result: Page[E] = Page()
    if limit == 0:
        return result
    start = _start(prefix, delimiter, after)
    stop = successor(prefix.encode())
    while start is not None:
        batch = seek(start, min(BATCH, limit - result.count + 1))
        if not batch:
            return result
        start = None
        for entry in batch:
            if stop is not None and entry.key.encode() >= stop:
                return result
            if result.count == limit:
                result.is_truncated = True
                return result
            common = common_prefix(entry.key, prefix, delimiter)
            if common is not None:
                result.prefixes.append(common)
                result.last = common
                start = successor(common.encode())
                break
            result.entries.append(entry)
            result.last = entry.key
        else:
            start = batch[-1].key.encode() + b"\0"
    return result


def _start(prefix: str, delimiter: str, after: str) -> bytes | None:
    first = prefix.encode()
    if not after:
        return first
    passed = common_prefix(after, prefix, delimiter)
    following = after.encode() + b"\0" if passed is None else successor(passed.encode())
    return None if following is None else max(first, following)


def common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    """What a key is rolled up to; None when it stands for itself."""
    if not delimiter or not key.startswith(prefix):
        return None
    found = key.find(delimiter, len(prefix))
    return None if found < 0 else key[: found + len(delimiter)]


def successor(prefix: bytes) -> bytes | None:
    """The first key beyond all that begin with a prefix; None when there is none."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else None


def encoder(is_encoded: bool) -> Callable[[str], str]:
    """What writes a key: as it is, or as a form encodes it, which keeps slashes."""
    return _encoded if is_encoded else lambda key: key


def _encoded(key: str) -> str:
    return quote_plus(key, safe="/*").replace("~", "%7E")


def to_token(last: str) -> str:
    """A continuation token, which clients hand back as it is."""
    return base64.urlsafe_b64encode(b"1" + last.encode()).decode()


def of_token(token: str) -> str:
    """Where a listing goes on. Raises InvalidArgument."""
    try:
        data = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        if data[:1] != b"1":
            raise ValueError(token)
        return data[1:].decode()
    except (binascii.Error, ValueError) as error:
        raise rules.invalid("The continuation token provided is incorrect", "continuation-token") from error
