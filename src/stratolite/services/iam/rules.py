"""Limits, and checks beyond the model, with AWS's texts.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from stratolite.core.errors import ValidationError
from stratolite.services.iam import api

POLICY_VERSIONS_MAX = 5
ATTACHED_MAX = 20
TAGS_MAX = 50
MANAGED_CHARACTERS_MAX = 6_144
TRUST_CHARACTERS_MAX = 2_048
ROLE_INLINE_CHARACTERS_MAX = 10_240
USER_INLINE_CHARACTERS_MAX = 2_048
GROUP_INLINE_CHARACTERS_MAX = 5_120
ACCESS_KEYS_MAX = 2
"""Of one user."""
GROUPS_PER_USER_MAX = 10
ITEMS_PAGE = 100
PROFILE_ROLES_MAX = 1
IN_GROUPS = "Cannot delete entity, must remove users from group first."

_ARN = re.compile(r"^arn:aws[a-z-]*:iam::(\d{12}|aws):policy/.+$")


def policy_arn(text: str) -> None:
    """Raises ValidationError for what is no ARN of a policy."""
    if not text.startswith("arn:") or len(text.split(":")) < 6:
        raise ValidationError("Invalid ARN:  Could not be parsed!")
    if not _ARN.fullmatch(text):
        raise ValidationError(f"ARN {text} is not valid.")


def characters(text: str) -> int:
    """What counts against the limit of a document: all that is no white space."""
    return len("".join(text.split()))


def quota(name: str, used: int, limit: int) -> None:
    """Raises LimitExceeded beyond a limit that AWS names."""
    if used > limit:
        raise api.LimitExceededException(f"Cannot exceed quota for {name}: {limit}")


def tags(pairs: Sequence[api.Tag], known: dict[str, str]) -> dict[str, str]:
    """Known tags with the given ones; keys differ by more than case.

    Raises InvalidInput for a key that is there twice, LimitExceeded.
    """
    keys = [pair["Key"].lower() for pair in pairs]
    if len(set(keys)) != len(keys):
        raise api.InvalidInputException("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    kept = {key: value for key, value in known.items() if key.lower() not in keys}
    merged = kept | {pair["Key"]: pair["Value"] for pair in pairs}
    if len(merged) > TAGS_MAX:
        raise api.LimitExceededException(f"The number of tags has reached the maximum limit: {TAGS_MAX}")
    return merged


def without(known: dict[str, str], keys: Sequence[str]) -> dict[str, str]:
    """Known tags but for some; one that is not there is no error."""
    gone = {key.lower() for key in keys}
    return {key: value for key, value in known.items() if key.lower() not in gone}


def shown_document(text: str) -> str:
    """A document as answers carry it: percent-encoded."""
    return quote(text, safe="")
