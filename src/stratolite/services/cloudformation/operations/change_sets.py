"""Change sets: made, described, executed, deleted."""

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere, ValidationError
from stratolite.services.cloudformation import Cloudformation, api, parameters, rules, template
from stratolite.services.cloudformation.deployment import Deployment
from stratolite.services.cloudformation.domain import ChangeSet, Stack
from stratolite.services.cloudformation.dynamic_references import References
from stratolite.services.cloudformation.execute import Execution
from stratolite.services.cloudformation.language import TransformError
from stratolite.services.cloudformation.lookup import find_change_set, find_stack, require_idle, require_stack
from stratolite.services.cloudformation.operating import (
    USER_INITIATED,
    is_changed,
    new_stack,
    preview_of,
    start,
    target_of,
)
from stratolite.services.cloudformation.plan import NESTED
from stratolite.services.cloudformation.preview import Before, Preview

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
INCOMPLETE = "[WARN] --include-property-values option can return incomplete ChangeSet data because: "
_UNSUPPORTED = ("ResourcesToImport", "ImportExistingResources")


def create_change_set(
    call: Call, cloudformation: Cloudformation, request: api.CreateChangeSetInput
) -> api.CreateChangeSetOutput:
    """Work out what a deployment would change; nothing is made but the record."""
    kind = request.get("ChangeSetType", "UPDATE")
    if kind not in ("CREATE", "UPDATE"):
        raise NotImplementedHere(f"Change sets of type {kind} are not implemented by this version of Stratolite.")
    rules.unsupported(request, _UNSUPPORTED)
    name = request["ChangeSetName"]
    stack = _stack_for(call, cloudformation, request["StackName"], name, kind)
    for one in cloudformation.store.change_sets(stack.stack_id):
        if one.name == name and one.is_pending:
            if request.get("ClientToken") and one.token == request["ClientToken"]:
                return {"Id": one.change_set_id, "StackId": stack.stack_id}
            raise api.AlreadyExistsException(f"ChangeSet {name} cannot be created since it already exists")
    text = rules.template_text(call, cloudformation, request, stack.template)
    rules.notified(call, cloudformation, request)
    rules.assumable(call, cloudformation, request.get("RoleARN", ""))
    change_set_id = call.arn("cloudformation", f"changeSet/{name}/{cloudformation.world.entropy.uuid()}")
    change_set = ChangeSet(
        change_set_id,
        stack.stack_id,
        name,
        call.now_ms,
        kind,
        "CREATE_COMPLETE",
        "AVAILABLE",
        description=request.get("Description", ""),
        on_failure=request.get("OnStackFailure", ""),
        token=request.get("ClientToken", ""),
        includes_nested=request.get("IncludeNestedStacks", False),
    )
    try:
        change_set.target = target_of(call, cloudformation, stack, text, request, change_set_id=change_set_id)
    except TransformError as error:
        change_set.target = {"template": text, "processed": ""}
        _fail(change_set, error.message)
    else:
        _refuse_nested(change_set)
        _look_ahead(call, cloudformation, stack, change_set)
        if kind == "UPDATE" and not change_set.changes and not is_changed(stack, change_set.target):
            _fail(change_set, NO_CHANGES)
    cloudformation.store.put_change_set(change_set)
    return {"Id": change_set.change_set_id, "StackId": stack.stack_id}


def _refuse_nested(change_set: ChangeSet) -> None:
    """Raises NotImplementedHere for a change set that would have to tell of nested stacks."""
    parsed = template.parse(change_set.target["processed"] or change_set.target["template"])
    if change_set.includes_nested and any(one.type == NESTED for one in parsed.resources.values()):
        raise NotImplementedHere(
            "IncludeNestedStacks is not implemented by this version of Stratolite for templates with nested stacks."
        )


def _fail(change_set: ChangeSet, reason: str) -> None:
    change_set.status, change_set.execution_status, change_set.reason = "FAILED", "UNAVAILABLE", reason


def _look_ahead(call: Call, cloudformation: Cloudformation, stack: Stack, change_set: ChangeSet) -> None:
    """Work out both views of the changes."""
    target = change_set.target
    text, texts, resolved = target["processed"] or target["template"], target["parameters"], target["resolved"]
    change_set.parameters = parameters.shown(template.parse(text).parameters, texts, resolved)
    resources = cloudformation.store.resources(stack.stack_id)
    had = None
    if stack.template:
        dynamic = References(cloudformation.world.operations, call, is_preview=True)
        before_text = stack.processed or stack.template
        known = {**stack.parameters, **stack.resolved}
        had = Deployment(stack, before_text, known, {}, {}, dynamic=dynamic, is_preview=True)
    before = Before(resources, stack.parameters, stack.tags, had)
    views = []
    for is_valued in (False, True):
        deployment = preview_of(call, cloudformation, stack, text, {**texts, **resolved})
        preview = Preview(cloudformation, before, deployment, texts, target["tags"], is_valued=is_valued)
        views.append(preview.changes())
    change_set.changes, change_set.valued_changes = views
    for logical_id, definition in deployment.included().items():
        missing = deployment.missing_import(definition)
        if missing:
            said = f"ChangeSet creation failed for resource [{logical_id}] because: No export named {missing}"
            change_set.warning = f"{INCOMPLETE}{said}"
            break


def describe_change_set(
    call: Call, cloudformation: Cloudformation, request: api.DescribeChangeSetInput
) -> api.DescribeChangeSetOutput:
    """What a change set would do, and whether it can."""
    change_set = find_change_set(call, cloudformation, request["ChangeSetName"], request.get("StackName", ""))
    stack = cloudformation.store.stack(change_set.stack_id)
    assert stack is not None
    is_valued = request.get("IncludePropertyValues", False)
    changes = change_set.valued_changes if is_valued else change_set.changes
    page, more = rules.page_of(changes, request)
    result: api.DescribeChangeSetOutput = {
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.change_set_id,
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "CreationTime": change_set.created_ms / 1000,
        "ExecutionStatus": change_set.execution_status,
        "Status": change_set.status,
        "NotificationARNs": change_set.target.get("notification_arns", []),
        "RollbackConfiguration": change_set.target.get("rollback", {}),
        "Capabilities": change_set.target.get("capabilities", []),
        "Changes": page,  # type: ignore[typeddict-item]
        "IncludeNestedStacks": change_set.includes_nested,
    }
    if change_set.parameters:
        result["Parameters"] = change_set.parameters  # type: ignore[typeddict-item]
    if change_set.target.get("tags"):
        result["Tags"] = change_set.target["tags"]
    if reason := change_set.reason or (change_set.warning if is_valued else ""):
        result["StatusReason"] = reason
    if change_set.description:
        result["Description"] = change_set.description
    if change_set.on_failure:
        result["OnStackFailure"] = change_set.on_failure
    if more:
        result["NextToken"] = more["NextToken"]
    return result


def list_change_sets(
    call: Call, cloudformation: Cloudformation, request: api.ListChangeSetsInput
) -> api.ListChangeSetsOutput:
    """The change sets of a stack."""
    stack = require_stack(call, cloudformation, request["StackName"], "Stack [{name}] does not exist")
    summaries: list[api.ChangeSetSummary] = []
    pending = [one for one in cloudformation.store.change_sets(stack.stack_id) if one.is_pending]
    page, more = rules.page_of(pending, request)
    for one in page:
        summary: api.ChangeSetSummary = {
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "ChangeSetId": one.change_set_id,
            "ChangeSetName": one.name,
            "ExecutionStatus": one.execution_status,
            "Status": one.status,
            "CreationTime": one.created_ms / 1000,
            "IncludeNestedStacks": one.includes_nested,
        }
        if one.reason:
            summary["StatusReason"] = one.reason
        if one.description:
            summary["Description"] = one.description
        summaries.append(summary)
    return {"Summaries": summaries, **more}  # type: ignore[typeddict-item]


def execute_change_set(
    call: Call, cloudformation: Cloudformation, request: api.ExecuteChangeSetInput
) -> api.ExecuteChangeSetOutput:
    """Begin to do what a change set says; all change sets of its stack are used up."""
    change_set = find_change_set(call, cloudformation, request["ChangeSetName"], request.get("StackName", ""))
    stack = cloudformation.store.stack(change_set.stack_id)
    assert stack is not None
    token = request.get("ClientRequestToken", "")
    if token and stack.token == token and change_set.execution_status == "EXECUTE_IN_PROGRESS":
        return {}
    if change_set.execution_status != "AVAILABLE":
        status = change_set.status if change_set.is_pending else change_set.execution_status
        raise api.InvalidChangeSetStatusException(
            f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status of [{status}]"
        )
    require_idle(stack)
    if change_set.on_failure and "DisableRollback" in request:
        raise ValidationError("DisableRollback cannot be specified for a change set that has OnStackFailure.")
    stack.target = change_set.target
    stack.disable_rollback = bool(request.get("DisableRollback"))
    stack.retain_except_on_create = bool(request.get("RetainExceptOnCreate"))
    operation = "CREATE" if stack.status == "REVIEW_IN_PROGRESS" else "UPDATE"
    stack.on_failure = change_set.on_failure or "ROLLBACK"
    start(call, cloudformation, stack, operation, token)
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
        stack.status, stack.reason = "REVIEW_IN_PROGRESS", USER_INITIATED
        Execution(cloudformation, stack).tell(stack.status, stack.reason)
        return stack
    if known is not None and known.status == "REVIEW_IN_PROGRESS":
        return known
    raise ValidationError(
        f"Stack [{name}] already exists and cannot be created again with the changeSet [{change_set}]."
    )
