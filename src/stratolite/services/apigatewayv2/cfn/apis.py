"""AWS::ApiGatewayV2::Api."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigatewayv2 import rules
from stratolite.services.apigatewayv2.cfn.properties import changed, delete, given, retag

_SETTINGS = (
    "ApiKeySelectionExpression",
    "CorsConfiguration",
    "CredentialsArn",
    "Description",
    "DisableExecuteApiEndpoint",
    "DisableSchemaValidation",
    "IpAddressType",
    "Name",
    "RouteKey",
    "RouteSelectionExpression",
    "Target",
    "Version",
)
_UNSET = {
    "ApiKeySelectionExpression": "$request.header.x-api-key",
    "Description": "",
    "DisableExecuteApiEndpoint": False,
    "IpAddressType": "ipv4",
    "RouteKey": "$default",
}


def _refuse(properties: Mapping[str, Any]) -> None:
    """What CreateApi would refuse, before anything is made."""
    if properties.get("BasePath") not in (None, "", "ignore"):
        rules.unimplemented("BasePath", "base paths of definitions are ignored")


def _create(work: Work) -> Made:
    request = given(work.properties, (*_SETTINGS, "ProtocolType", "Tags"))
    if work.properties.get("Body"):
        made = work.operate("ImportApi", _definition(work))
        return _beside_body(work, made, {})
    return _api(work.operate("CreateApi", {"ProtocolType": "HTTP", "Name": "", **request}), work)


def _definition(work: Work) -> dict[str, Any]:
    """A definition, as the operations that import have it; what was not said is not asked for."""
    body = work.properties["Body"]
    request = {"Body": body if isinstance(body, str) else json.dumps(body)}
    names = {"BasePath": "Basepath", "FailOnWarnings": "FailOnWarnings"}
    return request | {member: work.properties[name] for name, member in names.items() if work.properties.get(name)}


def _beside_body(work: Work, made: Mapping[str, Any], previous_tags: Mapping[str, str]) -> Made:
    """What properties say beside a definition wins over what that says."""
    api_id = made["ApiId"]
    settings = given(work.properties, _SETTINGS)
    if settings:
        work.operate("UpdateApi", {"ApiId": api_id, **settings})
    retag(replace(work, previous={"Tags": previous_tags}), f"/apis/{api_id}")
    return _api(made, work)


def _update(work: Work) -> Made:
    api_id = work.physical_id
    if work.properties.get("Body"):
        made = work.operate("ReimportApi", {"ApiId": api_id, **_definition(work)})
        return _beside_body(work, made, work.previous.get("Tags") or {})
    request = changed(work, _SETTINGS, _UNSET)
    if not work.properties.get("Target"):
        request.pop("RouteKey", None)
    if work.previous.get("CorsConfiguration") and not work.properties.get("CorsConfiguration"):
        work.operate("DeleteCorsConfiguration", {"ApiId": api_id})
    made = work.operate("UpdateApi", {"ApiId": api_id, **request})
    retag(work, f"/apis/{api_id}")
    return _api(made, work)


def _api(made: Mapping[str, Any], work: Work) -> Made:
    api_id = made["ApiId"]
    attributes = {
        "ApiEndpoint": made["ApiEndpoint"],
        "ApiId": api_id,
        "ExecuteApiArn": work.call.arn("execute-api", api_id),
    }
    return Made(api_id, attributes)


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGatewayV2::Api",
        implemented=frozenset(
            {
                "BasePath",
                "Body",
                "CorsConfiguration",
                "DisableExecuteApiEndpoint",
                "FailOnWarnings",
                "Name",
                "ProtocolType",
                "RouteKey",
                "RouteSelectionExpression",
                "Target",
            }
        ),
        accepted={
            "ApiKeySelectionExpression": "API keys are refused where they are asked for; it is kept and returned.",
            "CredentialsArn": "Policies of roles are kept, not enforced.",
            "Description": "It is kept and returned.",
            "DisableSchemaValidation": "Models are refused, so that nothing is validated; it is kept and returned.",
            "IpAddressType": "The local endpoint has addresses of its own; it is kept and returned.",
            "Tags": "They are kept and returned.",
            "Version": "It is kept and returned.",
        },
        create=_create,
        update=_update,
        delete=lambda work: delete(work, "DeleteApi", {"ApiId": work.physical_id}),
        refuse=_refuse,
    ),
)
