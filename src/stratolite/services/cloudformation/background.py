"""Runs stack operations: one durable delivery each, executed step by step."""

from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DeliveryFailed
from stratolite.delivery.worker import Kind
from stratolite.services.cloudformation.domain import Stack
from stratolite.services.cloudformation.execute import Execution

if TYPE_CHECKING:
    from stratolite.services.cloudformation import Cloudformation

EXECUTE = "cloudformation.execute"


def kinds(cloudformation: "Cloudformation") -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""
    runner = _Runner(cloudformation)
    return (Kind(EXECUTE, runner.deliver, dead=runner.dead),)


def begin(call: Call, cloudformation: "Cloudformation", stack: Stack) -> None:
    """Have a stack's operation executed, from the transaction that decided on it."""
    cloudformation.store.put_stack(stack)
    cloudformation.world.outbox.put(call, EXECUTE, stack.stack_id.encode(), target=stack.stack_id)


class _Runner:
    def __init__(self, cloudformation: "Cloudformation") -> None:
        self._cloudformation = cloudformation
        self._database = cloudformation.world.database

    async def deliver(self, entry: Entry) -> None:
        stack_id = entry.payload.decode()
        while await self._database.transact(lambda: self._step(stack_id)):
            pass

    def dead(self, entry: Entry, failure: DeliveryFailed) -> None:
        stack = self._cloudformation.store.stack(entry.payload.decode())
        if stack is not None and Execution(self._cloudformation, stack).fail(f"Internal Failure: {failure.reason}"):
            begin(entry.call(self._cloudformation.world.clock.now_ms()), self._cloudformation, stack)

    def _step(self, stack_id: str) -> bool:
        stack = self._cloudformation.store.stack(stack_id)
        return stack is not None and Execution(self._cloudformation, stack).step()
