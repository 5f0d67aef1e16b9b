"""Kinesis data streams, as other services read and write them."""

from collections.abc import Callable, Sequence
from typing import Protocol

from stratolite.core.call import Call
from stratolite.core.ports.streams import Shard, StreamRecord


class KinesisPort(Protocol):
    """Kinesis data streams, by their ARN or that of a consumer, as other services read and write them. A stream that is
    not there has no shards and no records; reading is as with ``StreamPort``."""

    def exists(self, stream_arn: str) -> bool:
        """Whether there is such a stream or consumer."""

    def retention_ms(self, stream_arn: str) -> int:
        """For how long a stream keeps records; 0 when there is none."""

    def put(self, call: Call, stream_arn: str, partition_key: str, data: bytes) -> None:
        """Add a record in the current transaction. Raises PutRecord's AwsErrors."""

    def shards(self, stream_arn: str) -> Sequence[Shard]:
        """The shards of which records may be kept, parents before their children."""

    def read(
        self, stream_arn: str, shard_id: str, after: str, limit: int, *, size_bytes_max: int = ...
    ) -> Sequence[StreamRecord]:
        """Records after a sequence number, oldest first; from the oldest that is kept when ``after`` is empty."""

    def latest(self, stream_arn: str, shard_id: str, before_ms: int | None = None) -> str:
        """The sequence number after which everything is new, or as new as ``before_ms``; empty: no such shard."""

    def watch(self, stream_arn: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each commit that changed the stream; call what is returned to stop."""
