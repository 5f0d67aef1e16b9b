"""What the phases of a stack operation work with, and how one phase or the whole operation ends.

Everything here lives for one transaction: that of a few steps.
"""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation import wait_conditions
from stratolite.services.cloudformation.correspondence import Correspondence
from stratolite.services.cloudformation.deployment import Deployment, call_of, exported
from stratolite.services.cloudformation.domain import EXECUTE, Resource, Stack, adopt, deployed
from stratolite.services.cloudformation.dynamic_references import References
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
        self.events.secrets = self._secrets
        self._correspondence = Correspondence(self.world, self.store, stack, self.call)
        self.waits = False
        """Whether the operation cannot go on before somebody answers."""
        self._deployment: Deployment | None = None
        self.pending: Resource | None = None
        """What has to become ready before the operation goes on."""

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
        dynamic = References(self.world.operations, self.call, is_preview=is_preview)
        parameters = {**target["parameters"], **target.get("resolved", {})}
        return Deployment(stack, text, parameters, self.resources, exports, dynamic=dynamic, is_preview=is_preview)

    # Those who make custom resources -----------------------------------------------------------------------------

    def awaits(self, logical_id: str) -> bool:
        """Whether whoever makes a resource has been asked, and the answer is still to be read."""
        return self._correspondence.open_for() == logical_id

    def answer(self, verb: str, record: Resource, present: Resource | None = None) -> dict[str, Any] | None:
        """What whoever makes a resource answers; None when that has yet to come, and then the operation ``waits``.

        ``verb``: Create, Update or Delete; ``present``: on Update, what the resource is now. The first call asks.
        Raises ValidationError when nobody can be asked.
        """
        if not self.awaits(record.logical_id):
            self._correspondence.ask(verb, record, present)
            self._show_asked(verb, record, present)
        heard = self._correspondence.hear()
        self.waits = heard is None
        return heard

    def _secrets(self) -> list[str]:
        """What makers of custom resources want hidden, longest first: one may be a part of another."""
        found = {str(value) for one in self.resources.values() if one.is_secret for value in one.attributes.values()}
        return sorted(filter(None, found), key=len, reverse=True)

    def _show_asked(self, verb: str, record: Resource, present: Resource | None) -> None:
        """A resource that is being made is there already: it has to be deleted if nobody ever answers."""
        known = self.resources.get(record.logical_id)
        shown = record if verb == "Create" else known
        if verb == "Delete" and known is not None and known.physical_id != record.physical_id:
            return
        if shown is not None:
            if verb != "Delete":
                self.remember(record.logical_id, present)
            self.put(replace(shown, status=f"{verb.upper()}_IN_PROGRESS", updated_ms=self.now_ms))

    def is_waiting(self) -> bool:
        """Whether the operation rests until somebody answers, or a nested stack has ended."""
        return bool(self._correspondence.open_for() or self.stack.awaited or self.stack.watched_until_ms)

    def rest_until(self, due_ms: int) -> None:
        """Rest for some time."""
        self.waits = True
        stack = self.stack
        if not self.now_ms < stack.looks_next_ms <= due_ms:
            stack.looks_next_ms = due_ms
            self.world.outbox.put(self.call, EXECUTE, stack.stack_id.encode(), target=stack.stack_id, due_ms=due_ms)

    def await_ready(self, resource: Resource) -> None:
        """Go on when a resource is ready: what is a stack of its own tells, anything else is waited for."""
        if self.provider.is_nested(resource.type):
            self.rest_for(resource)
        elif self.provider.is_told(resource.type):
            self.rest_for(resource)
            self.rest_until(resource.attributes["Due"])
        else:
            self.pending = resource

    def signals(self, resource: Resource) -> dict[str, Any]:
        """The signals that have come for a pending resource, as an answer. Raises ValidationError."""
        if not self.provider.is_told(resource.type):
            return {}
        return {wait_conditions.SIGNALS: wait_conditions.signals_of(self.resources, resource)}

    def rest_for(self, resource: Resource) -> None:
        """Rest until a nested stack has ended."""
        self.stack.awaited, self.waits = resource.physical_id, True

    def is_resumed(self, resource: Resource) -> bool:
        """Whether the operation rested for a nested stack; from here on it does no longer."""
        if not resource.physical_id or self.stack.awaited != resource.physical_id:
            return False
        self.stack.awaited = ""
        return True

    def forget_requests(self) -> None:
        """Another operation begins: what an earlier one asked is of no use any more."""
        self._correspondence.withdraw()
        self.store.drop_closed_requests(self.stack.stack_id)

    def _give_up(self) -> None:
        """Wait no longer for whom the operation waits."""
        self.stack.awaited, self.stack.watched_until_ms = "", 0
        logical_id = self._correspondence.withdraw()
        resource = self.resources.get(logical_id)
        verb = resource.status.partition("_")[0] if resource is not None else ""
        if resource is not None and resource.status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            reason = f"Resource {'creation' if verb == 'CREATE' else 'update'} cancelled"
            cancelled = replace(resource, status=f"{verb}_FAILED", reason=reason, updated_ms=self.now_ms)
            self.events.of_resource(cancelled, cancelled.status, reason)
            self.put(cancelled)

    # How a phase or the operation ends ---------------------------------------------------------------------------

    def enter(self, phase: str, status: str, reason: str = "") -> None:
        """Begin a phase."""
        stack, self._deployment = self.stack, None
        self._give_up()
        stack.phase, stack.done, stack.failed = phase, [], []
        stack.status, stack.reason = status, reason
        self.events.of_stack(status, reason)

    def end(self, status: str, reason: str = "") -> None:
        """End the operation."""
        stack = self.stack
        self._give_up()
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
