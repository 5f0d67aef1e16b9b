"""What an alarm is, and what it watches."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.services.cloudwatch.store import Metric, dimensions_of

OK = "OK"
ALARM = "ALARM"
INSUFFICIENT = "INSUFFICIENT_DATA"

STATES = (OK, ALARM, INSUFFICIENT)
NEVER_MS = 2**53
"""When alarms are evaluated next that are not evaluated by the clock."""

INITIAL_REASON = "Unchecked: Initial alarm creation"
ACTIONS_OF = {OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT: "InsufficientDataActions"}
"""Which setting lists the actions of a state."""
EVALUATION_MS = 60_000
EVALUATION_MS_SHORT = 10_000
"""How often alarms are evaluated; the second for periods below a minute."""


@dataclass(frozen=True, slots=True)
class State:
    """The state of an alarm, since when, and why. ``reason_data``: JSON, or nothing."""

    value: str
    reason: str
    reason_data: str
    updated_ms: int
    changed_ms: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm on one metric, or on other alarms. ``settings``: the members of MetricAlarm or CompositeAlarm that
    PutMetricAlarm or PutCompositeAlarm sets."""

    arn: str
    name: str
    settings: Mapping[str, Any]
    tags: Mapping[str, str]
    updated_ms: int
    state: State
    next_ms: int

    @property
    def account(self) -> str:
        return Arn.parse(self.arn).account

    @property
    def region(self) -> str:
        return Arn.parse(self.arn).region

    @property
    def is_composite(self) -> bool:
        return "AlarmRule" in self.settings

    @property
    def type(self) -> str:
        """As AWS names it."""
        return "CompositeAlarm" if self.is_composite else "MetricAlarm"

    @property
    def watched(self) -> "Watched":
        return watched_of(self.settings)

    @property
    def metric(self) -> Metric:
        """What it watches."""
        watched = self.watched
        return Metric(self.account, self.region, watched.namespace, watched.name, dimensions_of(watched.dimensions))

    @property
    def evaluation_ms(self) -> int:
        """How often it is evaluated."""
        return EVALUATION_MS if self.watched.period_s >= 60 else EVALUATION_MS_SHORT

    @property
    def actions(self) -> list[str]:
        """What is to be done in its state."""
        if not self.settings["ActionsEnabled"]:
            return []
        listed: list[str] = self.settings[ACTIONS_OF[self.state.value]]
        return listed


@dataclass(frozen=True, slots=True)
class Watched:
    """The metric, period and statistic of an alarm, however they were given."""

    namespace: str
    name: str
    dimensions: tuple[Mapping[str, str], ...]
    period_s: int
    statistic: str
    """One of the five simple ones, or nothing."""
    extended: str
    unit: str
    query_id: str
    """The id of the query in ``Metrics``, or nothing."""

    @property
    def stat(self) -> str:
        return self.statistic or self.extended

    @property
    def key(self) -> str:
        """What DescribeAlarmsForMetric compares, as text."""
        return metric_key(self.namespace, self.name, dimensions_of(self.dimensions))


def metric_key(namespace: str, name: str, dimensions: tuple[tuple[str, str], ...]) -> str:
    """A metric as text."""
    return json.dumps([namespace, name, dimensions], ensure_ascii=False)


def watched_of(settings: Mapping[str, Any]) -> Watched:
    """What settings watch."""
    if settings.get("Metrics"):
        query = settings["Metrics"][0]
        stat = query["MetricStat"]
        metric = stat["Metric"]
        simple = stat["Stat"] in ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
        return Watched(
            metric.get("Namespace", ""),
            metric.get("MetricName", ""),
            tuple(metric.get("Dimensions", ())),
            stat["Period"],
            stat["Stat"] if simple else "",
            "" if simple else stat["Stat"],
            stat.get("Unit", ""),
            query["Id"],
        )
    return Watched(
        settings["Namespace"],
        settings["MetricName"],
        tuple(settings.get("Dimensions", ())),
        settings["Period"],
        settings.get("Statistic", ""),
        settings.get("ExtendedStatistic", ""),
        settings.get("Unit", ""),
        "",
    )


def alarm_arn(call: Call, name: str) -> str:
    """The ARN of an alarm in the caller's account and region."""
    return call.arn("cloudwatch", f"alarm:{name}")
