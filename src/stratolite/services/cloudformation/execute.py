"""Executes a stack operation, one step a transaction, until nothing is left to do.

All that it knows stands in the stack's rows, so a process that is killed at any instant goes on where it was. The
phases of an operation, and every way from one to the next:

    apply    make, update, replace, in order of need        all done -> cleanup (update) or the end (create)
                                                            a failure -> undo (update) or sweep (create)
    undo     bring back what the update changed             all done -> sweep; a failure -> UPDATE_ROLLBACK_FAILED
    sweep    delete what the failed operation has made      all done -> ROLLBACK_, UPDATE_ROLLBACK_ or DELETE_COMPLETE
    cleanup  delete what the update has put out of use      all done -> UPDATE_COMPLETE
    delete   delete everything, in reverse order of need    all done -> DELETE_COMPLETE; a failure -> DELETE_FAILED

``befores`` holds, for each resource that the operation has touched, what it was before (nothing, for a new one).
``undo`` leaves there what ``sweep`` has to delete: the new one of a replaced pair, and nothing for a new resource.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from stratolite.core.errors import AwsError
from stratolite.services.cloudformation import graph, outputs, plan
from stratolite.services.cloudformation.deployment import Deployment, call_of, exported
from stratolite.services.cloudformation.domain import Resource, Stack
from stratolite.services.cloudformation.events import Events
from stratolite.services.cloudformation.provider import Provider, reason_of
from stratolite.services.cloudformation.template import ResourceDefinition

if TYPE_CHECKING:
    from stratolite.services.cloudformation import Cloudformation


class Execution:
    """Works on one stack. Every method runs in one transaction."""

    def __init__(self, cloudformation: "Cloudformation", stack: Stack) -> None:
        self._world = cloudformation.world
        self._store = cloudformation.store
        self._stack = stack
        self._now_ms = self._world.clock.now_ms()
        self._call = call_of(stack, self._now_ms, self._world.settings.endpoint)
        self.events = Events(self._world, self._store, stack, self._call)
        self._provider = Provider(self._world, stack, self._call, self.events)

    def step(self) -> bool:
        """Do the next thing; False when nothing is left."""
        stack = self._stack
        match stack.phase:
            case "apply":
                self._apply()
            case "undo":
                self._undo()
            case "sweep":
                self._sweep()
            case "cleanup":
                self._cleanup()
            case "delete":
                self._delete()
            case _:
                return False
        self._store.put_stack(stack)
        return bool(stack.phase)

    def fail(self, reason: str) -> bool:
        """A fault of ours stopped the operation: a deployment is taken back, anything else ends here.

        Returns whether there is more to do.
        """
        stack = self._stack
        if stack.phase == "apply":
            self._failed(f"{reason} ")
        elif stack.phase == "delete":
            self._end("DELETE_FAILED", reason)
        elif stack.phase == "cleanup":
            self._end("UPDATE_COMPLETE", reason)
        elif stack.phase:
            done = stack.done
            self._end(f"{'UPDATE_' if stack.operation == 'UPDATE' else ''}ROLLBACK_FAILED", reason)
            stack.done = done
        self._store.put_stack(stack)
        return bool(stack.phase)

    def cancel(self) -> None:
        """The user wants the running update taken back."""
        self._enter("undo", "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        self._store.put_stack(self._stack)

    def resume(self, skipped: Iterable[str]) -> None:
        """Go on with a rollback that has failed; the resources that are skipped stay as they are."""
        stack, done = self._stack, list(self._stack.done)
        resources = self._store.resources(stack.stack_id)
        for name in skipped:
            self._store.drop_before(stack.stack_id, name)
            self._store.put_resource(stack.stack_id, replace(resources[name], status="UPDATE_COMPLETE", reason=""))
        self._enter("undo", "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        stack.done = done
        self._store.put_stack(stack)

    # Apply -------------------------------------------------------------------------------------------------

    def _apply(self) -> None:
        stack = self._stack
        resources = self._store.resources(stack.stack_id)
        try:
            deployment = self._deployment(resources)
            wanted = deployment.included()
            needs = {name: graph.dependencies(one, wanted) for name, one in wanted.items()}
            todo = [name for name in graph.order(needs) if name not in stack.done]
            if not todo:
                self._world.database.nested(lambda: outputs.publish(self._store, self._call, stack, deployment))
        except AwsError as error:
            self._failed(f"{error.message.removesuffix('.')}. ")
            return
        if todo:
            name = todo[0]
            self._settle(wanted[name], list(needs[name]), resources.get(name), deployment)
            return
        self._adopt_target()
        stack.settled = {}
        if stack.operation == "CREATE":
            self._store.drop_befores(stack.stack_id)
            self._end("CREATE_COMPLETE")
        else:
            self._enter("cleanup", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")

    def _settle(
        self, definition: ResourceDefinition, needs: list[str], known: Resource | None, deployment: Deployment
    ) -> None:
        """Bring one resource to what the template wants."""
        stack, name = self._stack, definition.logical_id
        present = known if known is not None and known.physical_id else None
        verb = "CREATE" if present is None else "UPDATE"
        wanted = Resource(
            name,
            definition.type,
            f"{verb}_FAILED",
            self._now_ms,
            needs=needs,
            deletion_policy=definition.deletion_policy,
            update_replace_policy=definition.update_replace_policy,
            metadata=definition.metadata,
        )
        try:
            settled = self._world.database.nested(lambda: self._change(definition, wanted, present, deployment))
        except AwsError as error:
            reason = reason_of(error, self._world.entropy.uuid())
            failed = replace(present or wanted, status=f"{verb}_FAILED", reason=reason, updated_ms=self._now_ms)
            self.events.of_resource(failed, failed.status, reason)
            self._store.put_before(stack.stack_id, name, present)
            self._store.put_resource(stack.stack_id, failed)
            self._failed(f"The following resource(s) failed to {verb.lower()}: [{name}]. ")
            return
        stack.done.append(name)
        if settled is not None:
            self._store.put_before(stack.stack_id, name, present)
            self._store.put_resource(stack.stack_id, settled)

    def _change(
        self, definition: ResourceDefinition, wanted: Resource, present: Resource | None, deployment: Deployment
    ) -> Resource | None:
        resolved = deployment.resolver.resolve(dict(definition.properties))
        properties = self._provider.properties(definition, resolved)
        metadata = deployment.resolver.resolve(definition.metadata)
        record = replace(wanted, properties=properties, metadata=metadata)
        recreates = self._provider.recreates(definition.type)
        step = plan.step(replace(definition, metadata=metadata), properties, wanted.needs, present, recreates)
        return self._provider.take(step, record, present)

    def _failed(self, reason: str) -> None:
        """Something could not be made: what was done is taken back, unless the caller wants to keep it."""
        stack = self._stack
        if stack.disable_rollback or stack.on_failure == "DO_NOTHING":
            if stack.operation == "CREATE":
                self._store.drop_befores(stack.stack_id)
            elif not stack.settled:
                stack.settled = _deployed(stack)
            self._adopt_target()
            self._end(f"{stack.operation}_FAILED", reason)
        elif stack.operation == "UPDATE":
            self._enter("undo", "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        else:
            stack.deleted_ms = self._now_ms
            if stack.on_failure == "DELETE":
                self._enter("sweep", "DELETE_IN_PROGRESS", f"{reason}Delete requested by user.")
            else:
                self._enter("sweep", "ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")

    # Back --------------------------------------------------------------------------------------------------

    def _undo(self) -> None:
        """Bring the latest change back."""
        stack = self._stack
        befores = self._store.befores(stack.stack_id)
        todo = [name for name in reversed(befores) if name not in stack.done and befores[name] is not None]
        if not todo:
            if stack.failed:
                listed = ", ".join(sorted(stack.failed))
                done = [name for name in stack.done if name not in stack.failed]
                self._end("UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{listed}]. ")
                stack.done = done
                return
            if stack.settled:
                _adopt(stack, stack.settled)
                stack.settled = {}
            self._enter("sweep", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
            return
        name = todo[0]
        stack.done.append(name)
        before, present = befores[name], self._store.resources(stack.stack_id).get(name)
        assert before is not None
        self._store.drop_before(stack.stack_id, name)
        if present is None or present.physical_id == before.physical_id:
            self._bring_back(present, before)
        else:
            self._store.put_resource(stack.stack_id, before)
            self._store.put_before(stack.stack_id, name, present)

    def _bring_back(self, present: Resource | None, before: Resource) -> None:
        stack = self._stack
        try:
            if present is not None and (present.properties != before.properties or present.status == "UPDATE_FAILED"):
                before = self._world.database.nested(partial(self._provider.update, before, present))
        except AwsError as error:
            reason = reason_of(error, self._world.entropy.uuid())
            assert present is not None
            self.events.of_resource(present, "UPDATE_FAILED", reason)
            stack.failed.append(before.logical_id)
            self._store.put_before(stack.stack_id, before.logical_id, before)
            before = replace(present, status="UPDATE_FAILED", reason=reason)
        self._store.put_resource(stack.stack_id, before)

    def _sweep(self) -> None:
        """Delete what the operation has made, the latest first."""
        stack = self._stack
        resources = self._store.resources(stack.stack_id)
        befores = self._store.befores(stack.stack_id)
        made = {name: one or resources[name] for name, one in befores.items() if one or name in resources}
        todo = [name for name in plan.deletions(made) if name not in stack.done]
        if not todo:
            self._end_sweep(made)
            return
        name = todo[0]
        stack.done.append(name)
        if name in plan.blocked(made, stack.failed):
            return
        resource = made[name]
        is_new = befores[name] is None
        retained = resource.physical_id and is_new and self._is_retained(resource)
        status = self._remove(resource, retained=bool(retained))
        if not is_new:
            return
        if stack.operation == "UPDATE":
            self._store.drop_resource(stack.stack_id, name)
        else:
            self._store.put_resource(stack.stack_id, replace(resource, status=status, updated_ms=self._now_ms))

    def _is_retained(self, resource: Resource) -> bool:
        return resource.deletion_policy == "Retain" and not self._stack.retain_except_on_create

    def _end_sweep(self, made: Mapping[str, Resource]) -> None:
        stack = self._stack
        failed = ", ".join(sorted(stack.failed))
        reason = f"The following resource(s) failed to delete: [{failed}]. " if failed else ""
        self._store.drop_befores(stack.stack_id)
        if stack.operation == "UPDATE":
            self._end("UPDATE_ROLLBACK_COMPLETE")
            return
        outputs.withdraw(self._store, self._call, stack)
        self._adopt_target()
        if stack.on_failure == "DELETE":
            self._end("DELETE_FAILED" if failed else "DELETE_COMPLETE", reason)
        else:
            self._end("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE", reason)

    # Away --------------------------------------------------------------------------------------------------

    def _cleanup(self) -> None:
        """Delete what was replaced, and what the template has no longer."""
        stack = self._stack
        resources = self._store.resources(stack.stack_id)
        wanted = self._deployment(resources).included()
        old = plan.leftovers(resources, self._store.befores(stack.stack_id), wanted)
        todo = [name for name in plan.deletions(old) if name not in stack.done]
        if not todo:
            self._store.drop_befores(stack.stack_id)
            self._end("UPDATE_COMPLETE")
            return
        name = todo[0]
        stack.done.append(name)
        resource, is_removed = old[name], name not in wanted
        policy = resource.deletion_policy if is_removed else resource.update_replace_policy
        # What cannot be deleted is told, and is the stack's no longer, as on AWS.
        self._remove(resource, retained=policy != "Delete" and bool(resource.physical_id))
        if is_removed:
            self._store.drop_resource(stack.stack_id, name)

    def _delete(self) -> None:
        stack = self._stack
        resources = self._store.resources(stack.stack_id)
        present = {
            name: one for name, one in resources.items() if one.status not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
        }
        blocked = plan.blocked(resources, stack.failed)
        todo = [name for name in plan.deletions(present) if name not in stack.done and name not in blocked]
        if not todo:
            self._end_delete()
            return
        name = todo[0]
        stack.done.append(name)
        resource = resources[name]
        retained = name in stack.retain_on_delete or resource.deletion_policy != "Delete"
        status = self._remove(resource, retained=retained and bool(resource.physical_id))
        self._store.put_resource(stack.stack_id, replace(resource, status=status, updated_ms=self._now_ms))

    def _end_delete(self) -> None:
        stack = self._stack
        stack.deleted_ms = self._now_ms
        if stack.failed:
            listed = ", ".join(sorted(stack.failed))
            self._end("DELETE_FAILED", f"The following resource(s) failed to delete: [{listed}]. ")
            return
        outputs.withdraw(self._store, self._call, stack)
        self._end("DELETE_COMPLETE")

    def _remove(self, resource: Resource, *, retained: bool) -> str:
        """Delete a resource, or leave it; the status that it has then."""
        if retained:
            self.events.of_resource(resource, "DELETE_SKIPPED")
            return "DELETE_SKIPPED"
        try:
            self._world.database.nested(lambda: self._provider.delete(resource))
        except AwsError as error:
            reason = reason_of(error, self._world.entropy.uuid())
            self.events.of_resource(resource, "DELETE_FAILED", reason)
            self._stack.failed.append(resource.logical_id)
            return "DELETE_FAILED"
        return "DELETE_COMPLETE"

    # Parts -------------------------------------------------------------------------------------------------

    def _deployment(self, resources: Mapping[str, Resource]) -> Deployment:
        stack = self._stack
        target = stack.target if stack.phase == "apply" else _deployed(stack)
        present = {name: one for name, one in resources.items() if one.physical_id}
        exports = exported(self._store.exports(self._call))
        return Deployment(stack, target["template"], target["parameters"], present, exports)

    def _adopt_target(self) -> None:
        _adopt(self._stack, self._stack.target)

    def _enter(self, phase: str, status: str, reason: str = "") -> None:
        stack = self._stack
        stack.phase, stack.done, stack.failed = phase, [], []
        stack.status, stack.reason = status, reason
        self.events.of_stack(status, reason)

    def _end(self, status: str, reason: str = "") -> None:
        stack = self._stack
        stack.phase, stack.done, stack.failed = "", [], []
        if not status.endswith("_FAILED"):
            stack.target = {}
        stack.status, stack.reason = status, reason
        self.events.of_stack(status, reason)


def _adopt(stack: Stack, target: Mapping[str, Any]) -> None:
    for name in DEPLOYED:
        if name in target:
            setattr(stack, name, target[name])


def _deployed(stack: Stack) -> dict[str, Any]:
    return {name: getattr(stack, name) for name in DEPLOYED}


DEPLOYED = ("template", "parameters", "tags", "capabilities")
"""What of a stack belongs to the deployment that it stands on."""
