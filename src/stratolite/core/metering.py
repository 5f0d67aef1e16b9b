"""Metrics that services publish about themselves, counted in memory until they are kept.

    series = world.ports.metric.series(call, "AWS/Lambda", "Duration", {"FunctionName": "f"}, "Milliseconds")  # once
    series.add(12.5)                                                                                           # often

Adding costs well under a microsecond: it reads the clock and counts in a dict. CloudWatch takes what was counted about
once a second of the clock, before anyone reads metrics, and when the cloud stops; so a ``kill -9`` loses at most the
last second of them. Nothing of CloudWatch is imported before the first of these.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from stratolite.core.call import Call
from stratolite.core.clock import Clock, RealClock
from stratolite.core.distribution import Distribution

PERIOD_MS = 60_000
"""The resolution of these metrics."""
VALUES_COUNTED_MAX = 2048
"""How many different values a series counts before it sums them up."""
SERIES_MAX = 10_000
"""How many series are remembered; beyond it those that were made first are made again when asked for."""


@dataclass(frozen=True, slots=True)
class Metric:
    """Which metric: its namespaces (AWS's of accounts and regions, and its own), name, dimensions and unit."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    """Sorted by name."""
    unit: str


Event = TypeVar("Event", bound=Hashable)
Derived = Iterable[tuple[Metric, Mapping[float, float]]]
"""Metrics, and how often each of their values was."""
Derive = Callable[[Mapping[Event, float]], Derived]


class Tally(Generic[Event]):
    """Events of one kind, counted as what they were (a duration and whether it failed, say): adding one is cheap, and
    several metrics are derived from them when they are handed over."""

    __slots__ = ("_counted", "_derive", "_end_ms", "_meter", "_now_ms", "key")

    def __init__(self, meter: "Meter", derive: "Derive[Event]", key: object = None) -> None:
        self.key = key or self
        self._derive = derive
        self._meter = meter
        self._now_ms = meter.clock.now_ms
        self._end_ms = 0
        self._counted: dict[Event, float] = {}

    def add(self, value: Event, count: float = 1) -> None:
        """Add an event, which was ``count`` times, at this moment."""
        counted = self._counted
        if self._now_ms() >= self._end_ms or len(counted) >= VALUES_COUNTED_MAX:
            counted = self._begin()
        counted[value] = counted.get(value, 0) + count

    def add_at(self, value: Event, now_ms: int) -> None:
        """Add an event at a moment that was just read from the clock: that is half of what adding costs."""
        counted = self._counted
        if now_ms >= self._end_ms or len(counted) >= VALUES_COUNTED_MAX:
            counted = self._begin()
        counted[value] = counted.get(value, 0) + 1

    def _begin(self) -> dict[Event, float]:
        """Hand over what was counted, and begin the period in which this moment is."""
        self.hand_over()
        now_ms = self._now_ms()
        self._end_ms = now_ms - now_ms % PERIOD_MS + PERIOD_MS
        self._meter.began(self)
        return self._counted

    def hand_over(self) -> None:
        """Give the meter what was counted."""
        if self._counted:
            for metric, counted in self._derive(self._counted):
                self._meter.take_over(metric, self._end_ms - PERIOD_MS, Distribution.of(counted))
            self._counted = {}
        self._end_ms = 0


Series = Tally[float]
"""One metric, or the same values under several sets of dimensions."""


class Meter:
    """All series of one cloud: the metric port."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or RealClock()
        self.notice: Callable[[], None] = lambda: None
        """Called when there is something to keep, once until it is taken; the composition root sets it."""
        self.sources: list[Callable[[], None]] = []
        """Those who still hold what will be metrics, and hand it over when they are asked."""
        self._series: dict[tuple[Metric, ...], Series] = {}
        self._counting: dict[object, Tally[Any]] = {}
        self._counted: dict[tuple[Metric, int], Distribution] = {}
        self._is_noticed = False

    def series(
        self, call: Call, namespace: str, name: str, dimensions: Mapping[str, str], unit: str = "None"
    ) -> Series:
        """The series of a metric in the call's account and region. ``unit``: one of CloudWatch's."""
        return self.shared(call, namespace, name, (dimensions,), unit)

    def shared(
        self, call: Call, namespace: str, name: str, sets: Sequence[Mapping[str, str]], unit: str = "None"
    ) -> Series:
        """One series for a metric's several sets of dimensions, which have all values in common."""
        account, region = call.account, call.region
        metrics = tuple(
            Metric(account, region, namespace, name, tuple(sorted(dimensions.items())), unit) for dimensions in sets
        )
        series = self._series.get(metrics)
        if series is None:
            if len(self._series) >= SERIES_MAX:
                del self._series[next(iter(self._series))]

            def derive(counted: Mapping[float, float]) -> Derived:
                return [(metric, counted) for metric in metrics]

            series = self._series[metrics] = Tally(self, derive, metrics)
        return series

    def tally(self, derive: Derive[Event]) -> Tally[Event]:
        """A tally of events that several metrics are derived from."""
        return Tally(self, derive)

    def count(
        self, call: Call, namespace: str, name: str, dimensions: Mapping[str, str], value: float, unit: str = "None"
    ) -> None:
        """Add one value to a metric, for those who seldom do."""
        self.series(call, namespace, name, dimensions, unit).add(value)

    def collect(self, hand_over: Callable[[], None]) -> None:
        """Ask, before anyone reads metrics, for what somebody still holds; ``hand_over`` runs in a transaction."""
        self.sources.append(hand_over)

    @property
    def has_counted(self) -> bool:
        """Whether there is something to take."""
        return bool(self._counting or self._counted)

    def take(self) -> dict[tuple[Metric, int], Distribution]:
        """What was counted since the last time, by metric and begin of its minute (ms)."""
        counting, self._counting = self._counting, {}
        for tally in counting.values():
            tally.hand_over()
        taken, self._counted = self._counted, {}
        self._is_noticed = False
        return taken

    def began(self, tally: Tally[Any]) -> None:
        """A tally has something to count."""
        twin = self._counting.get(tally.key)
        if twin is not None and twin is not tally:
            # One that was forgotten and made again: its holder may count on for a while.
            twin.hand_over()
        self._counting[tally.key] = tally
        if not self._is_noticed:
            self._is_noticed = True
            self.notice()

    def take_over(self, metric: Metric, begin_ms: int, distribution: Distribution) -> None:
        """A series gives what it counted in a minute."""
        known = self._counted.get((metric, begin_ms))
        if known is None:
            self._counted[metric, begin_ms] = distribution
        else:
            known.merge(distribution)
