"""Shard iterators: the text that stands for a place in a shard, and for when it was given out.

As on AWS it begins with the ARN of the stream. Nothing of it is secret, and it names nothing that its bearer could not
ask for anyway, so it is not signed.
"""

import base64
import binascii
import json
from dataclasses import dataclass

from stratolite.core.errors import ValidationException

ITERATOR_MS = 15 * 60 * 1000
"""For how long an iterator is good."""


@dataclass(frozen=True, slots=True)
class Iterator:
    """A place in a shard: the sequence number at which reading goes on."""

    stream_arn: str
    shard_id: str
    at: int
    created_ms: int

    def __str__(self) -> str:
        inner = json.dumps([self.shard_id, str(self.at), self.created_ms], separators=(",", ":"))
        return f"{self.stream_arn}|1|{base64.b64encode(inner.encode()).decode()}"

    def is_expired(self, now_ms: int) -> bool:
        return now_ms > self.created_ms + ITERATOR_MS


def read(text: str) -> Iterator:
    """The iterator that a text is. Raises ValidationException."""
    try:
        arn, version, inner = text.split("|")
        shard_id, at, created_ms = json.loads(base64.b64decode(inner, validate=True))
        if version != "1" or type(shard_id) is not str or type(created_ms) is not int or not at.isdecimal():
            raise ValueError
        return Iterator(arn, shard_id, int(at), created_ms)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise ValidationException("Invalid ShardIterator") from error
