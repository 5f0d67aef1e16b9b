"""Gateway responses: how API Gateway's own refusals look."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, failure, patch, rules
from stratolite.storage.documents import Document, shown


def put_gateway_response(
    call: Call, apigateway: Apigateway, request: api.PutGatewayResponseRequest
) -> api.GatewayResponse:
    """Set how refusals of one type look."""
    _require_api(call, apigateway, request)
    document = failure.default(request["responseType"])
    document["defaultResponse"] = False
    if request.get("statusCode"):
        document["statusCode"] = request["statusCode"]
    if request.get("responseParameters") is not None:
        document["responseParameters"] = request["responseParameters"]
    if request.get("responseTemplates"):
        document["responseTemplates"] = request["responseTemplates"]
    for expression, source in document["responseParameters"].items():
        failure.check_parameter(expression, source)
    apigateway.store.put(call, "gateway_response", request["restApiId"], request["responseType"], document)
    return shown(document, api.GatewayResponse)


def get_gateway_response(
    call: Call, apigateway: Apigateway, request: api.GetGatewayResponseRequest
) -> api.GatewayResponse:
    """How refusals of one type look: as set, as those of its class are set, or AWS's default."""
    _require_api(call, apigateway, request)
    own = _own(call, apigateway, request["restApiId"])
    return shown(failure.effective(request["responseType"], own), api.GatewayResponse)


def get_gateway_responses(
    call: Call, apigateway: Apigateway, request: api.GetGatewayResponsesRequest
) -> api.GatewayResponses:
    """How refusals of every type look."""
    _require_api(call, apigateway, request)
    own = _own(call, apigateway, request["restApiId"])
    items = [failure.effective(kind, own) for kind in sorted(failure.STATUS)]
    return shown(rules.page(items, request), api.GatewayResponses)


def update_gateway_response(
    call: Call, apigateway: Apigateway, request: api.UpdateGatewayResponseRequest
) -> api.GatewayResponse:
    """Patch how refusals of one type look."""
    _require_api(call, apigateway, request)
    kind = request["responseType"]
    document = apigateway.store.get(call, "gateway_response", request["restApiId"], kind) or failure.default(kind)
    for operation in patch.checked(request.get("patchOperations")):
        _patch(document, operation)
    document["defaultResponse"] = False
    apigateway.store.put(call, "gateway_response", request["restApiId"], kind, document)
    return shown(document, api.GatewayResponse)


def delete_gateway_response(call: Call, apigateway: Apigateway, request: api.DeleteGatewayResponseRequest) -> None:
    """Back to AWS's default."""
    _require_api(call, apigateway, request)
    kind = request["responseType"]
    if apigateway.store.get(call, "gateway_response", request["restApiId"], kind) is None:
        raise api.NotFoundException("Gateway response type not defined on api")
    apigateway.store.delete(call, "gateway_response", request["restApiId"], kind)


def _own(call: Call, apigateway: Apigateway, api_id: str) -> dict[str, Document]:
    """What an API has set, by type."""
    return {document["responseType"]: document for document in apigateway.store.all(call, "gateway_response", api_id)}


def _require_api(call: Call, apigateway: Apigateway, request: Any) -> None:
    api_id = request["restApiId"]
    rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))


def _patch(document: Document, operation: Any) -> None:
    path = patch.path_of(operation)
    parts, value, op = patch.segments(path), operation.get("value"), operation["op"]
    if path == "/statusCode" and op == "replace":
        document["statusCode"] = value or ""
        return
    if len(parts) != 2 or parts[0] not in ("responseParameters", "responseTemplates"):
        raise patch.invalid_path(path)
    field, key = parts
    entries = document[field]
    if op in ("remove", "replace") and key not in entries:
        raise api.NotFoundException("Invalid parameter name specified")
    if op == "remove":
        del entries[key]
        return
    if not value:
        raise api.BadRequestException(f"Invalid null or empty value in {field}")
    if field == "responseParameters":
        failure.check_parameter(key, value)
    entries[key] = value
