"""What secrets may be, beyond the model.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html and the recorded answers.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere, ValidationException
from stratolite.services.secretsmanager import api
from stratolite.services.secretsmanager.domain import Rotation

VALUE_BYTES_MAX = 65_536
VERSIONS_MAX = 100
"""Versions without a stage are deleted, the oldest first, where there are more."""
STAGES_MAX = 20
TAGS_MAX = 50
RECOVERY_DAYS_MIN, RECOVERY_DAYS_MAX = 7, 30
DAY_MS = 24 * 60 * 60 * 1000
_PUTS_POLICY = frozenset({"*", "secretsmanager:*", "secretsmanager:put*", "secretsmanager:putresourcepolicy"})
_NAME = re.compile(r"[a-zA-Z0-9/_+=.@!\-]+")
_UNBUILT = (
    "AddReplicaRegions",
    "ForceOverwriteReplicaSecret",
    "Type",
    "CrossAccountPrimaryARN",
    "ExternalSecretRotationMetadata",
    "ExternalSecretRotationRoleArn",
)
NO_TOKEN = "You must provide a ClientRequestToken value. We recommend a UUID-type value."


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
        raise api.InvalidRequestException(NO_TOKEN)
    return str(given)


def check_rotation_token(rotation: Rotation | None, request: Mapping[str, Any]) -> None:
    """Whoever says that it was asked to rotate has to have been. Raises InvalidRequestException."""
    given = request.get("RotationToken")
    if given is None:
        return
    if rotation is None or (given, request.get("ClientRequestToken")) != (rotation.token, rotation.version):
        raise api.InvalidRequestException("The RotationToken is not that of a rotation which is under way.")


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


def policy_statements(text: str) -> list[Mapping[str, Any]]:
    """The statements of a resource policy. Raises MalformedPolicyDocumentException."""
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise api.MalformedPolicyDocumentException("This resource policy contains invalid Json.")
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    if not all(isinstance(one, dict) for one in statements):
        raise api.MalformedPolicyDocumentException("This resource policy contains invalid Json.")
    return statements


def is_public(statement: Mapping[str, Any]) -> bool:
    """Whether a statement of a policy allows something to everybody."""
    is_everybody = "*" in _principals(statement)
    return statement.get("Effect") == "Allow" and is_everybody and not statement.get("Condition")


def shuts_out(statement: Mapping[str, Any], account: str, principal: str) -> bool:
    """Whether a statement denies somebody to change the policy: an account's user or role, by its ARN."""
    denied = {one.lower() for one in _texts(statement.get("Action"))}
    callers = {"*", account, f"arn:aws:iam::{account}:root", principal}
    return (
        statement.get("Effect") == "Deny"
        and not statement.get("Condition")
        and not denied.isdisjoint(_PUTS_POLICY)
        and not callers.isdisjoint(_principals(statement))
    )


def _principals(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    return _texts(principal.get("AWS") if isinstance(principal, dict) else principal)


def _texts(value: Any) -> list[str]:
    """What an element names: a text, or those of a list."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
