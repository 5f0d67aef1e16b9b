"""AWS::ApiGatewayV2::RouteResponse and IntegrationResponse, which WebSocket APIs have."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigatewayv2.cfn.properties import changed, delete, given

_RESPONSE = ("IntegrationResponseKey", "ResponseTemplates", "TemplateSelectionExpression")


def _create_route_response(work: Work) -> Made:
    return _route_response(work.operate("CreateRouteResponse", {**_of_route(work), **_key(work)}))


def _update_route_response(work: Work) -> Made:
    return _route_response(work.operate("UpdateRouteResponse", {**_at_route(work), **_key(work)}))


def _delete_route_response(work: Work) -> None:
    delete(work, "DeleteRouteResponse", _at_route(work))


def _route_response(made: Mapping[str, Any]) -> Made:
    return Made(made["RouteResponseId"], {"RouteResponseId": made["RouteResponseId"]})


def _key(work: Work) -> dict[str, Any]:
    return given(work.properties, ("RouteResponseKey",))


def _of_route(work: Work) -> dict[str, str]:
    return {name: work.properties[name] for name in ("ApiId", "RouteId")}


def _at_route(work: Work) -> dict[str, str]:
    return {**_of_route(work), "RouteResponseId": work.physical_id}


def _create_integration_response(work: Work) -> Made:
    request = {**_of_integration(work), **given(work.properties, _RESPONSE)}
    return _integration_response(work.operate("CreateIntegrationResponse", request))


def _update_integration_response(work: Work) -> Made:
    request = changed(work, _RESPONSE, {"ResponseTemplates": {}})
    return _integration_response(work.operate("UpdateIntegrationResponse", {**_at_integration(work), **request}))


def _delete_integration_response(work: Work) -> None:
    delete(work, "DeleteIntegrationResponse", _at_integration(work))


def _integration_response(made: Mapping[str, Any]) -> Made:
    return Made(made["IntegrationResponseId"], {"IntegrationResponseId": made["IntegrationResponseId"]})


def _of_integration(work: Work) -> dict[str, str]:
    return {name: work.properties[name] for name in ("ApiId", "IntegrationId")}


def _at_integration(work: Work) -> dict[str, str]:
    return {**_of_integration(work), "IntegrationResponseId": work.physical_id}


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGatewayV2::RouteResponse",
        implemented=frozenset({"ApiId", "RouteId", "RouteResponseKey"}),
        create=_create_route_response,
        update=_update_route_response,
        delete=_delete_route_response,
    ),
    ResourceType(
        name="AWS::ApiGatewayV2::IntegrationResponse",
        implemented=frozenset({"ApiId", "IntegrationId", *_RESPONSE}),
        create=_create_integration_response,
        update=_update_integration_response,
        delete=_delete_integration_response,
    ),
)
