"""Policies of groups: inline ones, and managed ones that are attached."""

from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, bearing, rules
from stratolite.services.iam.lookup import require_group
from stratolite.services.iam.paging import page


def put_group_policy(call: Call, iam: Iam, request: api.PutGroupPolicyRequest) -> None:
    """Add an inline policy, or replace it."""
    group = require_group(call, iam, request["GroupName"])
    bearing.put_inline(group, request["PolicyName"], request["PolicyDocument"])
    iam.store.put_group(call, group)


def get_group_policy(call: Call, iam: Iam, request: api.GetGroupPolicyRequest) -> api.GetGroupPolicyResponse:
    """An inline policy."""
    group = require_group(call, iam, request["GroupName"])
    text = bearing.inline(group, request["PolicyName"])
    return {
        "GroupName": group.name,
        "PolicyName": request["PolicyName"],
        "PolicyDocument": rules.shown_document(text),
    }


def list_group_policies(call: Call, iam: Iam, request: api.ListGroupPoliciesRequest) -> api.ListGroupPoliciesResponse:
    """The names of a group's inline policies."""
    names, more = page(sorted(require_group(call, iam, request["GroupName"]).inline), request)
    return {"PolicyNames": list(names), **more}  # type: ignore[typeddict-item]


def delete_group_policy(call: Call, iam: Iam, request: api.DeleteGroupPolicyRequest) -> None:
    """Delete an inline policy."""
    group = require_group(call, iam, request["GroupName"])
    bearing.inline(group, request["PolicyName"])
    del group.inline[request["PolicyName"]]
    iam.store.put_group(call, group)


def attach_group_policy(call: Call, iam: Iam, request: api.AttachGroupPolicyRequest) -> None:
    """Attach a managed policy; one that is attached already stays so."""
    group = require_group(call, iam, request["GroupName"])
    bearing.attach(call, iam, group, request["PolicyArn"])
    iam.store.put_group(call, group)


def detach_group_policy(call: Call, iam: Iam, request: api.DetachGroupPolicyRequest) -> None:
    """Detach a managed policy."""
    group = require_group(call, iam, request["GroupName"])
    bearing.detach(group, request["PolicyArn"])
    iam.store.put_group(call, group)


def list_attached_group_policies(
    call: Call, iam: Iam, request: api.ListAttachedGroupPoliciesRequest
) -> api.ListAttachedGroupPoliciesResponse:
    """The managed policies of a group, below a path."""
    group = require_group(call, iam, request["GroupName"])
    return bearing.attached(group, request)  # type: ignore[return-value]
