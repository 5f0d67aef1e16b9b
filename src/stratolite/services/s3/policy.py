"""The form of bucket policies, which are kept and not enforced: what AWS refuses is refused here.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html and recorded answers
(TestS3BucketPolicy).
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from stratolite.core.conditions import wildcards
from stratolite.services.s3 import api, policy_actions
from stratolite.services.s3.domain import Bucket
from stratolite.services.s3.policy_actions import BUCKET, OBJECT

POLICY_BYTES_MAX = 20 * 1024
EVERYBODY = "*"
ALLOW, DENY = "Allow", "Deny"
_VERSIONS = ("2008-10-17", "2012-10-17")
_ELEMENTS = frozenset({"Version", "Id", "Statement"})
_REQUIRED = (("Effect",), ("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))
_OF_STATEMENT = frozenset({"Sid", "Condition", *(name for names in _REQUIRED for name in names)})
_KINDS_OF_PRINCIPALS = frozenset({"AWS", "CanonicalUser", "Federated", "Service"})
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,}", re.ASCII)
"""What IAM gives a user or a role, and puts in the place of an ARN once they are deleted."""
_IDENTITY = re.compile(r"arn:aws[a-z-]*:(iam|sts)::(\d{12}|cloudfront):\S.*", re.ASCII)
_RESOURCE = re.compile(r"arn:aws[a-z-]*:s3:", re.ASCII)
_SYNTAX = "Invalid policy syntax."


def check(text: str, bucket: Bucket) -> None:
    """Raises MalformedPolicy unless a text is a policy about a bucket or what is in it."""
    if len(text.encode()) > POLICY_BYTES_MAX:
        raise api.MalformedPolicy("Normalized policy document exceeds the maximum allowed size of 20480 bytes.")
    if not text.startswith("{"):
        raise api.MalformedPolicy("Policies must be valid JSON and the first byte must be '{'")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise api.MalformedPolicy("This policy contains invalid Json") from error
    _check_known(document, _ELEMENTS)
    if "Statement" not in document:
        raise api.MalformedPolicy("Missing required field Statement")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise api.MalformedPolicy("The policy must contain a valid version string")
    found = statements(document)
    if not found:
        raise api.MalformedPolicy("Could not parse the policy: Statement is empty!")
    for statement in found:
        _check_statement(statement, bucket)


def statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a policy. Raises MalformedPolicy for what is none."""
    found = listed(document["Statement"])
    if not all(isinstance(one, dict) for one in found):
        raise api.MalformedPolicy(_SYNTAX)
    return found


def listed(value: Any) -> list[Any]:
    """One value, or several."""
    return value if isinstance(value, list) else [value]


def includes_everybody(principal: Any) -> bool:
    """Whether a principal is ``*``, by itself or among others."""
    return EVERYBODY in (listed(principal.get("AWS")) if isinstance(principal, dict) else listed(principal))


def _check_statement(statement: Mapping[str, Any], bucket: Bucket) -> None:
    _check_known(statement, _OF_STATEMENT)
    for names in _REQUIRED:
        if not any(name in statement for name in names):
            raise api.MalformedPolicy(f"Missing required field {names[0]}")
    effect = statement["Effect"]
    if effect not in (ALLOW, DENY):
        raise api.MalformedPolicy(f"Invalid effect: {effect}")
    if "NotPrincipal" in statement and effect == ALLOW:
        raise api.MalformedPolicy("Allow with NotPrincipal is not allowed.")
    _check_principal(statement.get("Principal", statement.get("NotPrincipal")))
    actions = _texts(statement.get("Action", statement.get("NotAction")))
    if not actions or not all(policy_actions.can_be(action) for action in actions):
        raise api.MalformedPolicy("Policy has invalid action")
    resources = _texts(statement.get("Resource", statement.get("NotResource")))
    if not resources or not all(_is_within(resource, bucket) for resource in resources):
        raise api.MalformedPolicy("Policy has invalid resource")
    if "Action" in statement and "Resource" in statement:
        named = {kind for resource in resources for kind in _kinds(resource)}
        for action in actions:
            done_to = policy_actions.done_to(action)
            if done_to and done_to.isdisjoint(named):
                raise api.MalformedPolicy("Action does not apply to any resource(s) in statement")
    _check_condition(statement.get("Condition", {}))


def _check_known(element: Mapping[str, Any], known: frozenset[str]) -> None:
    for name in element:
        if name not in known:
            raise api.MalformedPolicy(f"Unknown field {name}")


def _check_principal(principal: Any) -> None:
    if principal == EVERYBODY:
        return
    if not isinstance(principal, dict) or not principal or not _KINDS_OF_PRINCIPALS.issuperset(principal):
        raise api.MalformedPolicy("Invalid principal in policy")
    for kind, value in principal.items():
        for one in listed(value):
            if not isinstance(one, str) or not one or (kind == "AWS" and not _is_identity(one)):
                raise api.MalformedPolicy("Invalid principal in policy")


def _is_identity(text: str) -> bool:
    return text == EVERYBODY or any(form.fullmatch(text) for form in (_ACCOUNT, _IDENTITY, _UNIQUE_ID))


def _check_condition(condition: Any) -> None:
    """Operators, each with keys of a service and what they are compared with."""
    if not isinstance(condition, dict) or not all(isinstance(keys, dict) for keys in condition.values()):
        raise api.MalformedPolicy(_SYNTAX)
    if not all(":" in key for keys in condition.values() for key in keys):
        raise api.MalformedPolicy("Policy has an invalid condition key")


def _texts(value: Any) -> list[str]:
    found = listed(value)
    if not all(isinstance(one, str) for one in found):
        raise api.MalformedPolicy(_SYNTAX)
    return found


def _is_within(resource: str, bucket: Bucket) -> bool:
    """Whether a resource names the bucket, or something in it; wildcards may stand anywhere."""
    if not _RESOURCE.match(resource):
        return False
    name = _path(resource).split("/", 1)[0]
    return re.fullmatch(wildcards(name), bucket.name) is not None


def _kinds(resource: str) -> frozenset[str]:
    """What a resource can be; ``*`` stands for slashes too."""
    path = _path(resource)
    if "/" in path:
        return frozenset({OBJECT})
    return frozenset({BUCKET, OBJECT} if "*" in path else {BUCKET})


def _path(resource: str) -> str:
    return resource.split(":", 5)[-1]
