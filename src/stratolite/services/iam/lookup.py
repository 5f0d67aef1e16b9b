"""Finding roles and policies, with AWS's errors; showing them."""

from collections import Counter
from collections.abc import Iterable

from stratolite.core.call import Call
from stratolite.core.entropy import UPPER_ALNUM, Entropy
from stratolite.core.errors import ValidationError
from stratolite.services.iam import Iam, api, rules
from stratolite.services.iam.domain import Group, Policy, Profile, Role, User
from stratolite.services.iam.managed import managed

ID_LENGTH = 17


def unique_id(entropy: Entropy, prefix: str) -> str:
    """``AROA...`` for a role, ``AIDA...`` for a user, ``AGPA...`` for a group, and so on."""
    return prefix + entropy.token(ID_LENGTH, UPPER_ALNUM)


def require_role(call: Call, iam: Iam, name: str) -> Role:
    """Raises NoSuchEntity."""
    role = iam.store.role(call, name)
    if role is None:
        raise api.NoSuchEntityException(f"The role with name {name} cannot be found.")
    return role


def require_user(call: Call, iam: Iam, name: str | None) -> User:
    """A user by its name, or the one who asks. Raises NoSuchEntity, ValidationError."""
    if name is None:
        held = iam.store.access_key(call.access_key_id)
        if held is None or held[0] != call.account:
            raise ValidationError("Must specify userName when calling with non-User credentials")
        name = held[1].user_name
    user = iam.store.user(call.account, name)
    if user is None:
        raise api.NoSuchEntityException(f"The user with name {name} cannot be found.")
    return user


def require_group(call: Call, iam: Iam, name: str) -> Group:
    """Raises NoSuchEntity."""
    group = iam.store.group(call, name)
    if group is None:
        raise api.NoSuchEntityException(f"The group with name {name} cannot be found.")
    return group


def require_profile(call: Call, iam: Iam, name: str) -> Profile:
    """Raises NoSuchEntity."""
    profile = iam.store.profile(call, name)
    if profile is None:
        raise api.NoSuchEntityException(f"Instance Profile {name} cannot be found.")
    return profile


def require_policy(call: Call, iam: Iam, arn: str) -> Policy:
    """A managed policy of the account or of AWS. Raises ValidationError, NoSuchEntity."""
    return managed(arn) or require_own_policy(call, iam, arn)


def require_own_policy(call: Call, iam: Iam, arn: str) -> Policy:
    """A managed policy of the account. Raises ValidationError, NoSuchEntity."""
    rules.policy_arn(arn)
    policy = iam.store.policy(call, arn)
    if policy is None:
        raise api.NoSuchEntityException(f"Policy {arn} was not found.")
    return policy


def attachable(call: Call, iam: Iam, arn: str, said: str = "Policy") -> None:
    """Raises ValidationError, NoSuchEntity unless a policy can be attached, or bound what a role may do."""
    rules.policy_arn(arn)
    if managed(arn) is None and iam.store.policy(call, arn) is None:
        raise api.NoSuchEntityException(f"{said} {arn} does not exist or is not attachable.")


def bounding(call: Call, iam: Iam, arn: str) -> None:
    """Raises ValidationError, NoSuchEntity unless a policy can bound what a role may do."""
    attachable(call, iam, arn, "Scope ARN:")


def usage(bearers: Iterable[Role | User | Group]) -> tuple[Counter[str], Counter[str]]:
    """How many roles, users and groups each policy is attached to, and how many it bounds; by ARN."""
    attached: Counter[str] = Counter()
    boundaries: Counter[str] = Counter()
    for bearer in bearers:
        attached.update(bearer.attached)
        boundaries[bearer.boundary] += 1
    return attached, boundaries


def shown_role(role: Role, *, whole: bool) -> api.Role:
    """A role; ``whole`` as GetRole shows it, else as CreateRole does."""
    shown: api.Role = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.role_id,
        "Arn": role.arn,
        "CreateDate": role.created_s,
        "AssumeRolePolicyDocument": rules.shown_document(role.trust_policy),
    }
    if role.description:
        shown["Description"] = role.description
    if whole or role.max_session_s != 3600:
        shown["MaxSessionDuration"] = role.max_session_s
    if role.boundary:
        shown["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": role.boundary,
        }
    if role.tags:
        shown["Tags"] = shown_tags(role.tags)
    if whole:
        shown["RoleLastUsed"] = {}
    return shown


def shown_user(user: User, *, listed: bool = False) -> api.User:
    """A user; ``listed`` as lists show it, without what costs a look-up."""
    shown: api.User = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.user_id,
        "Arn": user.arn,
        "CreateDate": user.created_s,
    }
    if user.boundary and not listed:
        shown["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": user.boundary,
        }
    if user.tags and not listed:
        shown["Tags"] = shown_tags(user.tags)
    return shown


def shown_group(group: Group) -> api.Group:
    """A group without its users."""
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.group_id,
        "Arn": group.arn,
        "CreateDate": group.created_s,
    }


def policy_path(policy_arn: str) -> str:
    """The path of a managed policy: ``/service-role/``."""
    return "/" + "".join(policy_arn.partition(":policy/")[2].rpartition("/")[:2])


def shown_tags(tags: dict[str, str]) -> list[api.Tag]:
    """Tags in their answer's form."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def shown_policy(call: Call, iam: Iam, policy: Policy, *, whole: bool, listed: bool = False) -> api.Policy:
    """A managed policy; ``whole`` as GetPolicy shows it, ``listed`` as lists do."""
    attached, boundaries = usage(iam.store.bearers(call))
    shown: api.Policy = {
        "PolicyName": policy.name,
        "PolicyId": policy.policy_id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version,
        "AttachmentCount": attached[policy.arn],
        "PermissionsBoundaryUsageCount": boundaries[policy.arn],
        "IsAttachable": True,
        "CreateDate": policy.created_s,
        "UpdateDate": policy.updated_s,
    }
    if whole and policy.description:
        shown["Description"] = policy.description
    if whole or (policy.tags and not listed):
        shown["Tags"] = shown_tags(policy.tags)
    return shown


def shown_profile(call: Call, iam: Iam, profile: Profile) -> api.InstanceProfile:
    """An instance profile with its role."""
    shown: api.InstanceProfile = {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.profile_id,
        "Arn": profile.arn,
        "CreateDate": profile.created_s,
        "Roles": [shown_role(role, whole=False) for name in profile.roles if (role := iam.store.role(call, name))],
    }
    if profile.tags:
        shown["Tags"] = shown_tags(profile.tags)
    return shown
