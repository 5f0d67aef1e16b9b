"""When the events of a group are next swept."""

from stratolite.core.call import Call
from stratolite.services.logs import Logs
from stratolite.services.logs.domain import DAY_MS, Group

SWEEP_PAUSE_MS = 60 * 60 * 1000
"""A group is swept at most once in this time; readers never see what has expired anyway."""


def plan_sweep(call: Call, logs: Logs, group: Group, days: int) -> None:
    """Set a retention and put the delivery that will sweep what it ends; runs inside a transaction."""
    earliest_ms = logs.store.first_end_ms(group)
    due_ms = (call.now_ms if earliest_ms is None else earliest_ms) + days * DAY_MS
    entry = logs.world.outbox.put(
        call,
        "logs.sweep",
        str(group.id).encode(),
        source=group.arn,
        target=group.arn,
        due_ms=max(due_ms, call.now_ms + SWEEP_PAUSE_MS),
    )
    logs.store.set_retention(group, days, entry)
