"""From data points to the state of an alarm: pure, and all of it is here.

An evaluation looks at more periods than the alarm asks for (the evaluation range). If the range holds as many data
points as that, the most recent of them decide. If it holds fewer, all of them do, and what is missing counts as
``TreatMissingData`` says:

    breaching, notBreaching   each missing one is a data point of that kind
    ignore                    unless the data points alone decide, the state stays as it is
    missing                   without any data point: INSUFFICIENT_DATA. Data points that all breach are ALARM once the
                              oldest of them is as old as the alarm asks for breaching ones; until then the state stays

The size of the range is AWS's secret; here it is two periods more than the alarm asks for, as in AWS's own examples,
and a minute more for periods below one, whose data points may be kept by the minute.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.services.cloudwatch.domain import ALARM, INSUFFICIENT, OK

EXTRA_PERIODS = 2
SAMPLES_OF_PERCENTILE = 10
"""How many samples have to be beyond a percentile for it to be significant."""

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@dataclass(frozen=True, slots=True)
class Datapoint:
    """The statistic of one period, which begins at ``begin_ms``. ``value`` is None when it is missing."""

    begin_ms: int
    value: float | None = None
    count: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alarm is in ALARM."""

    comparison: str
    threshold: float
    periods: int
    to_alarm: int
    missing: str = "missing"
    samples_min: float = 0.0
    """Below it a percentile says nothing, and the state stays."""

    def breaches(self, value: float) -> bool:
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state, and what it rests on, the most recent first. ``filled``: how many missing ones were counted as data
    points."""

    state: str
    evaluated: Sequence[Datapoint]
    filled: int = 0

    @property
    def received(self) -> list[Datapoint]:
        """The data points that are not missing."""
        return [point for point in self.evaluated if point.value is not None]


def rule_of(settings: Mapping[str, Any], stat: str, namespace: str = "") -> Rule:
    """The rule that settings of an alarm stand for. Alarms on DynamoDB's metrics ignore missing data by default."""
    periods = settings["EvaluationPeriods"]
    samples_min = 0.0
    if settings.get("EvaluateLowSampleCountPercentile") == "ignore":
        share = float(stat[1:]) / 100
        rest = min(share, 1 - share)
        samples_min = SAMPLES_OF_PERCENTILE / rest if rest > 0 else 0.0
    return Rule(
        settings["ComparisonOperator"],
        settings["Threshold"],
        periods,
        settings.get("DatapointsToAlarm", periods),
        settings.get("TreatMissingData", "ignore" if namespace == "AWS/DynamoDB" else "missing"),
        samples_min,
    )


def range_periods(periods: int, period_s: int) -> int:
    """How many periods an evaluation looks at."""
    return periods + EXTRA_PERIODS if period_s >= 60 else periods + 60 // period_s + 1


def evaluate(rule: Rule, state: str, found: Sequence[Datapoint]) -> Verdict:
    """The verdict on the data points of the evaluation range, missing ones included, the most recent first.

    ``state`` is the alarm's own; a verdict of the same state changes nothing."""
    received = [point for point in found if point.value is not None]
    if len(received) >= rule.periods:
        return _by_data(rule, state, received[: rule.periods])
    evaluated = _fewest_missing(rule, found, received)
    if any(point.count < rule.samples_min for point in received):
        return Verdict(state, evaluated)
    breaching = _breaching(rule, received)
    filled = rule.periods - len(received)
    if rule.missing == "breaching":
        return Verdict(ALARM if breaching + filled >= rule.to_alarm else OK, evaluated, filled)
    if rule.missing == "notBreaching":
        return Verdict(ALARM if breaching >= rule.to_alarm else OK, evaluated, filled)
    if breaching >= rule.to_alarm:
        return Verdict(ALARM, evaluated)
    if breaching < len(received):
        return Verdict(OK, evaluated)
    if rule.missing == "ignore":
        return Verdict(state, evaluated)
    if not received:
        return Verdict(INSUFFICIENT, evaluated)
    age = 1 + max(index for index, point in enumerate(found) if point.value is not None)
    return Verdict(ALARM if age >= rule.to_alarm else state, evaluated)


def _by_data(rule: Rule, state: str, evaluated: Sequence[Datapoint]) -> Verdict:
    if any(point.count < rule.samples_min for point in evaluated):
        return Verdict(state, evaluated)
    return Verdict(ALARM if _breaching(rule, evaluated) >= rule.to_alarm else OK, evaluated)


def _breaching(rule: Rule, points: Sequence[Datapoint]) -> int:
    return sum(1 for point in points if point.value is not None and rule.breaches(point.value))


def _fewest_missing(rule: Rule, found: Sequence[Datapoint], received: Sequence[Datapoint]) -> list[Datapoint]:
    """All data points, and as many of the most recent missing ones as make up the number that is evaluated."""
    missing = [point for point in found if point.value is None][: rule.periods - len(received)]
    return sorted([*received, *missing], key=lambda point: -point.begin_ms)
