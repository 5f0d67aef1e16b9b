"""Usage plans: which keys open which stages, how fast and how often."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, patch, rules
from stratolite.storage.documents import Document, shown

PLAN_ID_LENGTH = 6
PERIODS = ("DAY", "WEEK", "MONTH")
_NO_LIMITS = {"burstLimit": 0, "rateLimit": 0.0}


def create_usage_plan(call: Call, apigateway: Apigateway, request: api.CreateUsagePlanRequest) -> api.UsagePlan:
    """Create a usage plan. Its throttle and quota are enforced for each of its keys."""
    document: Document = {
        "id": apigateway.world.entropy.token(PLAN_ID_LENGTH),
        "name": request["name"],
        "apiStages": [],
    }
    for stage in request.get("apiStages") or ():
        added = _add_stage(call, apigateway, document, stage.get("apiId", ""), stage.get("stage", ""))
        if stage.get("throttle"):
            added["throttle"] = {name: {**_NO_LIMITS, **limits} for name, limits in stage["throttle"].items()}
    if request.get("throttle"):
        document["throttle"] = {**_NO_LIMITS, **request["throttle"]}
    if request.get("quota"):
        document["quota"] = {"offset": 0, **request["quota"]}
        _check_quota(document["quota"])
    for field in ("description", "tags"):
        if request.get(field):
            document[field] = request[field]
    apigateway.store.put(call, "plan", "", document["id"], document)
    return shown(document, api.UsagePlan)


def get_usage_plan(call: Call, apigateway: Apigateway, request: api.GetUsagePlanRequest) -> api.UsagePlan:
    """One plan."""
    return shown({"tags": {}, **_plan(call, apigateway, request["usagePlanId"])}, api.UsagePlan)


def get_usage_plans(call: Call, apigateway: Apigateway, request: api.GetUsagePlansRequest) -> api.UsagePlans:
    """All plans, or those that a key opens."""
    key_id = request.get("keyId")
    plans = [
        plan
        for plan in apigateway.store.all(call, "plan")
        if not key_id or apigateway.store.get(call, "plan_key", plan["id"], key_id) is not None
    ]
    return shown(rules.page(plans, request), api.UsagePlans)


def update_usage_plan(call: Call, apigateway: Apigateway, request: api.UpdateUsagePlanRequest) -> api.UsagePlan:
    """Patch a plan."""
    document = _plan(call, apigateway, request["usagePlanId"])
    for operation in patch.checked(request.get("patchOperations")):
        _patch(call, apigateway, document, operation)
    if "quota" in document:
        _check_quota(document["quota"])
    apigateway.store.put(call, "plan", "", document["id"], document)
    return shown({"tags": {}, **document}, api.UsagePlan)


def delete_usage_plan(call: Call, apigateway: Apigateway, request: api.DeleteUsagePlanRequest) -> None:
    """Delete a plan; its keys stay."""
    document = _plan(call, apigateway, request["usagePlanId"])
    apigateway.store.delete_below(call, document["id"])
    apigateway.store.forget_usage(document["id"])
    apigateway.store.delete(call, "plan", "", document["id"])


def create_usage_plan_key(
    call: Call, apigateway: Apigateway, request: api.CreateUsagePlanKeyRequest
) -> api.UsagePlanKey:
    """Let a key open a plan."""
    plan = _plan(call, apigateway, request["usagePlanId"])
    if request["keyType"] != "API_KEY":
        raise api.BadRequestException("Usage Plan Key type is not valid")
    key = rules.found(apigateway.store.get(call, "key", "", request["keyId"]), rules.NO_KEY)
    if apigateway.store.get(call, "plan_key", plan["id"], key["id"]) is not None:
        raise api.ConflictException("Usage Plan already contains this API Key")
    apigateway.store.put(call, "plan_key", plan["id"], key["id"], {"id": key["id"]})
    return _plan_key(key)


def get_usage_plan_key(call: Call, apigateway: Apigateway, request: api.GetUsagePlanKeyRequest) -> api.UsagePlanKey:
    """One key of a plan."""
    _plan(call, apigateway, request["usagePlanId"])
    text = "Invalid Usage Plan Key identifier specified"
    rules.found(apigateway.store.get(call, "plan_key", request["usagePlanId"], request["keyId"]), text)
    return _plan_key(rules.found(apigateway.store.get(call, "key", "", request["keyId"]), text))


def get_usage_plan_keys(call: Call, apigateway: Apigateway, request: api.GetUsagePlanKeysRequest) -> api.UsagePlanKeys:
    """The keys of a plan, the newest first; none for a plan that is not there, as on AWS."""
    query = request.get("nameQuery")
    items: list[Document] = []
    for link in reversed(apigateway.store.all(call, "plan_key", request["usagePlanId"])):
        key = apigateway.store.get(call, "key", "", link["id"])
        if key is not None and (not query or key.get("name", "").startswith(query)):
            items.append(dict(_plan_key(key)))
    return shown(rules.page(items, request), api.UsagePlanKeys)


def delete_usage_plan_key(call: Call, apigateway: Apigateway, request: api.DeleteUsagePlanKeyRequest) -> None:
    """A key opens the plan no more."""
    text = "Invalid Usage Plan Key identifier specified"
    _plan(call, apigateway, request["usagePlanId"])
    rules.found(apigateway.store.get(call, "plan_key", request["usagePlanId"], request["keyId"]), text)
    apigateway.store.delete(call, "plan_key", request["usagePlanId"], request["keyId"])


def _plan(call: Call, apigateway: Apigateway, plan_id: str) -> Document:
    return rules.found(apigateway.store.get(call, "plan", "", plan_id), rules.NO_PLAN)


def _plan_key(key: Document) -> api.UsagePlanKey:
    shown: api.UsagePlanKey = {"id": key["id"], "type": "API_KEY", "value": key["value"]}
    if "name" in key:
        shown["name"] = key["name"]
    return shown


def _check_quota(quota: Document) -> None:
    if quota.get("period") not in PERIODS or not isinstance(quota.get("limit"), int) or quota["limit"] < 0:
        raise api.BadRequestException("Usage Plan quota must have a limit and a period: DAY, WEEK or MONTH")
    days = {"DAY": 1, "WEEK": 7, "MONTH": 28}[quota["period"]]
    if not 0 <= quota["offset"] < days:
        raise api.BadRequestException(f"Usage Plan quota offset must be between 0 and {days - 1}")


def _add_stage(call: Call, apigateway: Apigateway, document: Document, api_id: str, stage: str) -> Document:
    if not api_id or not stage:
        raise api.BadRequestException("Invalid API Stage specified")
    if apigateway.store.get(call, "stage", api_id, stage) is None:
        raise api.NotFoundException(
            f"Invalid API Stage {{api: {api_id}, stage: {stage}}} specified for usageplan {document['id']}"
        )
    entry = _stage_of(document, api_id, stage)
    if entry is None:
        entry = {"apiId": api_id, "stage": stage}
        document["apiStages"].append(entry)
    return entry


def _stage_of(document: Document, api_id: str, stage: str) -> Document | None:
    return next((each for each in document["apiStages"] if (each["apiId"], each["stage"]) == (api_id, stage)), None)


def _patch(call: Call, apigateway: Apigateway, document: Document, operation: Any) -> None:
    path = patch.path_of(operation)
    parts, value, op = patch.segments(path), operation.get("value", ""), operation["op"]
    if path == "/apiStages":
        _patch_stages(call, apigateway, document, op, value)
    elif parts[0] == "apiStages" and len(parts) > 2:
        _patch_methods(document, operation)
    elif parts[0] in ("throttle", "quota") and op == "remove":
        document.pop(parts[0], None)
    elif path in _NUMBERS:
        patch.must_replace(operation)
        document.setdefault(parts[0], {"offset": 0} if parts[0] == "quota" else dict(_NO_LIMITS))
        document[parts[0]][parts[1]] = _number(value, _NUMBERS[path])
    elif path == "/quota/period":
        document.setdefault("quota", {"offset": 0})["period"] = value
    elif path in ("/name", "/description"):
        patch.must_replace(operation)
        document[path[1:]] = value
    elif path == "/productCode":
        rules.unimplemented(path, "there is no marketplace")
    else:
        raise patch.invalid_path(path)


_NUMBERS: dict[str, type[int] | type[float]] = {
    "/throttle/rateLimit": float,
    "/throttle/burstLimit": int,
    "/quota/limit": int,
    "/quota/offset": int,
}


def _number(value: str, kind: type[int] | type[float]) -> int | float:
    try:
        return kind(value)
    except ValueError:
        raise api.BadRequestException(f"Invalid number specified: {value}") from None


def _patch_methods(document: Document, operation: Any) -> None:
    """Patch the limits of methods: ``/apiStages/<api>:<stage>/throttle[/<path>/<method>[/rateLimit]]``."""
    path = operation["path"]
    parts = patch.segments(path)
    api_id, _, name = parts[1].partition(":")
    stage = _stage_of(document, api_id, name)
    if stage is None or parts[2:3] != ["throttle"]:
        raise patch.invalid_path(path)
    method = f"{parts[3].rstrip('/')}/{parts[4]}" if len(parts) > 4 else ""
    if operation["op"] == "remove" and len(parts) in (3, 5):
        if not method:
            stage.pop("throttle", None)
        elif stage.get("throttle", {}).pop(method, None) is None:
            raise patch.invalid_path(path)
        return
    kind = _NUMBERS.get(f"/throttle/{parts[5]}") if len(parts) == 6 else None
    if kind is None:
        raise patch.invalid_path(path)
    limits = stage.setdefault("throttle", {}).setdefault(method, dict(_NO_LIMITS))
    limits[parts[5]] = _number(operation.get("value", ""), kind)


def _patch_stages(call: Call, apigateway: Apigateway, document: Document, op: str, value: str) -> None:
    api_id, _, stage = value.partition(":")
    if op == "remove":
        document["apiStages"] = [
            entry for entry in document["apiStages"] if (entry["apiId"], entry["stage"]) != (api_id, stage)
        ]
    else:
        _add_stage(call, apigateway, document, api_id, stage)
