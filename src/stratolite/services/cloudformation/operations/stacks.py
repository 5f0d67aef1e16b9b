"""Stacks: created, updated, deleted, described."""

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import Cloudformation, api, rules
from stratolite.services.cloudformation.domain import Stack
from stratolite.services.cloudformation.lookup import find_stack, require_idle, require_stack
from stratolite.services.cloudformation.operating import is_changed, new_stack, shown, start, target_of

_UNSUPPORTED = ("ResourceTypes", "StackPolicyBody", "StackPolicyURL", "StackPolicyDuringUpdateBody")


def create_stack(call: Call, cloudformation: Cloudformation, request: api.CreateStackInput) -> api.CreateStackOutput:
    """Begin to make a stack; what cannot be made is refused before anything is."""
    rules.unsupported(request, _UNSUPPORTED)
    name = request["StackName"]
    text = rules.template_text(call, cloudformation, request, "")
    known = cloudformation.store.stack_named(call, name)
    if known is not None:
        raise api.AlreadyExistsException(f"Stack [{name}] already exists")
    stack = new_stack(call, cloudformation, name)
    stack.disable_rollback = bool(request.get("DisableRollback"))
    stack.on_failure = request.get("OnFailure", "ROLLBACK")
    stack.termination_protection = bool(request.get("EnableTerminationProtection"))
    stack.notification_arns = request.get("NotificationARNs", [])
    stack.role_arn = request.get("RoleARN", "")
    stack.target = target_of(call, cloudformation, stack, text, request)
    start(call, cloudformation, stack, "CREATE", request.get("ClientRequestToken", ""))
    return {"StackId": stack.stack_id}


def update_stack(call: Call, cloudformation: Cloudformation, request: api.UpdateStackInput) -> api.UpdateStackOutput:
    """Begin to update a stack. Raises ValidationError when nothing would change."""
    rules.unsupported(request, (*_UNSUPPORTED, "StackPolicyDuringUpdateURL"))
    stack = require_stack(call, cloudformation, request["StackName"], "Stack [{name}] does not exist")
    require_idle(stack)
    text = rules.template_text(call, cloudformation, request, stack.template)
    stack.disable_rollback = bool(request.get("DisableRollback"))
    stack.on_failure = "ROLLBACK"
    target = target_of(call, cloudformation, stack, text, request)
    if not is_changed(stack, target):
        raise ValidationError("No updates are to be performed.")
    stack.target = target
    if "NotificationARNs" in request:
        stack.notification_arns = request["NotificationARNs"]
    stack.role_arn = request.get("RoleARN", stack.role_arn)
    start(call, cloudformation, stack, "UPDATE", request.get("ClientRequestToken", ""))
    return {"StackId": stack.stack_id}


def delete_stack(call: Call, cloudformation: Cloudformation, request: api.DeleteStackInput) -> None:
    """Begin to delete a stack; one that is gone is no error."""
    rules.unsupported(request, ("DeletionMode",) if request.get("DeletionMode") == "FORCE_DELETE_STACK" else ())
    stack = find_stack(call, cloudformation, request["StackName"])
    if stack is None or not stack.exists or stack.status == "DELETE_IN_PROGRESS":
        return
    if stack.termination_protection:
        raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    if stack.is_busy:
        raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be deleted.")
    retained = request.get("RetainResources", [])
    if retained and stack.status != "DELETE_FAILED":
        raise ValidationError(
            "Invalid operation on stack [" + stack.stack_id + "]. RetainResources can only be specified for stacks in "
            "DELETE_FAILED state"
        )
    for name, _, owner in cloudformation.store.exports(call):
        users = [one.split("/")[1] for one in cloudformation.store.importers(call, name) if one != stack.stack_id]
        if owner == stack.stack_id and users:
            raise ValidationError(f"Export {name} cannot be deleted as it is in use by {', '.join(users)}")
    stack.retain_on_delete = retained
    for change_set in cloudformation.store.change_sets(stack.stack_id):
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
    start_at = int(request.get("NextToken", "0") or 0)
    page = stacks[start_at : start_at + rules.LIST_PAGE]
    result: api.DescribeStacksOutput = {"Stacks": [shown(stack) for stack in page]}
    if len(stacks) > start_at + rules.LIST_PAGE:
        result["NextToken"] = str(start_at + rules.LIST_PAGE)
    return result


def list_stacks(call: Call, cloudformation: Cloudformation, request: api.ListStacksInput) -> api.ListStacksOutput:
    """Summaries of all stacks, deleted ones too, filtered by status."""
    wanted = set(request.get("StackStatusFilter", []))
    stacks = [stack for stack in cloudformation.store.stacks(call) if not wanted or stack.status in wanted]
    start_at = int(request.get("NextToken", "0") or 0)
    page = stacks[start_at : start_at + rules.LIST_PAGE]
    result: api.ListStacksOutput = {"StackSummaries": [_summary(stack) for stack in page]}
    if len(stacks) > start_at + rules.LIST_PAGE:
        result["NextToken"] = str(start_at + rules.LIST_PAGE)
    return result


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
    if stack.reason:
        summary["StackStatusReason"] = stack.reason
    return summary
