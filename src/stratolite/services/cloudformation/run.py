"""What the phases of a stack operation work with, and how one phase or the whole operation ends.

Everything here lives for one transaction: that of a few steps.
"""

from functools import cached_property
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
        self._deployment: Deployment | None = None

    # What the stack has ----------------------------------------------------------------------------------------

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """The stack's resources as they are: ``put`` and ``drop`` change them."""
        return self.store.resources(self.stack.stack_id)

    @cached_property
    def befores(self) -> dict[str, Resource | None]:
        """The resources that the operation has changed, as they were: ``remember`` and ``forget`` change them."""
        return self.store.befores(self.stack.stack_id)

    def put(self, resource: Resource) -> None:
        """Keep a resource as it is now."""
        self.store.put_resource(self.stack.stack_id, resource)
        self.resources[resource.logical_id] = resource

    def drop(self, logical_id: str) -> None:
        """The stack has a resource no longer."""
        self.store.drop_resource(self.stack.stack_id, logical_id)
        self.resources.pop(logical_id, None)

    def remember(self, logical_id: str, before: Resource | None) -> None:
        """Keep what a resource was before the operation; the first memory of it counts."""
        self.store.put_before(self.stack.stack_id, logical_id, before)
        self.befores.setdefault(logical_id, before)

    def forget(self, logical_id: str) -> None:
        """What a resource was before the operation is of no use any more."""
        self.store.drop_before(self.stack.stack_id, logical_id)
        self.befores.pop(logical_id, None)

    def forget_all(self) -> None:
        """The operation cannot be taken back from here on."""
        self.store.drop_befores(self.stack.stack_id)
        self.befores.clear()

    def deployment(self) -> Deployment:
        """What ``apply`` works towards, or what the stack stands on in any other phase."""
        if self._deployment is None:
            self._deployment = self._read_deployment(is_preview=False)
        return self._deployment

    def preview(self) -> Deployment:
        """The same deployment, where what is not made yet has unknown values."""
        return self._read_deployment(is_preview=True)

    def _read_deployment(self, *, is_preview: bool) -> Deployment:
        stack = self.stack
        target = stack.target if stack.phase == "apply" else deployed(stack)
        exports = exported(self.store.exports(self.call))
        text = target.get("processed") or target["template"]
        return Deployment(stack, text, target["parameters"], self.resources, exports, is_preview=is_preview)

    # How a phase or the operation ends ---------------------------------------------------------------------------

    def enter(self, phase: str, status: str, reason: str = "") -> None:
        """Begin a phase."""
        stack, self._deployment = self.stack, None
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
