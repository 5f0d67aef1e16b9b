"""Policies of users: inline ones, and managed ones that are attached."""

from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, bearing, rules
from stratolite.services.iam.lookup import require_user
from stratolite.services.iam.paging import page


def put_user_policy(call: Call, iam: Iam, request: api.PutUserPolicyRequest) -> None:
    """Add an inline policy, or replace it."""
    user = require_user(call, iam, request["UserName"])
    bearing.put_inline(user, request["PolicyName"], request["PolicyDocument"])
    iam.store.put_user(call, user)


def get_user_policy(call: Call, iam: Iam, request: api.GetUserPolicyRequest) -> api.GetUserPolicyResponse:
    """An inline policy."""
    user = require_user(call, iam, request["UserName"])
    text = bearing.inline(user, request["PolicyName"])
    return {
        "UserName": user.name,
        "PolicyName": request["PolicyName"],
        "PolicyDocument": rules.shown_document(text),
    }


def list_user_policies(call: Call, iam: Iam, request: api.ListUserPoliciesRequest) -> api.ListUserPoliciesResponse:
    """The names of a user's inline policies."""
    names, more = page(sorted(require_user(call, iam, request["UserName"]).inline), request)
    return {"PolicyNames": list(names), **more}  # type: ignore[typeddict-item]


def delete_user_policy(call: Call, iam: Iam, request: api.DeleteUserPolicyRequest) -> None:
    """Delete an inline policy."""
    user = require_user(call, iam, request["UserName"])
    bearing.inline(user, request["PolicyName"])
    del user.inline[request["PolicyName"]]
    iam.store.put_user(call, user)


def attach_user_policy(call: Call, iam: Iam, request: api.AttachUserPolicyRequest) -> None:
    """Attach a managed policy; one that is attached already stays so."""
    user = require_user(call, iam, request["UserName"])
    bearing.attach(call, iam, user, request["PolicyArn"])
    iam.store.put_user(call, user)


def detach_user_policy(call: Call, iam: Iam, request: api.DetachUserPolicyRequest) -> None:
    """Detach a managed policy."""
    user = require_user(call, iam, request["UserName"])
    bearing.detach(user, request["PolicyArn"])
    iam.store.put_user(call, user)


def list_attached_user_policies(
    call: Call, iam: Iam, request: api.ListAttachedUserPoliciesRequest
) -> api.ListAttachedUserPoliciesResponse:
    """The managed policies of a user, below a path."""
    user = require_user(call, iam, request["UserName"])
    return bearing.attached(user, request)  # type: ignore[return-value]
