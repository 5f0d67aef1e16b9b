"""Integrations: what stands behind routes: functions and URLs, and answers that a WebSocket API has itself."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, deploying, integrating, rules
from stratolite.services.apigatewayv2.websocket import rules as websocket_rules
from stratolite.storage.documents import Document, shown

INTEGRATION_ID_LENGTH = 7
_MEMBERS = (
    "ConnectionId",
    "ConnectionType",
    "ContentHandlingStrategy",
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


def create_integration(
    call: Call, apigatewayv2: Apigatewayv2, request: api.CreateIntegrationRequest
) -> api.CreateIntegrationResult:
    """Create an integration of type AWS_PROXY (a function), HTTP_PROXY (a URL) or, in WebSocket APIs, MOCK."""
    api_id, store = request["ApiId"], apigatewayv2.store
    described = rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    document: Document = {"IntegrationId": apigatewayv2.world.entropy.token(INTEGRATION_ID_LENGTH)}
    _set(document, request, is_websocket=rules.is_websocket(described))
    rules.within(len(store.all(call, "integration", api_id)), rules.INTEGRATIONS_MAX, "Integrations")
    store.put(call, "integration", api_id, document["IntegrationId"], document)
    deploying.changed(call, apigatewayv2, api_id)
    return shown(document, api.CreateIntegrationResult)


def get_integration(
    call: Call, apigatewayv2: Apigatewayv2, request: api.GetIntegrationRequest
) -> api.GetIntegrationResult:
    """One integration."""
    return shown(_integration(call, apigatewayv2, request), api.GetIntegrationResult)


def get_integrations(
    call: Call, apigatewayv2: Apigatewayv2, request: api.GetIntegrationsRequest
) -> api.GetIntegrationsResponse:
    """All integrations of an API."""
    api_id = request["ApiId"]
    rules.found(apigatewayv2.store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    return shown(rules.page(apigatewayv2.store.all(call, "integration", api_id), request), api.GetIntegrationsResponse)


def update_integration(
    call: Call, apigatewayv2: Apigatewayv2, request: api.UpdateIntegrationRequest
) -> api.UpdateIntegrationResult:
    """Change what is given, and leave the rest; a parameter with an empty value is taken away."""
    document = _integration(call, apigatewayv2, request)
    described = apigatewayv2.store.get(call, "api", "", request["ApiId"])
    _set(document, request, is_websocket=described is not None and rules.is_websocket(described))
    apigatewayv2.store.put(call, "integration", request["ApiId"], document["IntegrationId"], document)
    deploying.changed(call, apigatewayv2, request["ApiId"])
    return shown(document, api.UpdateIntegrationResult)


def delete_integration(call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteIntegrationRequest) -> None:
    """Delete an integration that no route has for its target."""
    api_id, store = request["ApiId"], apigatewayv2.store
    document = _integration(call, apigatewayv2, request)
    for route in store.all(call, "route", api_id):
        if route.get("Target") == f"integrations/{document['IntegrationId']}":
            # The words are those of version 1 for authorizers; AWS's own for this case are not known to us.
            raise api.ConflictException(
                f"Cannot delete integration '{document['IntegrationId']}', is referenced in route: {route['RouteKey']}"
            )
    for each in store.all(call, "integration_response", api_id):
        if each["_integration"] == document["IntegrationId"]:
            store.delete(call, "integration_response", api_id, each["IntegrationResponseId"])
    store.delete(call, "integration", api_id, document["IntegrationId"])
    deploying.changed(call, apigatewayv2, api_id)


def _integration(call: Call, apigatewayv2: Apigatewayv2, request: Any) -> Document:
    api_id, store = request["ApiId"], apigatewayv2.store
    rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    return rules.found(store.get(call, "integration", api_id, request["IntegrationId"]), rules.NO_INTEGRATION)


def _set(document: Document, request: Any, *, is_websocket: bool) -> None:
    document |= {name: request[name] for name in _MEMBERS if request.get(name) is not None}
    integrating.merge(document, request)
    if is_websocket:
        websocket_rules.integration(document)
    else:
        integrating.complete(document)
