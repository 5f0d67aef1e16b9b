"""The resources of a WebSocket API."""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.document import copied
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.service import Service
from stratolite.templates.serverless.websocket_api.routes import Authorizer, Route

SELECTION_DEFAULT = "$request.body.action"
DESCRIPTION_DEFAULT = "Serverless Websockets"
_FUNCTIONS = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"}, ":lambda:path/2015-03-31/"]


def make_resources(work: Compilation, routes: Sequence[Route]) -> None:
    """The API, unless it is made elsewhere; integrations, answers, authorizers, permissions, routes."""
    if elsewhere(work.service) is None:
        _make_api(work)
    for route in routes:
        _make_integration(work, route)
    for route in routes:
        if route.response is not None:
            _make_response(work, route)
    authorizers = [route.authorizer for route in routes if route.authorizer is not None]
    for authorizer in authorizers:
        _make_authorizer(work, authorizer)
    for route in routes:
        _permit(work, route)
        if route.authorizer is not None:
            _permit_authorizer(work, route.authorizer)
    for route in routes:
        _make_route(work, route)


def elsewhere(service: Service) -> Any:
    """The id of an API that another stack makes; None where this one does."""
    return service.setting("apiGateway", "websocketApiId") or None


def api_reference(service: Service) -> Any:
    """The API's id, of whichever stack it is."""
    return elsewhere(service) or {"Ref": naming.WEBSOCKET_API}


def description(service: Service) -> str:
    return service.provider.get("websocketsDescription") or DESCRIPTION_DEFAULT


def _make_api(work: Compilation) -> None:
    service = work.service
    tags = service.provider.get("tags")
    given = service.provider.get("websocketsApiName")
    has_tags = truthy(tags) and truthy(service.setting("websocket", "useProviderTags"))
    properties = {
        "Name": given if isinstance(given, str) and given else f"{service.stage}-{service.name}-websockets",
        "RouteSelectionExpression": service.provider.get("websocketsApiRouteSelectionExpression") or SELECTION_DEFAULT,
        "Description": description(service),
        "ProtocolType": "WEBSOCKET",
        "Tags": copied(tags) if has_tags else None,
    }
    work.merge(naming.WEBSOCKET_API, "AWS::ApiGatewayV2::Api", properties)
    connections = {"Fn::Sub": "arn:${AWS::Partition}:execute-api:*:*:*/@connections/*"}
    work.allow({"Effect": "Allow", "Action": ["execute-api:ManageConnections"], "Resource": [connections]})


def _uri(target: Any) -> dict[str, Any]:
    """The address by which an API calls a function."""
    *place, path = _FUNCTIONS
    return {"Fn::Join": ["", [*place, f"{path}functions/", target, "/invocations"]]}


def _make_integration(work: Compilation, route: Route) -> None:
    function = route.function
    properties = {
        "ApiId": api_reference(work.service),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": _uri(function.target),
    }
    name = naming.websocket_integration(function.key)
    work.merge(name, "AWS::ApiGatewayV2::Integration", properties, depends_on=function.depends_on)


def _make_response(work: Compilation, route: Route) -> None:
    properties = {
        "ApiId": api_reference(work.service),
        "RouteId": {"Ref": naming.websocket_route(route.key)},
        "RouteResponseKey": "$default",
    }
    work.put(naming.websocket_route_response(route.key), "AWS::ApiGatewayV2::RouteResponse", properties)


def _make_authorizer(work: Compilation, authorizer: Authorizer) -> None:
    properties = {
        "ApiId": api_reference(work.service),
        "Name": authorizer.name,
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": _uri(authorizer.target),
        "IdentitySource": authorizer.identity_sources,
    }
    # An ARN may end in the name of a function of this file, which is then waited for.
    function = work.service.functions.get(authorizer.name)
    waits = function.depends_on if function else None
    name = naming.websocket_authorizer(authorizer.name)
    work.merge(name, "AWS::ApiGatewayV2::Authorizer", properties, depends_on=waits)


def _waits(work: Compilation, *others: str | None) -> list[str]:
    """The API, where it is of this stack or named by ``Ref``, and others."""
    reference = api_reference(work.service)
    api = reference.get("Ref") if isinstance(reference, dict) else None
    return [each for each in (api, *others) if each]


def _permit(work: Compilation, route: Route) -> None:
    function = route.function
    properties = {
        "FunctionName": function.target,
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
    }
    waits = _waits(work, function.depends_on or function.logical_id)
    work.merge(naming.websocket_permission(function.key), "AWS::Lambda::Permission", properties, depends_on=waits)


def _permit_authorizer(work: Compilation, authorizer: Authorizer) -> None:
    function = authorizer.function
    properties = {
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "FunctionName": authorizer.target,
    }
    waits = _waits(work, *(() if function is None else (function.logical_id, function.depends_on)))
    work.merge(naming.websocket_permission(authorizer.name), "AWS::Lambda::Permission", properties, depends_on=waits)


def _make_route(work: Compilation, route: Route) -> None:
    integration = naming.websocket_integration(route.function.key)
    properties: dict[str, Any] = {
        "ApiId": api_reference(work.service),
        "RouteKey": route.key,
        "AuthorizationType": "NONE",
        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": integration}]]},
        "RouteResponseSelectionExpression": route.response,
    }
    if route.authorizer is not None:
        properties["AuthorizationType"] = "CUSTOM"
        properties["AuthorizerId"] = {"Ref": naming.websocket_authorizer(route.authorizer.name)}
    work.merge(naming.websocket_route(route.key), "AWS::ApiGatewayV2::Route", properties)
