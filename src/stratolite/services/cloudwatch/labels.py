"""What the results of GetMetricData are called.

Without a label: the metric's name, and the statistic and the period where the queries for it differ in them. A label
may name what is computed of the data points: ``${MAX}``, ``${PROP('Dim.FunctionName')}`` ... Times are refused by name.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere

_DYNAMIC = re.compile(r"\$\{([A-Z_]+)(?:\('([^']*)'\))?\}")
_OF_VALUES: dict[str, Callable[[Sequence[float]], float]] = {
    "MIN": min,
    "MAX": max,
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "FIRST": lambda values: values[0],
    "LAST": lambda values: values[-1],
    "DATAPOINT_COUNT": len,
}
NOTHING = "--"
"""What stands for a value when there are no data points."""


def plain(stats: Sequence[Mapping[str, Any]]) -> list[str]:
    """The labels of queries without one."""
    shows_stat = len({stat["Stat"] for stat in stats}) > 1
    shows_period = len({stat["Period"] for stat in stats}) > 1
    return [
        " ".join(
            [stat["Metric"].get("MetricName", "")]
            + ([stat["Stat"]] if shows_stat else [])
            + ([str(stat["Period"])] if shows_period else [])
        )
        for stat in stats
    ]


def dynamic(call: Call, label: str, own: str, stat: Mapping[str, Any], values: Sequence[float]) -> str:
    """A label with what it names put in. ``values``: in order of time. Raises NotImplementedHere."""

    def replace(found: re.Match[str]) -> str:
        name, argument = found[1], found[2]
        if name == "LABEL":
            return own
        if name == "PROP":
            return _property(call, argument or "", stat)
        if name in _OF_VALUES:
            return f"{_OF_VALUES[name](values):g}" if values else ("0" if name == "DATAPOINT_COUNT" else NOTHING)
        raise NotImplementedHere(f"The dynamic label {found[0]} is not implemented by this version of Stratolite.")

    return _DYNAMIC.sub(replace, label)


def _property(call: Call, name: str, stat: Mapping[str, Any]) -> str:
    metric = stat["Metric"]
    if name.startswith("Dim."):
        found = {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}
        return str(found.get(name.removeprefix("Dim."), ""))
    properties = {
        "AccountId": call.account,
        "Region": call.region,
        "Namespace": metric.get("Namespace", ""),
        "MetricName": metric.get("MetricName", ""),
        "Period": str(stat["Period"]),
        "Stat": stat["Stat"],
    }
    return str(properties.get(name, ""))
