"""Route responses: with one, what the integration of a WebSocket API's route answers goes to the client."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, deploying, rules
from stratolite.services.apigatewayv2.websocket import rules as websocket_rules
from stratolite.storage.documents import Document, shown

RESPONSE_ID_LENGTH = 7
_MEMBERS = ("ModelSelectionExpression", "ResponseModels", "ResponseParameters", "RouteResponseKey")


def create_route_response(
    call: Call, apigatewayv2: Apigatewayv2, request: api.CreateRouteResponseRequest
) -> api.CreateRouteResponseResponse:
    """Let a route answer."""
    key = apigatewayv2.world.entropy.token(RESPONSE_ID_LENGTH)
    document: Document = {"RouteResponseId": key, "_route": request["RouteId"]}
    if _all(call, apigatewayv2, request):
        raise api.ConflictException("Route response already exists for this route")
    _put(call, apigatewayv2, document, request)
    return shown(document, api.CreateRouteResponseResponse)


def get_route_response(
    call: Call, apigatewayv2: Apigatewayv2, request: api.GetRouteResponseRequest
) -> api.GetRouteResponseResponse:
    """One route response."""
    return shown(_response(call, apigatewayv2, request), api.GetRouteResponseResponse)


def get_route_responses(
    call: Call, apigatewayv2: Apigatewayv2, request: api.GetRouteResponsesRequest
) -> api.GetRouteResponsesResponse:
    """All responses of a route: one at most."""
    return shown(rules.page(_all(call, apigatewayv2, request), request), api.GetRouteResponsesResponse)


def update_route_response(
    call: Call, apigatewayv2: Apigatewayv2, request: api.UpdateRouteResponseRequest
) -> api.UpdateRouteResponseResponse:
    """Change what is given, and leave the rest."""
    document = _response(call, apigatewayv2, request)
    _put(call, apigatewayv2, document, request)
    return shown(document, api.UpdateRouteResponseResponse)


def delete_route_response(call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteRouteResponseRequest) -> None:
    """Let a route answer no longer."""
    document = _response(call, apigatewayv2, request)
    apigatewayv2.store.delete(call, "route_response", request["ApiId"], document["RouteResponseId"])
    deploying.changed(call, apigatewayv2, request["ApiId"])


def _all(call: Call, apigatewayv2: Apigatewayv2, request: Any) -> list[Document]:
    api_id, store = request["ApiId"], apigatewayv2.store
    rules.websocket(rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id)))
    rules.found(store.get(call, "route", api_id, request["RouteId"]), rules.NO_ROUTE)
    return [each for each in store.all(call, "route_response", api_id) if each["_route"] == request["RouteId"]]


def _response(call: Call, apigatewayv2: Apigatewayv2, request: Any) -> Document:
    found = [
        each for each in _all(call, apigatewayv2, request) if each["RouteResponseId"] == request["RouteResponseId"]
    ]
    return rules.found(found[0] if found else None, rules.NO_ROUTE_RESPONSE)


def _put(call: Call, apigatewayv2: Apigatewayv2, document: Document, request: Any) -> None:
    document |= {name: request[name] for name in _MEMBERS if request.get(name) is not None}
    websocket_rules.route_response(document)
    apigatewayv2.store.put(call, "route_response", request["ApiId"], document["RouteResponseId"], document)
    deploying.changed(call, apigatewayv2, request["ApiId"])
