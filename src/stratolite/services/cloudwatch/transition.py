"""A new state of an alarm, and all that it causes, in one transaction: the history, the event on the bus, and one
delivery for each action."""

import json
from dataclasses import asdict, replace

from stratolite.core.call import Call
from stratolite.services.cloudwatch import CloudWatch, notification
from stratolite.services.cloudwatch.domain import Alarm, State

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
    cloudwatch.alarms.tell(call, alarm.name, "StateUpdate", summary, notification.history_of_state(state, old))
    world = cloudwatch.world
    if world.ports.offers("event"):
        detail = notification.detail(alarm, old)
        world.ports.event.put(call, "aws.cloudwatch", "CloudWatch Alarm State Change", detail, [alarm.arn])
    for action in alarm.actions:
        payload = json.dumps({"alarm": asdict(alarm), "old": asdict(old)})
        world.outbox.put(call, ACT, payload.encode(), source=alarm.arn, target=action)
    world.database.after_commit(lambda: cloudwatch.told(call, alarm, old))
    return alarm


def loaded(payload: bytes) -> tuple[Alarm, State]:
    """The alarm as it was when it changed, and its old state, from a delivery."""
    found = json.loads(payload)
    alarm = Alarm(**{**found["alarm"], "state": State(**found["alarm"]["state"])})
    return alarm, State(**found["old"])
