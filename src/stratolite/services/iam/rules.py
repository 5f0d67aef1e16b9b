"""Limits, and checks beyond the model, with AWS's texts.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from stratolite.core.errors import ValidationError
from stratolite.services.iam import api

POLICY_VERSIONS_MAX = 5
ATTACHED_MAX = 20
TAGS_MAX = 50
INLINE_CHARACTERS_MAX = 10_240
ITEMS_PAGE = 100

AWS_POLICY = re.compile(r"^arn:aws[a-z-]*:iam::aws:policy/.+$")
_ARN = re.compile(r"^arn:aws[a-z-]*:iam::(\d{12}|aws):policy/.+$")


def document(text: str) -> dict[str, Any]:
    """A policy document. Raises MalformedPolicyDocument with AWS's texts."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise _malformed("This policy contains invalid Json") from error
    if not isinstance(value, dict):
        raise _malformed("Syntax errors in policy.")
    version = value.get("Version", "2008-10-17")
    if version not in ("2012-10-17", "2008-10-17"):
        raise _malformed("Syntax errors in policy.")
    statements = value.get("Statement")
    if not statements:
        raise _malformed("Syntax errors in policy.")
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise _malformed("Syntax errors in policy.")
    return value


def identity_policy(text: str) -> str:
    """A policy of a role. Raises MalformedPolicyDocument."""
    value = document(text)
    for statement in _statements(value):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise _malformed("Policy document should not specify a principal.")
        if "Action" not in statement and "NotAction" not in statement:
            raise _malformed("Policy statement must contain actions.")
        if "Resource" not in statement and "NotResource" not in statement:
            raise _malformed("Policy statement must contain resources.")
        for action in _listed(statement.get("Action", statement.get("NotAction"))):
            if action != "*" and ":" not in str(action):
                raise _malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    return text


def trust_policy(text: str) -> str:
    """Who may assume a role. Raises MalformedPolicyDocument."""
    for statement in _statements(document(text)):
        if "Resource" in statement or "NotResource" in statement:
            raise _malformed("Has prohibited field Resource")
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise _malformed("Missing required field Principal")
        for action in _listed(statement.get("Action", [])):
            if not str(action).startswith(("sts:", "*")):
                raise _malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    return text


def policy_arn(text: str) -> None:
    """Raises ValidationError for what is no ARN of a policy."""
    if not text.startswith("arn:") or len(text.split(":")) < 6:
        raise ValidationError("Invalid ARN:  Could not be parsed!")
    if not _ARN.fullmatch(text):
        raise ValidationError(f"ARN {text} is not valid.")


def tags(pairs: Sequence[api.Tag], known: dict[str, str]) -> dict[str, str]:
    """Known tags with the given ones. Raises InvalidInput for a key that is there twice, LimitExceeded."""
    keys = [pair["Key"].lower() for pair in pairs]
    if len(set(keys)) != len(keys):
        raise api.InvalidInputException("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    merged = known | {pair["Key"]: pair["Value"] for pair in pairs}
    if len(merged) > TAGS_MAX:
        raise api.LimitExceededException(f"The number of tags has reached the maximum limit: {TAGS_MAX}")
    return merged


def shown_document(text: str) -> str:
    """A document as answers carry it: percent-encoded."""
    return quote(text, safe="")


def _statements(value: dict[str, Any]) -> list[dict[str, Any]]:
    statements = value["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _malformed(text: str) -> api.MalformedPolicyDocumentException:
    return api.MalformedPolicyDocumentException(text)
