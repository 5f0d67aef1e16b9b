"""An alarm as clients see it."""

from typing import Any

from stratolite.services.cloudwatch import api
from stratolite.services.cloudwatch.domain import Alarm

OF_CHILDREN = frozenset({"AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"})
OF_PARENTS = frozenset({"AlarmName", "AlarmArn"})


def metric_alarm(alarm: Alarm) -> api.MetricAlarm:
    """An alarm on a metric as clients see it."""
    return described(alarm)  # type: ignore[return-value]


def described(alarm: Alarm) -> dict[str, Any]:
    """An alarm of either type as clients see it."""
    shown: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.updated_ms / 1000,
        "StateValue": alarm.state.value,
        "StateReason": alarm.state.reason,
        "StateUpdatedTimestamp": alarm.state.updated_ms / 1000,
        "StateTransitionedTimestamp": alarm.state.changed_ms / 1000,
        **alarm.settings,
    }
    if alarm.state.reason_data:
        shown["StateReasonData"] = alarm.state.reason_data
    return shown
