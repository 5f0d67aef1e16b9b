"""EventBridge Scheduler: one-time, rate and cron schedules in any time zone, each with one target.

A schedule's next moment is a row in the outbox (``ticking.py``): when it comes, the row of the one after is written in
the same transaction as that of the invocation, which has retries of its own (``background.py``). What is sent and
whereto is ``targets.py``'s; the calendar is ``core/schedule.py``.
"""

from stratolite.services.scheduler.store import Store
from stratolite.services.world import World


class Scheduler:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.database)


def build(world: World) -> Scheduler:
    """The service, on the parts of one machine."""
    return Scheduler(world)
