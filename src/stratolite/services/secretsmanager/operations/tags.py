"""Tags of secrets."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.secretsmanager import SecretsManager, api, lookup, rules


def tag_resource(call: Call, secrets: SecretsManager, request: api.TagResourceRequest) -> None:
    """Add tags, or give new values to those that are there."""
    secret = lookup.require_live(call, secrets, request["SecretId"])
    tags = {**(secret.tags or {}), **{tag["Key"]: tag["Value"] for tag in request["Tags"]}}
    rules.check_tags(tags)
    secrets.store.put_secret(replace(secret, tags=tags))


def untag_resource(call: Call, secrets: SecretsManager, request: api.UntagResourceRequest) -> None:
    """Remove tags; those that are not there are no error."""
    secret = lookup.require_live(call, secrets, request["SecretId"])
    tags = {key: value for key, value in (secret.tags or {}).items() if key not in request["TagKeys"]}
    secrets.store.put_secret(replace(secret, tags=tags))
