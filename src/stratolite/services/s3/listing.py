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
RANK_MIN, RANK_MAX = -(2**63), 2**63 - 1


class Ranked(Protocol):
    """What is listed: by its key, and by its rank among those of the same key."""

    @property
    def key(self) -> str: ...

    @property
    def rank(self) -> int: ...


E = TypeVar("E", bound=Ranked)
Encode = Callable[[str], str]
"""Writes a key."""
Position = tuple[bytes, int]
"""A key and a rank."""
Seek = Callable[[Position, int], Sequence[E]]
"""Gives at most so many entries that come after a position, in order."""


@dataclass
class Page(Generic[E]):
    """One page of a listing."""

    entries: list[E] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    is_truncated: bool = False
    last: E | str = ""
    """The last entry or common prefix of the page."""

    @property
    def count(self) -> int:
        return len(self.entries) + len(self.prefixes)

    @property
    def last_key(self) -> str:
        """The key, or the common prefix, that the page ends with."""
        return self.last if isinstance(self.last, str) else self.last.key


def page(
    seek: Seek[E], *, prefix: str, delimiter: str, limit: int, after: str = "", after_rank: int = RANK_MAX
) -> Page[E]:
    """The entries whose keys begin with ``prefix`` and come after ``after`` (of that key: after a rank, or all).

    Keys that have ``delimiter`` behind the prefix are rolled up; an ``after`` that lies in a common prefix, or is one,
    skips all of it. Costs one query for each common prefix, at most.
    """
    result: Page[E] = Page()
    if limit == 0:
        return result
    position = _start(prefix, delimiter, after, after_rank)
    stop = successor(prefix.encode())
    while position is not None:
        batch = seek(position, min(BATCH, limit - result.count + 1))
        if not batch:
            return result
        position = None
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
                position = _beyond(common)
                break
            result.entries.append(entry)
            result.last = entry
        else:
            position = batch[-1].key.encode(), batch[-1].rank
    return result


def _start(prefix: str, delimiter: str, after: str, after_rank: int) -> Position | None:
    first = (prefix.encode(), RANK_MIN)
    if not after:
        return first
    passed = common_prefix(after, prefix, delimiter)
    following = (after.encode(), after_rank) if passed is None else _beyond(passed)
    return None if following is None else max(first, following)


def _beyond(prefix: str) -> Position | None:
    key = successor(prefix.encode())
    return None if key is None else (key, RANK_MIN)


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


def encoder(is_encoded: bool) -> Encode:
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
