"""Stacks as resources of other stacks: ``AWS::CloudFormation::Stack``, by the public operations of this service.

A nested stack is made under its parent's role and capabilities. One that cannot be made stays as it is until its parent
is rolled back and deletes it; one that cannot be updated rolls back by itself. The parent rests meanwhile.

When a parent's update is taken back, a nested stack is updated to the template that it stood on before, whatever stands
at its TemplateURL by then. Those that are nested in it get what stands there.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import AwsError, ValidationError
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.cloudformation.parameters import text_of
from stratolite.services.cloudformation.plan import NESTED

STACK_NAME_LENGTH_MAX = 128
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_UNCHANGED = "No updates are to be performed."
_ROLLING_BACK = "UPDATE_ROLLBACK_IN_PROGRESS"


def _create(work: Work) -> Made:
    request = {"StackName": work.generated_name(STACK_NAME_LENGTH_MAX, "any"), **_wanted(work)}
    if "TimeoutInMinutes" in work.properties:
        request["TimeoutInMinutes"] = work.properties["TimeoutInMinutes"]
    return Made(_operated(work, "CreateStack", request)["StackId"], is_pending=True)


def _update(work: Work) -> Made:
    """A stack that is being updated (the parent's update was cancelled) is told to go back instead."""
    stack = _described(work, work.physical_id)
    status = stack["StackStatus"]
    if status == "UPDATE_IN_PROGRESS":
        _operated(work, "CancelUpdateStack", {"StackName": work.physical_id})
    if status.endswith("_IN_PROGRESS"):
        return Made(work.physical_id, work.attributes, is_pending=True)
    parent = _described(work, work.stack_id)
    request = {"StackName": work.physical_id, "DisableRollback": parent["DisableRollback"], **_wanted(work)}
    try:
        _operated(work, "UpdateStack", request)
    except ValidationError as error:
        if error.message != _UNCHANGED:
            raise
        return Made(work.physical_id, _outputs(stack))
    return Made(work.physical_id, work.attributes, is_pending=True)


def _look(work: Work) -> Made:
    stack = _described(work, work.physical_id)
    status, reason = stack["StackStatus"], stack.get("StackStatusReason", "")
    if status in GOOD or status.endswith("_IN_PROGRESS"):
        return Made(work.physical_id, _outputs(stack), is_pending=status not in GOOD)
    if not status.startswith("UPDATE_"):
        problem = f"Embedded stack {work.physical_id} was not successfully created: {reason}"
    else:
        why = _why_rolled_back(work) if status.startswith("UPDATE_ROLLBACK") else reason
        shown = _ROLLING_BACK if status == "UPDATE_ROLLBACK_COMPLETE" else status
        problem = (
            f"Embedded stack {work.physical_id} was not successfully updated. Currently in {shown} with reason: {why}"
        )
    return Made(work.physical_id, _outputs(stack), problem=problem)


def _delete(work: Work) -> None:
    _operated(work, "DeleteStack", {"StackName": work.physical_id})


def _is_gone(work: Work) -> bool:
    try:
        stack = _described(work, work.physical_id)
    except ValidationError:
        return True
    status = stack["StackStatus"]
    if status not in ("DELETE_COMPLETE", "DELETE_IN_PROGRESS"):
        reason = stack.get("StackStatusReason", "")
        raise ValidationError(f"Embedded stack {work.physical_id} was not successfully deleted: {reason}")
    return bool(status == "DELETE_COMPLETE")


def _wanted(work: Work) -> dict[str, Any]:
    """What a nested stack is made of, and what its parent hands down to it."""
    properties, parent = work.properties, _described(work, work.stack_id)
    request = {
        "TemplateURL": properties["TemplateURL"],
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": text_of(value)}
            for name, value in properties.get("Parameters", {}).items()
        ],
        "Tags": properties.get("Tags", []),
        "NotificationARNs": properties.get("NotificationARNs", []),
        "Capabilities": parent.get("Capabilities", []),
    }
    if "RoleARN" in parent:
        request["RoleARN"] = parent["RoleARN"]
    return request


def _outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of a nested stack."""
    return {f"Outputs.{one['OutputKey']}": one["OutputValue"] for one in stack.get("Outputs", [])}


def _described(work: Work, stack_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = work.operate("DescribeStacks", {"StackName": stack_id})["Stacks"][0]
    return found


def _why_rolled_back(work: Work) -> str:
    events = work.operate("DescribeStackEvents", {"StackName": work.physical_id})["StackEvents"]
    told = [one for one in events if one["ResourceStatus"] == _ROLLING_BACK]
    return str(told[0].get("ResourceStatusReason", "")) if told else ""


def _operated(work: Work, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return work.operate(operation, request)
    except AwsError as error:
        raise ValidationError(error.message) from error


RESOURCE_TYPE = ResourceType(
    NESTED,
    implemented=frozenset({"NotificationARNs", "Parameters", "Tags", "TemplateURL", "TimeoutInMinutes"}),
    create=_create,
    update=_update,
    delete=_delete,
    look=_look,
    is_gone=_is_gone,
)
