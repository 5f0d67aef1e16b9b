"""A stack's resources and events, as they are described."""

import json

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import Cloudformation, api, rules
from stratolite.services.cloudformation.domain import Resource, Stack
from stratolite.services.cloudformation.lookup import require_stack

_NEWEST = 1 << 62


def describe_stack_resource(
    call: Call, cloudformation: Cloudformation, request: api.DescribeStackResourceInput
) -> api.DescribeStackResourceOutput:
    """One resource of a stack."""
    name = request["StackName"]
    stack = require_stack(call, cloudformation, name, "Stack '{name}' does not exist")
    resource = cloudformation.store.resources(stack.stack_id).get(request["LogicalResourceId"])
    if resource is None:
        raise ValidationError(f"Resource {request['LogicalResourceId']} does not exist for stack {name}")
    detail: api.StackResourceDetail = {
        "StackName": stack.name,
        "StackId": stack.stack_id,
        "LogicalResourceId": resource.logical_id,
        "ResourceType": resource.type,
        "LastUpdatedTimestamp": resource.updated_ms / 1000,
        "ResourceStatus": resource.status,
        "Metadata": json.dumps(resource.metadata if resource.metadata is not None else {}),
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }
    if resource.physical_id:
        detail["PhysicalResourceId"] = resource.physical_id
    if resource.reason:
        detail["ResourceStatusReason"] = resource.reason
    return {"StackResourceDetail": detail}


def describe_stack_resources(
    call: Call, cloudformation: Cloudformation, request: api.DescribeStackResourcesInput
) -> api.DescribeStackResourcesOutput:
    """All resources of a stack, or the one with a logical id; also by the physical id of one."""
    name, physical = request.get("StackName", ""), request.get("PhysicalResourceId", "")
    if bool(name) == bool(physical):
        raise ValidationError("Must specify StackName or PhysicalResourceId, but not both")
    stack = require_stack(call, cloudformation, name) if name else _owner(call, cloudformation, physical)
    wanted = request.get("LogicalResourceId")
    found = [one for one in _sorted(cloudformation, stack) if wanted in (None, one.logical_id)]
    if wanted is not None and not found:
        raise ValidationError(f"Resource {wanted} does not exist for stack {name}")
    return {"StackResources": [_shown(stack, one) for one in found]}


def list_stack_resources(
    call: Call, cloudformation: Cloudformation, request: api.ListStackResourcesInput
) -> api.ListStackResourcesOutput:
    """Summaries of all resources of a stack, in pages of 100."""
    stack = require_stack(call, cloudformation, request["StackName"])
    page, more = rules.page_of(_sorted(cloudformation, stack), request)
    summaries: list[api.StackResourceSummary] = []
    for one in page:
        summary: api.StackResourceSummary = {
            "LogicalResourceId": one.logical_id,
            "ResourceType": one.type,
            "LastUpdatedTimestamp": one.updated_ms / 1000,
            "ResourceStatus": one.status,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
        if one.physical_id:
            summary["PhysicalResourceId"] = one.physical_id
        if one.reason:
            summary["ResourceStatusReason"] = one.reason
        summaries.append(summary)
    return {"StackResourceSummaries": summaries, **more}  # type: ignore[typeddict-item]


def describe_stack_events(
    call: Call, cloudformation: Cloudformation, request: api.DescribeStackEventsInput
) -> api.DescribeStackEventsOutput:
    """What happened to a stack, the newest first, in pages of 100."""
    stack = require_stack(call, cloudformation, request["StackName"], "Stack [{name}] does not exist")
    before = rules.position_of(request) or _NEWEST
    events = cloudformation.store.events(stack.stack_id, before, rules.EVENTS_PAGE + 1)
    page = events[: rules.EVENTS_PAGE]
    result: api.DescribeStackEventsOutput = {"StackEvents": [event for _, event in page]}  # type: ignore[misc]
    if len(events) > rules.EVENTS_PAGE:
        result["NextToken"] = str(page[-1][0])
    return result


def _sorted(cloudformation: Cloudformation, stack: Stack) -> list[Resource]:
    return [one for _, one in sorted(cloudformation.store.resources(stack.stack_id).items())]


def _owner(call: Call, cloudformation: Cloudformation, physical_id: str) -> Stack:
    for stack in cloudformation.store.stacks(call):
        if stack.exists and any(one.physical_id == physical_id for one in _sorted(cloudformation, stack)):
            return stack
    raise ValidationError(f"Stack for {physical_id} does not exist")


def _shown(stack: Stack, one: Resource) -> api.StackResource:
    resource: api.StackResource = {
        "StackName": stack.name,
        "StackId": stack.stack_id,
        "LogicalResourceId": one.logical_id,
        "ResourceType": one.type,
        "Timestamp": one.updated_ms / 1000,
        "ResourceStatus": one.status,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }
    if one.physical_id:
        resource["PhysicalResourceId"] = one.physical_id
    if one.reason:
        resource["ResourceStatusReason"] = one.reason
    return resource
