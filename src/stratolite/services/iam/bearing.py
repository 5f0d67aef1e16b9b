"""Policies of those who bear them: inline ones, managed ones that are attached, one that bounds a role or a user."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, policy_document, rules
from stratolite.services.iam.domain import Group, Role, User
from stratolite.services.iam.lookup import attachable, bounding, policy_path
from stratolite.services.iam.paging import page

Bearer = Role | User | Group
_NOUNS: Mapping[type[Bearer], str] = {Role: "role", User: "user", Group: "group"}
_INLINE_MAX: Mapping[type[Bearer], int] = {
    Role: rules.ROLE_INLINE_CHARACTERS_MAX,
    User: rules.USER_INLINE_CHARACTERS_MAX,
    Group: rules.GROUP_INLINE_CHARACTERS_MAX,
}


def put_inline(bearer: Bearer, name: str, text: str) -> None:
    """Add an inline policy, or replace it. Raises MalformedPolicyDocument, LimitExceeded."""
    limit = _INLINE_MAX[type(bearer)]
    bearer.inline[name] = policy_document.inline_policy(text)
    if sum(map(rules.characters, bearer.inline.values())) > limit:
        noun = _NOUNS[type(bearer)]
        raise api.LimitExceededException(f"Maximum policy size of {limit} bytes exceeded for {noun} {bearer.name}")


def inline(bearer: Bearer, name: str) -> str:
    """The document of an inline policy. Raises NoSuchEntity."""
    if name not in bearer.inline:
        raise api.NoSuchEntityException(f"The {_NOUNS[type(bearer)]} policy with name {name} cannot be found.")
    return bearer.inline[name]


def attach(call: Call, iam: Iam, bearer: Bearer, arn: str) -> None:
    """Attach a managed policy; one that is attached already stays so. Raises NoSuchEntity, LimitExceeded."""
    attachable(call, iam, arn)
    if arn not in bearer.attached:
        rules.quota(f"PoliciesPer{_NOUNS[type(bearer)].title()}", len(bearer.attached) + 1, rules.ATTACHED_MAX)
        bearer.attached.append(arn)


def detach(bearer: Bearer, arn: str) -> None:
    """Detach a managed policy. Raises NoSuchEntity."""
    if arn not in bearer.attached:
        raise api.NoSuchEntityException(f"Policy {arn} was not found.")
    bearer.attached.remove(arn)


def attached(bearer: Bearer, request: Mapping[str, Any]) -> dict[str, Any]:
    """A page of the managed policies, below a path, as answers have it."""
    prefix = request.get("PathPrefix", "/")
    arns, more = page([arn for arn in bearer.attached if policy_path(arn).startswith(prefix)], request)
    return {"AttachedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns], **more}


def bound(call: Call, iam: Iam, bearer: Role | User, arn: str) -> None:
    """Set the policy that bounds what somebody may do. Raises NoSuchEntity, ValidationError."""
    bounding(call, iam, arn)
    bearer.boundary = arn


def unbound(bearer: Role | User) -> None:
    """Take the bounding policy off. Raises NoSuchEntity."""
    if not bearer.boundary:
        raise api.NoSuchEntityException(f"{bearer.name} does not have PermissionsBoundary.")
    bearer.boundary = ""


def check_bare(bearer: Bearer) -> None:
    """Raises DeleteConflict while there are policies."""
    if bearer.attached:
        raise api.DeleteConflictException("Cannot delete entity, must detach all policies first.")
    if bearer.inline:
        raise api.DeleteConflictException("Cannot delete entity, must delete policies first.")
