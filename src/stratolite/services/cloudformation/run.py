"""What the phases of a stack operation work with, and how one phase or the whole operation ends.

Everything here runs in one transaction: the step's.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stratolite.services.cloudformation.deployment import Deployment, call_of, exported
from stratolite.services.cloudformation.domain import Resource, Stack, adopt, deployed
from stratolite.services.cloudformation.events import Events
from stratolite.services.cloudformation.provider import Provider

if TYPE_CHECKING:
    from stratolite.services.cloudformation import Cloudformation

MADE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


class Run:
    """One stack, its operation, and the parts of the machine that carry it out."""

    def __init__(self, cloudformation: "Cloudformation", stack: Stack) -> None:
        self.world = cloudformation.world
        self.store = cloudformation.store
        self.stack = stack
        self.now_ms = self.world.clock.now_ms()
        self.call = call_of(stack, self.now_ms, self.world.settings.endpoint)
        self.events = Events(self.world, self.store, stack, self.call)
        self.provider = Provider(self.world, stack, self.call, self.events)

    def resources(self) -> dict[str, Resource]:
        """The stack's resources as they are."""
        return self.store.resources(self.stack.stack_id)

    def deployment(self, resources: Mapping[str, Resource], *, is_preview: bool = False) -> Deployment:
        """What ``apply`` works towards, or what the stack stands on in any other phase."""
        stack = self.stack
        target = stack.target if stack.phase == "apply" else deployed(stack)
        present = {name: one for name, one in resources.items() if one.physical_id}
        exports = exported(self.store.exports(self.call))
        text = target.get("processed") or target["template"]
        return Deployment(stack, text, target["parameters"], present, exports, is_preview=is_preview)

    def enter(self, phase: str, status: str, reason: str = "") -> None:
        """Begin a phase."""
        stack = self.stack
        stack.phase, stack.done, stack.failed = phase, [], []
        stack.status, stack.reason = status, reason
        self.events.of_stack(status, reason)

    def end(self, status: str, reason: str = "") -> None:
        """End the operation."""
        stack = self.stack
        self._end_change_set(status)
        stack.phase, stack.done, stack.failed = "", [], []
        stack.policy_during_update = ""
        if not status.endswith("_FAILED"):
            stack.target = {}
        stack.status, stack.reason = status, reason
        self.events.of_stack(status, reason)

    def _end_change_set(self, status: str) -> None:
        change_set_id = self.stack.target.get("change_set_id") or self.stack.change_set_id
        change_set = self.store.change_set(change_set_id) if change_set_id else None
        if change_set is not None and change_set.execution_status == "EXECUTE_IN_PROGRESS":
            change_set.execution_status = "EXECUTE_COMPLETE" if status in MADE else "EXECUTE_FAILED"
            self.store.put_change_set(change_set)

    def adopt_target(self) -> None:
        """From here on the stack stands on what the operation worked towards."""
        adopt(self.stack, self.stack.target)
