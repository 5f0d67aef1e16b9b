"""Composite alarms: alarms on the states of other alarms."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.services.cloudwatch import CloudWatch, alarm_rule, api, notification, rules, settings, transition
from stratolite.services.cloudwatch.domain import INITIAL_REASON, INSUFFICIENT, NEVER_MS, Alarm, State, alarm_arn

SUPPRESSION = (
    "ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod", "ActionConfiguration",
)  # fmt: skip


def put_composite_alarm(call: Call, cloudwatch: CloudWatch, request: api.PutCompositeAlarmInput) -> None:
    """Make a composite alarm, or change one; its rule is evaluated at once."""
    for name in SUPPRESSION:
        if name in request:
            raise rules.not_here(f"{name} of PutCompositeAlarm (suppressed actions)")
    name, arn = request["AlarmName"], alarm_arn(call, request["AlarmName"])
    known = cloudwatch.alarms.alarm(arn)
    if known is not None and not known.is_composite:
        raise rules.Invalid(f"Cannot create composite alarm {name}: there is a metric alarm of that name.")
    kept = _settings(request)
    children = _children(call, cloudwatch, arn, kept["AlarmRule"])
    if known is None:
        state = State(INSUFFICIENT, INITIAL_REASON, "", call.now_ms, call.now_ms)
        alarm = Alarm(arn, name, kept, rules.tags_of(request.get("Tags", [])), call.now_ms, state, NEVER_MS)
    else:
        alarm = replace(known, settings=kept, updated_ms=call.now_ms)
    cloudwatch.alarms.put(call, alarm)
    cloudwatch.alarms.set_children(arn, children)
    summary = f'Alarm "{name}" {"created" if known is None else "updated"}'
    data = notification.history_of_settings(alarm, is_new=known is None)
    cloudwatch.alarms.tell(call, alarm, "ConfigurationUpdate", summary, data)
    transition.weigh(call, cloudwatch, alarm, "created" if known is None else "updated")


def _settings(request: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"AlarmRule": request["AlarmRule"], **settings.actions(request)}
    if "AlarmDescription" in request:
        kept["AlarmDescription"] = request["AlarmDescription"]
    return kept


def _children(call: Call, cloudwatch: CloudWatch, arn: str, text: str) -> list[str]:
    """The ARNs of the alarms that a rule names. Raises ValidationError for a rule that cannot be kept."""
    try:
        rule = alarm_rule.parse(text)
    except alarm_rule.RuleError as error:
        raise rules.Invalid(f"AlarmRule is not valid: {error}.") from None
    names = list(dict.fromkeys(rule.names()))
    if len(names) > alarm_rule.CHILDREN_MAX:
        raise rules.Invalid(f"AlarmRule names more than {alarm_rule.CHILDREN_MAX} alarms.")
    children = [transition.child_arn(call, name) for name in names]
    lacking = [name for name, child in zip(names, children, strict=True) if cloudwatch.alarms.alarm(child) is None]
    if lacking:
        listed = ", ".join(lacking)
        raise rules.Invalid(f"Could not save the composite alarm as alarms [{listed}] in the alarm rule do not exist")
    _check_no_circle(cloudwatch, arn, children)
    return children


def _check_no_circle(cloudwatch: CloudWatch, arn: str, children: list[str]) -> None:
    """AWS keeps circles and stops to evaluate them; here they are refused."""
    seen: set[str] = set()
    waiting = list(children)
    while waiting:
        child = waiting.pop()
        if child == arn:
            raise rules.not_here("A composite alarm that depends on itself")
        if child not in seen:
            seen.add(child)
            waiting += cloudwatch.alarms.children(child)
