"""Executes a stack operation step by step, a few in each transaction, until nothing is left to do.

All that it knows stands in the stack's rows, so a process that is killed at any instant goes on where it was. The
phases of an operation, and every way from one to the next:

    apply    make, update, replace, in order of need        all done -> cleanup (update) or the end (create)
                                                            a failure -> undo (update) or sweep (create)
    undo     bring back what the update changed             all done -> sweep; a failure -> UPDATE_ROLLBACK_FAILED
    sweep    delete what the failed operation has made      all done -> ROLLBACK_, UPDATE_ROLLBACK_ or DELETE_COMPLETE
    cleanup  delete what the update has put out of use      all done -> UPDATE_COMPLETE
    delete   delete everything, in reverse order of need    all done -> DELETE_COMPLETE; a failure -> DELETE_FAILED

A phase rests while whoever makes a custom resource has not answered (``correspondence``), and while a nested stack is
made, updated or deleted: its end sets the parent going (``background``).

``befores`` holds, for each resource that the operation has touched, what it was before (nothing, for a new one).
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from stratolite.services.cloudformation import apply, removal, undo
from stratolite.services.cloudformation.domain import Stack
from stratolite.services.cloudformation.run import Run

if TYPE_CHECKING:
    from stratolite.services.cloudformation import Cloudformation

PHASES: dict[str, Callable[[Run], None]] = {
    "apply": apply.step,
    "undo": undo.step,
    "sweep": removal.sweep,
    "cleanup": removal.cleanup,
    "delete": removal.delete,
}

STEPS = 8
"""How many steps share a transaction, and so what must be read for each; other requests wait meanwhile."""


class Execution:
    """Works on one stack. Every method runs in one transaction."""

    def __init__(self, cloudformation: "Cloudformation", stack: Stack) -> None:
        self._cloudformation = cloudformation
        self._run = Run(cloudformation, stack)
        self._stack = stack

    def tell(self, status: str, reason: str) -> None:
        """Tell of the stack as a whole, and keep it."""
        self._run.events.of_stack(status, reason)
        self._keep()

    def begin(self, status: str, reason: str) -> None:
        """Tell that an operation begins."""
        self._run.forget_requests()
        self.tell(status, reason)

    def step(self) -> bool:
        """Do the next few things; False when nothing is left, or when somebody has to answer first."""
        if not self._stack.phase:
            return False
        self._cloudformation.nesting = self._stack
        try:
            for _ in range(STEPS):
                if self._stack.phase and not self._run.waits and self._run.pending is None:
                    PHASES[self._stack.phase](self._run)
        finally:
            self._cloudformation.nesting = None
        return self._keep() and not self._run.waits

    async def settled(self) -> None:
        """Between two steps: wait for what has to become ready before the operation goes on."""
        if self._run.pending is not None:
            await self._run.provider.settled(self._run.pending)

    def fail(self, reason: str) -> bool:
        """A fault of ours stopped the operation: a deployment is taken back, anything else ends here.

        Returns whether there is more to do.
        """
        stack, run = self._stack, self._run
        if stack.phase == "apply":
            apply.fail(run, f"{reason} ")
        elif stack.phase == "delete":
            run.end("DELETE_FAILED", reason)
        elif stack.phase == "cleanup":
            run.end("UPDATE_COMPLETE", reason)
        elif stack.phase:
            done = stack.done
            run.end(f"{'UPDATE_' if stack.operation == 'UPDATE' else ''}ROLLBACK_FAILED", reason)
            stack.done = done
        return self._keep()

    def cancel(self) -> bool:
        """The user wants the running update taken back; whether it was resting, and has to be set going."""
        rested = self._run.is_waiting()
        self._run.enter("undo", "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        self._keep()
        return rested

    def roll_back(self) -> None:
        """The user wants a deployment taken back that failed and was kept."""
        apply.take_back(self._run)
        self._keep()

    def resume(self, skipped: Iterable[str]) -> None:
        """Go on with a rollback that has failed; the resources that are skipped stay as they are."""
        undo.resume(self._run, list(skipped))
        self._keep()

    def _keep(self) -> bool:
        self._run.store.put_stack(self._stack)
        return bool(self._stack.phase)
