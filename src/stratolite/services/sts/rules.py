"""Limits, and checks beyond the model, with AWS's texts.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.arn import Arn
from stratolite.core.errors import NotImplementedHere, ValidationError
from stratolite.services.sts import api

ROLE_DURATION_S_DEFAULT = 3600
CHAINED_DURATION_S_MAX = 3600
SESSION_DURATION_S_DEFAULT = 43_200
SESSION_POLICY_CHARACTERS_MAX = 2_048

_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)
_ROLE = re.compile(r"role/(?:[\x21-\x7e]+/)?([\w+=,.@-]{1,64})", re.ASCII)


def role(text: str) -> tuple[Arn, str]:
    """The ARN of a role and the role's name. Raises ValidationError for what is no ARN, AccessDenied for another's."""
    if not _ARN.fullmatch(text):
        raise ValidationError(f"{text} is invalid")
    arn = Arn.parse(text)
    found = _ROLE.fullmatch(arn.resource)
    if arn.service != "iam" or found is None or not arn.account:
        raise api.AccessDenied("Not authorized to perform sts:AssumeRole")
    return arn, found[1]


def no_mfa(request: Mapping[str, Any]) -> None:
    """Refuses what needs a device that Stratolite does not have."""
    for name in ("SerialNumber", "TokenCode", "ProvidedContexts"):
        if name in request:
            raise NotImplementedHere(f"The parameter {name} is not implemented by this version of Stratolite.")


def session_policy(text: str) -> int:
    """The share in percent that a session policy takes of what a token may hold. Raises MalformedPolicyDocument unless
    it is a JSON object with statements."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise api.MalformedPolicyDocumentException("This policy contains invalid Json") from error
    if not isinstance(document, dict) or not document.get("Statement"):
        raise api.MalformedPolicyDocumentException("Syntax errors in policy.")
    return -(-len("".join(text.split())) * 100 // SESSION_POLICY_CHARACTERS_MAX)


def session_tags(tags: Sequence[api.Tag], transitive: Sequence[str], inherited: Mapping[str, str]) -> dict[str, str]:
    """The tags of a session, those that it inherits included. Raises InvalidParameterValue; keys ignore case."""
    keys = [tag["Key"].lower() for tag in tags]
    if len(set(keys)) != len(keys):
        raise api.InvalidParameterValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.lower() not in keys for key in transitive):
        raise api.InvalidParameterValue("The specified transitive tag key must be included in the requested tags.")
    if {key.lower() for key in inherited} & set(keys):
        raise api.InvalidParameterValue(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
            "from the calling session."
        )
    return {**inherited, **{tag["Key"]: tag["Value"] for tag in tags}}


def duration(seconds: int, *, is_chained: bool, role_duration_s_max: int | None) -> None:
    """Raises ValidationError for a session longer than its role, or than role chaining, allows."""
    if is_chained and seconds > CHAINED_DURATION_S_MAX:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    if role_duration_s_max is not None and seconds > role_duration_s_max:
        raise ValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
