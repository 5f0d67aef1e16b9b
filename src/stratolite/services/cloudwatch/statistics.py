"""What is computed of the values of a stretch of time.

    Average Sum Minimum Maximum SampleCount          of any data
    p95 p99.9                                        percentile: the least value that so many percent do not exceed
    tm90 TM(5%:95%) TM(10:500)                       mean of the values within bounds        IQM is TM(25%:75%)
    wm90 WM(5%:95%) WM(10:500)                       mean with outliers moved to the bounds
    tc90 TC(...)  ts90 TS(...)                       count and sum of the values within bounds
    PR(10:500) PR(:300)                              percent of the values within absolute bounds

A bound in percent is a rank, one without is a value: the lower one is exclusive, the upper inclusive. All but the first
line need the values themselves: data that was put as sums has none, and so has no such statistic.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from stratolite.core.distribution import Distribution

SIMPLE: dict[str, Callable[[Distribution], float]] = {
    "SampleCount": lambda of: of.count,
    "Average": lambda of: of.sum / of.count if of.count else 0.0,
    "Sum": lambda of: of.sum,
    "Minimum": lambda of: of.minimum,
    "Maximum": lambda of: of.maximum,
}

_SHORT = re.compile(r"(p|tm|wm|tc|ts)(100|\d{1,2})(\.\d{1,10})?", re.IGNORECASE)
_RANGE = re.compile(r"(TM|WM|TC|TS|PR)\(\s*([^:\s]*)\s*:\s*([^:\s]*)\s*\)", re.IGNORECASE)
_BOUND = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(%?)")

Ranked = list[tuple[float, float]]
"""Values with their counts, in order."""


@dataclass(frozen=True, slots=True)
class Extended:
    """A statistic that needs the values. Bounds: values, or with ``in_percent`` shares from 0 to 1."""

    kind: str
    low: float
    high: float
    in_percent: bool

    def of(self, values: Distribution) -> float | None:
        """The statistic; None when the values are not known, or none of them is within its bounds."""
        if not values.values or not values.count:
            return None
        ranked = sorted(values.values.items())
        if self.kind == "p":
            return _percentile(ranked, self.high, values.count)
        inside = self._inside(ranked, values.count)
        count = math.fsum(count for _, count in inside)
        if self.kind == "tc":
            return count
        if self.kind == "pr":
            return 100.0 * count / values.count
        if self.kind == "wm":
            return self._winsorized(ranked, inside, values.count)
        total = math.fsum(value * count for value, count in inside)
        if self.kind == "ts":
            return total
        return total / count if count else None

    def _inside(self, ranked: Ranked, total: float) -> Ranked:
        if not self.in_percent:
            return [(value, count) for value, count in ranked if self.low < value <= self.high]
        # A value that was several times may be partly within.
        first, last = self.low * total, self.high * total
        inside: Ranked = []
        before = 0.0
        for value, count in ranked:
            within = min(before + count, last) - max(before, first)
            if within > 0:
                inside.append((value, within))
            before += count
        return inside

    def _winsorized(self, ranked: Ranked, inside: Ranked, total: float) -> float | None:
        if not inside:
            return None
        low, high = (inside[0][0], inside[-1][0]) if self.in_percent else (self.low, self.high)
        return math.fsum(min(max(value, low), high) * count for value, count in ranked) / total


def _percentile(ranked: Ranked, share: float, total: float) -> float:
    wanted, before = share * total, 0.0
    for value, count in ranked:
        before += count
        # The product of a share and a count may be off by a rounding.
        if before >= wanted - 1e-9 * total:
            return value
    return ranked[-1][0]


@lru_cache(512)
def extended(text: str) -> Extended | None:
    """The statistic of a name such as ``p99.9`` or ``TM(5%:95%)``; None for what is none."""
    if text.upper() == "IQM":
        return Extended("tm", 0.25, 0.75, in_percent=True)
    short = _SHORT.fullmatch(text)
    if short is not None:
        share = float(short[2] + (short[3] or "")) / 100
        return Extended(short[1].lower(), 0.0, share, in_percent=True) if share <= 1 else None
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    bounds = [_BOUND.fullmatch(bound) for bound in found.groups()[1:] if bound]
    if not bounds or None in bounds:
        return None
    in_percent = any(bound is not None and bound[2] for bound in bounds)
    if any(bound is not None and bool(bound[2]) != in_percent for bound in bounds):
        return None
    scale = 0.01 if in_percent else 1.0
    low = float(found[2].rstrip("%")) * scale if found[2] else (0.0 if in_percent else -math.inf)
    high = float(found[3].rstrip("%")) * scale if found[3] else (1.0 if in_percent else math.inf)
    if low >= high or (in_percent and high > 1) or (in_percent and found[1].upper() == "PR"):
        return None
    return Extended(found[1].lower(), low, high, in_percent)


def is_known(text: str) -> bool:
    """Whether there is a statistic of a name."""
    return text in SIMPLE or extended(text) is not None


def compute(text: str, values: Distribution) -> float | None:
    """A statistic by its name, which is known; None where the data has none."""
    simple = SIMPLE.get(text)
    if simple is not None:
        return simple(values)
    found = extended(text)
    assert found is not None
    return found.of(values)


def merged(many: Iterable[Distribution]) -> Distribution:
    """All values together."""
    whole = Distribution()
    for one in many:
        whole.merge(one)
    return whole
