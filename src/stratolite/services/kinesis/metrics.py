"""What streams publish about themselves: the namespace ``AWS/Kinesis``, and for streams with enhanced monitoring that
of their shards. Follows https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
"""

from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.services.kinesis.domain import Shard, Stream

if TYPE_CHECKING:
    from stratolite.core.ports.metrics import MetricSeries
    from stratolite.services.world import World

NAMESPACE = "AWS/Kinesis"
SERIES_KEPT_MAX = 10_000
OF_SHARDS = (
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
)
"""What enhanced monitoring has, in the order in which it is listed."""


class Meters:
    """Counts for all streams of one cloud."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._series: dict[tuple[int, int, str], MetricSeries] = {}

    def took(self, stream: Stream, shard: Shard, size_bytes: int) -> None:
        """A shard took a record."""
        self._add(stream, shard, "IncomingRecords", 1)
        self._add(stream, shard, "IncomingBytes", size_bytes, "Bytes")

    def refused_write(self, stream: Stream, shard: Shard) -> None:
        """A shard had no room for a record."""
        self._add(stream, shard, "WriteProvisionedThroughputExceeded", 1)

    def refused_read(self, stream: Stream, shard: Shard) -> None:
        """A shard had no answer for a reader."""
        self._add(stream, shard, "ReadProvisionedThroughputExceeded", 1)

    def gave(self, stream: Stream, shard: Shard, count: int, size_bytes: int, age_ms: int) -> None:
        """A reader got records."""
        self._of(stream, -1, "GetRecords.Records", "Count").add(count)
        self._of(stream, -1, "GetRecords.Bytes", "Bytes").add(size_bytes)
        self._of(stream, -1, "GetRecords.IteratorAgeMilliseconds", "Milliseconds").add(age_ms)
        self._of_shard(stream, shard, "OutgoingRecords", count)
        self._of_shard(stream, shard, "OutgoingBytes", size_bytes, "Bytes")
        self._of_shard(stream, shard, "IteratorAgeMilliseconds", age_ms, "Milliseconds")

    def answered(self, stream: Stream, operation: str, *, is_success: bool = True) -> None:
        """An operation on records was answered."""
        self._of(stream, -1, f"{operation}.Success", "Count").add(int(is_success))

    def _add(self, stream: Stream, shard: Shard, name: str, value: int, unit: str = "Count") -> None:
        self._of(stream, -1, name, unit).add(value)
        self._of_shard(stream, shard, name, value, unit)

    def _of_shard(self, stream: Stream, shard: Shard, name: str, value: int, unit: str = "Count") -> None:
        if name in stream.shard_metrics:
            self._of(stream, shard.number, name, unit, ShardId=shard.name).add(value)

    def _of(self, stream: Stream, number: int, name: str, unit: str, **more: str) -> "MetricSeries":
        series = self._series.get((stream.id, number, name))
        if series is None:
            if len(self._series) >= SERIES_KEPT_MAX:
                self._series.clear()
            call = Call(account=stream.account, region=stream.region)
            series = self._world.ports.metric.series(call, NAMESPACE, name, {"StreamName": stream.name, **more}, unit)
            self._series[stream.id, number, name] = series
        return series
