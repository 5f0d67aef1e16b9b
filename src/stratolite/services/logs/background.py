"""What the timers of CloudWatch Logs do: sweep the events that a retention has ended."""

from collections.abc import Callable

from stratolite.delivery.outbox import Entry
from stratolite.delivery.worker import Kind
from stratolite.services.logs import Logs
from stratolite.services.logs.expiry import plan_sweep


def kinds(logs: Logs) -> tuple[Kind, ...]:
    """``logs.sweep``: one waiting entry for each group that has a retention."""

    async def sweep(entry: Entry) -> Callable[[], None]:
        return lambda: _sweep(logs, entry)

    return (Kind("logs.sweep", sweep),)


def _sweep(logs: Logs, entry: Entry) -> None:
    group = logs.store.group_of_id(int(entry.payload))
    if group is None or group.sweep_entry != entry.id:
        # The group is gone, or its retention was set again: another entry does it.
        return
    now_ms = logs.world.clock.now_ms()
    logs.store.sweep(group, now_ms)
    plan_sweep(entry.call(now_ms), logs, group, group.retention_days)
