"""Integrations: what stands behind a method; and how its answers become the method's responses."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, mapping, patch, rules
from stratolite.services.apigateway.store import below
from stratolite.storage.documents import Document, shown

_REFUSED = {
    "connectionId": "there is no VPC",
    "integrationTarget": "there is no load balancer",
}
PASSTHROUGH = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")


def put_integration(call: Call, apigateway: Apigateway, request: api.PutIntegrationRequest) -> api.Integration:
    """Set what stands behind a method: a function (AWS_PROXY, AWS), a URL (HTTP_PROXY, HTTP), or nothing (MOCK)."""
    method = _method(call, apigateway, request)
    kind, uri = request["type"], request.get("uri", "")
    rules.integration(kind, request.get("integrationHttpMethod", ""), uri)
    rules.refuse(request, _REFUSED)
    if request.get("connectionType") == "VPC_LINK":
        rules.unimplemented("connectionType VPC_LINK", "there is no VPC")
    parameters = request.get("requestParameters")
    mapping.check_request_parameters(parameters, method.get("requestParameters") or {})
    passthrough = request.get("passthroughBehavior") or "WHEN_NO_MATCH"
    _check_passthrough(passthrough)
    document: Document = {
        "type": kind,
        "timeoutInMillis": rules.timeout(
            request.get("timeoutInMillis"), streams=request.get("responseTransferMode") == rules.STREAM
        ),
        "passthroughBehavior": passthrough,
        "cacheNamespace": request.get("cacheNamespace") or request["resourceId"],
        "cacheKeyParameters": request.get("cacheKeyParameters") or [],
    }
    if request.get("integrationHttpMethod"):
        rules.method(request["integrationHttpMethod"])
        document["httpMethod"] = request["integrationHttpMethod"]
    if kind in rules.HTTP:
        document["connectionType"] = "INTERNET"
    for field in ("uri", "credentials", "contentHandling", "requestParameters", "requestTemplates", "tlsConfig"):
        if request.get(field):
            document[field] = request[field]
    if request.get("responseTransferMode"):
        document["responseTransferMode"] = request["responseTransferMode"]
    rules.transfer(document)
    method["methodIntegration"] = document
    _put(call, apigateway, request, method)
    return shown(document, api.Integration)


def get_integration(call: Call, apigateway: Apigateway, request: api.GetIntegrationRequest) -> api.Integration:
    """What stands behind a method."""
    return shown(_integration(_method(call, apigateway, request)), api.Integration)


def update_integration(call: Call, apigateway: Apigateway, request: api.UpdateIntegrationRequest) -> api.Integration:
    """Patch an integration."""
    method = _method(call, apigateway, request)
    document = _integration(method)
    for operation in patch.checked(request.get("patchOperations")):
        _patch_integration(document, operation)
    rules.integration(document["type"], document.get("httpMethod", ""), document.get("uri", ""))
    rules.transfer(document)
    mapping.check_request_parameters(document.get("requestParameters"), method.get("requestParameters") or {})
    _put(call, apigateway, request, method)
    return shown(document, api.Integration)


def delete_integration(call: Call, apigateway: Apigateway, request: api.DeleteIntegrationRequest) -> None:
    """Take away what stands behind a method."""
    method = _method(call, apigateway, request)
    _integration(method)
    del method["methodIntegration"]
    _put(call, apigateway, request, method)


def put_integration_response(
    call: Call, apigateway: Apigateway, request: api.PutIntegrationResponseRequest
) -> api.IntegrationResponse:
    """Say how an answer of the integration becomes a response of the method."""
    method = _method(call, apigateway, request)
    integration = _integration(method)
    declared = (method.get("methodResponses") or {}).get(request["statusCode"]) or {}
    mapping.check_response_parameters(request.get("responseParameters"), declared.get("responseParameters") or {})
    mapping.check_pattern(request.get("selectionPattern"))
    response: Document = {"statusCode": request["statusCode"]}
    for field in ("selectionPattern", "responseParameters", "contentHandling"):
        if request.get(field) is not None:
            response[field] = request[field]
    templates = request.get("responseTemplates")
    if templates is not None:
        for content_type in templates:
            mapping.check_content_type(content_type)
        response["responseTemplates"] = {name: text or None for name, text in templates.items()}
    integration.setdefault("integrationResponses", {})[request["statusCode"]] = response
    _put(call, apigateway, request, method)
    return shown(response, api.IntegrationResponse)


def get_integration_response(
    call: Call, apigateway: Apigateway, request: api.GetIntegrationResponseRequest
) -> api.IntegrationResponse:
    """One such rule."""
    integration = _integration(_method(call, apigateway, request))
    return shown(_response(integration, request["statusCode"]), api.IntegrationResponse)


def update_integration_response(
    call: Call, apigateway: Apigateway, request: api.UpdateIntegrationResponseRequest
) -> api.IntegrationResponse:
    """Patch such a rule."""
    method = _method(call, apigateway, request)
    response = _response(_integration(method), request["statusCode"])
    for operation in patch.checked(request.get("patchOperations")):
        _patch_response(response, operation)
    declared = (method.get("methodResponses") or {}).get(request["statusCode"]) or {}
    mapping.check_response_parameters(response.get("responseParameters"), declared.get("responseParameters") or {})
    _put(call, apigateway, request, method)
    return shown(response, api.IntegrationResponse)


def delete_integration_response(
    call: Call, apigateway: Apigateway, request: api.DeleteIntegrationResponseRequest
) -> None:
    """Take such a rule away."""
    parent = below(request["restApiId"], request["resourceId"])
    if apigateway.store.get(call, "resource", request["restApiId"], request["resourceId"]) is None:
        raise api.NotFoundException(rules.NO_RESOURCE)
    # For this operation AWS names the integration, not the method, when the method is missing.
    method = rules.found(apigateway.store.get(call, "method", parent, request["httpMethod"]), rules.NO_INTEGRATION)
    integration = _integration(method)
    _response(integration, request["statusCode"])
    del integration["integrationResponses"][request["statusCode"]]
    if not integration["integrationResponses"]:
        del integration["integrationResponses"]
    _put(call, apigateway, request, method)


def _method(call: Call, apigateway: Apigateway, request: Any) -> Document:
    if apigateway.store.get(call, "resource", request["restApiId"], request["resourceId"]) is None:
        raise api.NotFoundException(rules.NO_RESOURCE)
    parent = below(request["restApiId"], request["resourceId"])
    return rules.found(apigateway.store.get(call, "method", parent, request["httpMethod"]), rules.NO_METHOD)


def _put(call: Call, apigateway: Apigateway, request: Any, method: Document) -> None:
    parent = below(request["restApiId"], request["resourceId"])
    apigateway.store.put(call, "method", parent, method["httpMethod"], method)


def _integration(method: Document) -> Document:
    return rules.found(method.get("methodIntegration"), rules.NO_INTEGRATION)


def _response(integration: Document, status_code: str) -> Document:
    return rules.found((integration.get("integrationResponses") or {}).get(status_code), rules.NO_RESPONSE)


def _check_passthrough(behaviour: str) -> None:
    if behaviour not in PASSTHROUGH:
        raise api.BadRequestException(
            "Invalid PassthroughBehavior specified. Valid options are WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER"
        )


def _patch_integration(document: Document, operation: Any) -> None:
    path = patch.path_of(operation)
    parts, value = patch.segments(path), operation.get("value", "")
    if len(parts) == 2 and parts[0] == "requestTemplates":
        missing = "Invalid content type specified"
        patch.patch_map(document, parts[0], operation["op"], parts[1], value, missing)
    elif len(parts) == 2 and parts[0] == "requestParameters":
        missing = "Invalid parameter name specified"
        patch.patch_map(document, parts[0], operation["op"], parts[1], value, missing)
    elif len(parts) == 2 and parts[0] == "cacheKeyParameters":
        kept = [each for each in document["cacheKeyParameters"] if each != parts[1]]
        document["cacheKeyParameters"] = kept if operation["op"] == "remove" else [*kept, parts[1]]
    elif path[1:] in _REFUSED or parts[0] in _REFUSED:
        rules.unimplemented(path, _REFUSED[parts[0]])
    else:
        _replace_field(document, path, operation, value)


def _replace_field(document: Document, path: str, operation: Any, value: str) -> None:
    fields = ("/uri", "/credentials", "/httpMethod", "/contentHandling", "/cacheNamespace", "/responseTransferMode")
    if path not in (*fields, "/passthroughBehavior", "/timeoutInMillis"):
        raise patch.invalid_path(path)
    patch.must_replace(operation)
    if path == "/timeoutInMillis":
        if not value.isdigit() or len(value) > 9:
            raise api.BadRequestException("Timeout should be between 50 ms and 29000 ms")
        streams = document.get("responseTransferMode") == rules.STREAM
        document["timeoutInMillis"] = rules.timeout(int(value), streams=streams)
        return
    if path == "/passthroughBehavior":
        _check_passthrough(value)
    elif path == "/httpMethod":
        rules.method(value)
    elif path == "/contentHandling":
        _check_handling(value)
    elif path == "/responseTransferMode" and value not in ("BUFFERED", rules.STREAM):
        raise api.BadRequestException("Invalid response transfer mode. Valid options are BUFFERED, STREAM")
    if value:
        document[path[1:]] = value
    else:
        document.pop(path[1:], None)


def _check_handling(value: str) -> None:
    if value not in ("", "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"):
        raise api.BadRequestException(
            "Invalid ContentHandling specified. Valid options are CONVERT_TO_BINARY,CONVERT_TO_TEXT"
        )


def _patch_response(response: Document, operation: Any) -> None:
    path = patch.path_of(operation)
    parts, value = patch.segments(path), operation.get("value", "")
    if len(parts) == 2 and parts[0] == "responseParameters":
        missing = "Invalid parameter name specified"
        patch.patch_map(response, parts[0], operation["op"], parts[1], value, missing)
    elif len(parts) == 2 and parts[0] == "responseTemplates":
        mapping.check_content_type(parts[1])
        missing = "Invalid content type specified"
        patch.patch_map(response, parts[0], operation["op"], parts[1], value or None, missing)
    elif path in ("/selectionPattern", "/contentHandling"):
        patch.must_replace(operation)
        if path == "/selectionPattern":
            mapping.check_pattern(value)
            response["selectionPattern"] = value
        elif value:
            _check_handling(value)
            response["contentHandling"] = value
        else:
            response.pop("contentHandling", None)
    else:
        raise patch.invalid_path(path)
