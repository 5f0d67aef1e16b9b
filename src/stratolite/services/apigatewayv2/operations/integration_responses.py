"""Integration responses: what a WebSocket API makes of the answer of a MOCK integration, by its status."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, deploying, rules
from stratolite.services.apigatewayv2.websocket import rules as websocket_rules
from stratolite.storage.documents import Document, shown

RESPONSE_ID_LENGTH = 7
_MEMBERS = (
    "ContentHandlingStrategy",
    "IntegrationResponseKey",
    "ResponseParameters",
    "ResponseTemplates",
    "TemplateSelectionExpression",
)


def create_integration_response(
    call: Call, apigatewayv2: Apigatewayv2, request: api.CreateIntegrationResponseRequest
) -> api.CreateIntegrationResponseResponse:
    """Say what becomes of an answer."""
    key = apigatewayv2.world.entropy.token(RESPONSE_ID_LENGTH)
    document: Document = {"IntegrationResponseId": key, "_integration": request["IntegrationId"]}
    if any(
        each["IntegrationResponseKey"] == request["IntegrationResponseKey"]
        for each in _all(call, apigatewayv2, request)
    ):
        raise api.ConflictException("Integration response already exists for this integration")
    _put(call, apigatewayv2, document, request)
    return shown(document, api.CreateIntegrationResponseResponse)


def get_integration_response(
    call: Call, apigatewayv2: Apigatewayv2, request: api.GetIntegrationResponseRequest
) -> api.GetIntegrationResponseResponse:
    """One integration response."""
    return shown(_response(call, apigatewayv2, request), api.GetIntegrationResponseResponse)


def get_integration_responses(
    call: Call, apigatewayv2: Apigatewayv2, request: api.GetIntegrationResponsesRequest
) -> api.GetIntegrationResponsesResponse:
    """All responses of an integration."""
    return shown(rules.page(_all(call, apigatewayv2, request), request), api.GetIntegrationResponsesResponse)


def update_integration_response(
    call: Call, apigatewayv2: Apigatewayv2, request: api.UpdateIntegrationResponseRequest
) -> api.UpdateIntegrationResponseResponse:
    """Change what is given, and leave the rest."""
    document = _response(call, apigatewayv2, request)
    _put(call, apigatewayv2, document, request)
    return shown(document, api.UpdateIntegrationResponseResponse)


def delete_integration_response(
    call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteIntegrationResponseRequest
) -> None:
    """Delete an integration response."""
    document = _response(call, apigatewayv2, request)
    apigatewayv2.store.delete(call, "integration_response", request["ApiId"], document["IntegrationResponseId"])
    deploying.changed(call, apigatewayv2, request["ApiId"])


def _all(call: Call, apigatewayv2: Apigatewayv2, request: Any) -> list[Document]:
    api_id, store = request["ApiId"], apigatewayv2.store
    rules.websocket(rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id)))
    rules.found(store.get(call, "integration", api_id, request["IntegrationId"]), rules.NO_INTEGRATION)
    return [
        each
        for each in store.all(call, "integration_response", api_id)
        if each["_integration"] == request["IntegrationId"]
    ]


def _response(call: Call, apigatewayv2: Apigatewayv2, request: Any) -> Document:
    found = [
        each
        for each in _all(call, apigatewayv2, request)
        if each["IntegrationResponseId"] == request["IntegrationResponseId"]
    ]
    return rules.found(found[0] if found else None, rules.NO_INTEGRATION_RESPONSE)


def _put(call: Call, apigatewayv2: Apigatewayv2, document: Document, request: Any) -> None:
    document |= {name: request[name] for name in _MEMBERS if request.get(name) is not None}
    websocket_rules.integration_response(document)
    apigatewayv2.store.put(call, "integration_response", request["ApiId"], document["IntegrationResponseId"], document)
    deploying.changed(call, apigatewayv2, request["ApiId"])
