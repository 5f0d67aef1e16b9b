"""Resource policies: kept, not enforced."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.secretsmanager import SecretsManager, api, lookup, rules


def put_resource_policy(
    call: Call, secrets: SecretsManager, request: api.PutResourcePolicyRequest
) -> api.PutResourcePolicyResponse:
    """Set the policy."""
    secret = lookup.require_live(call, secrets, request["SecretId"])
    rules.check_policy(request["ResourcePolicy"], blocks_public=request.get("BlockPublicPolicy", False))
    secrets.store.put_secret(replace(secret, policy=request["ResourcePolicy"]))
    return {"ARN": secret.arn, "Name": secret.name}


def get_resource_policy(
    call: Call, secrets: SecretsManager, request: api.GetResourcePolicyRequest
) -> api.GetResourcePolicyResponse:
    """The policy, where there is one."""
    secret = lookup.require_live(call, secrets, request["SecretId"])
    result: api.GetResourcePolicyResponse = {"ARN": secret.arn, "Name": secret.name}
    if secret.policy:
        result["ResourcePolicy"] = secret.policy
    return result


def delete_resource_policy(
    call: Call, secrets: SecretsManager, request: api.DeleteResourcePolicyRequest
) -> api.DeleteResourcePolicyResponse:
    """Take the policy away."""
    secret = lookup.require_live(call, secrets, request["SecretId"])
    secrets.store.put_secret(replace(secret, policy=""))
    return {"ARN": secret.arn, "Name": secret.name}
