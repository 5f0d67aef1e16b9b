"""Finding stacks and change sets by name or id, with AWS's errors."""

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import Cloudformation, api
from stratolite.services.cloudformation.domain import ChangeSet, Stack

STUCK = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")
"""The statuses from which no update leads."""


def find_stack(call: Call, cloudformation: Cloudformation, name: str) -> Stack | None:
    """A stack by its name, or by its id (deleted ones too)."""
    if name.startswith("arn:"):
        return cloudformation.store.stack(name)
    return cloudformation.store.stack_named(call, name)


def require_stack(call: Call, cloudformation: Cloudformation, name: str, text: str = "") -> Stack:
    """Raises ValidationError: ``Stack with id x does not exist`` unless another text is given."""
    stack = find_stack(call, cloudformation, name)
    if stack is None:
        raise ValidationError((text or "Stack with id {name} does not exist").format(name=name))
    return stack


def require_idle(stack: Stack) -> None:
    """Raises ValidationError while an operation runs on a stack, or when none can run on it any more."""
    if stack.is_busy or not stack.exists or stack.status in STUCK:
        raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


def find_change_set(call: Call, cloudformation: Cloudformation, name: str, stack_name: str) -> ChangeSet:
    """A change set by its id, or by its name and its stack's. Raises ValidationError, ChangeSetNotFound."""
    if name.startswith("arn:"):
        found = cloudformation.store.change_set(name)
        if found is None:
            raise api.ChangeSetNotFoundException(f"ChangeSet [{name}] does not exist")
        return found
    if not stack_name:
        raise ValidationError("StackName must be specified if ChangeSetName is not specified as an ARN.")
    stack = require_stack(call, cloudformation, stack_name, "Stack [{name}] does not exist")
    for change_set in reversed(cloudformation.store.change_sets(stack.stack_id)):
        if change_set.name == name:
            return change_set
    raise api.ChangeSetNotFoundException(f"ChangeSet [{name}] does not exist")
