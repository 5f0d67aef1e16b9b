"""``SSESpecification``: encryption at rest, checked and described; it shows nowhere else.

Raises ValidationException with DynamoDB's texts.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import rules


def check(wanted: Mapping[str, Any] | None) -> None:
    """Check what a request asks for, by itself."""
    if wanted is None:
        return
    if wanted.get("Enabled") is False:
        for name in ("SSEType", "KMSMasterKeyId"):
            if name in wanted:
                raise ValidationException(f"{rules.INVALID}{name} can not be specified if Enabled is false")
    if wanted.get("SSEType") == "AES256":
        raise ValidationException(f"{rules.INVALID}SSEType AES256 is not supported")
    if "KMSMasterKeyId" in wanted and "SSEType" not in wanted:
        raise ValidationException(f"{rules.INVALID}SSEType KMS is required if KMSMasterKeyId is specified")


def check_change(definition: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> None:
    """Refuse what would change nothing."""
    if wanted is None:
        return
    changed = {**definition, "SSESpecification": wanted}
    if not is_on(definition) and not is_on(changed):
        raise ValidationException(f"{rules.INVALID}Table is already encrypted by default")
    if is_on(definition) and is_on(changed) and _key_arn(definition) == _key_arn(changed):
        raise ValidationException(
            f"{rules.INVALID}Table is already encrypted with given KMSMasterKeyId. "
            "Use KMSMasterKeyId parameter if you want to change Master Key"
        )


def is_on(definition: Mapping[str, Any]) -> bool:
    """Whether a table is encrypted with a key of the account, and not with one of DynamoDB's own."""
    wanted = definition.get("SSESpecification", {})
    return bool(wanted.get("Enabled", "SSEType" in wanted))


def describe(definition: Mapping[str, Any], status: str = "ENABLED") -> dict[str, Any]:
    """``SSEDescription``."""
    kind = definition["SSESpecification"].get("SSEType", "KMS")
    return {"Status": status, "SSEType": kind, "KMSMasterKeyArn": _key_arn(definition)}


def _key_arn(definition: Mapping[str, Any]) -> str:
    """The key that was named, or the account's own key for DynamoDB."""
    _, partition, _, region, account, _ = definition["TableArn"].split(":", 5)
    key: str = definition["SSESpecification"].get("KMSMasterKeyId") or _own_key(account, region)
    if key.startswith("arn:"):
        return key
    noun = key if key.startswith("alias/") else f"key/{key}"
    return f"arn:{partition}:kms:{region}:{account}:{noun}"


def _own_key(account: str, region: str) -> str:
    """The id of the key that AWS manages for DynamoDB, always the same for an account and region."""
    digest = hashlib.md5(f"dynamodb {account} {region}".encode(), usedforsecurity=False).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))
