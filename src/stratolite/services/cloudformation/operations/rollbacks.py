"""Going back: running updates cancelled, failed rollbacks continued, failed deployments rolled back after all."""

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere, ValidationError
from stratolite.services.cloudformation import Cloudformation, api, rules
from stratolite.services.cloudformation.background import begin
from stratolite.services.cloudformation.domain import Stack
from stratolite.services.cloudformation.execute import Execution
from stratolite.services.cloudformation.lookup import require_stack
from stratolite.services.cloudformation.operating import proceed

_WRONG_STATUS = "{operation} cannot be called from current stack status"


def cancel_update_stack(call: Call, cloudformation: Cloudformation, request: api.CancelUpdateStackInput) -> None:
    """Take the running update back."""
    stack = _stack(call, cloudformation, request["StackName"])
    if stack.status != "UPDATE_IN_PROGRESS":
        raise ValidationError(_WRONG_STATUS.format(operation="CancelUpdateStack"))
    stack.token = request.get("ClientRequestToken", "")
    if Execution(cloudformation, stack).cancel():
        begin(call, cloudformation, stack)


def continue_update_rollback(
    call: Call, cloudformation: Cloudformation, request: api.ContinueUpdateRollbackInput
) -> api.ContinueUpdateRollbackOutput:
    """Try a failed rollback again, without the resources that are to be skipped."""
    stack = _stack(call, cloudformation, request["StackName"])
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        raise ValidationError(_WRONG_STATUS.format(operation="RollbackUpdatedStack"))
    rules.assumable(call, cloudformation, request.get("RoleARN", ""))
    skipped = request.get("ResourcesToSkip", [])
    resources = cloudformation.store.resources(stack.stack_id)
    for name in skipped:
        if "." in name:
            raise NotImplementedHere(
                "ResourcesToSkip of nested stacks is not implemented by this version of Stratolite."
            )
        if name not in resources or resources[name].status != "UPDATE_FAILED":
            raise ValidationError(f"Resource [{name}] is not in a failed state and cannot be skipped")
    stack.role_arn = request.get("RoleARN", stack.role_arn)
    stack.token = request.get("ClientRequestToken", "")
    Execution(cloudformation, stack).resume(skipped)
    proceed(call, cloudformation, stack, stack.token)
    return {}


def rollback_stack(
    call: Call, cloudformation: Cloudformation, request: api.RollbackStackInput
) -> api.RollbackStackOutput:
    """Take back a deployment that failed and was kept (DisableRollback)."""
    stack = _stack(call, cloudformation, request["StackName"])
    if stack.status not in ("CREATE_FAILED", "UPDATE_FAILED"):
        raise ValidationError(_WRONG_STATUS.format(operation="RollbackStack"))
    rules.assumable(call, cloudformation, request.get("RoleARN", ""))
    stack.role_arn = request.get("RoleARN", stack.role_arn)
    stack.retain_except_on_create = bool(request.get("RetainExceptOnCreate"))
    stack.token = request.get("ClientRequestToken", "")
    Execution(cloudformation, stack).roll_back()
    proceed(call, cloudformation, stack, stack.token)
    return {"StackId": stack.stack_id}


def _stack(call: Call, cloudformation: Cloudformation, name: str) -> Stack:
    return require_stack(call, cloudformation, name, "Stack [{name}] does not exist")
