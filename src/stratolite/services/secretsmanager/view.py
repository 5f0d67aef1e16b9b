"""How secrets and versions are shown. Times are seconds."""

import base64
from collections.abc import Sequence
from typing import Any

from stratolite.services.secretsmanager import api
from stratolite.services.secretsmanager.domain import Rotation, Secret, Version

KEY_DEFAULT = "DefaultEncryptionKey"


def _stages(versions: Sequence[Version]) -> dict[str, list[str]]:
    return {one.id: one.shown_stages for one in versions if one.stages}


def _tags(secret: Secret) -> list[api.Tag]:
    return [{"Key": key, "Value": value} for key, value in (secret.tags or {}).items()]


def described(secret: Secret, versions: Sequence[Version]) -> api.DescribeSecretResponse:
    """As DescribeSecret gives it."""
    shown: api.DescribeSecretResponse = _common(secret)
    if secret.tags is not None:
        shown["Tags"] = _tags(secret)
    if stages := _stages(versions):
        shown["VersionIdsToStages"] = stages
    return shown


def listed(secret: Secret, versions: Sequence[Version]) -> api.SecretListEntry:
    """As ListSecrets gives it."""
    shown: api.SecretListEntry = _common(secret)
    if secret.tags:
        shown["Tags"] = _tags(secret)
    if stages := _stages(versions):
        shown["SecretVersionsToStages"] = stages
    return shown


def _common(secret: Secret) -> Any:
    """The members that both views have."""
    shown: dict[str, Any] = {
        "ARN": secret.arn,
        "Name": secret.name,
        "LastChangedDate": secret.changed_ms / 1000,
        "CreatedDate": secret.created_ms / 1000,
        "Description": secret.description,
        "KmsKeyId": secret.key_id,
        "LastAccessedDate": secret.accessed_ms / 1000,
        "DeletedDate": secret.deleted_ms / 1000,
    }
    shown = {name: value for name, value in shown.items() if value}
    return shown if secret.rotation is None else shown | _rotation(secret.rotation)


def _rotation(rotation: Rotation) -> dict[str, Any]:
    """``AutomaticallyAfterDays`` is shown beside an expression once there was a rotation by it."""
    shown: dict[str, Any] = {
        "RotationLambdaARN": rotation.function,
        "RotationRules": {**rotation.rules, **({"AutomaticallyAfterDays": rotation.days} if rotation.days else {})},
        "LastRotatedDate": rotation.rotated_ms / 1000,
        "NextRotationDate": rotation.until_ms / 1000,
    }
    return {"RotationEnabled": rotation.is_on, **{name: value for name, value in shown.items() if value}}


def version(secret: Secret, found: Version) -> api.SecretVersionsListEntry:
    """As ListSecretVersionIds gives it."""
    shown: api.SecretVersionsListEntry = {
        "VersionId": found.id,
        "CreatedDate": found.created_ms / 1000,
        "KmsKeyIds": [secret.key_id or KEY_DEFAULT],
    }
    if found.stages:
        shown["VersionStages"] = found.shown_stages
    if found.accessed_ms:
        shown["LastAccessedDate"] = found.accessed_ms / 1000
    return shown


def value(secret: Secret, found: Version) -> api.GetSecretValueResponse:
    """As GetSecretValue gives it."""
    shown: api.GetSecretValueResponse = {
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": found.id,
        "VersionStages": found.shown_stages,
        "CreatedDate": found.created_ms / 1000,
    }
    if found.text is not None:
        shown["SecretString"] = found.text
    if found.binary is not None:
        shown["SecretBinary"] = base64.b64decode(found.binary)
    return shown
