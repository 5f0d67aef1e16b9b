"""Streams, shards, records, consumers; and how hash keys are divided among shards. Pure.

Source: https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from stratolite.core.arn import Arn, partition_of

PROVISIONED, ON_DEMAND = "PROVISIONED", "ON_DEMAND"
HASH_KEYS = 1 << 128
"""How many hash keys there are: what MD5 can give."""
NUMBER_BITS = 36
"""How much of a position is the record's number: 6 * 10 ** 10 records a stream, 10 ** 8 shards."""
NUMBER_MAX = (1 << NUMBER_BITS) - 1
HOUR_MS = 3600 * 1000
_SEQUENCE_BASE = 49 * 10**54
"""Added to what a sequence number says, so that all of them have 56 digits, as those of AWS have."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream. ``key_id`` is empty where records are not encrypted; ``trims_ms``: when old ones are removed next;
    ``gone_ms``: those from up to then do not come back when the retention becomes longer."""

    id: int
    account: str
    region: str
    name: str
    created_ms: int
    mode: str
    retention_h: int
    record_kib_max: int
    key_id: str = ""
    shard_metrics: tuple[str, ...] = ()
    policy: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    trims_ms: int = 0
    gone_ms: int = 0

    @property
    def arn(self) -> str:
        return str(Arn("kinesis", self.region, self.account, f"stream/{self.name}", partition_of(self.region)))

    @property
    def retention_ms(self) -> int:
        return self.retention_h * HOUR_MS

    def horizon_ms(self, now_ms: int) -> int:
        """When the newest of what is gone was written."""
        return max(now_ms - self.retention_ms, self.gone_ms)

    def sequence_number(self, number: int) -> str:
        """The number of a record as others see it: greater than any of an earlier stream of the same name."""
        return str(_SEQUENCE_BASE + (self.id << NUMBER_BITS) + number)

    def number_of(self, text: str) -> int | None:
        """The number that a sequence number of this stream shows; None for one that is none of its."""
        number = int(text) - _SEQUENCE_BASE - (self.id << NUMBER_BITS)
        return number if 0 <= number <= NUMBER_MAX else None


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard: a range of hash keys, and the numbers from ``first`` on, up to ``last`` once it is closed.

    ``number`` is that of its name; ``parent`` and ``adjacent_parent`` are such numbers. Up to ``trimmed``, its records
    are removed already."""

    id: int
    stream_id: int
    number: int
    parent: int | None
    adjacent_parent: int | None
    hash_first: int
    hash_last: int
    opened_ms: int
    first: int
    closed_ms: int | None = None
    last: int | None = None
    trimmed: int = 0

    @property
    def name(self) -> str:
        return shard_name(self.number)

    @property
    def is_open(self) -> bool:
        return self.closed_ms is None

    @property
    def base(self) -> int:
        """The position before those of its records."""
        return self.id << NUMBER_BITS


class Record(NamedTuple):
    """A record as it is kept."""

    position: int
    created_ms: int
    partition_key: str
    is_encrypted: int
    data: bytes

    @property
    def number(self) -> int:
        return self.position & NUMBER_MAX


@dataclass(frozen=True, slots=True)
class Consumer:
    """A registered consumer of a stream."""

    stream_id: int
    name: str
    created_ms: int
    policy: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def arn(self, stream: Stream) -> str:
        return f"{stream.arn}/consumer/{self.name}:{self.created_ms // 1000}"


def shard_name(number: int) -> str:
    """``shardId-000000000002``"""
    return f"shardId-{number:012d}"


def hash_key(partition_key: str) -> int:
    """The hash key of a partition key: its MD5."""
    return int.from_bytes(hashlib.md5(partition_key.encode(), usedforsecurity=False).digest(), "big")


def starts(count: int) -> list[int]:
    """Where the ranges of ``count`` shards begin that share all hash keys evenly."""
    size = HASH_KEYS // count
    return [size * number for number in range(count)]
