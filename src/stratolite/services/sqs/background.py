"""What SQS does by the clock: removes messages past their retention, and moves messages for move tasks."""

from typing import TYPE_CHECKING

from stratolite.delivery.outbox import Entry
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.sqs import moving, sending

if TYPE_CHECKING:
    from stratolite.services.sqs import Sqs


def kinds(sqs: "Sqs") -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""
    timers = _Timers(sqs)
    return (Kind(sending.EXPIRE, timers.expire), Kind(moving.MOVE, timers.move))


class _Timers:
    def __init__(self, sqs: "Sqs") -> None:
        self._sqs = sqs
        self._world = sqs.world

    async def expire(self, entry: Entry) -> Effect:
        call = entry.call(self._world.clock.now_ms())

        def effect() -> None:
            queue = self._sqs.store.queue_by_id(int(entry.payload))
            if queue is None:
                return
            self._sqs.store.set_expiry_ms(queue.id, 0)
            next_ms = self._sqs.store.expire(queue, call.now_ms)
            if next_ms is not None:
                sending.plan_expiry(call, self._sqs, queue, next_ms)

        return effect

    async def move(self, entry: Entry) -> Effect:
        call = entry.call(self._world.clock.now_ms())

        def effect() -> None:
            task = self._sqs.store.task(entry.payload.decode())
            if task is None or task.status != "RUNNING":
                return
            due_ms = moving.step(call, self._sqs, task)
            if due_ms is not None:
                self._world.outbox.put(call, moving.MOVE, entry.payload, source=task.source_arn, due_ms=due_ms)

        return effect
