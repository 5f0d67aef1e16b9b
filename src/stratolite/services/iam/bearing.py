"""Policies of those who bear them, users and groups: inline ones, and managed ones that are attached."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, policy_document, rules
from stratolite.services.iam.domain import Group, User
from stratolite.services.iam.lookup import attachable, policy_path
from stratolite.services.iam.paging import page

_INLINE_MAX = {"user": rules.USER_INLINE_CHARACTERS_MAX, "group": rules.GROUP_INLINE_CHARACTERS_MAX}


def _noun(bearer: User | Group) -> str:
    return "user" if isinstance(bearer, User) else "group"


def put_inline(bearer: User | Group, name: str, text: str) -> None:
    """Add an inline policy, or replace it. Raises MalformedPolicyDocument, LimitExceeded."""
    noun = _noun(bearer)
    limit = _INLINE_MAX[noun]
    bearer.inline[name] = policy_document.inline_policy(text)
    if sum(map(rules.characters, bearer.inline.values())) > limit:
        raise api.LimitExceededException(f"Maximum policy size of {limit} bytes exceeded for {noun} {bearer.name}")


def inline(bearer: User | Group, name: str) -> str:
    """The document of an inline policy. Raises NoSuchEntity."""
    if name not in bearer.inline:
        raise api.NoSuchEntityException(f"The {_noun(bearer)} policy with name {name} cannot be found.")
    return bearer.inline[name]


def attach(call: Call, iam: Iam, bearer: User | Group, arn: str) -> None:
    """Attach a managed policy; one that is attached already stays so. Raises NoSuchEntity, LimitExceeded."""
    attachable(call, iam, arn)
    if arn not in bearer.attached:
        rules.quota(f"PoliciesPer{_noun(bearer).title()}", len(bearer.attached) + 1, rules.ATTACHED_MAX)
        bearer.attached.append(arn)


def detach(bearer: User | Group, arn: str) -> None:
    """Detach a managed policy. Raises NoSuchEntity."""
    if arn not in bearer.attached:
        raise api.NoSuchEntityException(f"Policy {arn} was not found.")
    bearer.attached.remove(arn)


def attached(bearer: User | Group, request: Mapping[str, Any]) -> dict[str, Any]:
    """A page of the managed policies, below a path, as answers have it."""
    prefix = request.get("PathPrefix", "/")
    arns, more = page([arn for arn in bearer.attached if policy_path(arn).startswith(prefix)], request)
    return {"AttachedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns], **more}


def check_bare(bearer: User | Group) -> None:
    """Raises DeleteConflict while there are policies."""
    if bearer.attached:
        raise api.DeleteConflictException("Cannot delete entity, must detach all policies first.")
    if bearer.inline:
        raise api.DeleteConflictException("Cannot delete entity, must delete policies first.")
