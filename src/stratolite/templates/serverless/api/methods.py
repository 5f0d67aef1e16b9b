"""AWS::ApiGateway::Method: one a route, with its integration, its responses and who may call it."""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.integration import integration_of
from stratolite.templates.serverless.api.paths import Paths
from stratolite.templates.serverless.api.request import Route
from stratolite.templates.serverless.api.rest_api import rest_api_id
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.lodash import items


def make_methods(work: Compilation, routes: Sequence[Route], paths: Paths) -> list[str]:
    """All methods; their logical ids."""
    return [_make(work, route, paths[route.path]) for route in routes]


def _make(work: Compilation, route: Route, resource_id: Any) -> str:
    logical_id = naming.api_method(route.path, route.method)
    authorization, authorizer = _authorization(route)
    # The authorizer takes the place of the permission: the framework merges the two lists by index.
    first = authorizer or naming.api_permission(route.function.key)
    alias = route.function.depends_on
    properties = {
        "HttpMethod": route.method.upper(),
        "RequestParameters": {name: is_required(value) for name, value in route.parameters.items()},
        "ResourceId": resource_id,
        "RestApiId": rest_api_id(work.service),
        "OperationName": route.settings.get("operationId"),
        "ApiKeyRequired": truthy(route.settings.get("private")),
        "Integration": integration_of(route),
        "MethodResponses": _responses(route),
        **authorization,
    }
    depends_on = [first, alias] if alias else [first]
    work.merge(logical_id, "AWS::ApiGateway::Method", properties, depends_on=depends_on)
    return logical_id


def is_required(parameter: Any) -> Any:
    """Whether a request needs a parameter; one with a map of settings is required unless the map says otherwise."""
    if not isinstance(parameter, dict):
        return parameter
    required = parameter.get("required")
    return True if required is None else required


def _authorization(route: Route) -> tuple[dict[str, Any], str | None]:
    """Properties of the method, and the authorizer of this template that it waits for."""
    authorizer = route.authorizer
    if authorizer is None:
        return {"AuthorizationType": "NONE"}, None
    kind = authorizer.kind.upper()
    if authorizer.kind == "AWS_IAM":
        return {"AuthorizationType": "AWS_IAM"}, None
    scopes = {"AuthorizationScopes": authorizer.scopes} if authorizer.scopes else {}
    if authorizer.authorizer_id is not None:
        written = "CUSTOM" if kind in ("TOKEN", "REQUEST") else authorizer.kind
        made = {"AuthorizationType": written, "AuthorizerId": authorizer.authorizer_id}
        return {**made, **(scopes if kind == "COGNITO_USER_POOLS" else {})}, None
    logical_id = naming.api_authorizer(authorizer.name)
    reference = {"AuthorizerId": {"Ref": logical_id}}
    if authorizer.is_cognito:
        return {"AuthorizationType": "COGNITO_USER_POOLS", **reference, **scopes}, logical_id
    return {"AuthorizationType": "CUSTOM", **reference}, logical_id


def _responses(route: Route) -> list[dict[str, Any]]:
    if route.response is None:
        return []
    shared = _shared_headers(route)
    responses = []
    for code, settings in items(route.response.get("statusCodes") or {}):
        headers = [*shared, *(settings.get("headers") or {})]
        parameters = {f"method.response.header.{name}": True for name in headers}
        responses.append({"StatusCode": code, "ResponseParameters": parameters, "ResponseModels": {}})
    return responses


def _shared_headers(route: Route) -> list[str]:
    assert route.response is not None
    names = list(route.response.get("headers") or {})
    if route.cors is None:
        return names
    credentials = ["Access-Control-Allow-Credentials"] if route.cors.allow_credentials else []
    return ["Access-Control-Allow-Origin", *credentials, *names]
