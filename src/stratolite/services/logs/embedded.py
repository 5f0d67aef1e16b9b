"""The embedded metric format: lines that are JSON with ``_aws``, and carry metrics. Pure.

A line that says it is one and cannot be read is a parse error; metrics that break the specification, or PutMetricData's
rules, are validation errors and left out, the others of the line count. Follows
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import msgspec

MARK = '"_aws"'
"""What a line must hold to be looked at."""
DIRECTIVES = "CloudWatchMetrics"
PARSING_ERRORS = "EMFParsingErrors"
VALIDATION_ERRORS = "EMFValidationErrors"
METRICS_MAX = 100
VALUES_MAX = 100
DIMENSIONS_MAX = 30
NAME_LENGTH_MAX = 255
VALUE_LENGTH_MAX = 1024
NUMBER_MAX = 1e300
"""Beyond it numbers are none of CloudWatch's, whose limit is far lower."""
RESOLUTIONS = (1, 60)
_SIZES = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits")
_SUMS = (*_SIZES, "Terabits", "Count")
UNITS = frozenset({"Seconds", "Microseconds", "Milliseconds", "Percent", "None"}).union(
    _SUMS, (f"{unit}/Second" for unit in _SUMS)
)


@dataclass(slots=True)
class Embedded:
    """What a line carries. ``data``: (namespace, MetricDatum of PutMetricData); ``errors``: how many of which."""

    data: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


def read(message: str, *, has_prefix: bool) -> Embedded:
    """The metrics of a line that holds ``MARK``.

    ``has_prefix``: whether words of the runtime's may stand before the document (a time, a request id), as in the log
    of a function.
    """
    embedded = Embedded()
    begin = max(message.find("{"), 0) if has_prefix else 0
    try:
        document = msgspec.json.decode(message[begin:])
    except (msgspec.DecodeError, RecursionError):
        # A text that merely speaks of the mark is not meant to be one of these lines.
        if DIRECTIVES in message:
            embedded.errors[PARSING_ERRORS] += 1
        return embedded
    if not isinstance(document, dict) or "_aws" not in document:
        # The word stands somewhere deeper: this is no such line.
        return embedded
    metadata = document["_aws"]
    if not isinstance(metadata, dict) or DIRECTIVES not in metadata:
        # ``_aws`` may hold what is meant for others.
        return embedded
    directives, timestamp = metadata[DIRECTIVES], metadata.get("Timestamp")
    if not isinstance(directives, list) or not _is_number(timestamp):
        embedded.errors[PARSING_ERRORS] += 1
        return embedded
    for directive in directives:
        _read_directive(embedded, document, directive, timestamp / 1000)
    return embedded


def _read_directive(embedded: Embedded, document: Mapping[str, Any], directive: Any, time_s: float) -> None:
    if not isinstance(directive, dict):
        embedded.errors[VALIDATION_ERRORS] += 1
        return
    namespace, metrics = directive.get("Namespace"), directive.get("Metrics")
    sets = directive.get("Dimensions")
    if (
        not _is_name(namespace)
        or not isinstance(metrics, list)
        or len(metrics) > METRICS_MAX
        or not isinstance(sets, list)
    ):
        embedded.errors[VALIDATION_ERRORS] += 1
        return
    dimensions = [found for names in sets or [[]] if (found := _dimensions(embedded, document, names)) is not None]
    for metric in metrics:
        datum = _datum(document, metric)
        if datum is None:
            embedded.errors[VALIDATION_ERRORS] += 1
            continue
        for labels in dimensions:
            embedded.data.append((namespace, {**datum, "Timestamp": time_s, "Dimensions": labels}))


def _dimensions(embedded: Embedded, document: Mapping[str, Any], names: Any) -> list[dict[str, str]] | None:
    """One set of dimensions; None, and an error, when it breaks a rule."""
    if isinstance(names, list) and len(names) <= DIMENSIONS_MAX and all(_is_name(name) for name in names):
        labels = {name: document.get(name) for name in names}
        if all(isinstance(label, str) and 0 < len(label) <= VALUE_LENGTH_MAX for label in labels.values()):
            return [{"Name": name, "Value": str(label)} for name, label in labels.items()]
    embedded.errors[VALIDATION_ERRORS] += 1
    return None


def _datum(document: Mapping[str, Any], metric: Any) -> dict[str, Any] | None:
    """A MetricDatum without dimensions and time; None when the definition or its target breaks a rule."""
    if not isinstance(metric, dict) or not _is_name(metric.get("Name")):
        return None
    unit, resolution = metric.get("Unit", "None"), metric.get("StorageResolution", 60)
    target = document.get(metric["Name"])
    values: list[Any] = target if isinstance(target, list) else [target]
    are_numbers = 0 < len(values) <= VALUES_MAX and all(_is_number(value) for value in values)
    # A list or an object in their place cannot be asked for in a set.
    if not are_numbers or not isinstance(unit, str) or unit not in UNITS or resolution not in RESOLUTIONS:
        return None
    counted = Counter(float(value) for value in values)
    return {
        "MetricName": metric["Name"],
        "Values": list(counted),
        "Counts": [float(count) for count in counted.values()],
        "Unit": unit,
        "StorageResolution": resolution,
    }


def _is_name(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= NAME_LENGTH_MAX


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < NUMBER_MAX


def by_namespace(data: Sequence[tuple[str, dict[str, Any]]], most: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """MetricData for requests of PutMetricData: of one namespace each, at most so many at a time."""
    sorted_out: dict[str, list[dict[str, Any]]] = {}
    for namespace, datum in data:
        sorted_out.setdefault(namespace, []).append(datum)
    for namespace, found in sorted_out.items():
        for start in range(0, len(found), most):
            yield namespace, found[start : start + most]
