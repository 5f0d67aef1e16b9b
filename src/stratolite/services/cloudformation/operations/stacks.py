"""Stacks: created, updated, deleted, described."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import Cloudformation, api, outputs, rules
from stratolite.services.cloudformation.domain import Stack
from stratolite.services.cloudformation.execute import Execution
from stratolite.services.cloudformation.lookup import find_stack, require_idle, require_stack
from stratolite.services.cloudformation.operating import (
    is_changed,
    new_stack,
    shown,
    start,
    target_of,
    template_for_parent,
)


def create_stack(call: Call, cloudformation: Cloudformation, request: api.CreateStackInput) -> api.CreateStackOutput:
    """Begin to make a stack; what cannot be made is refused before anything is."""
    name, token = request["StackName"], request.get("ClientRequestToken", "")
    known = cloudformation.store.stack_named(call, name)
    if known is not None and token and (known.operation, known.token) == ("CREATE", token):
        return {"StackId": known.stack_id}
    text = rules.template_text(call, cloudformation, request, "")
    if known is not None and known.status != "REVIEW_IN_PROGRESS":
        raise api.AlreadyExistsException(f"Stack [{name}] already exists")
    _check(call, cloudformation, request)
    if "DisableRollback" in request and "OnFailure" in request:
        raise ValidationError("Either DisableRollback or OnFailure can be specified, not both.")
    stack = known or new_stack(call, cloudformation, name)
    stack.disable_rollback = bool(request.get("DisableRollback"))
    stack.on_failure = request.get("OnFailure", "ROLLBACK")
    stack.retain_except_on_create = bool(request.get("RetainExceptOnCreate"))
    stack.termination_protection = bool(request.get("EnableTerminationProtection"))
    stack.timeout_minutes = request.get("TimeoutInMinutes", 0)
    stack.policy = rules.policy_text(call, cloudformation, request, "StackPolicy") or ""
    stack.target = target_of(call, cloudformation, stack, text, request)
    start(call, cloudformation, stack, "CREATE", token)
    return {"StackId": stack.stack_id}


def update_stack(call: Call, cloudformation: Cloudformation, request: api.UpdateStackInput) -> api.UpdateStackOutput:
    """Begin to update a stack. Raises ValidationError when nothing would change."""
    stack = require_stack(call, cloudformation, request["StackName"], "Stack [{name}] does not exist")
    token = request.get("ClientRequestToken", "")
    if token and (stack.operation, stack.token) == ("UPDATE", token):
        return {"StackId": stack.stack_id}
    text = rules.template_text(call, cloudformation, request, stack.template)
    if cloudformation.nesting is not None:
        text = template_for_parent(cloudformation.nesting, stack, text)
    require_idle(stack)
    if stack.status == "REVIEW_IN_PROGRESS":
        raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
    _check(call, cloudformation, request)
    policy = rules.policy_text(call, cloudformation, request, "StackPolicy")
    target = target_of(call, cloudformation, stack, text, request)
    if policy is not None:
        target["policy"] = policy
    if not is_changed(stack, target):
        raise ValidationError("No updates are to be performed.")
    stack.target = target
    stack.disable_rollback = bool(request.get("DisableRollback"))
    stack.on_failure = "ROLLBACK"
    stack.retain_except_on_create = bool(request.get("RetainExceptOnCreate"))
    stack.policy_during_update = rules.policy_text(call, cloudformation, request, "StackPolicyDuringUpdate") or ""
    start(call, cloudformation, stack, "UPDATE", token)
    return {"StackId": stack.stack_id}


def _check(call: Call, cloudformation: Cloudformation, request: Mapping[str, Any]) -> None:
    rules.unsupported(request, ())
    rules.notified(call, cloudformation, request)
    rules.assumable(call, cloudformation, request.get("RoleARN", ""))


def delete_stack(call: Call, cloudformation: Cloudformation, request: api.DeleteStackInput) -> None:
    """Begin to delete a stack; one that is gone is no error. An export in use holds it, which an event tells."""
    rules.unsupported(request, ("DeletionMode",) if request.get("DeletionMode") == "FORCE_DELETE_STACK" else ())
    stack = find_stack(call, cloudformation, request["StackName"])
    if stack is None or not stack.exists or stack.status == "DELETE_IN_PROGRESS":
        return
    if stack.termination_protection:
        raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    if stack.is_busy and stack.operation != "CREATE":
        raise ValidationError(f"Stack [{request['StackName']}] cannot be deleted while in status {stack.status}")
    retained = request.get("RetainResources", [])
    if retained and stack.status != "DELETE_FAILED":
        raise ValidationError(
            f"Invalid operation on stack [{stack.stack_id}]. When you delete a stack, specify which resources to "
            "retain only when the stack is in the DELETE_FAILED state."
        )
    rules.assumable(call, cloudformation, request.get("RoleARN", ""))
    in_use = outputs.users(cloudformation.store, call, stack)
    if in_use:
        stack.reason = outputs.held(*in_use[0])
        Execution(cloudformation, stack).tell(stack.status, stack.reason)
        return
    stack.retain_on_delete = retained
    stack.role_arn = request.get("RoleARN", stack.role_arn)
    for change_set in cloudformation.store.change_sets(stack.stack_id):
        if change_set.is_pending:
            cloudformation.store.drop_change_set(change_set.change_set_id)
    start(call, cloudformation, stack, "DELETE", request.get("ClientRequestToken", ""))


def describe_stacks(
    call: Call, cloudformation: Cloudformation, request: api.DescribeStacksInput
) -> api.DescribeStacksOutput:
    """One stack, or all that exist."""
    if "StackName" in request:
        stack = require_stack(call, cloudformation, request["StackName"])
        return {"Stacks": [shown(stack)]}
    stacks = [stack for stack in cloudformation.store.stacks(call) if stack.exists]
    page, more = rules.page_of(stacks, request)
    return {"Stacks": [shown(stack) for stack in page], **more}  # type: ignore[typeddict-item]


def list_stacks(call: Call, cloudformation: Cloudformation, request: api.ListStacksInput) -> api.ListStacksOutput:
    """Summaries of all stacks, deleted ones too, filtered by status."""
    wanted = set(request.get("StackStatusFilter", []))
    stacks = [stack for stack in cloudformation.store.stacks(call) if not wanted or stack.status in wanted]
    page, more = rules.page_of(stacks, request)
    return {"StackSummaries": [_summary(stack) for stack in page], **more}  # type: ignore[typeddict-item]


def update_termination_protection(
    call: Call, cloudformation: Cloudformation, request: api.UpdateTerminationProtectionInput
) -> api.UpdateTerminationProtectionOutput:
    """Protect a stack from deletion, or no longer."""
    stack = require_stack(call, cloudformation, request["StackName"], "Stack [{name}] does not exist")
    stack.termination_protection = request["EnableTerminationProtection"]
    cloudformation.store.put_stack(stack)
    return {"StackId": stack.stack_id}


def _summary(stack: Stack) -> api.StackSummary:
    summary: api.StackSummary = {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "CreationTime": stack.created_ms / 1000,
        "StackStatus": stack.status,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    if stack.updated_ms:
        summary["LastUpdatedTime"] = stack.updated_ms / 1000
    if stack.deleted_ms:
        summary["DeletionTime"] = stack.deleted_ms / 1000
    if stack.parent_id:
        summary["ParentId"], summary["RootId"] = stack.parent_id, stack.root_id
    if stack.reason:
        summary["StackStatusReason"] = stack.reason
    return summary
