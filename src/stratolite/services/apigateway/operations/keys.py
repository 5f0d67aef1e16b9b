"""API keys."""

from collections.abc import Callable, Mapping

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, patch, rules
from stratolite.storage.documents import Document, shown

API_KEY_ID_LENGTH = 10
API_KEY_VALUE_LENGTH = 40
_ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def create_api_key(call: Call, apigateway: Apigateway, request: api.CreateApiKeyRequest) -> api.ApiKey:
    """Create a key. Stage keys are kept and returned: they open nothing, because usage plans do, as on AWS."""
    _check(request.get("name"), request.get("description"))
    value = request.get("value") or ""
    if value and len(value) < rules.API_KEY_VALUE_LENGTH_MIN:
        raise api.BadRequestException("API Key value should be at least 20 characters")
    if len(value) > rules.API_KEY_VALUE_LENGTH_MAX:
        raise api.BadRequestException("API Key value exceeds maximum size of 128 characters")
    keys = apigateway.store.all(call, "key")
    if value and any(key["value"] == value for key in keys):
        raise api.ConflictException("API Key already exists")
    entropy = apigateway.world.entropy
    distinct = request.get("generateDistinctId") is not False or not value
    document: Document = {
        "id": entropy.token(API_KEY_ID_LENGTH) if distinct else value,
        "value": value or entropy.token(API_KEY_VALUE_LENGTH, _ALPHANUMERIC),
        "enabled": request.get("enabled") or False,
        "createdDate": call.now_ms // 1000,
        "lastUpdatedDate": call.now_ms // 1000,
        "stageKeys": [_stage_key(call, apigateway, key) for key in request.get("stageKeys") or ()],
    }
    for field in ("name", "description", "customerId", "tags"):
        if request.get(field):
            document[field] = request[field]
    apigateway.store.put(call, "key", "", document["id"], document)
    return shown(document, api.ApiKey)


def get_api_key(call: Call, apigateway: Apigateway, request: api.GetApiKeyRequest) -> api.ApiKey:
    """One key, with its value when asked for."""
    document = _key(call, apigateway, request["apiKey"])
    return shown({"tags": {}, **_shown(document, request.get("includeValue") or False)}, api.ApiKey)


def get_api_keys(call: Call, apigateway: Apigateway, request: api.GetApiKeysRequest) -> api.ApiKeys:
    """The keys of the account in the region, the newest first."""
    query, customer = request.get("nameQuery"), request.get("customerId")
    items = [
        _shown(document, request.get("includeValues") or False)
        for document in reversed(apigateway.store.all(call, "key"))
        if (not query or document.get("name", "").startswith(query))
        and (not customer or document.get("customerId") == customer)
    ]
    return shown(rules.page(items, request), api.ApiKeys)


def update_api_key(call: Call, apigateway: Apigateway, request: api.UpdateApiKeyRequest) -> api.ApiKey:
    """Patch a key."""
    document = _key(call, apigateway, request["apiKey"])

    def text(field: str) -> Callable[[str], None]:
        def replace(value: str) -> None:
            if value:
                document[field] = value
            else:
                document.pop(field, None)

        return replace

    def enable(value: str) -> None:
        document["enabled"] = patch.boolean(value)

    setters: Mapping[str, Callable[[str], None]] = {
        "/description": text("description"),
        "/enabled": enable,
        "/name": text("name"),
        "/customerId": text("customerId"),
    }
    patches = patch.checked(request.get("patchOperations"))
    for operation in patches:
        if operation.get("path") == "/stages" and operation.get("op") in ("add", "remove"):
            _patch_stages(call, apigateway, document, operation["op"], operation.get("value", ""))
    patch.replace_only([each for each in patches if each.get("path") != "/stages"], setters)
    _check(document.get("name"), document.get("description"))
    document["lastUpdatedDate"] = call.now_ms // 1000
    apigateway.store.put(call, "key", "", document["id"], document)
    return shown({"tags": {}, **_shown(document, False)}, api.ApiKey)


def delete_api_key(call: Call, apigateway: Apigateway, request: api.DeleteApiKeyRequest) -> None:
    """Delete a key; it opens no plan any more."""
    document = _key(call, apigateway, request["apiKey"])
    for plan in apigateway.store.all(call, "plan"):
        apigateway.store.delete(call, "plan_key", plan["id"], document["id"])
        apigateway.store.forget_usage(plan["id"], document["id"])
    apigateway.store.delete(call, "key", "", document["id"])


def _key(call: Call, apigateway: Apigateway, key_id: str) -> Document:
    return rules.found(apigateway.store.get(call, "key", "", key_id), rules.NO_KEY)


def _shown(document: Document, include_value: bool) -> Document:
    return {name: value for name, value in document.items() if include_value or name != "value"}


def _check(name: str | None, description: str | None) -> None:
    if len(name or "") > rules.API_KEY_NAME_LENGTH_MAX:
        raise api.BadRequestException("Invalid API Key name, can be at most 1024 characters.")
    if len(description or "") > rules.DESCRIPTION_LENGTH_MAX:
        raise api.BadRequestException("Invalid API Key description specified.")


def _stage_key(call: Call, apigateway: Apigateway, key: api.StageKey) -> str:
    api_id, stage = key.get("restApiId", ""), key.get("stageName", "")
    if apigateway.store.get(call, "stage", api_id, stage) is None:
        # AWS's text for a stage key without a stage is not recorded.
        raise api.BadRequestException(f"Invalid stage identifier specified: {api_id}/{stage}")
    return f"{api_id}/{stage}"


def _patch_stages(call: Call, apigateway: Apigateway, document: Document, op: str, value: str) -> None:
    document["stageKeys"] = [stage for stage in document["stageKeys"] if stage != value]
    if op == "add":
        api_id, _, stage = value.partition("/")
        document["stageKeys"].append(_stage_key(call, apigateway, {"restApiId": api_id, "stageName": stage}))
