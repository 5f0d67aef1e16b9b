"""Places in shards, and what is read from them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.services.kinesis import api, rules
from stratolite.services.kinesis.domain import Record, Shard, Stream

if TYPE_CHECKING:
    from stratolite.services.kinesis import Kinesis

_WITH_NUMBER = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")


@dataclass(frozen=True, slots=True)
class Page:
    """Records of a shard, oldest first. ``next_at`` is the number at which reading goes on; None: nothing will come."""

    records: list[Record]
    next_at: int | None
    behind_ms: int
    """How old the last record is, where more follow it."""


def place(
    call: Call,
    kinesis: "Kinesis",
    stream: Stream,
    shard: Shard,
    kind: str,
    number: str | None,
    timestamp_s: float | None,
) -> int:
    """The number at which reading a shard begins. Raises InvalidArgumentException."""
    if (number is not None) != (kind in _WITH_NUMBER):
        also = "also a" if number is not None else "no"
        raise api.InvalidArgumentException(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
            "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. "
            f"Request specified {kind} and {also} StartingSequenceNumber."
        )
    if (timestamp_s is not None) != (kind == "AT_TIMESTAMP"):
        also = "also a" if timestamp_s is not None else "no"
        raise api.InvalidArgumentException(
            "Must specify AT_TIMESTAMP if and only if a Timestamp is given. "
            f"Request specified {kind} and {also} Timestamp."
        )
    if number is not None:
        at = _number(stream, shard, number)
        return at if kind == "AT_SEQUENCE_NUMBER" else at + 1
    if timestamp_s is not None:
        return _number_at(call, kinesis, shard, round(timestamp_s * 1000))
    if kind == "TRIM_HORIZON":
        return shard.first
    return kinesis.streams.last(stream) + 1 if shard.last is None else shard.last + 1


def _number(stream: Stream, shard: Shard, text: str) -> int:
    number = stream.number_of(text)
    if number is None or number < shard.first or (shard.last is not None and number > shard.last):
        raise api.InvalidArgumentException(
            f"StartingSequenceNumber {text} used in GetShardIterator on shard {shard.name} in stream {stream.name} "
            f"under account {stream.account} is invalid because it did not come from this stream."
        )
    return number


def _number_at(call: Call, kinesis: "Kinesis", shard: Shard, since_ms: int) -> int:
    if since_ms > call.now_ms:
        raise api.InvalidArgumentException(
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: "
            f"{since_ms}, currentTimestampInMillis: {call.now_ms}"
        )
    return max(shard.first, kinesis.store.last_number(shard, since_ms) + 1)


def page(
    call: Call, kinesis: "Kinesis", stream: Stream, shard: Shard, at: int, limit: int = rules.READ_RECORDS_MAX
) -> Page:
    """What is in a shard from a number on."""
    store, horizon_ms = kinesis.store, stream.horizon_ms(call.now_ms)
    records = store.records(shard, at - 1, horizon_ms, limit, rules.READ_BYTES_MAX)
    next_at = records[-1].number + 1 if records else at
    has_more = bool(records) and bool(store.records(shard, next_at - 1, horizon_ms, 1, 0))
    behind_ms = call.now_ms - records[-1].created_ms if has_more else 0
    is_over = not shard.is_open and not has_more
    return Page(records, None if is_over else next_at, behind_ms)
