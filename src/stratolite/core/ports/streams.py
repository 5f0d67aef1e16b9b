"""DynamoDB streams, as other services read them; shards and records are Kinesis's as well."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stratolite.core.call import Call


@dataclass(frozen=True, slots=True)
class Stream:
    """The changes of a table, from when they were first captured until they no longer are."""

    arn: str
    label: str
    table_name: str
    view: str
    """``KEYS_ONLY``, ``NEW_IMAGE``, ``OLD_IMAGE`` or ``NEW_AND_OLD_IMAGES``."""
    is_enabled: bool
    created_ms: int
    key_schema: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a stream in which records are in order."""

    shard_id: str
    parent_id: str = ""
    adjacent_parent_id: str = ""
    """The other one of two that were merged."""
    is_open: bool = True
    """Whether further records may come."""
    first: str = ""
    """The sequence number from which on its records are."""
    last: str = ""
    """That up to which they are, once it is closed."""


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A change of a table, as the streams API gives it, in its JSON form; or a record of Kinesis, as its API does."""

    sequence_number: str
    """Decimal digits, increasing in a shard, of one length in all shards of a stream."""
    created_ms: int
    record: Mapping[str, Any]


class StreamPort(Protocol):
    """DynamoDB streams, as other services read them. A stream that is not there has no shards and no records."""

    def exists(self, stream_arn: str) -> bool:
        """Whether there is such a stream, on or off."""

    def describe(self, stream_arn: str) -> Stream | None:
        """The stream, on or off; None when there is none, or none any more."""

    def streams(self, call: Call, table_name: str, after_arn: str, limit: int) -> Sequence[Stream]:
        """Streams of the caller's namespace in order, of one table unless ``table_name`` is empty."""

    def shards(self, stream_arn: str) -> Sequence[Shard]:
        """The shards of which records may be kept, parents before their children."""

    def read(
        self, stream_arn: str, shard_id: str, after: str, limit: int, *, size_bytes_max: int = ...
    ) -> Sequence[StreamRecord]:
        """Records after a sequence number, oldest first; from the oldest that is kept when ``after`` is empty.

        Stops before ``size_bytes_max`` in all, though never before the first record."""

    def latest(self, stream_arn: str, shard_id: str, before_ms: int | None = None) -> str:
        """The sequence number after which everything is new; empty when there is no such shard. ``before_ms``: after
        which everything is as new as that."""

    def trimmed(self, stream_arn: str) -> str:
        """The sequence number up to which no records are kept any more; empty while all are."""

    def watch(self, stream_arn: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each commit that added records or closed a shard; call what is returned to stop."""
