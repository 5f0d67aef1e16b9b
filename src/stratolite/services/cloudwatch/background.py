"""What the timers of CloudWatch do."""

from stratolite.delivery.outbox import Entry
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.cloudwatch import CloudWatch, retention

HISTORY_MS = 30 * 24 * 60 * 60 * 1000
"""How long the history of alarms is kept, as on AWS."""


def kinds(cloudwatch: CloudWatch) -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""

    async def retain(entry: Entry) -> Effect:
        return lambda: _retain(cloudwatch, entry)

    return (Kind(retention.TIMER.kind, retain),)


def _retain(cloudwatch: CloudWatch, entry: Entry) -> None:
    world = cloudwatch.world
    if not retention.TIMER.went_off(world, entry.id):
        return
    now_ms = world.clock.now_ms()
    has_more = retention.retain(cloudwatch.store, now_ms)
    cloudwatch.alarms.forget_history(now_ms - HISTORY_MS)
    if not cloudwatch.store.is_empty or cloudwatch.alarms.has_history:
        retention.TIMER.wake(world, entry.call(now_ms), now_ms if has_more else now_ms + retention.HOUR_MS)
