"""Managed policies and their versions."""

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.iam import Iam, api, policy_document, rules
from stratolite.services.iam.domain import Group, Policy, Role, User, Version
from stratolite.services.iam.lookup import (
    require_own_policy,
    require_policy,
    shown_policy,
    shown_tags,
    unique_id,
    usage,
)
from stratolite.services.iam.managed import all_managed
from stratolite.services.iam.paging import page


def create_policy(call: Call, iam: Iam, request: api.CreatePolicyRequest) -> api.CreatePolicyResponse:
    """Make a managed policy."""
    name, path = request["PolicyName"], request.get("Path", "/")
    document = _document(request["PolicyDocument"])
    arn = str(Arn("iam", "", call.account, f"policy{path}{name}", partition_of(call.region)))
    if any(one.name == name for one in iam.store.policies(call)):
        raise api.EntityAlreadyExistsException(
            f"A policy called {name} already exists. Duplicate names are not allowed."
        )
    now_s = call.now_ms // 1000
    policy = Policy(
        name,
        path,
        unique_id(iam.world.entropy, "ANPA"),
        arn,
        now_s,
        now_s,
        "v1",
        [Version("v1", document, now_s)],
        request.get("Description", ""),
        tags=rules.tags(request.get("Tags", []), {}),
    )
    iam.store.put_policy(call, policy)
    return {"Policy": shown_policy(call, iam, policy, whole=False)}


def get_policy(call: Call, iam: Iam, request: api.GetPolicyRequest) -> api.GetPolicyResponse:
    """A managed policy of the account, or of AWS."""
    return {"Policy": shown_policy(call, iam, require_policy(call, iam, request["PolicyArn"]), whole=True)}


def list_policies(call: Call, iam: Iam, request: api.ListPoliciesRequest) -> api.ListPoliciesResponse:
    """Managed policies below a path: the account's, and those of AWS whose documents are known here."""
    scope, prefix = request.get("Scope", "All"), request.get("PathPrefix", "/")
    found = [] if scope == "AWS" else iam.store.policies(call)
    if scope != "Local":
        found += all_managed(partition_of(call.region))
    attached, boundaries = usage(iam.store.bearers(call))
    if request.get("PolicyUsageFilter") == "PermissionsBoundary":
        attached = boundaries
        found = [one for one in found if boundaries[one.arn]]
    if request.get("OnlyAttached"):
        found = [one for one in found if attached[one.arn]]
    policies, more = page([one for one in found if one.path.startswith(prefix)], request)
    shown = [shown_policy(call, iam, one, whole=False, listed=True) for one in policies]
    return {"Policies": shown, **more}  # type: ignore[typeddict-item]


def delete_policy(call: Call, iam: Iam, request: api.DeletePolicyRequest) -> None:
    """Delete a managed policy that nothing uses and that has one version left."""
    policy = require_own_policy(call, iam, request["PolicyArn"])
    attached, boundaries = usage(iam.store.bearers(call))
    if attached[policy.arn] or boundaries[policy.arn]:
        raise api.DeleteConflictException("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise api.DeleteConflictException(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
    iam.store.drop_policy(call, policy.arn)


def create_policy_version(
    call: Call, iam: Iam, request: api.CreatePolicyVersionRequest
) -> api.CreatePolicyVersionResponse:
    """Add a version to a managed policy."""
    document = _document(request["PolicyDocument"])
    policy = require_own_policy(call, iam, request["PolicyArn"])
    if len(policy.versions) >= rules.POLICY_VERSIONS_MAX:
        raise api.LimitExceededException(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
            "version."
        )
    version = Version(f"v{policy.next_version}", document, call.now_ms // 1000)
    policy.next_version += 1
    policy.versions.append(version)
    if request.get("SetAsDefault"):
        policy.default_version = version.id
    policy.updated_s = call.now_ms // 1000
    iam.store.put_policy(call, policy)
    return {"PolicyVersion": _shown(policy, version, with_document=False)}


def get_policy_version(call: Call, iam: Iam, request: api.GetPolicyVersionRequest) -> api.GetPolicyVersionResponse:
    """A version of a managed policy, with its document."""
    policy = require_policy(call, iam, request["PolicyArn"])
    version = _version(policy, request["VersionId"])
    if not version.document:
        raise NotImplementedHere(f"The document of {policy.arn} is not part of this version of Stratolite.")
    return {"PolicyVersion": _shown(policy, version, with_document=True)}


def list_policy_versions(
    call: Call, iam: Iam, request: api.ListPolicyVersionsRequest
) -> api.ListPolicyVersionsResponse:
    """The versions of a managed policy, the newest first."""
    policy = require_policy(call, iam, request["PolicyArn"])
    versions, more = page(list(reversed(policy.versions)), request)
    shown = [_shown(policy, one, with_document=False) for one in versions]
    return {"Versions": shown, **more}  # type: ignore[typeddict-item]


def set_default_policy_version(call: Call, iam: Iam, request: api.SetDefaultPolicyVersionRequest) -> None:
    """Make a version the one in force."""
    policy = require_own_policy(call, iam, request["PolicyArn"])
    policy.default_version = _version(policy, request["VersionId"]).id
    policy.updated_s = call.now_ms // 1000
    iam.store.put_policy(call, policy)


def delete_policy_version(call: Call, iam: Iam, request: api.DeletePolicyVersionRequest) -> None:
    """Delete a version that is not the default one."""
    policy = require_own_policy(call, iam, request["PolicyArn"])
    version = _version(policy, request["VersionId"])
    if version.id == policy.default_version:
        raise api.DeleteConflictException("Cannot delete the default version of a policy.")
    policy.versions.remove(version)
    iam.store.put_policy(call, policy)


def tag_policy(call: Call, iam: Iam, request: api.TagPolicyRequest) -> None:
    """Add tags to a managed policy, or change them."""
    policy = require_own_policy(call, iam, request["PolicyArn"])
    policy.tags = rules.tags(request["Tags"], policy.tags)
    iam.store.put_policy(call, policy)


def untag_policy(call: Call, iam: Iam, request: api.UntagPolicyRequest) -> None:
    """Take tags off a managed policy."""
    policy = require_own_policy(call, iam, request["PolicyArn"])
    policy.tags = rules.without(policy.tags, request["TagKeys"])
    iam.store.put_policy(call, policy)


def list_policy_tags(call: Call, iam: Iam, request: api.ListPolicyTagsRequest) -> api.ListPolicyTagsResponse:
    """A managed policy's tags."""
    tags, more = page(shown_tags(require_policy(call, iam, request["PolicyArn"]).tags), request)
    return {"Tags": list(tags), **more}  # type: ignore[typeddict-item]


def list_entities_for_policy(
    call: Call, iam: Iam, request: api.ListEntitiesForPolicyRequest
) -> api.ListEntitiesForPolicyResponse:
    """The roles, users and groups that a managed policy is attached to, or whose permissions it bounds."""
    policy = require_policy(call, iam, request["PolicyArn"])
    prefix, use = request.get("PathPrefix", "/"), request.get("PolicyUsageFilter", "")
    kinds: dict[str, type[Role | User | Group]] = {"Role": Role, "User": User, "Group": Group}
    kind = request.get("EntityFilter")
    wanted = tuple(kinds.values()) if kind is None else (kinds[kind],) if kind in kinds else ()

    def is_used(bearer: Role | User | Group) -> bool:
        return (policy.arn in bearer.attached and use != "PermissionsBoundary") or (
            bearer.boundary == policy.arn and use != "PermissionsPolicy"
        )

    bearers = [one for one in iam.store.bearers(call) if isinstance(one, wanted) and is_used(one)]
    shown, more = page([one for one in bearers if one.path.startswith(prefix)], request)
    return {
        "PolicyGroups": [{"GroupName": one.name, "GroupId": one.group_id} for one in shown if isinstance(one, Group)],
        "PolicyUsers": [{"UserName": one.name, "UserId": one.user_id} for one in shown if isinstance(one, User)],
        "PolicyRoles": [{"RoleName": one.name, "RoleId": one.role_id} for one in shown if isinstance(one, Role)],
        **more,  # type: ignore[typeddict-item]
    }


def _document(text: str) -> str:
    """A document that a managed policy may have. Raises MalformedPolicyDocument, LimitExceeded."""
    document = policy_document.managed_policy(text)
    rules.quota("PolicySize", rules.characters(document), rules.MANAGED_CHARACTERS_MAX)
    return document


def _version(policy: Policy, version_id: str) -> Version:
    version = policy.version(version_id)
    if version is None:
        raise api.NoSuchEntityException(
            f"Policy {policy.arn} version {version_id} does not exist or is not attachable."
        )
    return version


def _shown(policy: Policy, version: Version, *, with_document: bool) -> api.PolicyVersion:
    shown: api.PolicyVersion = {
        "VersionId": version.id,
        "IsDefaultVersion": version.id == policy.default_version,
        "CreateDate": version.created_s,
    }
    if with_document:
        shown["Document"] = rules.shown_document(version.document)
    return shown
