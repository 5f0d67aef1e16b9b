"""CloudWatch metrics, as services publish about themselves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from stratolite.core.call import Call
from stratolite.core.metering import Derive, Event, Tally


class MetricSeries(Protocol):
    """One metric, bound once so that adding to it costs well under a microsecond."""

    def add(self, value: float, count: int = ...) -> None:
        """Add a value, which was ``count`` times, at this moment. May be called anywhere, in a transaction or not."""


class MetricPort(Protocol):
    """CloudWatch metrics, as services publish about themselves: counted in memory (``core/metering.py``), written about
    once a second of the clock and before anyone reads; a ``kill -9`` may lose the last second."""

    def series(
        self, call: Call, namespace: str, name: str, dimensions: Mapping[str, str], unit: str = ...
    ) -> MetricSeries:
        """The series of a metric in the call's account and region; get it once and keep it. ``unit``: ``Count``,
        ``Milliseconds`` ... as CloudWatch has them, ``None`` unless given."""

    def shared(
        self, call: Call, namespace: str, name: str, sets: Sequence[Mapping[str, str]], unit: str = ...
    ) -> MetricSeries:
        """One series for a metric's several sets of dimensions, which have all values in common."""

    def tally(self, derive: Derive[Event]) -> Tally[Event]:
        """A tally of events that several metrics are derived from, for where even two additions would be dear."""

    def count(
        self, call: Call, namespace: str, name: str, dimensions: Mapping[str, str], value: float, unit: str = ...
    ) -> None:
        """Add one value to a metric, for those who seldom do (about two microseconds)."""

    def collect(self, hand_over: Callable[[], None]) -> None:
        """Before anyone reads metrics, have somebody hand over, in a transaction, what will be some: held log lines."""


class MeteredPort(Protocol):
    """CloudWatch, as the composition root has it keep what was counted."""

    async def flush(self) -> None:
        """Write what was counted until now."""
