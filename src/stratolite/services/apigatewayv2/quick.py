"""Quick create: an API that is made with its target has a route, an integration and a stage from the beginning.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html#http-api-quick-create
"""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, deploying, integrating, rules
from stratolite.services.apigatewayv2.domain import DEFAULT_ROUTE, DEFAULT_STAGE
from stratolite.services.apigatewayv2.staging import fresh
from stratolite.storage.documents import Document

ID_LENGTH = 7


def create(call: Call, apigatewayv2: Apigatewayv2, api_id: str, request: Any) -> None:
    """Make what stands behind a new API. Raises BadRequestException."""
    key = request.get("RouteKey") or DEFAULT_ROUTE
    rules.route_key(key)
    entropy, store = apigatewayv2.world.entropy, apigatewayv2.store
    integration: Document = {"ApiGatewayManaged": True, "IntegrationId": entropy.token(ID_LENGTH), **_target(request)}
    if request.get("CredentialsArn"):
        integration["CredentialsArn"] = request["CredentialsArn"]
    integrating.complete(integration)
    route: Document = {
        "ApiGatewayManaged": True,
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RouteId": entropy.token(ID_LENGTH),
        "RouteKey": key,
        "Target": f"integrations/{integration['IntegrationId']}",
    }
    stage = {"ApiGatewayManaged": True, **fresh(call, DEFAULT_STAGE), "AutoDeploy": True}
    store.put(call, "integration", api_id, integration["IntegrationId"], integration)
    store.put(call, "route", api_id, route["RouteId"], route)
    store.put(call, "stage", api_id, DEFAULT_STAGE, stage)
    deploying.changed(call, apigatewayv2, api_id)


def update(call: Call, apigatewayv2: Apigatewayv2, api_id: str, request: Any) -> None:
    """Change the target or the key of what was made so. Raises BadRequestException when nothing was."""
    store = apigatewayv2.store
    routes = [each for each in store.all(call, "route", api_id) if each.get("ApiGatewayManaged")]
    integrations = [each for each in store.all(call, "integration", api_id) if each.get("ApiGatewayManaged")]
    if not routes or not integrations:
        raise api.BadRequestException("Target, RouteKey and CredentialsArn can only be updated on quick created APIs")
    route, integration = routes[0], integrations[0]
    if request.get("RouteKey"):
        others = [each["RouteKey"] for each in store.all(call, "route", api_id) if each["RouteId"] != route["RouteId"]]
        rules.route_beside(request["RouteKey"], others)
        route["RouteKey"] = request["RouteKey"]
    if request.get("Target"):
        integration |= _target(request)
    if request.get("CredentialsArn"):
        integration["CredentialsArn"] = request["CredentialsArn"]
    integrating.complete(integration)
    store.put(call, "route", api_id, route["RouteId"], route)
    store.put(call, "integration", api_id, integration["IntegrationId"], integration)


def _target(request: Any) -> Document:
    target = request["Target"]
    if target.startswith(("http://", "https://")):
        return {
            "IntegrationMethod": "ANY",
            "IntegrationType": "HTTP_PROXY",
            "IntegrationUri": target,
            "PayloadFormatVersion": "1.0",
        }
    return {
        "IntegrationMethod": "POST",
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": target,
        "PayloadFormatVersion": "2.0",
    }
