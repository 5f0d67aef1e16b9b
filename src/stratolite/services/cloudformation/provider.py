"""Makes, updates and deletes one resource, by the handlers of its type; tells what happens to it.

Every method runs in the transaction of the step that it belongs to, and raises the handler's AwsErrors: the caller
decides what a failure means for the stack.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.core.entropy import UPPER_ALNUM
from stratolite.core.errors import AwsError, NotImplementedHere, ValidationError
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.core.service import Service
from stratolite.services.cloudformation import schema
from stratolite.services.cloudformation.domain import Resource, Stack
from stratolite.services.cloudformation.events import Events
from stratolite.services.cloudformation.kinds import kind_of
from stratolite.services.cloudformation.plan import Action, Step
from stratolite.services.cloudformation.template import ResourceDefinition
from stratolite.services.world import World

SEED_LENGTH = 12
REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."
INITIATED = "Resource creation Initiated"
SYSTEM_TAGGED = frozenset(
    {
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
        "AWS::ApiGateway::UsagePlan",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
    }
)
"""The types whose resources show ``aws:cloudformation:*`` tags: those that AWS was recorded to give them to."""
Answer = Mapping[str, Any]
_HANDLER_CODES = {403: "AccessDenied", 404: "NotFound", 429: "Throttling"}


class Provider:
    """What makes one stack's resources."""

    def __init__(self, world: World, stack: Stack, call: Call, events: Events) -> None:
        self._world = world
        self._stack = stack
        self._call = call
        self._events = events

    def kind(self, name: str) -> tuple[Service, ResourceType]:
        """Who makes a type. Raises ValidationError for a type that nobody here makes."""
        found = kind_of(self._world, name)
        if found is None:
            raise ValidationError(f"Template format error: Unrecognized resource types: [{name}]")
        return found

    def properties(self, definition: ResourceDefinition, resolved: Any) -> dict[str, Any]:
        """Resolved properties in the schema's types, checked whole. Raises ValidationError."""
        service, kind = self.kind(definition.type)
        properties: dict[str, Any] = schema.coerced(schema.of(service, kind), resolved)
        problem = self.problem(definition, resolved)
        if problem:
            raise ValidationError(problem)
        kind.refuse(properties)
        return properties

    def problem(self, definition: ResourceDefinition, resolved: Any) -> str:
        """What is wrong with properties, as far as their values are known; empty when nothing is."""
        service, kind = self.kind(definition.type)
        shape = schema.of(service, kind)
        problems = schema.violations(shape, schema.coerced(shape, resolved))
        return schema.failed(definition.logical_id, problems) if problems else ""

    def supports(self, kind_name: str, attribute: str) -> bool:
        """Whether ``Fn::GetAtt`` can ask resources of a type for an attribute."""
        service, kind = self.kind(kind_name)
        return schema.has_attribute(schema.of(service, kind), attribute)

    def recreates(self, kind_name: str) -> frozenset[str]:
        """The properties of a type whose change needs a replacement."""
        service, kind = self.kind(kind_name)
        return schema.create_only(schema.of(service, kind), kind)

    def is_asked(self, kind_name: str) -> bool:
        """Whether somebody outside makes the resources of a type, and has to be asked first."""
        return self.kind(kind_name)[1].is_asked

    def is_nested(self, kind_name: str) -> bool:
        """Whether resources of a type are stacks of their own."""
        return self.kind(kind_name)[1].is_gone is not None

    def is_told(self, kind_name: str) -> bool:
        """Whether pending resources of a type wait for signals from outside."""
        return self.kind(kind_name)[1].is_told

    def is_gone(self, resource: Resource) -> bool:
        """Whether a resource that was deleted is gone by now. Raises AwsError where it cannot be."""
        service, kind = self.kind(resource.type)
        return kind.is_gone is None or kind.is_gone(self._work(service, kind, resource))

    def seeded(self, record: Resource) -> Resource:
        """A resource that is about to be made, with what generated names of it end in."""
        return record if record.seed else replace(record, seed=self._world.entropy.token(SEED_LENGTH, UPPER_ALNUM))

    def announce(self, step: Step, record: Resource, present: Resource | None) -> None:
        """Tell that a step begins, before its transaction: a step that fails is told too."""
        old_id = present.physical_id if present is not None else ""
        shown = replace(record, physical_id=old_id)
        if step.action is Action.CREATE:
            self._events.of_resource(shown, "CREATE_IN_PROGRESS")
        elif step.action is Action.REPLACE:
            self._events.of_resource(shown, "UPDATE_IN_PROGRESS", REPLACING)
        elif step.action is Action.UPDATE:
            self._events.of_resource(shown, "UPDATE_IN_PROGRESS")

    def take(
        self, step: Step, record: Resource, present: Resource | None, answer: Answer | None = None
    ) -> Resource | None:
        """Take a step; the resource as it is then, or None when nothing about it changes. ``answer``: what whoever was
        asked has answered."""
        if step.action is Action.KEEP:
            return None
        if step.action is Action.CREATE:
            return self._create(record, "CREATE", answer)
        assert present is not None
        if step.action is Action.REPLACE:
            _refuse_same_name(record, present)
            return self._create(record, "UPDATE")
        if step.action is Action.UPDATE:
            return self.update(record, present, answer)
        return replace(
            present,
            needs=record.needs,
            deletion_policy=record.deletion_policy,
            update_replace_policy=record.update_replace_policy,
            metadata=record.metadata,
        )

    def update(self, record: Resource, present: Resource, answer: Answer | None = None) -> Resource:
        """Bring a resource from ``present`` to the properties of ``record``."""
        service, kind = self.kind(record.type)
        shown = replace(record, physical_id=present.physical_id, seed=present.seed)
        work = self._work(service, kind, shown, previous=present, answer=answer)
        made = kind.update(work)
        if made.problem:
            raise ValidationError(made.problem)
        return self._made(shown, made, "UPDATE_COMPLETE", answer)

    def delete(self, resource: Resource, answer: Answer | None = None) -> None:
        """Delete a resource; one that never came to be is nothing to delete."""
        if resource.physical_id:
            service, kind = self.kind(resource.type)
            kind.delete(self._work(service, kind, resource, answer=answer))

    def _create(self, record: Resource, verb: str, answer: Answer | None = None) -> Resource:
        service, kind = self.kind(record.type)
        seeded = self.seeded(record)
        made = kind.create(self._work(service, kind, seeded, answer=answer))
        if not kind.is_asked or not made.problem:
            self._events.of_resource(replace(seeded, physical_id=made.physical_id), f"{verb}_IN_PROGRESS", INITIATED)
        return self._made(seeded, made, f"{verb}_FAILED" if made.problem else f"{verb}_COMPLETE", answer)

    def _made(self, record: Resource, made: Made, status: str, answer: Answer | None = None) -> Resource:
        if made.is_pending:
            status = status.replace("_COMPLETE", "_IN_PROGRESS")
        result = replace(
            record,
            physical_id=made.physical_id,
            ref=made.ref,
            attributes=dict(made.attributes),
            status=status,
            reason=made.problem,
            is_secret=made.is_secret,
            is_pending=made.is_pending,
            request_id=answer["request_id"] if answer else "",
            updated_ms=self._call.now_ms,
        )
        if not made.is_pending:
            self._events.of_resource(result, status, made.problem)
        return result

    def looked(self, resource: Resource, answer: Answer | None = None) -> Made:
        """What a resource is by now that was made and was not ready; nothing is told. ``answer``: the signals that have
        come for it."""
        service, kind = self.kind(resource.type)
        assert kind.look is not None, "only types that look again have pending resources"
        return kind.look(self._work(service, kind, resource, previous=resource, answer=answer))

    def look(self, resource: Resource, answer: Answer | None = None) -> Resource:
        """The same as the stack's resource, told when it is ready."""
        verb = resource.status.partition("_")[0]
        made = self.looked(resource, answer)
        return self._made(resource, made, f"{verb}_FAILED" if made.problem else f"{verb}_COMPLETE")

    def finish(self, resource: Resource) -> Resource:
        """Take a pending resource for what it will be."""
        verb = resource.status.partition("_")[0]
        return self._made(resource, Made(resource.physical_id, resource.attributes, resource.ref), f"{verb}_COMPLETE")

    async def settled(self, resource: Resource) -> None:
        """Wait until looking at a pending resource again is worth it."""
        settled = self.kind(resource.type)[1].settled
        if settled is not None:
            await settled(self._world.ports, resource.physical_id)

    def _work(
        self,
        service: Service,
        kind: ResourceType,
        record: Resource,
        *,
        previous: Resource | None = None,
        answer: Answer | None = None,
    ) -> Work:
        operations, call = self._world.operations, self._call

        def operate(operation: str, request: Mapping[str, Any], *, region: str = "") -> dict[str, Any]:
            there = call.within(call.account, region) if region else call
            return operations.run(there, service.name, operation, request)

        return Work(
            call=call,
            operate=operate,
            logical_id=record.logical_id,
            stack_name=self._stack.name,
            stack_id=self._stack.stack_id,
            properties=self._tagged(service, kind, record),
            previous=self._tagged(service, kind, previous) if previous is not None else {},
            attributes=previous.attributes if previous is not None else {},
            physical_id=record.physical_id,
            generated_name=generated_names(self._stack.name, record.logical_id, record.seed),
            answer=answer or {},
        )

    def _tagged(self, service: Service, kind: ResourceType, record: Resource) -> dict[str, Any]:
        """A resource's properties with the tags that its stack gives it. Its own ones come first."""
        given = list(record.stack_tags)
        if kind.name in SYSTEM_TAGGED:
            names = {"stack-name": self._stack.name, "stack-id": self._stack.stack_id, "logical-id": record.logical_id}
            given += [{"Key": f"aws:cloudformation:{name}", "Value": value} for name, value in names.items()]
        if not given or not self.is_taggable(kind.name):
            return dict(record.properties)
        if schema.of(service, kind)["properties"]["Tags"].get("type") == "object":
            named = {tag["Key"]: tag["Value"] for tag in given}
            return {**record.properties, "Tags": {**named, **record.properties.get("Tags", {})}}
        tags = record.properties.get("Tags", [])
        own = {tag["Key"] for tag in tags}
        return {**record.properties, "Tags": [*tags, *(tag for tag in given if tag["Key"] not in own)]}

    def is_taggable(self, kind_name: str) -> bool:
        """Whether resources of a type bear tags here."""
        service, kind = self.kind(kind_name)
        return schema.is_taggable(schema.of(service, kind), kind)


def _refuse_same_name(record: Resource, previous: Resource) -> None:
    """A replacement that bears the name of what it replaces cannot be made beside it."""
    if previous.type != record.type:
        return
    names = [
        (key, value)
        for key, value in record.properties.items()
        if key.endswith("Name") and isinstance(value, str) and value and previous.properties.get(key) == value
    ]
    for _, value in names:
        if value in (previous.physical_id, previous.physical_id.rpartition(":")[2]):
            raise ValidationError(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename "
                f"{value} and update the stack again."
            )


def generated_names(stack_name: str, logical_id: str, seed: str) -> Callable[[int, str], str]:
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


def reason_of(error: AwsError, token: str) -> str:
    """Why a resource failed, as CloudFormation tells it. ``token`` names the handler's request."""
    if isinstance(error, ValidationError | NotImplementedHere):
        return error.message
    code = _HANDLER_CODES.get(error.status, "InvalidRequest" if error.is_client_fault else "GeneralServiceException")
    if error.status == 409 or "AlreadyExist" in error.code or "InUse" in error.code:
        code = "AlreadyExists"
    return f'Resource handler returned message: "{error.message}" (RequestToken: {token}, HandlerErrorCode: {code})'
