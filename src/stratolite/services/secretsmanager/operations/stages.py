"""Stages, moved by hand."""

from stratolite.core.call import Call
from stratolite.services.secretsmanager import SecretsManager, api, lookup, staging
from stratolite.services.secretsmanager.domain import CURRENT


def update_secret_version_stage(
    call: Call, secrets: SecretsManager, request: api.UpdateSecretVersionStageRequest
) -> api.UpdateSecretVersionStageResponse:
    """Move a stage from one version to another, put it on one, or take it off one."""
    secret = lookup.require_live(call, secrets, request["SecretId"])
    stage, source, target = request["VersionStage"], request.get("RemoveFromVersionId"), request.get("MoveToVersionId")
    versions = secrets.store.versions(secret)
    for version_id in filter(None, (source, target)):
        if all(one.id != version_id for one in versions):
            raise api.ResourceNotFoundException(
                f"Secrets Manager can't find the specified secret value for VersionId: {version_id}"
            )
    holder = next((one.id for one in versions if stage in one.stages), None)
    if source and source != holder:
        raise api.InvalidParameterException(f"The staging label {stage} is not attached to version {source}.")
    if target and holder not in (None, target) and not source:
        raise api.InvalidParameterException(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version "
            f"{holder}, so you must explicitly reference that version in RemoveFromVersionId."
        )
    if target:
        secrets.store.put_versions(secret, staging.staged(versions, target, [stage]))
    elif source:
        if stage == CURRENT:
            raise api.InvalidParameterException(
                f"You can only move staging label {CURRENT} to a different secret version. It can't be completely "
                "removed."
            )
        secrets.store.put_versions(secret, staging.unstaged(versions, source, stage))
    return {"ARN": secret.arn, "Name": secret.name}
