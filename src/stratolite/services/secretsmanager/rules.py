"""What secrets may be, beyond the model.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html and the recorded answers.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere, ValidationException
from stratolite.services.secretsmanager import api

VALUE_BYTES_MAX = 65_536
VERSIONS_MAX = 100
"""Versions without a stage are deleted, the oldest first, where there are more."""
STAGES_MAX = 20
TAGS_MAX = 50
RECOVERY_DAYS_MIN, RECOVERY_DAYS_MAX = 7, 30
DAY_MS = 24 * 60 * 60 * 1000
_NAME = re.compile(r"[a-zA-Z0-9/_+=.@!\-]+")
_UNBUILT = ("AddReplicaRegions", "ForceOverwriteReplicaSecret", "Type", "CrossAccountPrimaryARN", "RotationToken")


def refuse(request: Mapping[str, Any]) -> None:
    """Raises NotImplementedHere for what is not built."""
    for name in _UNBUILT:
        if request.get(name):
            raise NotImplementedHere(f"{name} is not implemented by this version of Stratolite.")


def check_name(name: str) -> None:
    """Raises ValidationException."""
    if not _NAME.fullmatch(name):
        raise ValidationException(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        )


def check_value(request: Mapping[str, Any]) -> bool:
    """Whether a request brings a value. Raises InvalidParameterException, ValidationException."""
    text, binary = request.get("SecretString"), request.get("SecretBinary")
    if text is not None and binary is not None:
        raise api.InvalidParameterException(
            "You can't specify both a binary secret value and a string secret value in the same secret."
        )
    size = len(binary) if binary is not None else len((text or "").encode())
    if size > VALUE_BYTES_MAX:
        raise ValidationException(f"A secret value can have at most {VALUE_BYTES_MAX} bytes.")
    return text is not None or binary is not None


def token(request: Mapping[str, Any]) -> str:
    """The client's token, which becomes the id of a version. Raises InvalidRequestException.

    Recorded: ``test_no_client_request_token``.
    """
    given = request.get("ClientRequestToken")
    if not given:
        raise api.InvalidRequestException(
            "You must provide a ClientRequestToken value. We recommend a UUID-type value."
        )
    return str(given)


def recovery_ms(request: Mapping[str, Any]) -> int:
    """For how long a deleted secret can be restored, 0 for not at all. Raises InvalidParameterException."""
    days, is_forced = request.get("RecoveryWindowInDays"), request.get("ForceDeleteWithoutRecovery", False)
    if is_forced and days is not None:
        raise api.InvalidParameterException(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        )
    if is_forced:
        return 0
    days = RECOVERY_DAYS_MAX if days is None else days
    if not RECOVERY_DAYS_MIN <= days <= RECOVERY_DAYS_MAX:
        raise api.InvalidParameterException(
            f"The RecoveryWindowInDays value must be between {RECOVERY_DAYS_MIN} and {RECOVERY_DAYS_MAX} days "
            "(inclusive)."
        )
    return int(days) * DAY_MS


def check_tags(tags: Mapping[str, str]) -> None:
    """Raises LimitExceededException, InvalidParameterException."""
    if len(tags) > TAGS_MAX:
        raise api.LimitExceededException(f"A secret can have at most {TAGS_MAX} tags.")
    if any(key.startswith("aws:") for key in tags):
        raise api.InvalidParameterException("Tag keys that begin with aws: are reserved for AWS.")


def check_policy(text: str, *, blocks_public: bool) -> None:
    """Raises MalformedPolicyDocumentException, PublicPolicyException."""
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise api.MalformedPolicyDocumentException("This resource policy contains invalid Json.")
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    for one in statements if blocks_public else ():
        is_everybody = one.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        if one.get("Effect") == "Allow" and is_everybody and not one.get("Condition"):
            raise api.PublicPolicyException("The policy grants access to everybody, which BlockPublicPolicy forbids.")
