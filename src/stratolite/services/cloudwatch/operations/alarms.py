"""Alarms on one metric: put, described, deleted, their actions switched on and off."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.core.paging import InvalidToken, page
from stratolite.services.cloudwatch import CloudWatch, api, evaluating, notification, rules, settings, view
from stratolite.services.cloudwatch.domain import (
    INITIAL_REASON,
    INSUFFICIENT,
    Alarm,
    State,
    alarm_arn,
    metric_key,
)
from stratolite.services.cloudwatch.store import dimensions_of

DESCRIBED_DEFAULT = 50


def put_metric_alarm(call: Call, cloudwatch: CloudWatch, request: api.PutMetricAlarmInput) -> None:
    """Make an alarm, or change the settings of one, whose state and tags stay as they are."""
    kept = settings.of_request(call, request)
    name = request["AlarmName"]
    arn = alarm_arn(call, name)
    known = cloudwatch.alarms.alarm(arn)
    if known is not None and known.is_composite:
        raise rules.Invalid(f"Cannot create metric alarm {name}: there is a composite alarm of that name.")
    if known is None:
        state = State(INSUFFICIENT, INITIAL_REASON, "", call.now_ms, call.now_ms)
        alarm = Alarm(arn, name, kept, rules.tags_of(request.get("Tags", [])), call.now_ms, state, 0)
    else:
        alarm = replace(known, settings=kept, updated_ms=call.now_ms)
    alarm = replace(alarm, next_ms=evaluating.first_ms(alarm, call.now_ms))
    cloudwatch.alarms.put(call, alarm)
    summary = f'Alarm "{name}" {"created" if known is None else "updated"}'
    data = notification.history_of_settings(alarm, is_new=known is None)
    cloudwatch.alarms.tell(call, alarm, "ConfigurationUpdate", summary, data)
    evaluating.watch(call, cloudwatch)


def delete_alarms(call: Call, cloudwatch: CloudWatch, request: api.DeleteAlarmsInput) -> None:
    """Delete alarms: none of them when a composite alarm depends on one. Those that are gone already are no error."""
    arns = {alarm_arn(call, name): name for name in request["AlarmNames"]}
    for arn, name in arns.items():
        if any(parent not in arns for parent in cloudwatch.alarms.parents(arn)):
            raise rules.Invalid(f"Cannot delete {name} as there are composite alarm(s) depending on it.")
    for arn, name in arns.items():
        alarm = cloudwatch.alarms.alarm(arn)
        if alarm is not None:
            cloudwatch.alarms.delete(arn)
            data = '{"version":"1.0","type":"Delete"}'
            cloudwatch.alarms.tell(call, alarm, "ConfigurationUpdate", f'Alarm "{name}" deleted', data)


def describe_alarms(call: Call, cloudwatch: CloudWatch, request: api.DescribeAlarmsInput) -> api.DescribeAlarmsOutput:
    """Alarms in order of name, a page at a time: metric alarms, unless other types are asked for."""
    names, prefix = request.get("AlarmNames"), request.get("AlarmNamePrefix", "")
    if names and prefix:
        raise api.InvalidParameterCombinationException("AlarmNamePrefix and AlarmNames cannot be specified together.")
    if "ChildrenOfAlarmName" in request or "ParentsOfAlarmName" in request:
        return _relatives(call, cloudwatch, request)
    types = request.get("AlarmTypes", ["MetricAlarm"])
    alarms = [alarm for alarm in cloudwatch.alarms.alarms(call, prefix=prefix) if alarm.type in types]
    found = _wanted(alarms, request, names)
    return _described_page(found, request, view.described)


def _described_page(
    found: Sequence[Alarm], request: Mapping[str, Any], describe: Callable[[Alarm], dict[str, Any]]
) -> api.DescribeAlarmsOutput:
    try:
        shown, token = page(found, request.get("MaxRecords", DESCRIBED_DEFAULT), request.get("NextToken", ""))
    except InvalidToken:
        raise api.InvalidNextToken("The specified next token is invalid.") from None
    answer: dict[str, Any] = {
        "CompositeAlarms": [describe(alarm) for alarm in shown if alarm.is_composite],
        "MetricAlarms": [describe(alarm) for alarm in shown if not alarm.is_composite],
        "LogAlarms": [],
    }
    if token:
        answer["NextToken"] = token
    return answer  # type: ignore[return-value]


def _relatives(call: Call, cloudwatch: CloudWatch, request: Mapping[str, Any]) -> api.DescribeAlarmsOutput:
    """What a composite alarm depends on, or what depends on an alarm: with few members, as AWS documents it."""
    if "ParentsOfAlarmName" in request:
        arns, members = cloudwatch.alarms.parents(alarm_arn(call, request["ParentsOfAlarmName"])), view.OF_PARENTS
    else:
        arns, members = cloudwatch.alarms.children(alarm_arn(call, request["ChildrenOfAlarmName"])), view.OF_CHILDREN
    found = [alarm for arn in arns if (alarm := cloudwatch.alarms.alarm(arn)) is not None]

    def describe(alarm: Alarm) -> dict[str, Any]:
        return {name: value for name, value in view.described(alarm).items() if name in members}

    return _described_page(found, request, describe)


def _wanted(alarms: Iterable[Alarm], request: Mapping[str, Any], names: list[str] | None) -> list[Alarm]:
    state, action = request.get("StateValue", ""), request.get("ActionPrefix", "")
    return [
        alarm
        for alarm in alarms
        if (not names or alarm.name in names)
        and state in ("", alarm.state.value)
        and (not action or any(one.startswith(action) for one in settings.actions_of(alarm.settings)))
    ]


def describe_alarms_for_metric(
    call: Call, cloudwatch: CloudWatch, request: api.DescribeAlarmsForMetricInput
) -> api.DescribeAlarmsForMetricOutput:
    """The alarms on exactly one metric; of one statistic, period and unit where these are given."""
    dimensions = dimensions_of(request.get("Dimensions", []))
    alarms = cloudwatch.alarms.alarms_of(call, metric_key(request["Namespace"], request["MetricName"], dimensions))
    return {
        "MetricAlarms": [
            view.metric_alarm(alarm)
            for alarm in alarms
            if request.get("Statistic", alarm.watched.statistic) == alarm.watched.statistic
            and request.get("ExtendedStatistic", alarm.watched.extended) == alarm.watched.extended
            and request.get("Period", alarm.watched.period_s) == alarm.watched.period_s
            and request.get("Unit", alarm.watched.unit) == alarm.watched.unit
        ]
    }


def enable_alarm_actions(call: Call, cloudwatch: CloudWatch, request: api.EnableAlarmActionsInput) -> None:
    """Have alarms execute their actions again."""
    _switch(call, cloudwatch, request["AlarmNames"], is_on=True)


def disable_alarm_actions(call: Call, cloudwatch: CloudWatch, request: api.DisableAlarmActionsInput) -> None:
    """Have alarms change their state without executing actions."""
    _switch(call, cloudwatch, request["AlarmNames"], is_on=False)


def _switch(call: Call, cloudwatch: CloudWatch, names: Iterable[str], *, is_on: bool) -> None:
    for name in names:
        alarm = cloudwatch.alarms.alarm(alarm_arn(call, name))
        if alarm is not None and alarm.settings["ActionsEnabled"] != is_on:
            alarm = replace(alarm, settings={**alarm.settings, "ActionsEnabled": is_on}, updated_ms=call.now_ms)
            cloudwatch.alarms.put(call, alarm)
            data = notification.history_of_settings(alarm, is_new=False)
            cloudwatch.alarms.tell(call, alarm, "ConfigurationUpdate", f'Alarm "{name}" updated', data)
