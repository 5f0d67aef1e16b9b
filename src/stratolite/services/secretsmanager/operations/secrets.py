"""Secrets: create, describe, list, update, delete, restore."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.secretsmanager import (
    SecretsManager,
    api,
    background,
    filters,
    lookup,
    pages,
    rotating,
    rules,
    view,
    writing,
)
from stratolite.services.secretsmanager.domain import CURRENT, Secret

MADE_OF = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def create_secret(call: Call, secrets: SecretsManager, request: api.CreateSecretRequest) -> api.CreateSecretResponse:
    """Make a secret, with a first value or without. Raises ResourceExistsException, InvalidRequestException."""
    rules.refuse(request)
    name = request["Name"]
    rules.check_name(name)
    has_value = rules.check_value(request)
    rules.token(request)
    before = secrets.store.secret(call, name)
    if before is not None and before.deleted_ms:
        raise api.InvalidRequestException(
            "You can't create this secret because a secret with this name is already scheduled for deletion."
        )
    if before is not None and not _is_again(secrets, before, request):
        raise api.ResourceExistsException(f"The operation failed because the secret {name} already exists.")
    secret = before or _made(call, secrets, request)
    secrets.store.put_secret(secret)
    result: api.CreateSecretResponse = {"ARN": secret.arn, "Name": name}
    if has_value:
        result["VersionId"] = writing.add_version(call, secrets, secret, request, [CURRENT]).id
    return result


def describe_secret(
    call: Call, secrets: SecretsManager, request: api.DescribeSecretRequest
) -> api.DescribeSecretResponse:
    """What is known of a secret beside its values."""
    secret = lookup.require(call, secrets, request["SecretId"])
    return view.described(secret, secrets.store.versions(secret))


def list_secrets(call: Call, secrets: SecretsManager, request: api.ListSecretsRequest) -> api.ListSecretsResponse:
    """Secrets by when they were made, in pages; those that wait for their deletion only when they are asked for."""
    filters.check(request.get("Filters", []))
    kept = [
        one
        for one in secrets.store.secrets(call)
        if (not one.deleted_ms or request.get("IncludePlannedDeletion"))
        and filters.fits(one, request.get("Filters", []))
    ]
    by = request.get("SortBy", "created-date")
    keys = {"name": lambda one: one.name, "last-changed-date": lambda one: one.changed_ms}
    kept.sort(key=keys.get(by, lambda one: one.created_ms), reverse=request.get("SortOrder") == "desc")
    found, token = pages.page(kept, request.get("MaxResults", pages.SIZE_DEFAULT), request.get("NextToken", ""))
    result: api.ListSecretsResponse = {"SecretList": [view.listed(one, secrets.store.versions(one)) for one in found]}
    if token:
        result["NextToken"] = token
    return result


def update_secret(call: Call, secrets: SecretsManager, request: api.UpdateSecretRequest) -> api.UpdateSecretResponse:
    """Change the description or key, or give a new value."""
    rules.refuse(request)
    has_value = rules.check_value(request)
    if has_value or "ClientRequestToken" not in request:
        rules.token(request)
    secret = replace(lookup.require_live(call, secrets, request["SecretId"]), changed_ms=call.now_ms)
    if "Description" in request:
        secret = replace(secret, description=request["Description"])
    if "KmsKeyId" in request:
        secret = replace(secret, key_id=request["KmsKeyId"])
    secrets.store.put_secret(secret)
    result: api.UpdateSecretResponse = {"ARN": secret.arn, "Name": secret.name}
    if has_value:
        result["VersionId"] = writing.add_version(call, secrets, secret, request, [CURRENT]).id
    return result


def delete_secret(call: Call, secrets: SecretsManager, request: api.DeleteSecretRequest) -> api.DeleteSecretResponse:
    """Delete a secret when its days of recovery are over, or at once."""
    recovery_ms = rules.recovery_ms(request)
    if not recovery_ms and lookup.find(call, secrets, request["SecretId"]) is None:
        return _never_was(call, secrets, request["SecretId"])
    secret = lookup.require(call, secrets, request["SecretId"])
    if not recovery_ms:
        secrets.store.delete_secret(secret)
        return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": call.now_ms / 1000}
    if secret.deleted_ms:
        raise api.InvalidRequestException(lookup.MARKED)
    rotation = None if secret.rotation is None else rotating.halted(secrets, secret.rotation)
    doomed = replace(secret, deleted_ms=call.now_ms, gone_ms=call.now_ms + recovery_ms, rotation=rotation)
    secrets.store.put_secret(doomed)
    background.plan(call, secrets, doomed)
    return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": doomed.gone_ms / 1000}


def restore_secret(call: Call, secrets: SecretsManager, request: api.RestoreSecretRequest) -> api.RestoreSecretResponse:
    """Take a deletion back."""
    secret = lookup.require(call, secrets, request["SecretId"])
    secrets.store.put_secret(replace(secret, deleted_ms=0, gone_ms=0))
    return {"ARN": secret.arn, "Name": secret.name}


def _never_was(call: Call, secrets: SecretsManager, text: str) -> api.DeleteSecretResponse:
    """The answer to who forces the deletion of a secret that is not there: on AWS, that is no error."""
    deleted: api.DeleteSecretResponse = {"DeletionDate": call.now_ms / 1000}
    if text.startswith("arn:"):
        return {**deleted, "ARN": text, "Name": text.rpartition(":")[2]}
    rules.check_name(text)
    suffix = secrets.world.entropy.token(lookup.SUFFIX_LENGTH, MADE_OF)
    return {**deleted, "ARN": call.arn("secretsmanager", f"secret:{text}-{suffix}"), "Name": text}


def _is_again(secrets: SecretsManager, before: Secret, request: api.CreateSecretRequest) -> bool:
    """Whether this is the request that made the secret, sent a second time."""
    return any(one.id == request.get("ClientRequestToken") for one in secrets.store.versions(before)[:1])


def _made(call: Call, secrets: SecretsManager, request: api.CreateSecretRequest) -> Secret:
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
    rules.check_tags(tags)
    return Secret(
        account=call.account,
        region=call.region,
        name=request["Name"],
        suffix=secrets.world.entropy.token(lookup.SUFFIX_LENGTH, MADE_OF),
        created_ms=call.now_ms,
        changed_ms=call.now_ms,
        description=request.get("Description", ""),
        key_id=request.get("KmsKeyId", ""),
        tags=tags if "Tags" in request else None,
    )
