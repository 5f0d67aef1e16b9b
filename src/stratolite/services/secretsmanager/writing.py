"""New values of secrets."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.services.secretsmanager import SecretsManager, api, rotating, rules, staging
from stratolite.services.secretsmanager.domain import CURRENT, Secret, Version


def add_version(
    call: Call, secrets: SecretsManager, secret: Secret, request: Mapping[str, Any], stages: Sequence[str]
) -> Version:
    """Add a value with stages; the same request a second time changes nothing. A version that a rotation began gets
    its value by it. A value that becomes the current one counts as a rotation: the next one is so much later.

    Raises ResourceExistsException when the token has been used for another value, LimitExceededException.
    """
    binary = request.get("SecretBinary")
    wanted = Version(
        id=rules.token(request),
        text=request.get("SecretString"),
        binary=None if binary is None else base64.b64encode(binary).decode(),
        created_ms=call.now_ms,
    )
    versions = secrets.store.versions(secret)
    same = next((one for one in versions if one.id == wanted.id), None)
    if same is not None and not same.is_empty:
        if (same.text, same.binary) != (wanted.text, wanted.binary):
            raise api.ResourceExistsException(
                f"You can't use ClientRequestToken {wanted.id} because that value is already in use for a version of "
                f"secret {secret.arn}."
            )
        return same
    if len(stages) > rules.STAGES_MAX:
        raise api.LimitExceededException(f"A version can have at most {rules.STAGES_MAX} stages.")
    if same is not None:
        versions.remove(same)
        wanted = replace(wanted, stages=same.stages)
    if not any(CURRENT in one.stages for one in versions):
        stages = [*stages, CURRENT]
    after = staging.staged([*versions, wanted], wanted.id, stages)
    secrets.store.put_versions(secret, after)
    changed = replace(secret, changed_ms=call.now_ms)
    secrets.store.put_secret(changed)
    if CURRENT in stages and changed.rotation is not None:
        rotating.plan(call, secrets, changed)
    unused = [one for one in after if not one.stages]
    for one in unused[: max(0, len(after) - rules.VERSIONS_MAX)]:
        secrets.store.delete_version(secret, one)
    return after[-1]
