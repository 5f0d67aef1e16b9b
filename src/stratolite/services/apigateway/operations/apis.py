"""REST APIs."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, patch, rules
from stratolite.storage.documents import Document, shown

API_ID_LENGTH = 10
_REFUSED = {
    "cloneFrom": "define the API anew",
    "securityPolicy": "the local endpoint's TLS is not the API's",
    "endpointAccessMode": "the local endpoint has no access mode",
}


def create_rest_api(call: Call, apigateway: Apigateway, request: api.CreateRestApiRequest) -> api.RestApi:
    """Create an API and its root resource. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html"""
    rules.description(request.get("description"))
    if not request["name"].strip():
        raise api.BadRequestException("Invalid API name specified")
    entropy = apigateway.world.entropy
    configuration = rules.endpoint_configuration(request.get("endpointConfiguration"))
    rules.refuse(request, _REFUSED)
    document: Document = {
        "id": entropy.token(API_ID_LENGTH),
        "name": request["name"],
        "createdDate": call.now_ms // 1000,
        "apiKeySource": request.get("apiKeySource", "HEADER"),
        "endpointConfiguration": configuration,
        "disableExecuteApiEndpoint": request.get("disableExecuteApiEndpoint", False),
        "rootResourceId": entropy.token(API_ID_LENGTH),
    }
    if request.get("minimumCompressionSize") is not None:
        document["minimumCompressionSize"] = rules.compression_size(request["minimumCompressionSize"])
    for name in ("description", "version", "binaryMediaTypes", "policy", "tags"):
        if request.get(name):
            document[name] = request[name]
    store, api_id = apigateway.store, document["id"]
    store.put(call, "restapi", "", api_id, document)
    root = {"id": document["rootResourceId"], "path": "/"}
    store.put(call, "resource", api_id, root["id"], root)
    for model in _default_models(apigateway):
        store.put(call, "model", api_id, model["name"], model)
    return shown(document, api.RestApi)


def get_rest_api(call: Call, apigateway: Apigateway, request: api.GetRestApiRequest) -> api.RestApi:
    """One API. Alone, it has tags even when it has none (recorded: test_put_rest_api_mode_binary_media_types)."""
    return shown({"tags": {}, **_api(call, apigateway, request["restApiId"])}, api.RestApi)


def get_rest_apis(call: Call, apigateway: Apigateway, request: api.GetRestApisRequest) -> api.RestApis:
    """All APIs of the account in the region."""
    return shown(rules.page(apigateway.store.all(call, "restapi"), request), api.RestApis)


def update_rest_api(call: Call, apigateway: Apigateway, request: api.UpdateRestApiRequest) -> api.RestApi:
    """Patch an API; its stages show the change after their next deployment."""
    document = _api(call, apigateway, request["restApiId"])
    for operation in patch.checked(request.get("patchOperations")):
        _patch(document, operation)
    apigateway.store.put(call, "restapi", "", document["id"], document)
    return shown({"tags": {}, **document}, api.RestApi)


def delete_rest_api(call: Call, apigateway: Apigateway, request: api.DeleteRestApiRequest) -> None:
    """Delete an API with all that it has."""
    document = _api(call, apigateway, request["restApiId"])
    for plan in apigateway.store.all(call, "plan"):
        kept = [stage for stage in plan["apiStages"] if stage["apiId"] != document["id"]]
        if len(kept) < len(plan["apiStages"]):
            apigateway.store.put(call, "plan", "", plan["id"], {**plan, "apiStages": kept})
    apigateway.store.delete_below(call, document["id"])
    apigateway.store.delete(call, "restapi", "", document["id"])


def _api(call: Call, apigateway: Apigateway, api_id: str) -> Document:
    return rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))


def _patch(document: Document, operation: Any) -> None:
    path = patch.path_of(operation)
    parts, value = patch.segments(path), operation.get("value", "")
    if len(parts) == 2 and parts[0] == "binaryMediaTypes":
        _patch_media_types(document, operation["op"], parts[1], value)
    elif parts[:2] == ["endpointConfiguration", "types"] and len(parts) <= 3:
        _patch_endpoint_type(document, operation["op"], value)
    elif path == "/endpointConfiguration/ipAddressType":
        patch.must_replace(operation)
        if value not in ("ipv4", "dualstack"):
            raise api.BadRequestException("ipAddressType must be either ipv4 or dualstack.")
        _configure(document, document["endpointConfiguration"]["types"], value)
    else:
        _patch_field(document, path, operation, value)


def _patch_media_types(document: Document, op: str, media_type: str, value: str) -> None:
    types = list(document.get("binaryMediaTypes", []))
    if op == "add" and media_type not in types:
        types.append(media_type)
    elif op == "remove" and media_type in types:
        types.remove(media_type)
    elif op == "replace" and media_type in types:
        types.remove(media_type)
        types.append(value.replace("~1", "/"))
    if types:
        document["binaryMediaTypes"] = types
    else:
        document.pop("binaryMediaTypes", None)


def _patch_endpoint_type(document: Document, op: str, value: str) -> None:
    if op not in ("add", "remove", "replace"):
        raise api.BadRequestException("Invalid patch operation specified. Must be 'add'|'remove'|'replace'")
    if value not in ("REGIONAL", "EDGE", "PRIVATE"):
        raise api.BadRequestException("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")
    if op == "replace":
        address_type = "dualstack" if value == "PRIVATE" else document["endpointConfiguration"]["ipAddressType"]
        _configure(document, [value], address_type)
        return
    types = [kind for kind in document["endpointConfiguration"]["types"] if kind != value]
    _configure(document, [*types, value] if op == "add" else types, document["endpointConfiguration"]["ipAddressType"])


def _configure(document: Document, types: list[str], address_type: str) -> None:
    document["endpointConfiguration"] = rules.endpoint_configuration({"types": types, "ipAddressType": address_type})


def _patch_field(document: Document, path: str, operation: Any, value: str) -> None:
    if path[1:] in _REFUSED:
        rules.unimplemented(path, _REFUSED[path[1:]])
    if path not in (
        "/name",
        "/description",
        "/version",
        "/policy",
        "/apiKeySource",
        "/disableExecuteApiEndpoint",
        "/minimumCompressionSize",
    ):
        raise patch.invalid_path(path)
    patch.must_replace(operation)
    if path == "/apiKeySource" and value not in ("HEADER", "AUTHORIZER"):
        raise api.BadRequestException("Invalid ApiKeySource specified. Valid options are HEADER,AUTHORIZER")
    if path == "/minimumCompressionSize":
        if "value" not in operation or value == "":
            document.pop("minimumCompressionSize", None)
        else:
            document["minimumCompressionSize"] = rules.compression_size(value)
    elif path == "/disableExecuteApiEndpoint":
        document["disableExecuteApiEndpoint"] = patch.boolean(value)
    elif value:
        document[path[1:]] = value
    elif path == "/name":
        raise api.BadRequestException("Invalid API name specified")
    else:
        document.pop(path[1:], None)


def _default_models(apigateway: Apigateway) -> list[Document]:
    draft = '"$schema": "http://json-schema.org/draft-04/schema#",\n  "title" : "{} Schema",\n  "type" : "object"'
    error = ',\n  "properties" : {\n    "message" : { "type" : "string" }\n  }'
    return [
        {
            "id": apigateway.world.entropy.token(6),
            "name": name,
            "description": f"This is a default {name.lower()} schema model",
            "schema": "{\n  " + draft.replace("{}", name) + extra + "\n}",
            "contentType": "application/json",
        }
        for name, extra in (("Empty", ""), ("Error", error))
    ]
