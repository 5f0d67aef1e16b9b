"""Rotation: set up, begun and cancelled."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.secretsmanager import SecretsManager, api, lookup, rotating, rules, windows
from stratolite.services.secretsmanager.domain import Rotation


def rotate_secret(call: Call, secrets: SecretsManager, request: api.RotateSecretRequest) -> api.RotateSecretResponse:
    """Set how a secret is rotated, and rotate it, or only test its function until its time comes.

    Raises InvalidRequestException without a function and while another rotation is not complete, AccessDeniedException
    when the function does not let Secrets Manager in, InvalidParameterException, and what Lambda answers when it cannot
    say whether it does.
    """
    rules.refuse(request)
    version_id = request.get("ClientRequestToken", "")
    if not version_id:
        # Recorded: test_no_client_request_token[RotateSecret].
        raise api.InvalidParameterException(rules.NO_TOKEN)
    wanted = request.get("RotationRules")
    if wanted:
        windows.check(wanted)
    secret = lookup.require_live(call, secrets, request["SecretId"])
    before = secret.rotation
    function = request.get("RotationLambdaARN") or (before.function if before else "")
    if not function:
        raise api.InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
    answer: api.RotateSecretResponse = {"ARN": secret.arn, "Name": secret.name, "VersionId": version_id}
    versions = secrets.store.versions(secret)
    left = rotating.pending(versions)
    if left is not None and left.id != version_id:
        raise api.InvalidRequestException("A previous rotation isn\u2019t complete. That rotation will be reattempted.")
    is_under_way = before is not None and before.version == version_id
    if is_under_way or (left is None and any(one.id == version_id for one in versions)):
        # The same request a second time.
        return answer
    if not rotating.may_invoke(call, secrets, secret, function):
        raise api.AccessDeniedException(rotating.NO_GRANT)
    rotation = replace(before or Rotation(function), function=function, is_on=True)
    if wanted:
        rotation = replace(rotation, rules=wanted, days=0)
    is_test = not request.get("RotateImmediately", True)
    begun = rotating.begin(call, secrets, replace(secret, rotation=rotation), version_id, is_test=is_test)
    rotating.plan(call, secrets, begun)
    return answer


def cancel_rotate_secret(
    call: Call, secrets: SecretsManager, request: api.CancelRotateSecretRequest
) -> api.CancelRotateSecretResponse:
    """Rotate no more. A rotation that is under way ends where it is: its version stays pending, and is named."""
    secret = lookup.require_live(call, secrets, request["SecretId"])
    answer: api.CancelRotateSecretResponse = {"ARN": secret.arn, "Name": secret.name}
    if secret.rotation is None:
        return answer
    if secret.rotation.version:
        answer["VersionId"] = secret.rotation.version
    rotation = replace(rotating.halted(secrets, secret.rotation), is_on=False)
    rotating.plan(call, secrets, replace(secret, rotation=rotation, changed_ms=call.now_ms))
    return answer
