"""Roles, their trust policies, inline policies and attached ones."""

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, policy_document, rules
from stratolite.services.iam.domain import Role
from stratolite.services.iam.lookup import (
    attachable,
    bounding,
    policy_path,
    require_role,
    shown_role,
    shown_tags,
    unique_id,
)
from stratolite.services.iam.paging import page


def create_role(call: Call, iam: Iam, request: api.CreateRoleRequest) -> api.CreateRoleResponse:
    """Make a role."""
    name, path = request["RoleName"], request.get("Path", "/")
    trust = _trust(request["AssumeRolePolicyDocument"])
    tags = rules.tags(request.get("Tags", []), {})
    if "PermissionsBoundary" in request:
        bounding(call, iam, request["PermissionsBoundary"])
    if iam.store.role(call, name) is not None:
        raise api.EntityAlreadyExistsException(f"Role with name {name} already exists.")
    arn = str(Arn("iam", "", call.account, f"role{path}{name}", partition_of(call.region)))
    role = Role(
        name,
        path,
        unique_id(iam.world.entropy, "AROA"),
        arn,
        call.now_ms // 1000,
        trust,
        request.get("Description", ""),
        request.get("MaxSessionDuration", 3600),
        request.get("PermissionsBoundary", ""),
        tags=tags,
    )
    iam.store.put_role(call, role)
    return {"Role": shown_role(role, whole=False)}


def get_role(call: Call, iam: Iam, request: api.GetRoleRequest) -> api.GetRoleResponse:
    """A role by its name."""
    return {"Role": shown_role(require_role(call, iam, request["RoleName"]), whole=True)}


def list_roles(call: Call, iam: Iam, request: api.ListRolesRequest) -> api.ListRolesResponse:
    """Roles, below a path."""
    prefix = request.get("PathPrefix", "/")
    roles, more = page([role for role in iam.store.roles(call) if role.path.startswith(prefix)], request)
    shown = [shown_role(role, whole=True) for role in roles]
    for one in shown:
        # Listings leave out what costs a look-up a role.
        for key in ("Tags", "RoleLastUsed", "PermissionsBoundary"):
            one.pop(key, None)  # type: ignore[misc]
    return {"Roles": shown, **more}  # type: ignore[typeddict-item]


def update_role(call: Call, iam: Iam, request: api.UpdateRoleRequest) -> api.UpdateRoleResponse:
    """Change a role's description and session length."""
    role = require_role(call, iam, request["RoleName"])
    role.description = request.get("Description", role.description)
    role.max_session_s = request.get("MaxSessionDuration", role.max_session_s)
    iam.store.put_role(call, role)
    return {}


def update_role_description(
    call: Call, iam: Iam, request: api.UpdateRoleDescriptionRequest
) -> api.UpdateRoleDescriptionResponse:
    """Change a role's description: UpdateRole is its successor."""
    role = require_role(call, iam, request["RoleName"])
    role.description = request["Description"]
    iam.store.put_role(call, role)
    return {"Role": shown_role(role, whole=False)}


def update_assume_role_policy(call: Call, iam: Iam, request: api.UpdateAssumeRolePolicyRequest) -> None:
    """Change who may assume a role."""
    role = require_role(call, iam, request["RoleName"])
    role.trust_policy = _trust(request["PolicyDocument"])
    iam.store.put_role(call, role)


def delete_role(call: Call, iam: Iam, request: api.DeleteRoleRequest) -> None:
    """Delete a role that has no policies left."""
    role = require_role(call, iam, request["RoleName"])
    if role.attached:
        raise api.DeleteConflictException("Cannot delete entity, must detach all policies first.")
    if role.inline:
        raise api.DeleteConflictException("Cannot delete entity, must delete policies first.")
    if any(role.name in profile.roles for profile in iam.store.profiles(call)):
        raise api.DeleteConflictException("Cannot delete entity, must remove roles from instance profile first.")
    iam.store.drop_role(call, role.name)


def put_role_policy(call: Call, iam: Iam, request: api.PutRolePolicyRequest) -> None:
    """Add an inline policy, or replace it."""
    role = require_role(call, iam, request["RoleName"])
    role.inline[request["PolicyName"]] = policy_document.inline_policy(request["PolicyDocument"])
    if sum(map(rules.characters, role.inline.values())) > rules.INLINE_CHARACTERS_MAX:
        raise api.LimitExceededException(
            f"Maximum policy size of {rules.INLINE_CHARACTERS_MAX} bytes exceeded for role {role.name}"
        )
    iam.store.put_role(call, role)


def get_role_policy(call: Call, iam: Iam, request: api.GetRolePolicyRequest) -> api.GetRolePolicyResponse:
    """An inline policy."""
    role = require_role(call, iam, request["RoleName"])
    text = role.inline.get(request["PolicyName"])
    if text is None:
        raise api.NoSuchEntityException(f"The role policy with name {request['PolicyName']} cannot be found.")
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
    if request["PolicyName"] not in role.inline:
        raise api.NoSuchEntityException(f"The role policy with name {request['PolicyName']} cannot be found.")
    del role.inline[request["PolicyName"]]
    iam.store.put_role(call, role)


def attach_role_policy(call: Call, iam: Iam, request: api.AttachRolePolicyRequest) -> None:
    """Attach a managed policy; one that is attached already stays so."""
    role = require_role(call, iam, request["RoleName"])
    arn = request["PolicyArn"]
    attachable(call, iam, arn)
    if arn in role.attached:
        return
    rules.quota("PoliciesPerRole", len(role.attached) + 1, rules.ATTACHED_MAX)
    role.attached.append(arn)
    iam.store.put_role(call, role)


def detach_role_policy(call: Call, iam: Iam, request: api.DetachRolePolicyRequest) -> None:
    """Detach a managed policy."""
    role = require_role(call, iam, request["RoleName"])
    if request["PolicyArn"] not in role.attached:
        raise api.NoSuchEntityException(f"Policy {request['PolicyArn']} was not found.")
    role.attached.remove(request["PolicyArn"])
    iam.store.put_role(call, role)


def list_attached_role_policies(
    call: Call, iam: Iam, request: api.ListAttachedRolePoliciesRequest
) -> api.ListAttachedRolePoliciesResponse:
    """The managed policies of a role, below a path."""
    prefix = request.get("PathPrefix", "/")
    attached = require_role(call, iam, request["RoleName"]).attached
    arns, more = page([arn for arn in attached if policy_path(arn).startswith(prefix)], request)
    shown = [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]
    return {"AttachedPolicies": shown, **more}  # type: ignore[typeddict-item]


def put_role_permissions_boundary(call: Call, iam: Iam, request: api.PutRolePermissionsBoundaryRequest) -> None:
    """Set the policy that bounds a role's permissions."""
    role = require_role(call, iam, request["RoleName"])
    bounding(call, iam, request["PermissionsBoundary"])
    role.boundary = request["PermissionsBoundary"]
    iam.store.put_role(call, role)


def delete_role_permissions_boundary(call: Call, iam: Iam, request: api.DeleteRolePermissionsBoundaryRequest) -> None:
    """Take the bounding policy off a role."""
    role = require_role(call, iam, request["RoleName"])
    if not role.boundary:
        raise api.NoSuchEntityException(f"{role.name} does not have PermissionsBoundary.")
    role.boundary = ""
    iam.store.put_role(call, role)


def tag_role(call: Call, iam: Iam, request: api.TagRoleRequest) -> None:
    """Add tags to a role, or change them."""
    role = require_role(call, iam, request["RoleName"])
    role.tags = rules.tags(request["Tags"], role.tags)
    iam.store.put_role(call, role)


def untag_role(call: Call, iam: Iam, request: api.UntagRoleRequest) -> None:
    """Take tags off a role."""
    role = require_role(call, iam, request["RoleName"])
    role.tags = rules.without(role.tags, request["TagKeys"])
    iam.store.put_role(call, role)


def list_role_tags(call: Call, iam: Iam, request: api.ListRoleTagsRequest) -> api.ListRoleTagsResponse:
    """A role's tags."""
    tags, more = page(shown_tags(require_role(call, iam, request["RoleName"]).tags), request)
    return {"Tags": list(tags), **more}  # type: ignore[typeddict-item]


def _trust(text: str) -> str:
    """A trust policy that a role may have. Raises MalformedPolicyDocument, LimitExceeded."""
    trust = policy_document.trust_policy(text)
    rules.quota("ACLSizePerRole", rules.characters(trust), rules.TRUST_CHARACTERS_MAX)
    return trust
