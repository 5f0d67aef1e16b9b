"""Finding roles and policies, with AWS's errors; showing them."""

from stratolite.core.call import Call
from stratolite.core.entropy import UPPER_ALNUM, Entropy
from stratolite.services.iam import Iam, api, rules
from stratolite.services.iam.domain import Policy, Role

ID_LENGTH = 17


def unique_id(entropy: Entropy, prefix: str) -> str:
    """``AROA...`` for a role, ``ANPA...`` for a policy."""
    return prefix + entropy.token(ID_LENGTH, UPPER_ALNUM)


def require_role(call: Call, iam: Iam, name: str) -> Role:
    """Raises NoSuchEntity."""
    role = iam.store.role(call, name)
    if role is None:
        raise api.NoSuchEntityException(f"The role with name {name} cannot be found.")
    return role


def require_policy(call: Call, iam: Iam, arn: str) -> Policy:
    """A managed policy of the account. Raises ValidationError, NoSuchEntity."""
    rules.policy_arn(arn)
    policy = iam.store.policy(call, arn)
    if policy is None:
        raise api.NoSuchEntityException(f"Policy {arn} was not found.")
    return policy


def attachable(call: Call, iam: Iam, arn: str) -> None:
    """Raises ValidationError, NoSuchEntity unless a policy can be attached; AWS's own are known by their name."""
    rules.policy_arn(arn)
    if not rules.AWS_POLICY.fullmatch(arn) and iam.store.policy(call, arn) is None:
        raise api.NoSuchEntityException(f"Policy {arn} does not exist or is not attachable.")


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


def shown_tags(tags: dict[str, str]) -> list[api.Tag]:
    """Tags in their answer's form."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def shown_policy(call: Call, iam: Iam, policy: Policy, *, whole: bool) -> api.Policy:
    """A managed policy; ``whole`` with description and tags."""
    shown: api.Policy = {
        "PolicyName": policy.name,
        "PolicyId": policy.policy_id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version,
        "AttachmentCount": iam.store.attachments(call, policy.arn),
        "PermissionsBoundaryUsageCount": sum(role.boundary == policy.arn for role in iam.store.roles(call)),
        "IsAttachable": True,
        "CreateDate": policy.created_s,
        "UpdateDate": policy.updated_s,
    }
    if whole and policy.description:
        shown["Description"] = policy.description
    if whole and policy.tags:
        shown["Tags"] = shown_tags(policy.tags)
    return shown
