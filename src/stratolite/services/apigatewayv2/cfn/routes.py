"""AWS::ApiGatewayV2::Route, Integration and Authorizer. What they answer is in ``responses.py``."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigatewayv2 import rules
from stratolite.services.apigatewayv2.cfn.properties import changed, delete, given
from stratolite.services.apigatewayv2.websocket import rules as websocket_rules

_ROUTE = (
    "ApiKeyRequired",
    "AuthorizationScopes",
    "AuthorizationType",
    "AuthorizerId",
    "OperationName",
    "RouteKey",
    "RouteResponseSelectionExpression",
    "Target",
)
_INTEGRATION = (
    "ConnectionId",
    "ConnectionType",
    "CredentialsArn",
    "Description",
    "IntegrationMethod",
    "IntegrationSubtype",
    "IntegrationType",
    "IntegrationUri",
    "PassthroughBehavior",
    "PayloadFormatVersion",
    "RequestTemplates",
    "TemplateSelectionExpression",
    "TimeoutInMillis",
    "TlsConfig",
)
_AUTHORIZER = (
    "AuthorizerCredentialsArn",
    "AuthorizerPayloadFormatVersion",
    "AuthorizerResultTtlInSeconds",
    "AuthorizerType",
    "AuthorizerUri",
    "EnableSimpleResponses",
    "IdentitySource",
    "JwtConfiguration",
    "Name",
)


def _create_route(work: Work) -> Made:
    return _route(work.operate("CreateRoute", given(work.properties, ("ApiId", *_ROUTE))))


def _update_route(work: Work) -> Made:
    request = changed(work, _ROUTE, {"AuthorizationType": "NONE", "AuthorizationScopes": [], "OperationName": ""})
    if not request.get("OperationName", "x"):
        del request["OperationName"]
    return _route(work.operate("UpdateRoute", {**_in_api(work), "RouteId": work.physical_id, **request}))


def _route(made: Mapping[str, Any]) -> Made:
    return Made(made["RouteId"], {"RouteId": made["RouteId"]})


def _refuse_integration(properties: Mapping[str, Any]) -> None:
    """What CreateIntegration would refuse, before anything is made."""
    if properties.get("ConnectionType") == "VPC_LINK":
        rules.unimplemented("ConnectionType VPC_LINK", "there is no VPC")


def _create_integration(work: Work) -> Made:
    properties = work.properties
    request = given(properties, ("ApiId", *_INTEGRATION, "RequestParameters"))
    if properties.get("ResponseParameters"):
        request["ResponseParameters"] = _by_status(properties)
    return _integration(work.operate("CreateIntegration", request))


def _update_integration(work: Work) -> Made:
    # Integrations of HTTP APIs have a format, those of WebSocket APIs have none, and less time.
    is_http = bool(work.properties.get("PayloadFormatVersion"))
    longest = rules.INTEGRATION_TIMEOUT_MS_MAX if is_http else websocket_rules.INTEGRATION_TIMEOUT_MS_MAX
    unset = {"Description": "", "TimeoutInMillis": longest}
    request = changed(work, _INTEGRATION, unset)
    before, after = (each.get("RequestParameters") or {} for each in (work.previous, work.properties))
    if before != after:
        # An empty value takes one away; in a template it is that of what removes something.
        request["RequestParameters"] = {
            **dict.fromkeys(before, ""),
            **{name: value or "''" for name, value in after.items()},
        }
    old, new = _by_status(work.previous), _by_status(work.properties)
    if old != new:
        request["ResponseParameters"] = {**{status: {} for status in old}, **new}
    where = {**_in_api(work), "IntegrationId": work.physical_id}
    return _integration(work.operate("UpdateIntegration", {**where, **request}))


def _by_status(properties: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """``{"200": {"ResponseParameters": [{"Destination": ..., "Source": ...}]}}`` as the operations have it."""
    return {
        status: {each["Destination"]: each["Source"] for each in mapped.get("ResponseParameters") or ()}
        for status, mapped in (properties.get("ResponseParameters") or {}).items()
    }


def _integration(made: Mapping[str, Any]) -> Made:
    return Made(made["IntegrationId"], {"IntegrationId": made["IntegrationId"]})


def _create_authorizer(work: Work) -> Made:
    request = {"IdentitySource": [], **given(work.properties, ("ApiId", *_AUTHORIZER))}
    return _authorizer(work.operate("CreateAuthorizer", request))


def _update_authorizer(work: Work) -> Made:
    request = changed(work, _AUTHORIZER, {"EnableSimpleResponses": False, "IdentitySource": []})
    if work.properties["AuthorizerType"] == "JWT":
        request.pop("EnableSimpleResponses", None)
    return _authorizer(work.operate("UpdateAuthorizer", {**_in_api(work), "AuthorizerId": work.physical_id, **request}))


def _authorizer(made: Mapping[str, Any]) -> Made:
    return Made(made["AuthorizerId"], {"AuthorizerId": made["AuthorizerId"]})


def _in_api(work: Work) -> dict[str, str]:
    return {"ApiId": work.properties["ApiId"]}


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGatewayV2::Route",
        implemented=frozenset(
            {
                "ApiId",
                "AuthorizationScopes",
                "AuthorizationType",
                "AuthorizerId",
                "RouteKey",
                "RouteResponseSelectionExpression",
                "Target",
            }
        ),
        accepted={
            "ApiKeyRequired": "A route that asks for a key is refused; one that does not is kept as it is.",
            "OperationName": "It is kept and returned.",
        },
        create=_create_route,
        update=_update_route,
        delete=lambda work: delete(work, "DeleteRoute", {**_in_api(work), "RouteId": work.physical_id}),
    ),
    ResourceType(
        name="AWS::ApiGatewayV2::Integration",
        implemented=frozenset(
            {
                "ApiId",
                "ConnectionType",
                "IntegrationMethod",
                "IntegrationSubtype",
                "IntegrationType",
                "IntegrationUri",
                "PayloadFormatVersion",
                "RequestParameters",
                "RequestTemplates",
                "ResponseParameters",
                "TemplateSelectionExpression",
                "TimeoutInMillis",
            }
        ),
        accepted={
            "CredentialsArn": "Policies of roles are kept, not enforced.",
            "Description": "It is kept and returned.",
            "PassthroughBehavior": "Functions and MOCK integrations see no content types; it is kept and returned.",
        },
        create=_create_integration,
        update=_update_integration,
        refuse=_refuse_integration,
        delete=lambda work: delete(work, "DeleteIntegration", {**_in_api(work), "IntegrationId": work.physical_id}),
    ),
    ResourceType(
        name="AWS::ApiGatewayV2::Authorizer",
        implemented=frozenset({"ApiId", *_AUTHORIZER} - {"AuthorizerCredentialsArn"}),
        accepted={"AuthorizerCredentialsArn": "Policies of roles are kept, not enforced."},
        create=_create_authorizer,
        update=_update_authorizer,
        delete=lambda work: delete(work, "DeleteAuthorizer", {**_in_api(work), "AuthorizerId": work.physical_id}),
    ),
)
