"""Runs stack operations: one durable delivery each, executed step by step.

An operation that waits for the answer of whoever makes a custom resource rests, without a delivery; the answer begins
another one, or ``cloudformation.overdue`` does when the time is over. One that waits for a nested stack rests as well;
the end of that stack begins it again, in the same transaction.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DeliveryFailed
from stratolite.delivery.worker import Kind
from stratolite.services.cloudformation import wait_conditions
from stratolite.services.cloudformation.correspondence import OVERDUE
from stratolite.services.cloudformation.deployment import call_of
from stratolite.services.cloudformation.domain import EXECUTE, Stack
from stratolite.services.cloudformation.execute import Execution

if TYPE_CHECKING:
    from stratolite.services.cloudformation import Cloudformation


def kinds(cloudformation: "Cloudformation") -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""
    runner = _Runner(cloudformation)
    return (Kind(EXECUTE, runner.deliver, dead=runner.dead), Kind(OVERDUE, runner.overdue))


def begin(call: Call, cloudformation: "Cloudformation", stack: Stack) -> None:
    """Have a stack's operation executed, from the transaction that decided on it."""
    cloudformation.store.put_stack(stack)
    cloudformation.world.outbox.put(call, EXECUTE, stack.stack_id.encode(), target=stack.stack_id)


def receive(cloudformation: "Cloudformation", token: str, text: str) -> bool:
    """Take an answer to a request, and go on with what waits for it; False when there is no such request.

    An empty one is that of the clock. What comes after the first is of no effect.
    """
    asked = cloudformation.store.request(token)
    if asked is None:
        return False
    stack = cloudformation.store.stack(asked.stack_id)
    if asked.is_open and asked.answer is None and stack is not None:
        cloudformation.store.answer_request(token, text)
        begin(call_of(stack, cloudformation.world.clock.now_ms(), ""), cloudformation, stack)
    return True


def signal(cloudformation: "Cloudformation", path: str, text: str) -> str:
    """Take a signal of a wait condition, and go on with what waits for it; what is wrong with it."""
    problem, stack_id = wait_conditions.receive(cloudformation, path, text)
    stack = cloudformation.store.stack(stack_id) if stack_id else None
    if stack is not None and stack.awaited:
        begin(call_of(stack, cloudformation.world.clock.now_ms(), ""), cloudformation, stack)
    return problem


class _Runner:
    def __init__(self, cloudformation: "Cloudformation") -> None:
        self._cloudformation = cloudformation
        self._database = cloudformation.world.database
        self._executions: dict[str, Execution] = {}
        """The latest step of each stack that is being worked on."""

    async def deliver(self, entry: Entry) -> None:
        stack_id = entry.payload.decode()
        while await self._database.transact(lambda: self._step(stack_id)):
            execution = self._executions.get(stack_id)
            if execution is not None:
                await execution.settled()

    async def overdue(self, entry: Entry) -> Callable[[], None]:
        def end() -> None:
            receive(self._cloudformation, entry.payload.decode(), "")

        return end

    def dead(self, entry: Entry, failure: DeliveryFailed) -> None:
        stack = self._cloudformation.store.stack(entry.payload.decode())
        if stack is not None and Execution(self._cloudformation, stack).fail(f"Internal Failure: {failure.reason}"):
            begin(entry.call(self._cloudformation.world.clock.now_ms()), self._cloudformation, stack)
        elif stack is not None:
            _tell_parent(self._cloudformation, stack)

    def _step(self, stack_id: str) -> bool:
        stack = self._cloudformation.store.stack(stack_id)
        if stack is None:
            return False
        execution = Execution(self._cloudformation, stack)
        self._executions[stack_id] = execution
        if execution.step():
            return True
        self._executions.pop(stack_id, None)
        if not stack.is_busy:
            _tell_parent(self._cloudformation, stack)
        return False


def _tell_parent(cloudformation: "Cloudformation", stack: Stack) -> None:
    """Go on with what waits for a stack that has ended."""
    parent = cloudformation.store.stack(stack.parent_id) if stack.parent_id else None
    if parent is not None and parent.awaited == stack.stack_id:
        begin(call_of(parent, cloudformation.world.clock.now_ms(), ""), cloudformation, parent)
