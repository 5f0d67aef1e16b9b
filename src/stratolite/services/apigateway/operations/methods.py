"""Methods, and the responses that they declare."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, patch, rules
from stratolite.services.apigateway.authorizer import POOLS
from stratolite.services.apigateway.store import below
from stratolite.storage.documents import Document, shown

_NO_SCOPES = "Authorization Scopes are only valid for COGNITO_USER_POOLS authorization type"
"""In the manner of AWS's text for HTTP APIs."""


def put_method(call: Call, apigateway: Apigateway, request: api.PutMethodRequest) -> api.Method:
    """Create a method."""
    _resource(call, apigateway, request)
    rules.method(request["httpMethod"])
    document: Document = {
        "httpMethod": request["httpMethod"],
        "authorizationType": request["authorizationType"],
        "apiKeyRequired": request.get("apiKeyRequired") or False,
    }
    rules.authorization(request["authorizationType"])
    if request.get("authorizerId"):
        document["authorizerId"] = request["authorizerId"]
    _settle_authorizer(call, apigateway, request["restApiId"], document)
    rules.request_parameters(request.get("requestParameters"))
    if request.get("requestValidatorId"):
        document["requestValidatorId"] = request["requestValidatorId"]
        _require_validator(call, apigateway, request["restApiId"], request["requestValidatorId"])
    for name in (request.get("requestModels") or {}).values():
        _require_model(call, apigateway, request["restApiId"], name)
    for field in ("operationName", "requestParameters", "requestModels", "authorizationScopes"):
        if request.get(field) is not None:
            document[field] = request[field]
    _check_scopes(document)
    parent = below(request["restApiId"], request["resourceId"])
    if apigateway.store.get(call, "method", parent, request["httpMethod"]) is not None:
        raise api.ConflictException("Method already exists for this resource")
    _put(call, apigateway, request, document)
    return shown(document, api.Method)


def get_method(call: Call, apigateway: Apigateway, request: api.GetMethodRequest) -> api.Method:
    """One method with its integration and responses."""
    return shown(_method(call, apigateway, request), api.Method)


def update_method(call: Call, apigateway: Apigateway, request: api.UpdateMethodRequest) -> api.Method:
    """Patch a method."""
    document = _method(call, apigateway, request)
    for operation in patch.checked(request.get("patchOperations")):
        _patch_method(call, apigateway, request["restApiId"], document, operation)
    _settle_authorizer(call, apigateway, request["restApiId"], document)
    rules.request_parameters(document.get("requestParameters"))
    _check_scopes(document)
    _put(call, apigateway, request, document)
    return shown(document, api.Method)


def delete_method(call: Call, apigateway: Apigateway, request: api.DeleteMethodRequest) -> None:
    """Delete a method with its integration and responses."""
    document = _method(call, apigateway, request)
    parent = below(request["restApiId"], request["resourceId"])
    apigateway.store.delete(call, "method", parent, document["httpMethod"])


def put_method_response(
    call: Call, apigateway: Apigateway, request: api.PutMethodResponseRequest
) -> api.MethodResponse:
    """Declare a response of a method."""
    document = _method(call, apigateway, request)
    response: Document = {"statusCode": request["statusCode"]}
    for expression in request.get("responseParameters") or {}:
        _response_parameter(expression)
    for field in ("responseParameters", "responseModels"):
        if request.get(field) is not None:
            response[field] = request[field]
    for name in (request.get("responseModels") or {}).values():
        _require_model(call, apigateway, request["restApiId"], name)
    if request["statusCode"] in (document.get("methodResponses") or {}):
        raise api.ConflictException("Response already exists for this resource")
    document.setdefault("methodResponses", {})[request["statusCode"]] = response
    _put(call, apigateway, request, document)
    return shown(response, api.MethodResponse)


def get_method_response(
    call: Call, apigateway: Apigateway, request: api.GetMethodResponseRequest
) -> api.MethodResponse:
    """One declared response."""
    return shown(_response(_method(call, apigateway, request), request["statusCode"]), api.MethodResponse)


def update_method_response(
    call: Call, apigateway: Apigateway, request: api.UpdateMethodResponseRequest
) -> api.MethodResponse:
    """Patch a declared response."""
    document = _method(call, apigateway, request)
    response = _response(document, request["statusCode"])
    for operation in patch.checked(request.get("patchOperations")):
        path = patch.path_of(operation)
        parts = patch.segments(path)
        if len(parts) != 2 or parts[0] not in ("responseParameters", "responseModels"):
            raise patch.invalid_path(path)
        field, key = parts
        value: Any = operation.get("value", "")
        if field == "responseParameters":
            value, missing = patch.boolean(value), "Invalid parameter name specified"
            if operation["op"] == "add":
                _response_parameter(key)
        else:
            missing = "Content-Type specified was not found"
            if operation["op"] != "remove":
                _require_model(call, apigateway, request["restApiId"], value)
        patch.patch_map(response, field, operation["op"], key, value, missing)
    _put(call, apigateway, request, document)
    return shown(response, api.MethodResponse)


def delete_method_response(call: Call, apigateway: Apigateway, request: api.DeleteMethodResponseRequest) -> None:
    """Take a declared response away."""
    document = _method(call, apigateway, request)
    _response(document, request["statusCode"])
    del document["methodResponses"][request["statusCode"]]
    if not document["methodResponses"]:
        del document["methodResponses"]
    _put(call, apigateway, request, document)


def _resource(call: Call, apigateway: Apigateway, request: Any) -> Document:
    document = apigateway.store.get(call, "resource", request["restApiId"], request["resourceId"])
    return rules.found(document, rules.NO_RESOURCE)


def _method(call: Call, apigateway: Apigateway, request: Any) -> Document:
    _resource(call, apigateway, request)
    parent = below(request["restApiId"], request["resourceId"])
    return rules.found(apigateway.store.get(call, "method", parent, request["httpMethod"]), rules.NO_METHOD)


def _put(call: Call, apigateway: Apigateway, request: Any, document: Document) -> None:
    parent = below(request["restApiId"], request["resourceId"])
    apigateway.store.put(call, "method", parent, document["httpMethod"], document)


def _response(document: Document, status_code: str) -> Document:
    return rules.found((document.get("methodResponses") or {}).get(status_code), rules.NO_RESPONSE)


def _response_parameter(expression: str) -> None:
    if not expression.startswith("method.response.header.") or expression.endswith("."):
        raise api.BadRequestException(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors :"
            f" [Invalid mapping expression specified: {expression}]"
        )


def _settle_authorizer(call: Call, apigateway: Apigateway, api_id: str, document: Document) -> None:
    """Raises BadRequestException unless the type of authorization has the authorizer that it needs.

    AWS ignores an authorizer on a method whose type takes none (recorded: test_update_method_validation).
    """
    kind = document["authorizationType"]
    if kind not in rules.AUTHORIZED:
        document.pop("authorizerId", None)
        return
    named = apigateway.store.get(call, "authorizer", api_id, document.get("authorizerId", ""))
    if named is None or (kind == POOLS) is not (named["type"] == POOLS):
        raise api.BadRequestException(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS"
            " requires a valid authorizer."
        )


def _check_scopes(document: Document) -> None:
    if document.get("authorizationScopes") and document["authorizationType"] != POOLS:
        raise api.BadRequestException(_NO_SCOPES)


def _require_validator(call: Call, apigateway: Apigateway, api_id: str, validator_id: str) -> None:
    if apigateway.store.get(call, "validator", api_id, validator_id) is None:
        raise api.BadRequestException(rules.NO_VALIDATOR)


def _require_model(call: Call, apigateway: Apigateway, api_id: str, name: str) -> None:
    if apigateway.store.get(call, "model", api_id, name) is None:
        raise api.BadRequestException(f"Invalid model identifier specified: {name}")


def _patch_method(call: Call, apigateway: Apigateway, api_id: str, document: Document, operation: Any) -> None:
    path = patch.path_of(operation)
    parts, value = patch.segments(path), operation.get("value", "")
    if len(parts) == 2 and parts[0] == "requestParameters":
        missing = "Invalid parameter name specified"
        patch.patch_map(document, parts[0], operation["op"], parts[1], patch.boolean(value), missing)
    elif len(parts) == 2 and parts[0] == "requestModels":
        if operation["op"] != "remove":
            _require_model(call, apigateway, api_id, value)
        missing = "Content-Type specified was not found"
        patch.patch_map(document, parts[0], operation["op"], parts[1], value, missing)
    elif path in ("/apiKeyRequired", "/authorizationType", "/authorizerId", "/operationName", "/requestValidatorId"):
        patch.must_replace(operation)
        _replace(call, apigateway, api_id, document, path[1:], value)
    elif path == "/authorizationScopes":
        patch.patch_list(document, "authorizationScopes", operation["op"], value)
    else:
        raise patch.invalid_path(path)


def _replace(call: Call, apigateway: Apigateway, api_id: str, document: Document, field: str, value: str) -> None:
    if field == "apiKeyRequired":
        document[field] = patch.boolean(value)
        return
    if field == "authorizationType":
        rules.authorization(value)
    elif field == "requestValidatorId" and value:
        _require_validator(call, apigateway, api_id, value)
    if value:
        document[field] = value
    else:
        document.pop(field, None)
