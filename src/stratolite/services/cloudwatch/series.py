"""The data points of a query, period by period.

Periods begin at the query's start, which is brought down to a whole minute (or to a period below one).
"""

from dataclasses import dataclass

from stratolite.core.distribution import Distribution
from stratolite.services.cloudwatch.store import Metric, Store

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Span:
    """A range of time (ms, the end exclusive) in periods, the first of which begins with it."""

    begin_ms: int
    end_ms: int
    period_s: int


def asked(start_s: float, end_s: float, period_s: int) -> Span:
    """The span of a request, from times in seconds."""
    start_ms, step_ms = round(start_s * 1000), min(period_s * 1000, MINUTE_MS)
    return Span(start_ms - start_ms % step_ms, round(end_s * 1000), period_s)


def by_period(store: Store, metric: Metric, span: Span, unit: str = "") -> dict[tuple[int, str], Distribution]:
    """What was measured, by the begin of its period (ms) and unit, in order of time."""
    found: dict[tuple[int, str], Distribution] = {}
    begin_ms, period_ms = span.begin_ms, span.period_s * 1000
    for point in store.points(metric, begin_ms, span.end_ms, unit):
        key = (point.begin_ms - (point.begin_ms - begin_ms) % period_ms, point.unit)
        known = found.get(key)
        if known is None:
            found[key] = point.values
        else:
            known.merge(point.values)
    return found


def units(found: dict[tuple[int, str], Distribution]) -> list[str]:
    """The units of what was found, in order of name."""
    return sorted({unit for _, unit in found})


def of_one_unit(found: dict[tuple[int, str], Distribution]) -> list[tuple[int, Distribution]]:
    """The data points in the first of the units."""
    names = units(found)
    return [(begin_ms, values) for (begin_ms, unit), values in found.items() if unit == names[0]]
