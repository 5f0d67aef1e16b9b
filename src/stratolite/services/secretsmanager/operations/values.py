"""Values of secrets: put, get, get many, list versions."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.secretsmanager import SecretsManager, api, filters, lookup, pages, rules, view, writing
from stratolite.services.secretsmanager.domain import CURRENT, Secret, Version

BATCH_MAX = 20


def put_secret_value(
    call: Call, secrets: SecretsManager, request: api.PutSecretValueRequest
) -> api.PutSecretValueResponse:
    """Add a value; it becomes the current one unless other stages are named."""
    rules.refuse(request)
    has_value = rules.check_value(request)
    rules.token(request)
    secret = lookup.require_live(call, secrets, request["SecretId"])
    if not has_value:
        raise api.InvalidRequestException("You must provide either SecretString or SecretBinary.")
    rules.check_rotation_token(secret.rotation, request)
    version = writing.add_version(call, secrets, secret, request, request.get("VersionStages", [CURRENT]))
    return {
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version.id,
        "VersionStages": version.shown_stages,
    }


def get_secret_value(
    call: Call, secrets: SecretsManager, request: api.GetSecretValueRequest
) -> api.GetSecretValueResponse:
    """A value: the current one, or that of a version, or of a stage."""
    secret = lookup.require_live(call, secrets, request["SecretId"])
    version = _version(secrets, secret, request.get("VersionId", ""), request.get("VersionStage", ""))
    _remember(call, secrets, secret, version)
    return view.value(secret, version)


def batch_get_secret_value(
    call: Call, secrets: SecretsManager, request: api.BatchGetSecretValueRequest
) -> api.BatchGetSecretValueResponse:
    """The current values of several secrets, by their ids or by filters; what cannot be read is told beside them."""
    ids, wanted = request.get("SecretIdList", []), request.get("Filters", [])
    if bool(ids) == bool(wanted):
        raise api.InvalidParameterException("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    if ids and "MaxResults" in request:
        raise api.InvalidParameterException(
            "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided."
        )
    filters.check(wanted)
    size, token = min(request.get("MaxResults", BATCH_MAX), BATCH_MAX), request.get("NextToken", "")
    if wanted:
        live = [one for one in secrets.store.secrets(call) if not one.deleted_ms and filters.fits(one, wanted)]
        ids = [one.arn for one in sorted(live, key=lambda one: one.created_ms)]
    found, token = pages.page(ids, size, token)
    values: list[api.SecretValueEntry] = []
    errors: list[api.APIErrorType] = []
    for text in found:
        try:
            value = get_secret_value(call, secrets, {"SecretId": text})
        except AwsError as error:
            errors.append({"SecretId": text, "ErrorCode": error.code, "Message": error.message})
        else:
            values.append(api.SecretValueEntry(**value))
    result: api.BatchGetSecretValueResponse = {"SecretValues": values, "Errors": errors}
    if token:
        result["NextToken"] = token
    return result


def list_secret_version_ids(
    call: Call, secrets: SecretsManager, request: api.ListSecretVersionIdsRequest
) -> api.ListSecretVersionIdsResponse:
    """The versions of a secret; those without a stage only when they are asked for."""
    secret = lookup.require(call, secrets, request["SecretId"])
    kept = [one for one in secrets.store.versions(secret) if one.stages or request.get("IncludeDeprecated")]
    found, token = pages.page(kept, request.get("MaxResults", pages.SIZE_DEFAULT), request.get("NextToken", ""))
    result: api.ListSecretVersionIdsResponse = {
        "ARN": secret.arn,
        "Name": secret.name,
        "Versions": [view.version(secret, one) for one in found],
    }
    if token:
        result["NextToken"] = token
    return result


def _version(secrets: SecretsManager, secret: Secret, version_id: str, stage: str) -> Version:
    """Raises ResourceNotFoundException, InvalidRequestException."""
    versions = secrets.store.versions(secret)
    if version_id:
        found = next((one for one in versions if one.id == version_id and not one.is_empty), None)
        if found is None:
            raise api.ResourceNotFoundException(
                f"Secrets Manager can't find the specified secret value for VersionId: {version_id}"
            )
        if stage and stage not in found.stages:
            raise api.InvalidRequestException(
                "You provided a VersionStage that is not associated to the provided VersionId."
            )
        return found
    stage = stage or CURRENT
    found = next((one for one in versions if stage in one.stages and not one.is_empty), None)
    if found is None:
        raise api.ResourceNotFoundException(
            f"Secrets Manager can't find the specified secret value for staging label: {stage}"
        )
    return found


def _remember(call: Call, secrets: SecretsManager, secret: Secret, version: Version) -> None:
    """Note the day of the access, once a day."""
    day_ms = call.now_ms - call.now_ms % rules.DAY_MS
    if version.accessed_ms != day_ms:
        secrets.store.put_versions(secret, [replace(version, accessed_ms=day_ms)])
    if secret.accessed_ms != day_ms:
        secrets.store.put_secret(replace(secret, accessed_ms=day_ms))
