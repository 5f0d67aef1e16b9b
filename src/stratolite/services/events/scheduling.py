"""Rules with a schedule: each that is enabled has one outbox row, which fires it and plans the next."""

from datetime import UTC, datetime
from typing import Any

from stratolite.core import schedule
from stratolite.core.call import Call
from stratolite.services.events import Events
from stratolite.services.events.domain import Rule
from stratolite.services.events.event import event

TICK = "events.tick"


def replan(call: Call, events: Events, rule: Rule) -> None:
    """Plan a rule's next time, in place of what was planned for it."""
    if rule.tick:
        events.world.outbox.end(rule.tick)
    due_ms = next_ms(rule, call.now_ms) if rule.schedule and rule.is_enabled else None
    tick = (
        0 if due_ms is None else events.world.outbox.put(call, TICK, rule.arn.encode(), target=rule.arn, due_ms=due_ms)
    )
    events.store.set_tick(rule.arn, tick)


def next_ms(rule: Rule, after_ms: int) -> int | None:
    """When a rule fires next, or None when it never does again. A rate counts from when it was set."""
    found = schedule.parse(rule.schedule).next_after(_moment(after_ms), _moment(rule.scheduled_ms))
    return None if found is None else round(found.timestamp() * 1000)


def scheduled_event(call: Call, event_id: str, rule: Rule, due_ms: int) -> dict[str, Any]:
    """The event that a schedule gives (``tests_schedule_rate_target_sqs``)."""
    return event(call, event_id, "aws.events", "Scheduled Event", {}, resources=[rule.arn], time_ms=due_ms)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
