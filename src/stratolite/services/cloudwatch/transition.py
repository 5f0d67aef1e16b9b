"""A new state of an alarm, and all that it causes, in one transaction: the history, the event on the bus, one delivery
for each action, and the states of the composite alarms that depend on it."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

from stratolite.core.call import Call
from stratolite.services.cloudwatch import CloudWatch, alarm_rule, notification
from stratolite.services.cloudwatch.domain import ALARM, OK, Alarm, State, alarm_arn
from stratolite.services.cloudwatch.reason import java_date

ACT = "cloudwatch.act"


def enter(call: Call, cloudwatch: CloudWatch, alarm: Alarm, value: str, reason: str, reason_data: str) -> Alarm:
    """Put an alarm into a state, at the call's time. The same state as before is only told in other words."""
    old = alarm.state
    is_new = value != old.value
    state = State(value, reason, reason_data, call.now_ms, call.now_ms if is_new else old.changed_ms)
    alarm = replace(alarm, state=state)
    cloudwatch.alarms.put(call, alarm)
    if not is_new:
        return alarm
    summary = f"Alarm updated from {old.value} to {value}"
    cloudwatch.alarms.tell(call, alarm, "StateUpdate", summary, notification.history_of_state(state, old))
    world = cloudwatch.world
    if world.ports.offers("event"):
        detail = notification.detail(alarm, old)
        world.ports.event.put(call, "aws.cloudwatch", "CloudWatch Alarm State Change", detail, [alarm.arn])
    for action in alarm.actions:
        payload = json.dumps({"alarm": asdict(alarm), "old": asdict(old)})
        world.outbox.put(call, ACT, payload.encode(), source=alarm.arn, target=action)
    world.database.after_commit(lambda: cloudwatch.told(call, alarm, old))
    for parent_arn in cloudwatch.alarms.parents(alarm.arn):
        parent = cloudwatch.alarms.alarm(parent_arn)
        if parent is not None:
            weigh(call, cloudwatch, parent, alarm)
    return alarm


def weigh(call: Call, cloudwatch: CloudWatch, alarm: Alarm, cause: Alarm | str) -> None:
    """Evaluate a composite alarm's rule. ``cause``: the alarm that changed its state, or what was done to this one."""

    def state_of(name: str) -> str:
        child = cloudwatch.alarms.alarm(child_arn(call, name))
        return "" if child is None else child.state.value

    value = ALARM if alarm_rule.parse(alarm.settings["AlarmRule"]).holds(state_of) else OK
    if value == alarm.state.value:
        return
    if isinstance(cause, Alarm):
        moment = datetime.fromtimestamp(call.now_ms / 1000, UTC)
        reason = f"{cause.arn} transitioned to {cause.state.value} at {moment:%A %d %B, %Y %H:%M:%S} UTC"
        triggering = [cause]
    else:
        reason = f"{alarm.arn} was {cause} and its alarm rule evaluates to {value}"
        found = [cloudwatch.alarms.alarm(child) for child in cloudwatch.alarms.children(alarm.arn)]
        triggering = [child for child in found if child is not None]
    data = {"triggeringAlarms": [_triggering(child) for child in triggering]}
    enter(call, cloudwatch, alarm, value, reason, json.dumps(data, separators=(",", ":")))


def _triggering(alarm: Alarm) -> dict[str, object]:
    return {"arn": alarm.arn, "state": {"value": alarm.state.value, "timestamp": java_date(alarm.state.updated_ms)}}


def child_arn(call: Call, name: str) -> str:
    """The ARN of an alarm that a rule names, by name or by ARN."""
    return name if name.startswith("arn:") else alarm_arn(call, name)


def loaded(payload: bytes) -> tuple[Alarm, State]:
    """The alarm as it was when it changed, and its old state, from a delivery."""
    found = json.loads(payload)
    alarm = Alarm(**{**found["alarm"], "state": State(**found["alarm"]["state"])})
    return alarm, State(**found["old"])
