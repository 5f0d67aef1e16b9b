"""Beginning a stack operation, from CreateStack, UpdateStack or a change set alike; and showing a stack."""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import (
    Cloudformation,
    api,
    assertions,
    parameters,
    rules,
    stored_parameters,
    template,
    transforms,
)
from stratolite.services.cloudformation.background import begin
from stratolite.services.cloudformation.deployment import Deployment, exported, pseudo_parameters
from stratolite.services.cloudformation.domain import ChangeSet, Stack
from stratolite.services.cloudformation.dynamic_references import References
from stratolite.services.cloudformation.execute import Execution
from stratolite.services.cloudformation.plan import NESTED
from stratolite.services.cloudformation.yaml_reader import read

USER_INITIATED = "User Initiated"
NAME_LENGTH_MAX = 128
NESTING_DEPTH_MAX = 10
"""A template whose nested stack is itself would never end."""


def new_stack(call: Call, cloudformation: Cloudformation, name: str) -> Stack:
    """A stack that has nothing yet. Raises ValidationError for a long name, and for one that is nested too deep."""
    if len(name) > NAME_LENGTH_MAX:
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
            f"have length less than or equal to {NAME_LENGTH_MAX}"
        )
    stack_id = call.arn("cloudformation", f"stack/{name}/{cloudformation.world.entropy.uuid()}")
    stack = Stack(stack_id, call.account, call.region, name, "CREATE_IN_PROGRESS", call.now_ms)
    parent = cloudformation.nesting
    if parent is not None:
        if parent.depth >= NESTING_DEPTH_MAX:
            raise ValidationError(
                f"Stacks are nested at most {NESTING_DEPTH_MAX} deep here, and {parent.name} is so deep."
            )
        stack.parent_id, stack.root_id = parent.stack_id, parent.root_id or parent.stack_id
        stack.depth = parent.depth + 1
        stack.may_stand_in = parent.may_stand_in
    return stack


def template_for_parent(parent: Stack, stack: Stack, text: str) -> str:
    """What a nested stack is updated to: ``text``, or what it stood on before where its parent is taken back."""
    if parent.phase != "undo":
        stack.fallback = {"serial": parent.serial, "template": stack.template}
        return text
    is_known = stack.fallback.get("serial") == parent.serial
    return str(stack.fallback["template"]) if is_known else text


def target_of(
    call: Call,
    cloudformation: Cloudformation,
    stack: Stack,
    text: str,
    request: Mapping[str, Any],
    *,
    change_set_id: str = "",
) -> dict[str, Any]:
    """What an operation works towards, checked. Raises ValidationError, InsufficientCapabilities."""
    body = read(text)
    template.check_sections(transforms.without_transforms(body))
    declared = template.declared_parameters(body)
    previous = {name: value for name, value in stack.parameters.items() if name in declared}
    texts = parameters.values(declared, request.get("Parameters", []), previous)
    resolved = stored_parameters.resolved(cloudformation.world.operations, call, declared, texts)
    typed = parameters.typed(declared, {**texts, **resolved})
    assertions.uphold(body, typed, pseudo_parameters(stack))
    processed = process(call, cloudformation, body, typed, pseudo_parameters(stack))
    parsed = template.parse(processed or text)
    if not cloudformation.may_stand_in(stack):
        # What ``up`` deploys as one stack is often split into several on its way to AWS.
        template.check_limits(parsed)
    deployment = preview_of(call, cloudformation, stack, processed or text, {**texts, **resolved})
    rules.allowed_types(parsed, request.get("ResourceTypes"))
    rules.deployable(cloudformation, deployment, may_stand_in=cloudformation.may_stand_in(stack))
    rules.unchanged_types(parsed, cloudformation.store.resources(stack.stack_id))
    given = request.get("Capabilities")
    rules.capabilities(parsed, given or [], is_expanded=bool(processed) and not change_set_id)
    tags = request.get("Tags")
    if tags is not None and len(tags) > rules.TAGS_MAX:
        raise ValidationError(f"Tag limit exceeded: {rules.TAGS_MAX}")
    kept = stack.capabilities if given is None and not change_set_id else []
    return {
        "template": text,
        "processed": processed,
        "parameters": texts,
        "resolved": resolved,
        "tags": stack.tags if tags is None else tags,
        "capabilities": kept if given is None else given,
        "change_set_id": change_set_id,
        "notification_arns": request.get("NotificationARNs", stack.notification_arns),
        "role_arn": request.get("RoleARN", stack.role_arn),
        "rollback": request.get("RollbackConfiguration", stack.rollback),
    }


def process(
    call: Call,
    cloudformation: Cloudformation,
    body: Mapping[str, Any],
    values: Mapping[str, Any],
    pseudo: Mapping[str, Any],
) -> str:
    """What a template's transforms make of it, as text; empty where it has none. Raises ValidationError."""

    def fetch(location: str) -> str:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        return cloudformation.world.ports.object.read(call, bucket, key).decode("utf-8", "replace")

    result = transforms.processed(body, values, pseudo, fetch)
    return "" if result is None else json.dumps(result)


def preview_of(
    call: Call, cloudformation: Cloudformation, stack: Stack, text: str, texts: Mapping[str, str]
) -> Deployment:
    """A deployment whose unknown values stay unknown."""
    resources = cloudformation.store.resources(stack.stack_id)
    exports = exported(cloudformation.store.exports(call))
    dynamic = References(cloudformation.world.operations, call, is_preview=True)
    return Deployment(stack, text, texts, resources, exports, dynamic=dynamic, is_preview=True)


def is_changed(stack: Stack, target: Mapping[str, Any]) -> bool:
    """Whether an update would do anything: other parameters or tags, a template that reads otherwise, or nested
    stacks, whose templates may."""
    if stack.parameters != target["parameters"] or stack.tags != target["tags"]:
        return True
    if stack.resolved != target["resolved"]:
        return True
    before = template.parse(stack.processed or stack.template)
    after = template.parse(target["processed"] or target["template"])
    if any(one.type == NESTED for one in after.resources.values()):
        return True
    return any(before.body.get(key) != after.body.get(key) for key in _DEPLOYED_SECTIONS)


_DEPLOYED_SECTIONS = ("Resources", "Outputs", "Conditions", "Mappings", "Parameters", "Metadata", "Description")


def start(call: Call, cloudformation: Cloudformation, stack: Stack, operation: str, token: str) -> None:
    """Record that an operation has begun, and have it executed."""
    if operation == "UPDATE" and not stack.settled:
        cloudformation.store.drop_befores(stack.stack_id)
    stack.operation = operation
    stack.serial += 1
    stack.phase = "delete" if operation == "DELETE" else "apply"
    stack.status = f"{operation}_IN_PROGRESS"
    stack.reason = USER_INITIATED
    stack.token, stack.principal, stack.access_key_id = token, call.principal, call.access_key_id
    stack.began_ms = call.now_ms
    stack.done, stack.failed, stack.awaited, stack.watched_until_ms = [], [], "", 0
    stack.may_stand_in = cloudformation.may_stand_in(stack)
    if operation != "DELETE":
        change_set_id = stack.target.get("change_set_id", "")
        if operation == "UPDATE" or change_set_id:
            stack.updated_ms = call.now_ms
        stack.notification_arns = stack.target.get("notification_arns", stack.notification_arns)
        stack.role_arn = stack.target.get("role_arn", stack.role_arn)
        stack.rollback = stack.target.get("rollback", stack.rollback)
        for change_set in cloudformation.store.change_sets(stack.stack_id):
            _use_up(cloudformation, change_set, change_set_id)
    Execution(cloudformation, stack).begin(stack.status, USER_INITIATED)
    begin(call, cloudformation, stack)


def _use_up(cloudformation: Cloudformation, change_set: ChangeSet, executed_id: str) -> None:
    """A change set describes a stack as it was: a new operation makes it obsolete, or removes it with its like."""
    if change_set.change_set_id == executed_id:
        change_set.execution_status = "EXECUTE_IN_PROGRESS"
    elif executed_id and change_set.is_pending:
        cloudformation.store.drop_change_set(change_set.change_set_id)
        return
    elif change_set.execution_status == "AVAILABLE":
        change_set.execution_status = "OBSOLETE"
    cloudformation.store.put_change_set(change_set)


def proceed(call: Call, cloudformation: Cloudformation, stack: Stack, token: str) -> None:
    """Have an operation that was set going again executed."""
    stack.token, stack.principal, stack.access_key_id = token, call.principal, call.access_key_id
    begin(call, cloudformation, stack)


def shown(stack: Stack) -> api.Stack:
    """A stack as DescribeStacks shows it."""
    is_made = bool(stack.template)
    text = stack.processed or stack.template or stack.target.get("processed") or stack.target.get("template", "")
    parsed = template.parse(text) if text and stack.status != "REVIEW_IN_PROGRESS" else None
    standing: Mapping[str, Any] = {} if is_made else stack.target
    result: api.Stack = {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "CreationTime": stack.created_ms / 1000,
        "RollbackConfiguration": stack.rollback,  # type: ignore[typeddict-item]
        "StackStatus": stack.status,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": stack.notification_arns,
        "Tags": standing.get("tags") or stack.tags,  # type: ignore[typeddict-item]
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    if stack.exists:
        result["EnableTerminationProtection"] = stack.termination_protection
    texts = standing.get("parameters") or stack.parameters
    resolved = standing.get("resolved") or stack.resolved
    if texts and parsed is not None:
        result["Parameters"] = parameters.shown(parsed.parameters, texts, resolved)  # type: ignore[typeddict-item]
    if capabilities := standing.get("capabilities") or stack.capabilities:
        result["Capabilities"] = capabilities
    if stack.outputs:
        result["Outputs"] = stack.outputs  # type: ignore[typeddict-item]
    if parsed is not None and parsed.description:
        result["Description"] = parsed.description
    change_set_id = stack.target.get("change_set_id") if stack.is_busy else stack.change_set_id
    if change_set_id and stack.exists:
        result["ChangeSetId"] = change_set_id
    if stack.parent_id:
        result["ParentId"], result["RootId"] = stack.parent_id, stack.root_id
    if stack.role_arn:
        result["RoleARN"] = stack.role_arn
    if stack.timeout_minutes:
        result["TimeoutInMinutes"] = stack.timeout_minutes
    if stack.reason and stack.exists:
        result["StackStatusReason"] = stack.reason
    if stack.updated_ms:
        result["LastUpdatedTime"] = stack.updated_ms / 1000
    if stack.deleted_ms:
        result["DeletionTime"] = stack.deleted_ms / 1000
    return result
