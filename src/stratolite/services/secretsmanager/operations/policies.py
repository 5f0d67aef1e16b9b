"""Resource policies: kept, not enforced. A secret has one, whose name is ``default``.

The name is answered where it was asked for; without it, answers are as recorded (``test_resource_policy``).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.services.secretsmanager import SecretsManager, api, lookup, pages, rules
from stratolite.services.secretsmanager.domain import Secret

DEFAULT = "default"


def put_resource_policy(
    call: Call, secrets: SecretsManager, request: api.PutResourcePolicyRequest
) -> api.PutResourcePolicyResponse:
    """Set the policy."""
    _check_default(request)
    secret = lookup.require_live(call, secrets, request["SecretId"])
    statements = rules.policy_statements(request["ResourcePolicy"])
    if request.get("BlockPublicPolicy") and any(map(rules.is_public, statements)):
        raise api.PublicPolicyException("The policy grants access to everybody, which BlockPublicPolicy forbids.")
    secrets.store.put_secret(replace(secret, policy=request["ResourcePolicy"]))
    result: api.PutResourcePolicyResponse = _named(secret, request)
    return result


def get_resource_policy(
    call: Call, secrets: SecretsManager, request: api.GetResourcePolicyRequest
) -> api.GetResourcePolicyResponse:
    """The policy, where there is one."""
    secret = lookup.require_live(call, secrets, request["SecretId"])
    name = request.get("PolicyName", DEFAULT)
    if name != DEFAULT:
        raise api.ResourceNotFoundException(f"The secret has no resource policy with the name {name}.")
    result: api.GetResourcePolicyResponse = _named(secret, request)
    if secret.policy:
        result["ResourcePolicy"] = secret.policy
    return result


def list_resource_policies(
    call: Call, secrets: SecretsManager, request: api.ListResourcePoliciesRequest
) -> api.ListResourcePoliciesResponse:
    """The names of the policies."""
    secret = lookup.require_live(call, secrets, request["SecretId"])
    names = [DEFAULT] if secret.policy else []
    found, token = pages.page(names, request.get("MaxResults", pages.SIZE_DEFAULT), request.get("NextToken", ""))
    result: api.ListResourcePoliciesResponse = {"ResourcePolicies": [{"PolicyName": name} for name in found]}
    if token:
        result["NextToken"] = token
    return result


def delete_resource_policy(
    call: Call, secrets: SecretsManager, request: api.DeleteResourcePolicyRequest
) -> api.DeleteResourcePolicyResponse:
    """Take the policy away."""
    _check_default(request)
    secret = lookup.require_live(call, secrets, request["SecretId"])
    secrets.store.put_secret(replace(secret, policy=""))
    result: api.DeleteResourcePolicyResponse = _named(secret, request)
    return result


def validate_resource_policy(
    call: Call, secrets: SecretsManager, request: api.ValidateResourcePolicyRequest
) -> api.ValidateResourcePolicyResponse:
    """Whether a policy opens the secret to everybody, or shuts its caller out. Raises MalformedPolicyDocumentException.

    Checks and their words are ours: those of AWS are not documented.
    """
    secret: Secret | None = None
    if "SecretId" in request:
        secret = lookup.require(call, secrets, request["SecretId"])
    statements = rules.policy_statements(request["ResourcePolicy"])
    account = secret.account if secret else call.account
    wrong: list[api.ValidationErrorsEntry] = []
    if any(map(rules.is_public, statements)):
        wrong.append({"CheckName": "PublicPolicy", "ErrorMessage": "The policy grants access to everybody."})
    if any(rules.shuts_out(one, account, call.principal) for one in statements):
        wrong.append({"CheckName": "CallerLockout", "ErrorMessage": "The policy denies its caller to change it again."})
    return {"PolicyValidationPassed": not wrong, "ValidationErrors": wrong}


def _check_default(request: Mapping[str, Any]) -> None:
    if request.get("PolicyName", DEFAULT) != DEFAULT:
        raise api.InvalidParameterException(f"Only the resource policy with the name {DEFAULT} can be changed.")


def _named(secret: Secret, request: Mapping[str, Any]) -> Any:
    """What all answers have in common."""
    named = {"ARN": secret.arn, "Name": secret.name}
    return {**named, "PolicyName": request["PolicyName"]} if "PolicyName" in request else named
