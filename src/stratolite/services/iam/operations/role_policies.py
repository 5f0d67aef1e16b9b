"""Policies of roles: inline ones, and managed ones that are attached."""

from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, bearing, rules
from stratolite.services.iam.lookup import require_role
from stratolite.services.iam.paging import page


def put_role_policy(call: Call, iam: Iam, request: api.PutRolePolicyRequest) -> None:
    """Add an inline policy, or replace it."""
    role = require_role(call, iam, request["RoleName"])
    bearing.put_inline(role, request["PolicyName"], request["PolicyDocument"])
    iam.store.put_role(call, role)


def get_role_policy(call: Call, iam: Iam, request: api.GetRolePolicyRequest) -> api.GetRolePolicyResponse:
    """An inline policy."""
    role = require_role(call, iam, request["RoleName"])
    text = bearing.inline(role, request["PolicyName"])
    return {
        "RoleName": role.name,
        "PolicyName": request["PolicyName"],
        "PolicyDocument": rules.shown_document(text),
    }


def list_role_policies(call: Call, iam: Iam, request: api.ListRolePoliciesRequest) -> api.ListRolePoliciesResponse:
    """The names of a role's inline policies."""
    names, more = page(sorted(require_role(call, iam, request["RoleName"]).inline), request)
    return {"PolicyNames": list(names), **more}  # type: ignore[typeddict-item]


def delete_role_policy(call: Call, iam: Iam, request: api.DeleteRolePolicyRequest) -> None:
    """Delete an inline policy."""
    role = require_role(call, iam, request["RoleName"])
    bearing.inline(role, request["PolicyName"])
    del role.inline[request["PolicyName"]]
    iam.store.put_role(call, role)


def attach_role_policy(call: Call, iam: Iam, request: api.AttachRolePolicyRequest) -> None:
    """Attach a managed policy; one that is attached already stays so."""
    role = require_role(call, iam, request["RoleName"])
    bearing.attach(call, iam, role, request["PolicyArn"])
    iam.store.put_role(call, role)


def detach_role_policy(call: Call, iam: Iam, request: api.DetachRolePolicyRequest) -> None:
    """Detach a managed policy."""
    role = require_role(call, iam, request["RoleName"])
    bearing.detach(role, request["PolicyArn"])
    iam.store.put_role(call, role)


def list_attached_role_policies(
    call: Call, iam: Iam, request: api.ListAttachedRolePoliciesRequest
) -> api.ListAttachedRolePoliciesResponse:
    """The managed policies of a role, below a path."""
    role = require_role(call, iam, request["RoleName"])
    return bearing.attached(role, request)  # type: ignore[return-value]
