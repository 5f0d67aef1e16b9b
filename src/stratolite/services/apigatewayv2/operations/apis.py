"""HTTP APIs and WebSocket APIs."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, deploying, quick, rules
from stratolite.services.apigatewayv2.websocket import rules as websocket_rules
from stratolite.storage.documents import Document, shown

API_ID_LENGTH = 10
_SETTINGS = ("Name", "Description", "Version", "CorsConfiguration", "ApiKeySelectionExpression", "IpAddressType")
_REFUSED = {"DisableSchemaValidation": "DisableSchemaValidation is not currently supported for HTTP APIs."}


def create_api(call: Call, apigatewayv2: Apigatewayv2, request: api.CreateApiRequest) -> api.CreateApiResponse:
    """Create an API; with ``Target``, one with a route, an integration and the stage ``$default`` that deploys itself.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
    """
    rules.protocol(request["ProtocolType"])
    is_websocket = rules.is_websocket(request)
    if is_websocket:
        websocket_rules.selection(request.get("RouteSelectionExpression"))
    _check(request, is_websocket=is_websocket)
    rules.tags(request.get("Tags"))
    api_id = apigatewayv2.world.entropy.token(API_ID_LENGTH)
    document: Document = {
        "ApiEndpoint": f"{'wss' if is_websocket else 'https'}://{api_id}.execute-api.{call.region}.amazonaws.com",
        "ApiId": api_id,
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "CreatedDate": call.now_ms // 1000,
        "DisableExecuteApiEndpoint": request.get("DisableExecuteApiEndpoint", False),
        "IpAddressType": "ipv4",
        "Name": request["Name"],
        "ProtocolType": request["ProtocolType"],
        "RouteSelectionExpression": request.get("RouteSelectionExpression") or "$request.method $request.path",
        "Tags": request.get("Tags") or {},
    }
    document |= {name: value for name, value in request.items() if name in _SETTINGS and value}
    if is_websocket:
        document["DisableSchemaValidation"] = request.get("DisableSchemaValidation", False)
    apigatewayv2.store.put(call, "api", "", api_id, document)
    if request.get("Target"):
        quick.create(call, apigatewayv2, api_id, request)
    elif request.get("RouteKey") or request.get("CredentialsArn"):
        raise api.BadRequestException("Target must be specified with RouteKey and CredentialsArn")
    return shown(document, api.CreateApiResponse)


def get_api(call: Call, apigatewayv2: Apigatewayv2, request: api.GetApiRequest) -> api.GetApiResponse:
    """One API."""
    return shown(_api(call, apigatewayv2, request["ApiId"]), api.GetApiResponse)


def get_apis(call: Call, apigatewayv2: Apigatewayv2, request: api.GetApisRequest) -> api.GetApisResponse:
    """All APIs of the account in the region."""
    return shown(rules.page(apigatewayv2.store.all(call, "api"), request), api.GetApisResponse)


def update_api(call: Call, apigatewayv2: Apigatewayv2, request: api.UpdateApiRequest) -> api.UpdateApiResponse:
    """Change what is given, and leave the rest."""
    document = _api(call, apigatewayv2, request["ApiId"])
    is_websocket = rules.is_websocket(document)
    _check(request, is_websocket=is_websocket)
    document |= {name: value for name, value in request.items() if name in _SETTINGS and value is not None}
    if is_websocket:
        own = ("DisableSchemaValidation", "RouteSelectionExpression")
        document |= {name: value for name, value in request.items() if name in own and value is not None}
        websocket_rules.selection(document["RouteSelectionExpression"])
    if request.get("DisableExecuteApiEndpoint") is not None:
        document["DisableExecuteApiEndpoint"] = request["DisableExecuteApiEndpoint"]
    apigatewayv2.store.put(call, "api", "", document["ApiId"], document)
    if request.get("Target") or request.get("RouteKey") or request.get("CredentialsArn"):
        quick.update(call, apigatewayv2, document["ApiId"], request)
    deploying.changed(call, apigatewayv2, document["ApiId"])
    return shown(document, api.UpdateApiResponse)


def delete_api(call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteApiRequest) -> None:
    """Delete an API with all that it has."""
    document = _api(call, apigatewayv2, request["ApiId"])
    api_id = document["ApiId"]
    apigatewayv2.store.delete_below(call, api_id)
    apigatewayv2.store.delete(call, "api", "", api_id)
    if rules.is_websocket(document):
        apigatewayv2.world.database.after_commit(lambda: apigatewayv2.connections.close_stage(api_id))


def delete_cors_configuration(
    call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteCorsConfigurationRequest
) -> None:
    """Answer pages of other origins no longer."""
    document = _api(call, apigatewayv2, request["ApiId"])
    document.pop("CorsConfiguration", None)
    apigatewayv2.store.put(call, "api", "", document["ApiId"], document)
    deploying.changed(call, apigatewayv2, document["ApiId"])


def _api(call: Call, apigatewayv2: Apigatewayv2, api_id: str) -> Document:
    return rules.found(apigatewayv2.store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))


def _check(request: Any, *, is_websocket: bool) -> None:
    if "Name" in request and not request["Name"].strip():
        raise api.BadRequestException("Invalid API name specified")
    if is_websocket:
        websocket_rules.settings(request)
        return
    rules.selection(request.get("RouteSelectionExpression"))
    rules.refuse(request, _REFUSED)
    rules.cors(request.get("CorsConfiguration"))
