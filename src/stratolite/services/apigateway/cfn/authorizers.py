"""AWS::ApiGateway::Authorizer: a Lambda function, or user pools, that say who may call a method."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigateway import rules
from stratolite.services.apigateway.authorizer import POOLS
from stratolite.services.apigateway.cfn.properties import changed, delete, given

_MEMBERS = {
    "AuthType": "authType",
    "AuthorizerCredentials": "authorizerCredentials",
    "AuthorizerUri": "authorizerUri",
    "IdentitySource": "identitySource",
    "IdentityValidationExpression": "identityValidationExpression",
    "Name": "name",
    "ProviderARNs": "providerARNs",
    "RestApiId": "restApiId",
    "Type": "type",
}
_TTL = "AuthorizerResultTtlInSeconds"


def _refuse(properties: Mapping[str, Any]) -> None:
    """What CreateAuthorizer would refuse, before anything is made."""
    kind = properties.get("Type")
    if isinstance(kind, str) and kind not in ("TOKEN", "REQUEST", POOLS):
        rules.unimplemented(f"Type {kind}", "authorizers are Lambda functions and user pools")


def _create(work: Work) -> Made:
    request = given(work.properties, _MEMBERS)
    if work.properties.get(_TTL) is not None:
        request["authorizerResultTtlInSeconds"] = int(work.properties[_TTL])
    return _made(work.operate("CreateAuthorizer", request)["id"])


def _update(work: Work) -> Made:
    paths = {name: f"/{member}" for name, member in _MEMBERS.items() if name not in ("RestApiId", "ProviderARNs")}
    patches = changed(work, paths)
    before, after = (each.get("ProviderARNs") or () for each in (work.previous, work.properties))
    for op, arns in (("remove", [arn for arn in before if arn not in after]), ("add", after)):
        patches += [{"op": op, "path": "/providerARNs", "value": arn} for arn in arns]
    if work.properties.get(_TTL) != work.previous.get(_TTL):
        seconds = work.properties.get(_TTL)
        value = "300" if seconds is None else str(seconds)
        patches.append({"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": value})
    where = {"restApiId": work.properties["RestApiId"], "authorizerId": work.physical_id}
    work.operate("UpdateAuthorizer", {**where, "patchOperations": patches})
    return _made(work.physical_id)


def _made(authorizer_id: str) -> Made:
    return Made(authorizer_id, {"AuthorizerId": authorizer_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGateway::Authorizer",
        implemented=frozenset(
            {
                "AuthorizerResultTtlInSeconds",
                "AuthorizerUri",
                "IdentitySource",
                "IdentityValidationExpression",
                "Name",
                "ProviderARNs",
                "RestApiId",
                "Type",
            }
        ),
        accepted={
            "AuthType": "It is kept and returned: AWS itself gives it no effect.",
            "AuthorizerCredentials": "Policies of roles are kept, not enforced.",
        },
        create=_create,
        update=_update,
        refuse=_refuse,
        delete=lambda work: delete(
            work,
            "DeleteAuthorizer",
            {"restApiId": work.properties["RestApiId"], "authorizerId": work.physical_id},
        ),
        replaces=frozenset({"RestApiId"}),
    ),
)
