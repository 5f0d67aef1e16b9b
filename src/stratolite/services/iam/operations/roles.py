"""Roles, their trust policies, boundaries and tags."""

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, bearing, policy_document, rules
from stratolite.services.iam.domain import Role
from stratolite.services.iam.lookup import bounding, require_role, shown_role, shown_tags, unique_id
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
    bearing.check_bare(role)
    if any(role.name in profile.roles for profile in iam.store.profiles(call)):
        raise api.DeleteConflictException("Cannot delete entity, must remove roles from instance profile first.")
    iam.store.drop_role(call, role.name)


def put_role_permissions_boundary(call: Call, iam: Iam, request: api.PutRolePermissionsBoundaryRequest) -> None:
    """Set the policy that bounds a role's permissions."""
    role = require_role(call, iam, request["RoleName"])
    bearing.bound(call, iam, role, request["PermissionsBoundary"])
    iam.store.put_role(call, role)


def delete_role_permissions_boundary(call: Call, iam: Iam, request: api.DeleteRolePermissionsBoundaryRequest) -> None:
    """Take the bounding policy off a role."""
    role = require_role(call, iam, request["RoleName"])
    bearing.unbound(role)
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
