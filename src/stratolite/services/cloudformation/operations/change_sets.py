"""Change sets: made, described, executed, deleted."""

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere, ValidationError
from stratolite.services.cloudformation import Cloudformation, api, parameters, preview, rules, template
from stratolite.services.cloudformation.domain import ChangeSet, Stack
from stratolite.services.cloudformation.lookup import find_change_set, find_stack, require_idle, require_stack
from stratolite.services.cloudformation.operating import is_changed, new_stack, preview_of, start, target_of

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
_UNSUPPORTED = ("ResourceTypes", "ResourcesToImport", "ImportExistingResources", "IncludeNestedStacks")


def create_change_set(
    call: Call, cloudformation: Cloudformation, request: api.CreateChangeSetInput
) -> api.CreateChangeSetOutput:
    """Work out what a deployment would change; nothing is made but the record."""
    rules.unsupported(request, _UNSUPPORTED)
    kind = request.get("ChangeSetType", "UPDATE")
    if kind not in ("CREATE", "UPDATE"):
        raise NotImplementedHere(f"Change sets of type {kind} are not implemented by this version of Stratolite.")
    name = request["ChangeSetName"]
    stack = _stack_for(call, cloudformation, request["StackName"], name, kind)
    if any(one.name == name for one in cloudformation.store.change_sets(stack.stack_id)):
        raise api.AlreadyExistsException(f"ChangeSet {name} cannot be created since it already exists")
    text = rules.template_text(call, cloudformation, request, stack.template)
    target = target_of(call, cloudformation, stack, text, request)
    deployment = preview_of(call, cloudformation, stack, text, target["parameters"])
    found = preview.changes(cloudformation, deployment, cloudformation.store.resources(stack.stack_id))
    empty = kind == "UPDATE" and not found and not is_changed(stack, target)
    change_set = ChangeSet(
        call.arn("cloudformation", f"changeSet/{name}/{cloudformation.world.entropy.uuid()}"),
        stack.stack_id,
        name,
        call.now_ms,
        kind,
        "FAILED" if empty else "CREATE_COMPLETE",
        "UNAVAILABLE" if empty else "AVAILABLE",
        NO_CHANGES if empty else "",
        request.get("Description", ""),
        target,
        found,
        parameters.shown(template.parse(text).parameters, target["parameters"]),
        request.get("OnStackFailure", ""),
    )
    cloudformation.store.put_stack(stack)
    cloudformation.store.put_change_set(change_set)
    return {"Id": change_set.change_set_id, "StackId": stack.stack_id}


def describe_change_set(
    call: Call, cloudformation: Cloudformation, request: api.DescribeChangeSetInput
) -> api.DescribeChangeSetOutput:
    """What a change set would do, and whether it can."""
    change_set = find_change_set(call, cloudformation, request["ChangeSetName"], request.get("StackName", ""))
    stack = cloudformation.store.stack(change_set.stack_id)
    assert stack is not None
    start_at = int(request.get("NextToken", "0") or 0)
    page = change_set.changes[start_at : start_at + rules.LIST_PAGE]
    result: api.DescribeChangeSetOutput = {
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.change_set_id,
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "CreationTime": change_set.created_ms / 1000,
        "ExecutionStatus": change_set.execution_status,
        "Status": change_set.status,
        "NotificationARNs": stack.notification_arns,
        "RollbackConfiguration": {},
        "Capabilities": change_set.target.get("capabilities", []),
        "Changes": page,  # type: ignore[typeddict-item]
        "IncludeNestedStacks": False,
    }
    if change_set.parameters:
        result["Parameters"] = change_set.parameters  # type: ignore[typeddict-item]
    if change_set.target.get("tags"):
        result["Tags"] = change_set.target["tags"]
    if change_set.reason:
        result["StatusReason"] = change_set.reason
    if change_set.description:
        result["Description"] = change_set.description
    if len(change_set.changes) > start_at + rules.LIST_PAGE:
        result["NextToken"] = str(start_at + rules.LIST_PAGE)
    return result


def list_change_sets(
    call: Call, cloudformation: Cloudformation, request: api.ListChangeSetsInput
) -> api.ListChangeSetsOutput:
    """The change sets of a stack."""
    stack = require_stack(call, cloudformation, request["StackName"], "Stack [{name}] does not exist")
    summaries: list[api.ChangeSetSummary] = []
    for one in cloudformation.store.change_sets(stack.stack_id):
        summary: api.ChangeSetSummary = {
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "ChangeSetId": one.change_set_id,
            "ChangeSetName": one.name,
            "ExecutionStatus": one.execution_status,
            "Status": one.status,
            "CreationTime": one.created_ms / 1000,
            "IncludeNestedStacks": False,
        }
        if one.reason:
            summary["StatusReason"] = one.reason
        if one.description:
            summary["Description"] = one.description
        summaries.append(summary)
    return {"Summaries": summaries}


def execute_change_set(
    call: Call, cloudformation: Cloudformation, request: api.ExecuteChangeSetInput
) -> api.ExecuteChangeSetOutput:
    """Begin to do what a change set says; all change sets of its stack are used up."""
    change_set = find_change_set(call, cloudformation, request["ChangeSetName"], request.get("StackName", ""))
    if change_set.execution_status != "AVAILABLE":
        raise api.InvalidChangeSetStatusException(
            f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status of [{change_set.status}]"
        )
    stack = cloudformation.store.stack(change_set.stack_id)
    assert stack is not None
    if stack.is_busy:
        raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
    stack.target = change_set.target
    stack.change_set_id = change_set.change_set_id
    stack.disable_rollback = bool(request.get("DisableRollback"))
    if change_set.on_failure:
        stack.on_failure = change_set.on_failure
    for one in cloudformation.store.change_sets(stack.stack_id):
        if one.change_set_id == change_set.change_set_id:
            one.execution_status = "EXECUTE_COMPLETE"
            cloudformation.store.put_change_set(one)
        else:
            cloudformation.store.drop_change_set(one.change_set_id)
    operation = "CREATE" if stack.status == "REVIEW_IN_PROGRESS" else "UPDATE"
    start(call, cloudformation, stack, operation, request.get("ClientRequestToken", ""))
    return {}


def delete_change_set(
    call: Call, cloudformation: Cloudformation, request: api.DeleteChangeSetInput
) -> api.DeleteChangeSetOutput:
    """Forget a change set; one that is gone is no error."""
    try:
        change_set = find_change_set(call, cloudformation, request["ChangeSetName"], request.get("StackName", ""))
    except api.ChangeSetNotFoundException:
        return {}
    cloudformation.store.drop_change_set(change_set.change_set_id)
    return {}


def _stack_for(call: Call, cloudformation: Cloudformation, name: str, change_set: str, kind: str) -> Stack:
    if kind == "UPDATE":
        stack = require_stack(call, cloudformation, name, "Stack [{name}] does not exist")
        require_idle(stack)
        if stack.status == "REVIEW_IN_PROGRESS":
            raise ValidationError(f"Stack [{name}] does not exist")
        return stack
    known = find_stack(call, cloudformation, name)
    if known is None and not name.startswith("arn:"):
        stack = new_stack(call, cloudformation, name)
        stack.status = "REVIEW_IN_PROGRESS"
        return stack
    if known is not None and known.status == "REVIEW_IN_PROGRESS":
        return known
    raise ValidationError(
        f"Stack [{name}] already exists and cannot be created again with the changeSet [{change_set}]."
    )
