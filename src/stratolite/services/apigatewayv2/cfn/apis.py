"""AWS::ApiGatewayV2::Api."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.ports import Made, ResourceType, Work
from stratolite.services.apigatewayv2 import rules
from stratolite.services.apigatewayv2.cfn.properties import changed, delete, given, retag

_SETTINGS = (
    "ApiKeySelectionExpression",
    "CorsConfiguration",
    "CredentialsArn",
    "Description",
    "DisableExecuteApiEndpoint",
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
    if properties.get("ProtocolType") == "WEBSOCKET":
        rules.protocol("WEBSOCKET")


def _create(work: Work) -> Made:
    request = given(work.properties, (*_SETTINGS, "Tags"))
    return _api(work.operate("CreateApi", {"ProtocolType": "HTTP", "Name": "", **request}), work)


def _update(work: Work) -> Made:
    api_id = work.physical_id
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
                "CorsConfiguration",
                "DisableExecuteApiEndpoint",
                "Name",
                "ProtocolType",
                "RouteKey",
                "RouteSelectionExpression",
                "Target",
            }
        ),
        accepted={
            "ApiKeySelectionExpression": "HTTP APIs have no API keys; it is kept and returned.",
            "CredentialsArn": "Policies of roles are kept, not enforced.",
            "Description": "It is kept and returned.",
            "FailOnWarnings": "It concerns the import of API definitions, and Body is refused.",
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
