"""What many values were: how many, their sum and bounds, and the values themselves as far as there is room.

Values are kept with their counts. Beyond ``VALUES_MAX`` different ones they are put into bins of equal relative width,
each of which stands where its mean is: counts, sums and bounds stay exact, percentiles are right within that width (2 %
at first, doubled as often as the range of the values asks for it). CloudWatch's own agents bin values the same way.
"""

import math
from collections.abc import Iterable, Mapping

VALUES_MAX = 256
"""How many different values are kept."""
BIN_WIDTH = math.log(1.02)
"""The relative width of the narrowest bins, as the logarithm of a factor."""


class Distribution:
    """Values of one metric in one stretch of time. Grows by ``add`` and ``merge``."""

    __slots__ = ("count", "maximum", "minimum", "sum", "values")

    def __init__(
        self,
        count: float = 0.0,
        total: float = 0.0,
        minimum: float = math.inf,
        maximum: float = -math.inf,
        values: dict[float, float] | None = None,
    ) -> None:
        self.count = count
        self.sum = total
        self.minimum = minimum
        self.maximum = maximum
        self.values = values
        """How often each value was; None when only the other members are known of some of them."""

    @classmethod
    def of(cls, values: Mapping[float, float]) -> "Distribution":
        """That of values and how often each was; there is at least one."""
        made = cls(
            math.fsum(values.values()),
            math.fsum(value * count for value, count in values.items()),
            min(values),
            max(values),
            dict(values),
        )
        made._bound()
        return made

    def merge(self, other: "Distribution") -> None:
        """Take in the values of another one."""
        if not self.count:
            self.values = None if other.values is None else {}
        self.count += other.count
        self.sum += other.sum
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        if self.values is None or other.values is None:
            self.values = None
            return
        for value, count in other.values.items():
            self.values[value] = self.values.get(value, 0.0) + count
        self._bound()

    def _bound(self) -> None:
        if self.values is None:
            return
        width = BIN_WIDTH
        while len(self.values) > VALUES_MAX:
            self.values = _binned(self.values.items(), width)
            width *= 2


def _binned(values: Iterable[tuple[float, float]], width: float) -> dict[float, float]:
    """Values as the means of the bins that they are in. Zero has a bin of its own, as negative values have."""
    bins: dict[tuple[int, int], list[float]] = {}
    for value, count in values:
        key = (0, 0) if not value else (1 if value > 0 else -1, math.floor(math.log(abs(value)) / width))
        found = bins.setdefault(key, [0.0, 0.0])
        found[0] += value * count
        found[1] += count
    means: dict[float, float] = {}
    for total, count in bins.values():
        if count:
            mean = total / count
            means[mean] = means.get(mean, 0.0) + count
    return means
