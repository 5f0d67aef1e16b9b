"""Shard iterators and tokens of lists: texts that stand for a place and for when they were given out.

Nothing of them is secret, and they name nothing that their bearer could not ask for anyway, so they are not signed.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stratolite.services.kinesis import api
from stratolite.services.kinesis.rules import TOKEN_MS

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Iterator:
    """A place in a shard: the number (of records) at which reading goes on."""

    stream_id: int
    name: str
    """The stream's."""
    shard: int
    at: int
    created_ms: int

    def __str__(self) -> str:
        return _text([self.stream_id, self.name, self.shard, self.at, self.created_ms])


def read(text: str, now_ms: int) -> Iterator:
    """The iterator that a text is. Raises InvalidArgumentException, ExpiredIteratorException."""
    try:
        stream_id, name, shard, at, created_ms = _values(text)
        if type(name) is not str or not all(type(one) is int for one in (stream_id, shard, at, created_ms)):
            raise ValueError
    except (ValueError, TypeError, binascii.Error) as error:
        raise api.InvalidArgumentException("Invalid ShardIterator.") from error
    if now_ms - created_ms > TOKEN_MS:
        raise api.ExpiredIteratorException(
            f"Iterator expired. The iterator was created at time {_moment(created_ms)} while right now it is "
            f"{_moment(now_ms)} which is further in the future than the tolerated delay of {TOKEN_MS} milliseconds."
        )
    return Iterator(stream_id, name, shard, at, created_ms)


def token(now_ms: int, *values: Any) -> str:
    """The token of a list's next page."""
    return _text([now_ms, *values])


def read_token(text: str, now_ms: int, count: int) -> list[Any]:
    """What a token of so many values says. Raises InvalidArgumentException, ExpiredNextTokenException."""
    try:
        created_ms, *values = _values(text)
        if type(created_ms) is not int or len(values) != count:
            raise ValueError
    except (ValueError, TypeError, binascii.Error) as error:
        raise api.InvalidArgumentException("NextToken is invalid.") from error
    if now_ms - created_ms > TOKEN_MS:
        raise api.ExpiredNextTokenException("NextToken has expired.")
    said: list[Any] = values
    return said


def _text(values: list[Any]) -> str:
    return base64.b64encode(json.dumps(values, separators=(",", ":")).encode()).decode()


def _values(text: str) -> Any:
    return json.loads(base64.b64decode(text, validate=True))


def _moment(epoch_ms: int) -> str:
    """``Thu Jan 22 01:22:02 UTC 2015``"""
    moment = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    day = _DAYS[moment.weekday()]
    month = _MONTHS[moment.month - 1]
    return f"{day} {month} {moment:%d %H:%M:%S} UTC {moment.year}"
