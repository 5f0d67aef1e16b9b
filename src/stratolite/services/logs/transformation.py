"""From the lines that a metric filter matches to values of its metric. Pure.

Each line that matches gives a value: a number that the filter names, or what a selector (``$.latency``, ``$bytes``,
``$3``) leads to in the line; a line in which that is no number gives none. A line that does not match gives the default
value, if the filter has one. Follows
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.services.logs import api
from stratolite.services.logs.filters import Field, Reader, field, has_fields, reader
from stratolite.services.logs.filters.values import NUMBER, number_of, text_of

DIMENSIONS_MAX = 3
MINUTE_MS = 60_000
VALUES_MAX = 150
"""How many different values one MetricDatum of PutMetricData may have."""
_INVALID = "Invalid metric transformation: "

Events = Iterable[tuple[int, str]]
_Slot = tuple[int, tuple[str, ...]]
"""A minute, and the values of the dimensions."""


@dataclass(frozen=True)
class Transformation:
    """A metric filter, read."""

    namespace: str
    name: str
    unit: str
    read: Reader
    value: Field
    default: float | None
    dimensions: Mapping[str, Field]

    def data(self, events: Events) -> list[dict[str, Any]]:
        """What (milliseconds, message) events are to PutMetricData: a minute's values together."""
        slots: dict[_Slot, Counter[float]] = {}
        for timestamp_ms, message in events:
            found = self.read(message)
            value = self.default if found is None else number_of(self.value(found))
            if value is None:
                continue
            labels: tuple[str, ...] = ()
            if found is not None and self.dimensions:
                texts = [text_of(pick(found)) for pick in self.dimensions.values()]
                labels = tuple(text for text in texts if text)
                if len(labels) < len(texts):
                    # What lacks a dimension is not of this metric.
                    continue
            slots.setdefault((timestamp_ms // MINUTE_MS * MINUTE_MS, labels), Counter())[value] += 1
        return [datum for slot, values in slots.items() for datum in self._data_of(slot, values)]

    def _data_of(self, slot: _Slot, values: Counter[float]) -> Iterator[dict[str, Any]]:
        minute_ms, labels = slot
        pairs = list(values.items())
        for some in (pairs[start : start + VALUES_MAX] for start in range(0, len(pairs), VALUES_MAX)):
            datum: dict[str, Any] = {
                "MetricName": self.name,
                "Timestamp": minute_ms / 1000,
                "Values": [value for value, _ in some],
                "Counts": [float(count) for _, count in some],
                "Unit": self.unit,
            }
            if labels:
                named = zip(self.dimensions, labels, strict=True)
                datum["Dimensions"] = [{"Name": name, "Value": label} for name, label in named]
            yield datum


def transformation(pattern: str, given: api.MetricTransformation) -> Transformation:
    """Read a filter. Raises InvalidParameterException for a pattern or a transformation that AWS refuses."""
    read = reader(pattern)
    dimensions = given.get("dimensions", {})
    if dimensions and "defaultValue" in given:
        raise api.InvalidParameterException(
            f"{_INVALID}dimensions and default value are mutually exclusive properties."
        )
    if dimensions and not has_fields(pattern):
        raise api.InvalidParameterException("The specified filter pattern does not support dimensions")
    if len(dimensions) > DIMENSIONS_MAX:
        raise api.InvalidParameterException(f"{_INVALID}a metric can have at most {DIMENSIONS_MAX} dimensions.")
    return Transformation(
        namespace=given["metricNamespace"],
        name=given["metricName"],
        unit=given.get("unit", "None"),
        read=read,
        value=_value(pattern, given["metricValue"]),
        default=given.get("defaultValue"),
        dimensions={name: _selected(pattern, selector) for name, selector in dimensions.items()},
    )


def _value(pattern: str, text: str) -> Field:
    if NUMBER.fullmatch(text):
        number = float(text)
        return lambda found: number
    return _selected(pattern, text)


def _selected(pattern: str, selector: str) -> Field:
    pick = field(pattern, selector)
    if pick is None:
        raise api.InvalidParameterException(f"{_INVALID}the filter pattern has no value {selector}.")
    return pick
