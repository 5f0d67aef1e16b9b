"""Policies of users: inline ones, and managed ones that are attached."""

from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, policy_document, rules
from stratolite.services.iam.lookup import attachable, policy_path, require_user
from stratolite.services.iam.paging import page


def put_user_policy(call: Call, iam: Iam, request: api.PutUserPolicyRequest) -> None:
    """Add an inline policy, or replace it."""
    user = require_user(call, iam, request["UserName"])
    user.inline[request["PolicyName"]] = policy_document.inline_policy(request["PolicyDocument"])
    if sum(map(rules.characters, user.inline.values())) > rules.USER_INLINE_CHARACTERS_MAX:
        raise api.LimitExceededException(
            f"Maximum policy size of {rules.USER_INLINE_CHARACTERS_MAX} bytes exceeded for user {user.name}"
        )
    iam.store.put_user(call, user)


def get_user_policy(call: Call, iam: Iam, request: api.GetUserPolicyRequest) -> api.GetUserPolicyResponse:
    """An inline policy."""
    user = require_user(call, iam, request["UserName"])
    text = user.inline.get(request["PolicyName"])
    if text is None:
        raise _missing(request["PolicyName"])
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
    if request["PolicyName"] not in user.inline:
        raise _missing(request["PolicyName"])
    del user.inline[request["PolicyName"]]
    iam.store.put_user(call, user)


def attach_user_policy(call: Call, iam: Iam, request: api.AttachUserPolicyRequest) -> None:
    """Attach a managed policy; one that is attached already stays so."""
    user = require_user(call, iam, request["UserName"])
    arn = request["PolicyArn"]
    attachable(call, iam, arn)
    if arn in user.attached:
        return
    rules.quota("PoliciesPerUser", len(user.attached) + 1, rules.ATTACHED_MAX)
    user.attached.append(arn)
    iam.store.put_user(call, user)


def detach_user_policy(call: Call, iam: Iam, request: api.DetachUserPolicyRequest) -> None:
    """Detach a managed policy."""
    user = require_user(call, iam, request["UserName"])
    if request["PolicyArn"] not in user.attached:
        raise api.NoSuchEntityException(f"Policy {request['PolicyArn']} was not found.")
    user.attached.remove(request["PolicyArn"])
    iam.store.put_user(call, user)


def list_attached_user_policies(
    call: Call, iam: Iam, request: api.ListAttachedUserPoliciesRequest
) -> api.ListAttachedUserPoliciesResponse:
    """The managed policies of a user, below a path."""
    prefix = request.get("PathPrefix", "/")
    attached = require_user(call, iam, request["UserName"]).attached
    arns, more = page([arn for arn in attached if policy_path(arn).startswith(prefix)], request)
    shown = [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]
    return {"AttachedPolicies": shown, **more}  # type: ignore[typeddict-item]


def _missing(name: str) -> api.NoSuchEntityException:
    return api.NoSuchEntityException(f"The user policy with name {name} cannot be found.")
