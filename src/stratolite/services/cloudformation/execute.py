"""Executes a stack operation, one step a transaction, until nothing is left to do.

All that it knows stands in the stack's rows, so a process that is killed at any instant goes on where it was. The
phases of an operation, and every way from one to the next:

    apply    make, update, replace, in order of need        all done -> cleanup (update) or the end (create)
                                                            a failure -> undo
    undo     back to what was before, in reverse order      all done -> the end: ROLLBACK or UPDATE_ROLLBACK
    cleanup  delete what the update has put out of use      all done -> the end: UPDATE_COMPLETE
    delete   delete everything, in reverse order of need    all done -> the end: DELETE_COMPLETE or DELETE_FAILED
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stratolite.core.entropy import UPPER_ALNUM
from stratolite.core.errors import AwsError, ValidationError
from stratolite.core.ports import Made, ResourceType, Work
from stratolite.core.service import Service
from stratolite.services.cloudformation import graph, schema
from stratolite.services.cloudformation.deployment import Deployment, call_of, exported
from stratolite.services.cloudformation.domain import Resource, Stack
from stratolite.services.cloudformation.template import ResourceDefinition

if TYPE_CHECKING:
    from stratolite.services.cloudformation import Cloudformation

SEED_LENGTH = 12
STACK_TYPE = "AWS::CloudFormation::Stack"


class Execution:
    """Works on one stack. Every method runs in one transaction."""

    def __init__(self, cloudformation: "Cloudformation", stack: Stack) -> None:
        self._world = cloudformation.world
        self._store = cloudformation.store
        self._stack = stack
        self._now_ms = self._world.clock.now_ms()
        self._call = call_of(stack, self._now_ms, self._world.settings.endpoint)

    def step(self) -> bool:
        """Do the next thing; False when nothing is left."""
        stack = self._stack
        match stack.phase:
            case "apply":
                self._apply()
            case "undo":
                self._undo()
            case "cleanup":
                self._cleanup()
            case "delete":
                self._delete()
            case _:
                return False
        self._store.put_stack(stack)
        return bool(stack.phase)

    def fail(self, reason: str) -> None:
        """A fault of ours ended the operation: say so, leave what is there."""
        stack = self._stack
        if stack.phase:
            self._end(f"{stack.operation}_FAILED", reason)
            self._store.put_stack(stack)

    # Phases ------------------------------------------------------------------------------------------------

    def _apply(self) -> None:
        stack = self._stack
        resources = self._store.resources(stack.stack_id)
        try:
            deployment = self._deployment(stack.target["template"], stack.target["parameters"], resources)
            wanted = deployment.included()
            needs = {name: graph.dependencies(one, wanted) for name, one in wanted.items()}
            todo = [name for name in graph.order(needs) if name not in stack.done]
        except AwsError as error:
            self._failed(error.message)
            return
        if todo:
            name = todo[0]
            self._settle(wanted[name], list(needs[name]), resources.get(name), deployment)
            return
        try:
            self._world.database.nested(lambda: self._publish(deployment))
        except AwsError as error:
            self._failed(error.message)
            return
        self._adopt_target()
        if stack.operation == "CREATE":
            self._end("CREATE_COMPLETE")
        else:
            self._enter("cleanup", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")

    def _settle(
        self, definition: ResourceDefinition, needs: list[str], present: Resource | None, deployment: Deployment
    ) -> None:
        """Bring one resource to what the template wants."""
        stack, name = self._stack, definition.logical_id
        verb = "CREATE" if present is None else "UPDATE"
        try:
            changed = self._world.database.nested(lambda: self._change(definition, needs, present, deployment))
        except AwsError as error:
            shown = present or Resource(name, definition.type, "", self._now_ms)
            reason = _reason(error)
            self._event(replace(shown, type=definition.type), f"{verb}_FAILED", reason)
            if present is None:
                failed = Resource(name, definition.type, "CREATE_FAILED", self._now_ms, reason=reason, needs=needs)
                self._store.put_before(stack.stack_id, name, None)
                self._store.put_resource(stack.stack_id, failed)
            self._failed(f"The following resource(s) failed to {verb.lower()}: [{name}]. ")
            return
        stack.done.append(name)
        if changed is not None:
            self._store.put_before(stack.stack_id, name, present)
            self._store.put_resource(stack.stack_id, changed)

    def _change(
        self, definition: ResourceDefinition, needs: list[str], present: Resource | None, deployment: Deployment
    ) -> Resource | None:
        service, kind = self._kind(definition.type)
        shape = schema.schemas(service.name)[kind.name]
        properties = schema.coerced(shape, deployment.resolver.resolve(dict(definition.properties)))
        self._validate(definition, kind, shape, properties)
        record = Resource(
            definition.logical_id,
            definition.type,
            "CREATE_COMPLETE",
            self._now_ms,
            properties=properties,
            needs=needs,
            deletion_policy=definition.deletion_policy,
            update_replace_policy=definition.update_replace_policy,
            metadata=definition.metadata,
        )
        if present is None:
            return self._make(service, kind, record, verb="CREATE")
        if present.type == definition.type and present.properties == properties:
            if (present.needs, present.deletion_policy, present.metadata) == (
                needs,
                definition.deletion_policy,
                definition.metadata,
            ):
                return None
            return replace(
                present,
                needs=needs,
                deletion_policy=definition.deletion_policy,
                update_replace_policy=definition.update_replace_policy,
                metadata=definition.metadata,
            )
        changed = {
            key for key in {*properties, *present.properties} if properties.get(key) != present.properties.get(key)
        }
        if present.type != definition.type or changed & schema.create_only(shape, kind):
            reason = "Requested update requires the creation of a new physical resource; hence creating one."
            self._event(present, "UPDATE_IN_PROGRESS", reason)
            return self._make(service, kind, record, verb="UPDATE", previous=present)
        self._event(present, "UPDATE_IN_PROGRESS", properties=properties)
        work = self._work(
            service, record, physical_id=present.physical_id, previous=present.properties, seed=present.seed
        )
        return self._made(replace(record, seed=present.seed), kind.update(work), "UPDATE_COMPLETE")

    def _make(
        self, service: Service, kind: ResourceType, record: Resource, *, verb: str, previous: Resource | None = None
    ) -> Resource:
        record.seed = self._world.entropy.token(SEED_LENGTH, UPPER_ALNUM)
        if verb == "CREATE":
            self._event(record, "CREATE_IN_PROGRESS", properties=record.properties)
        self._refuse_same_name(record, previous)
        made = kind.create(self._work(service, record, seed=record.seed))
        if verb == "CREATE":
            shown = replace(record, physical_id=made.physical_id)
            self._event(shown, "CREATE_IN_PROGRESS", "Resource creation Initiated", properties=record.properties)
        return self._made(record, made, f"{verb}_COMPLETE")

    def _refuse_same_name(self, record: Resource, previous: Resource | None) -> None:
        """A replacement with the name of what it replaces cannot be made beside it."""
        if previous is None or previous.type != record.type or not previous.physical_id:
            return
        names = [
            key for key, value in record.properties.items() if key.endswith("Name") and value == previous.physical_id
        ]
        if names and previous.properties.get(names[0]) == previous.physical_id:
            raise ValidationError(
                f"CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename "
                f"{previous.physical_id} and update the stack again."
            )

    def _made(self, record: Resource, made: Made, status: str) -> Resource:
        result = replace(
            record,
            physical_id=made.physical_id,
            ref=made.ref,
            attributes=dict(made.attributes),
            status=status,
            updated_ms=self._now_ms,
        )
        self._event(result, status, properties=record.properties)
        return result

    def _undo(self) -> None:
        """Take the latest change back."""
        stack = self._stack
        befores = self._store.befores(stack.stack_id)
        todo = [name for name in reversed(befores) if name not in stack.done]
        if not todo:
            self._store.drop_befores(stack.stack_id)
            if stack.operation == "UPDATE":
                self._end("UPDATE_ROLLBACK_COMPLETE")
            elif stack.on_failure == "DELETE":
                self._delete_exports()
                self._end("DELETE_COMPLETE")
            else:
                self._end("ROLLBACK_COMPLETE")
            return
        name = todo[0]
        stack.done.append(name)
        present = self._store.resources(stack.stack_id).get(name)
        if present is not None:
            self._take_back(present, befores[name])

    def _take_back(self, present: Resource, before: Resource | None) -> None:
        stack = self._stack
        try:
            if before is None or before.physical_id != present.physical_id:
                if present.physical_id and not self._is_retained(present, at_creation=before is None):
                    self._world.database.nested(lambda: self._delete_resource(present))
            elif before.properties != present.properties:
                self._world.database.nested(lambda: self._update_back(present, before))
        except AwsError as error:
            verb = "DELETE" if before is None else "UPDATE"
            self._event(present, f"{verb}_FAILED", _reason(error))
        if before is None:
            if stack.operation == "UPDATE" or stack.on_failure == "DELETE":
                self._store.drop_resource(stack.stack_id, present.logical_id)
            else:
                gone = replace(present, status="DELETE_COMPLETE", updated_ms=self._now_ms)
                self._store.put_resource(stack.stack_id, gone)
        else:
            self._store.put_resource(stack.stack_id, before)

    def _update_back(self, present: Resource, before: Resource) -> None:
        service, kind = self._kind(before.type)
        self._event(present, "UPDATE_IN_PROGRESS")
        work = self._work(
            service, before, physical_id=present.physical_id, previous=present.properties, seed=before.seed
        )
        kind.update(work)
        self._event(before, "UPDATE_COMPLETE")

    def _cleanup(self) -> None:
        """Delete what was replaced, and what the template has no longer."""
        stack = self._stack
        resources = self._store.resources(stack.stack_id)
        deployment = self._deployment(stack.template, stack.parameters, resources)
        wanted = deployment.included()
        befores = self._store.befores(stack.stack_id)
        out_of_use = {
            name: before
            for name, before in befores.items()
            if before is not None and name in resources and before.physical_id != resources[name].physical_id
        }
        removed = {name: one for name, one in resources.items() if name not in wanted}
        both = {**out_of_use, **removed}
        order = graph.order({name: one.needs for name, one in both.items()})
        todo = [name for name in reversed(order) if name not in stack.done]
        if not todo:
            self._store.drop_befores(stack.stack_id)
            self._end("UPDATE_COMPLETE")
            return
        name = todo[0]
        stack.done.append(name)
        old = both[name]
        policy = old.update_replace_policy if name in out_of_use else old.deletion_policy
        try:
            if old.physical_id and policy == "Delete":
                self._world.database.nested(lambda: self._delete_resource(old))
            elif old.physical_id:
                self._event(old, "DELETE_SKIPPED")
        except AwsError as error:
            self._event(old, "DELETE_FAILED", _reason(error))
        if name in removed:
            self._store.drop_resource(stack.stack_id, name)

    def _delete(self) -> None:
        stack = self._stack
        resources = self._store.resources(stack.stack_id)
        order = graph.order({name: one.needs for name, one in resources.items()})
        todo = [name for name in reversed(order) if name not in stack.done]
        if not todo:
            self._end_delete(resources)
            return
        name = todo[0]
        stack.done.append(name)
        resource = resources[name]
        if not resource.physical_id or resource.status == "DELETE_COMPLETE":
            return
        if name in stack.retain_on_delete or self._is_retained(resource, at_creation=False):
            self._event(resource, "DELETE_SKIPPED")
            self._store.put_resource(stack.stack_id, replace(resource, status="DELETE_SKIPPED"))
            return
        try:
            self._world.database.nested(lambda: self._delete_resource(resource))
            status, reason = "DELETE_COMPLETE", ""
        except AwsError as error:
            status, reason = "DELETE_FAILED", _reason(error)
            self._event(resource, status, reason)
        self._store.put_resource(
            stack.stack_id, replace(resource, status=status, reason=reason, updated_ms=self._now_ms)
        )

    def _end_delete(self, resources: Mapping[str, Resource]) -> None:
        failed = sorted(name for name, one in resources.items() if one.status == "DELETE_FAILED")
        if failed:
            self._end("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
            return
        self._delete_exports()
        self._stack.deleted_ms = self._now_ms
        self._end("DELETE_COMPLETE")

    # Parts ---------------------------------------------------------------------------------------------------

    def _deployment(self, text: str, texts: Mapping[str, str], resources: Mapping[str, Resource]) -> Deployment:
        present = {name: one for name, one in resources.items() if one.physical_id}
        return Deployment(self._stack, text, texts, present, exported(self._store.exports(self._call)))

    def _kind(self, name: str) -> tuple[Service, ResourceType]:
        found = self._world.resource_types(name)
        if found is None:
            raise ValidationError(f"Template format error: Unrecognized resource types: [{name}]")
        return found

    def _validate(
        self, definition: ResourceDefinition, kind: ResourceType, shape: Mapping[str, Any], properties: dict[str, Any]
    ) -> None:
        problems = schema.violations(shape, properties)
        if problems:
            raise ValidationError(
                "Properties validation failed for resource "
                + definition.logical_id
                + " with message:\n"
                + "\n".join(problems)
            )
        kind.refuse(properties)

    def _work(
        self,
        service: Service,
        record: Resource,
        *,
        seed: str,
        physical_id: str = "",
        previous: Mapping[str, Any] | None = None,
    ) -> Work:
        operations, call = self._world.operations, self._call

        def operate(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
            return operations.run(call, service.name, operation, request)

        return Work(
            call=call,
            operate=operate,
            logical_id=record.logical_id,
            stack_name=self._stack.name,
            stack_id=self._stack.stack_id,
            properties=record.properties,
            previous=dict(previous or {}),
            physical_id=physical_id,
            generated_name=_names(self._stack.name, record.logical_id, seed),
        )

    def _delete_resource(self, resource: Resource) -> None:
        service, kind = self._kind(resource.type)
        self._event(resource, "DELETE_IN_PROGRESS")
        kind.delete(self._work(service, resource, physical_id=resource.physical_id, seed=resource.seed))
        self._event(resource, "DELETE_COMPLETE")

    @staticmethod
    def _is_retained(resource: Resource, *, at_creation: bool) -> bool:
        if resource.deletion_policy == "RetainExceptOnCreate":
            return not at_creation
        return resource.deletion_policy == "Retain" and not at_creation

    def _publish(self, deployment: Deployment) -> None:
        """Outputs, exports and imports of a finished deployment."""
        stack = self._stack
        outputs = deployment.outputs()
        wanted = {one["ExportName"]: one["OutputValue"] for one in outputs if "ExportName" in one}
        for name, value, owner in self._store.exports(self._call):
            if name in wanted and owner != stack.stack_id:
                raise ValidationError(
                    f"Export with name {name} is already exported by stack {owner.split('/')[1]}. Rename this output."
                )
            changed = owner == stack.stack_id and wanted.get(name) != value
            importers = [one.split("/")[1] for one in self._store.importers(self._call, name)] if changed else []
            if importers:
                verb = "update" if name in wanted else "delete"
                raise ValidationError(f"Cannot {verb} export {name} as it is in use by {', '.join(importers)}")
            if owner == stack.stack_id and name not in wanted:
                self._store.drop_export(self._call, name)
        for name, value in wanted.items():
            self._store.put_export(self._call, name, value, stack.stack_id)
        self._store.set_imports(self._call, stack.stack_id, deployment.imported())
        stack.outputs = outputs

    def _delete_exports(self) -> None:
        for name, _, owner in self._store.exports(self._call):
            if owner == self._stack.stack_id:
                self._store.drop_export(self._call, name)
        self._store.set_imports(self._call, self._stack.stack_id, set())

    def _adopt_target(self) -> None:
        stack, target = self._stack, self._stack.target
        stack.template = target["template"]
        stack.parameters = target["parameters"]
        stack.tags = target["tags"]
        stack.capabilities = target["capabilities"]

    def _failed(self, reason: str) -> None:
        """Something could not be made: what was done is taken back, unless the caller wants to keep it."""
        stack = self._stack
        if stack.disable_rollback or stack.on_failure == "DO_NOTHING":
            if stack.operation == "UPDATE":
                self._adopt_target()
            self._end(f"{stack.operation}_FAILED", reason)
        elif stack.operation == "UPDATE":
            self._enter("undo", "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        elif stack.on_failure == "DELETE":
            self._enter("undo", "DELETE_IN_PROGRESS", f"{reason}Delete requested by user.")
        else:
            self._enter("undo", "ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")

    def _enter(self, phase: str, status: str, reason: str = "") -> None:
        stack = self._stack
        stack.phase, stack.done = phase, []
        stack.status, stack.reason = status, reason
        self.stack_event(status, reason)

    def _end(self, status: str, reason: str = "") -> None:
        stack = self._stack
        stack.phase, stack.done, stack.target = "", [], {}
        stack.status = status
        if reason or not stack.status.endswith("ROLLBACK_COMPLETE"):
            stack.reason = reason
        self.stack_event(status, reason)

    # Events --------------------------------------------------------------------------------------------------

    def stack_event(self, status: str, reason: str = "") -> None:
        """An event of the stack itself."""
        stack = self._stack
        event = self._base(stack.name, STACK_TYPE, stack.stack_id, status, reason)
        self._store.add_event(stack.stack_id, {**event, "EventId": self._world.entropy.uuid()})

    def _event(
        self, resource: Resource, status: str, reason: str = "", properties: Mapping[str, Any] | None = None
    ) -> None:
        import json

        event = self._base(resource.logical_id, resource.type, resource.physical_id, status, reason)
        event["EventId"] = f"{resource.logical_id}-{status}-{self._world.entropy.uuid()}"
        if properties is not None:
            event["ResourceProperties"] = json.dumps(properties, separators=(",", ":"))
        self._store.add_event(self._stack.stack_id, event)

    def _base(self, logical_id: str, kind: str, physical_id: str, status: str, reason: str) -> dict[str, Any]:
        event: dict[str, Any] = {
            "StackId": self._stack.stack_id,
            "StackName": self._stack.name,
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": kind,
            "Timestamp": self._now_ms / 1000,
            "ResourceStatus": status,
        }
        if reason:
            event["ResourceStatusReason"] = reason
        if self._stack.token:
            event["ClientRequestToken"] = self._stack.token
        return event


def _names(stack_name: str, logical_id: str, seed: str) -> Callable[[int, str], str]:
    """Generated names: ``<stack>-<logical id>-<seed>``, the first two shortened to fit."""

    def generate(length_max: int, alphabet: str) -> str:
        tail = seed.lower() if alphabet == "lower" else seed
        room = length_max - len(tail) - 2
        head, middle = stack_name, logical_id
        if len(head) + len(middle) > room:
            middle = middle[: max(room - len(head), room // 2)]
            head = head[: room - len(middle)]
        name = f"{head}-{middle}-{tail}"
        return re.sub(r"-+", "-", name.lower()) if alphabet == "lower" else name

    return generate


def _reason(error: AwsError) -> str:
    if isinstance(error, ValidationError):
        return error.message
    return f"{error.message} (Service: CloudFormation, Status Code: {error.status}, Code: {error.code})"
