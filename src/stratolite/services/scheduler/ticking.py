"""From one moment of a schedule to the next, as rows in the outbox."""

import json
from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.services.scheduler.domain import Schedule

if TYPE_CHECKING:
    from stratolite.services.scheduler import Scheduler

TICK = "scheduler.tick"
INVOKE = "scheduler.invoke"


def plan(call: Call, scheduler: "Scheduler", schedule: Schedule, after_ms: int) -> bool:
    """Write the row of a schedule's next moment; False when there is none, or it is switched off."""
    if not schedule.is_enabled:
        return False
    due_ms = schedule.next_ms(after_ms)
    if due_ms is None:
        return False
    payload = json.dumps({"id": schedule.id, "revision": schedule.revision, "due_ms": due_ms}).encode()
    scheduler.world.outbox.put(call, TICK, payload, source=schedule.arn, due_ms=due_ms)
    return True


def tick(call: Call, scheduler: "Scheduler", payload: bytes) -> None:
    """A moment has come: write the row of the invocation, and that of the moment after.

    Moments that were missed while nothing ran are made up for once.
    """
    fields = json.loads(payload)
    schedule = scheduler.store.schedule_by_id(fields["id"])
    if schedule is None or schedule.revision != fields["revision"]:
        return
    world = scheduler.world
    late_ms = world.entropy.integer(schedule.window_ms) if schedule.window_ms else 0
    invocation = {"schedule": schedule.id, "due_ms": fields["due_ms"], "execution_id": world.entropy.uuid()}
    invocation["definition"] = dict(schedule.body)
    world.outbox.put(
        call,
        INVOKE,
        json.dumps({**invocation, "group": schedule.group, "name": schedule.name}).encode(),
        source=schedule.arn,
        target=schedule.body["Target"]["Arn"],
        due_ms=max(call.now_ms, fields["due_ms"]) + late_ms,
    )
    if not plan(call, scheduler, schedule, call.now_ms) and schedule.is_deleted_when_done:
        scheduler.store.delete_schedule(schedule.id)
