"""Beginning a stack operation, from CreateStack, UpdateStack or a change set alike; and showing a stack."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import Cloudformation, api, parameters, rules, template
from stratolite.services.cloudformation.background import begin
from stratolite.services.cloudformation.deployment import Deployment, exported
from stratolite.services.cloudformation.domain import ChangeSet, Stack
from stratolite.services.cloudformation.execute import Execution

USER_INITIATED = "User Initiated"


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
    rules.allowed_types(parsed, request.get("ResourceTypes"))
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
        "notification_arns": request.get("NotificationARNs", stack.notification_arns),
        "role_arn": request.get("RoleARN", stack.role_arn),
    }


def preview_of(
    call: Call, cloudformation: Cloudformation, stack: Stack, text: str, texts: Mapping[str, str]
) -> Deployment:
    """A deployment whose unknown values stay unknown."""
    resources = {name: one for name, one in cloudformation.store.resources(stack.stack_id).items() if one.physical_id}
    return Deployment(stack, text, texts, resources, exported(cloudformation.store.exports(call)), is_preview=True)


def is_changed(stack: Stack, target: Mapping[str, Any]) -> bool:
    """Whether an update would do anything: other parameters or tags, or a template that reads otherwise."""
    if stack.parameters != target["parameters"] or stack.tags != target["tags"]:
        return True
    before, after = template.parse(stack.template), template.parse(target["template"])
    return any(before.body.get(key) != after.body.get(key) for key in _DEPLOYED_SECTIONS)


_DEPLOYED_SECTIONS = ("Resources", "Outputs", "Conditions", "Mappings", "Parameters", "Metadata", "Description")


def start(call: Call, cloudformation: Cloudformation, stack: Stack, operation: str, token: str) -> None:
    """Record that an operation has begun, and have it executed."""
    if operation == "UPDATE" and not stack.settled:
        cloudformation.store.drop_befores(stack.stack_id)
    stack.operation = operation
    stack.phase = "delete" if operation == "DELETE" else "apply"
    stack.status = f"{operation}_IN_PROGRESS"
    stack.reason = USER_INITIATED
    stack.token = token
    stack.done, stack.failed = [], []
    if operation == "UPDATE" or stack.change_set_id:
        stack.updated_ms = stack.updated_ms if operation == "DELETE" else call.now_ms
    if operation != "DELETE":
        stack.notification_arns = stack.target.get("notification_arns", stack.notification_arns)
        stack.role_arn = stack.target.get("role_arn", stack.role_arn)
        for change_set in cloudformation.store.change_sets(stack.stack_id):
            _use_up(cloudformation, stack, change_set)
    Execution(cloudformation, stack).events.of_stack(stack.status, USER_INITIATED)
    begin(call, cloudformation, stack)


def _use_up(cloudformation: Cloudformation, stack: Stack, change_set: ChangeSet) -> None:
    """A change set describes a stack as it was: a new operation makes it obsolete."""
    if change_set.change_set_id == stack.change_set_id:
        change_set.execution_status = "EXECUTE_COMPLETE"
    elif change_set.execution_status == "AVAILABLE":
        change_set.execution_status = "OBSOLETE"
    cloudformation.store.put_change_set(change_set)


def proceed(call: Call, cloudformation: Cloudformation, stack: Stack, token: str) -> None:
    """Have an operation that was set going again executed."""
    stack.token = token
    begin(call, cloudformation, stack)


def shown(stack: Stack) -> api.Stack:
    """A stack as DescribeStacks shows it."""
    text = stack.template or stack.target.get("template", "")
    parsed = template.parse(text) if text and stack.status != "REVIEW_IN_PROGRESS" else None
    result: api.Stack = {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "CreationTime": stack.created_ms / 1000,
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": stack.notification_arns,
        "Tags": stack.tags or stack.target.get("tags", []),  # type: ignore[typeddict-item]
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    if stack.exists:
        result["EnableTerminationProtection"] = stack.termination_protection
    texts = stack.parameters or stack.target.get("parameters", {})
    if texts and parsed is not None:
        result["Parameters"] = parameters.shown(parsed.parameters, texts)  # type: ignore[typeddict-item]
    if capabilities := stack.capabilities or stack.target.get("capabilities", []):
        result["Capabilities"] = capabilities
    if stack.outputs and stack.exists:
        result["Outputs"] = stack.outputs  # type: ignore[typeddict-item]
    if parsed is not None and parsed.description:
        result["Description"] = parsed.description
    if stack.change_set_id and stack.exists:
        result["ChangeSetId"] = stack.change_set_id
    if stack.role_arn:
        result["RoleARN"] = stack.role_arn
    if stack.timeout_minutes:
        result["TimeoutInMinutes"] = stack.timeout_minutes
    if stack.reason and stack.exists and (stack.status in _REASONED or stack.status.endswith("_FAILED")):
        result["StackStatusReason"] = stack.reason
    if stack.updated_ms:
        result["LastUpdatedTime"] = stack.updated_ms / 1000
    if stack.deleted_ms:
        result["DeletionTime"] = stack.deleted_ms / 1000
    return result


_REASONED = (
    "REVIEW_IN_PROGRESS",
    "CREATE_IN_PROGRESS",
    "UPDATE_IN_PROGRESS",
    "DELETE_IN_PROGRESS",
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
)
"""The statuses that are shown with the reason why the stack came to them."""
