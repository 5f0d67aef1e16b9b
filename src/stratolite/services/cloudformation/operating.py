"""Beginning a stack operation, from CreateStack, UpdateStack or a change set alike; and showing a stack."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import Cloudformation, api, parameters, rules, template
from stratolite.services.cloudformation.background import begin
from stratolite.services.cloudformation.deployment import Deployment, exported
from stratolite.services.cloudformation.domain import Stack
from stratolite.services.cloudformation.execute import Execution


def new_stack(call: Call, cloudformation: Cloudformation, name: str) -> Stack:
    """A stack that has nothing yet."""
    stack_id = call.arn("cloudformation", f"stack/{name}/{cloudformation.world.entropy.uuid()}")
    return Stack(stack_id, call.account, call.region, name, "CREATE_IN_PROGRESS", call.now_ms)


def target_of(
    call: Call, cloudformation: Cloudformation, stack: Stack, text: str, request: Mapping[str, Any]
) -> dict[str, Any]:
    """What an operation works towards, checked. Raises ValidationError, InsufficientCapabilities."""
    parsed = template.parse(text)
    previous = {name: value for name, value in stack.parameters.items() if name in parsed.parameters}
    texts = parameters.values(parsed.parameters, request.get("Parameters", []), previous)
    deployment = preview_of(call, cloudformation, stack, text, texts)
    rules.deployable(cloudformation, deployment)
    rules.capabilities(deployment, request.get("Capabilities", []))
    tags = request.get("Tags")
    if tags is not None and len(tags) > rules.TAGS_MAX:
        raise ValidationError(f"Tag limit exceeded: {rules.TAGS_MAX}")
    return {
        "template": text,
        "parameters": texts,
        "tags": stack.tags if tags is None else tags,
        "capabilities": request.get("Capabilities", []),
    }


def preview_of(
    call: Call, cloudformation: Cloudformation, stack: Stack, text: str, texts: Mapping[str, str]
) -> Deployment:
    """A deployment whose unknown values stay unknown."""
    resources = {name: one for name, one in cloudformation.store.resources(stack.stack_id).items() if one.physical_id}
    return Deployment(stack, text, texts, resources, exported(cloudformation.store.exports(call)), is_preview=True)


def is_changed(stack: Stack, target: Mapping[str, Any]) -> bool:
    """Whether an update would do anything: other parameters or tags, or a template that reads otherwise."""
    before, after = template.parse(stack.template), template.parse(target["template"])
    keys = ("Resources", "Outputs", "Conditions", "Mappings", "Parameters", "Metadata")
    if stack.parameters != target["parameters"] or stack.tags != target["tags"]:
        return True
    return any(before.body.get(key) != after.body.get(key) for key in keys)


def start(call: Call, cloudformation: Cloudformation, stack: Stack, operation: str, token: str) -> None:
    """Record that an operation has begun, and have it executed."""
    stack.operation = operation
    stack.phase = "delete" if operation == "DELETE" else "apply"
    stack.status = f"{operation}_IN_PROGRESS"
    stack.reason = ""
    stack.token = token
    stack.done = []
    if operation == "UPDATE":
        stack.updated_ms = call.now_ms
        cloudformation.store.drop_befores(stack.stack_id)
    Execution(cloudformation, stack).stack_event(stack.status, "User Initiated")
    begin(call, cloudformation, stack)


def shown(stack: Stack) -> api.Stack:
    """A stack as DescribeStacks shows it."""
    declared = template.parse(text).parameters if (text := stack.template or stack.target.get("template", "")) else {}
    result: api.Stack = {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "CreationTime": stack.created_ms / 1000,
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": stack.notification_arns,
        "Tags": stack.tags,  # type: ignore[typeddict-item]
        "EnableTerminationProtection": stack.termination_protection,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    texts = stack.parameters or stack.target.get("parameters", {})
    if texts:
        result["Parameters"] = parameters.shown(declared, texts)  # type: ignore[typeddict-item]
    if stack.capabilities or stack.target.get("capabilities"):
        result["Capabilities"] = stack.capabilities or stack.target["capabilities"]
    if stack.outputs:
        result["Outputs"] = stack.outputs  # type: ignore[typeddict-item]
    description = template.parse(text).description if text else ""
    if description:
        result["Description"] = description
    if stack.change_set_id:
        result["ChangeSetId"] = stack.change_set_id
    if stack.role_arn:
        result["RoleARN"] = stack.role_arn
    if stack.reason:
        result["StackStatusReason"] = stack.reason
    if stack.updated_ms:
        result["LastUpdatedTime"] = stack.updated_ms / 1000
    if stack.deleted_ms:
        result["DeletionTime"] = stack.deleted_ms / 1000
    return result
