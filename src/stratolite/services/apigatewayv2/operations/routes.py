"""Routes: which requests go where, and who may send them."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, deploying, rules
from stratolite.services.apigatewayv2.websocket import rules as websocket_rules
from stratolite.storage.documents import Document, shown

ROUTE_ID_LENGTH = 7
_MEMBERS = ("AuthorizationScopes", "AuthorizationType", "AuthorizerId", "OperationName", "RouteKey", "Target")
_WEBSOCKET = ("RouteResponseSelectionExpression",)
_REFUSED = {
    name: f"{name} is not currently supported for HTTP APIs."
    for name in (
        "ApiKeyRequired",
        "ModelSelectionExpression",
        "RequestModels",
        "RequestParameters",
        "RouteResponseSelectionExpression",
    )
}


def create_route(call: Call, apigatewayv2: Apigatewayv2, request: api.CreateRouteRequest) -> api.CreateRouteResult:
    """Create a route."""
    api_id, store = request["ApiId"], apigatewayv2.store
    rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    document: Document = {
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RouteId": apigatewayv2.world.entropy.token(ROUTE_ID_LENGTH),
    }
    _set(call, apigatewayv2, document, request)
    rules.within(len(store.all(call, "route", api_id)), rules.ROUTES_MAX, "Routes")
    store.put(call, "route", api_id, document["RouteId"], document)
    deploying.changed(call, apigatewayv2, api_id)
    return shown(document, api.CreateRouteResult)


def get_route(call: Call, apigatewayv2: Apigatewayv2, request: api.GetRouteRequest) -> api.GetRouteResult:
    """One route."""
    return shown(_route(call, apigatewayv2, request), api.GetRouteResult)


def get_routes(call: Call, apigatewayv2: Apigatewayv2, request: api.GetRoutesRequest) -> api.GetRoutesResponse:
    """All routes of an API."""
    api_id = request["ApiId"]
    rules.found(apigatewayv2.store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    return shown(rules.page(apigatewayv2.store.all(call, "route", api_id), request), api.GetRoutesResponse)


def update_route(call: Call, apigatewayv2: Apigatewayv2, request: api.UpdateRouteRequest) -> api.UpdateRouteResult:
    """Change what is given, and leave the rest; without an authorization that needs one there is no authorizer."""
    document = _route(call, apigatewayv2, request)
    if request.get("AuthorizationType") in ("NONE", "AWS_IAM"):
        document.pop("AuthorizerId", None)
        document.pop("AuthorizationScopes", None)
    _set(call, apigatewayv2, document, request)
    apigatewayv2.store.put(call, "route", request["ApiId"], document["RouteId"], document)
    deploying.changed(call, apigatewayv2, request["ApiId"])
    return shown(document, api.UpdateRouteResult)


def delete_route(call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteRouteRequest) -> None:
    """Delete a route with its response; its integration stays."""
    document = _route(call, apigatewayv2, request)
    for each in apigatewayv2.store.all(call, "route_response", request["ApiId"]):
        if each["_route"] == document["RouteId"]:
            apigatewayv2.store.delete(call, "route_response", request["ApiId"], each["RouteResponseId"])
    apigatewayv2.store.delete(call, "route", request["ApiId"], document["RouteId"])
    deploying.changed(call, apigatewayv2, request["ApiId"])


def _route(call: Call, apigatewayv2: Apigatewayv2, request: Any) -> Document:
    api_id, store = request["ApiId"], apigatewayv2.store
    rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    return rules.found(store.get(call, "route", api_id, request["RouteId"]), rules.NO_ROUTE)


def _set(call: Call, apigatewayv2: Apigatewayv2, document: Document, request: Any) -> None:
    api_id, store = request["ApiId"], apigatewayv2.store
    described = rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    is_websocket = rules.is_websocket(described)
    if not is_websocket:
        rules.refuse(request, _REFUSED)
    names = (*_MEMBERS, *_WEBSOCKET) if is_websocket else _MEMBERS
    document |= {name: request[name] for name in names if request.get(name) is not None}
    if not document.get("AuthorizationScopes"):
        document.pop("AuthorizationScopes", None)
    key = document["RouteKey"]
    beside = store.all(call, "route", api_id)
    others = [each["RouteKey"] for each in beside if each["RouteId"] != document["RouteId"]]
    if is_websocket:
        websocket_rules.route(document, request, others)
    else:
        rules.route_key(key)
        rules.route_beside(key, others)
    _check_target(call, apigatewayv2, document, request["ApiId"])
    _check_authorization(call, apigatewayv2, document, request["ApiId"])


def _check_target(call: Call, apigatewayv2: Apigatewayv2, document: Document, api_id: str) -> None:
    target = document.get("Target")
    if not target:
        document.pop("Target", None)
        return
    noun, _, integration_id = target.partition("/")
    if noun != "integrations" or not integration_id or "/" in integration_id:
        raise api.BadRequestException(
            "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>."
        )
    rules.found(apigatewayv2.store.get(call, "integration", api_id, integration_id), rules.NO_INTEGRATION)


def _check_authorization(call: Call, apigatewayv2: Apigatewayv2, document: Document, api_id: str) -> None:
    kind = document["AuthorizationType"]
    if document.get("AuthorizationScopes") and kind != "JWT":
        raise api.BadRequestException(
            "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type"
        )
    if kind == "AWS_IAM":
        document.pop("AuthorizerId", None)
    if kind in ("NONE", "AWS_IAM"):
        return
    authorizer = apigatewayv2.store.get(call, "authorizer", api_id, document.get("AuthorizerId", ""))
    wanted = "JWT" if kind == "JWT" else "REQUEST"
    if authorizer is None or authorizer["AuthorizerType"] != wanted:
        noun = "JWT authorizer" if kind == "JWT" else "authorizer"
        raise api.BadRequestException(f"Setting the authorization type to {kind} requires a valid {noun}.")
