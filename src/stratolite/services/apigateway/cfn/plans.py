"""AWS::ApiGateway::ApiKey, UsagePlan and UsagePlanKey."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigateway.cfn.properties import changed, delete, given, pointer, replacement, retag, tags


def _create_key(work: Work) -> Made:
    properties = work.properties
    request = given(
        properties,
        {
            "CustomerId": "customerId",
            "Description": "description",
            "Enabled": "enabled",
            "GenerateDistinctId": "generateDistinctId",
            "Value": "value",
        },
    )
    request["name"] = properties.get("Name") or work.generated_name(255, "any")
    request["stageKeys"] = [
        given(key, {"RestApiId": "restApiId", "StageName": "stageName"}) for key in properties.get("StageKeys") or ()
    ]
    if properties.get("Tags"):
        request["tags"] = tags(properties)
    made = work.operate("CreateApiKey", request)
    return Made(made["id"], {"APIKeyId": made["id"]})


def _update_key(work: Work) -> Made:
    patches = changed(work, {"CustomerId": "/customerId", "Description": "/description", "Enabled": "/enabled"})
    old, new = _stage_keys(work.previous), _stage_keys(work.properties)
    patches += [{"op": "remove", "path": "/stages", "value": key} for key in old if key not in new]
    patches += [{"op": "add", "path": "/stages", "value": key} for key in new if key not in old]
    work.operate("UpdateApiKey", {"apiKey": work.physical_id, "patchOperations": patches})
    retag(work, f"/apikeys/{work.physical_id}")
    return Made(work.physical_id, {"APIKeyId": work.physical_id})


def _stage_keys(properties: dict[str, Any]) -> list[str]:
    return [f"{key['RestApiId']}/{key['StageName']}" for key in properties.get("StageKeys") or ()]


def _create_plan(work: Work) -> Made:
    properties = work.properties
    request = {
        "name": properties.get("UsagePlanName") or work.generated_name(255, "any"),
        **given(properties, {"Description": "description"}),
    }
    if properties.get("ApiStages"):
        request["apiStages"] = [
            {**given(stage, {"ApiId": "apiId", "Stage": "stage"}), "throttle": _methods(stage)}
            for stage in properties["ApiStages"]
        ]
    if properties.get("Throttle"):
        request["throttle"] = given(properties["Throttle"], _LIMITS)
    if properties.get("Quota"):
        members = {"Limit": "limit", "Offset": "offset", "Period": "period"}
        request["quota"] = given(properties["Quota"], members)
    if properties.get("Tags"):
        request["tags"] = tags(properties)
    made = work.operate("CreateUsagePlan", request)
    return Made(made["id"], {"Id": made["id"]})


def _update_plan(work: Work) -> Made:
    before, after = work.previous, work.properties
    patches = changed(work, {"Description": "/description"})
    if after.get("UsagePlanName") and after.get("UsagePlanName") != before.get("UsagePlanName"):
        patches.append(replacement("/name", after["UsagePlanName"]))
    old, new = _stages(before), _stages(after)
    patches += [{"op": "remove", "path": "/apiStages", "value": stage} for stage in old if stage not in new]
    patches += [{"op": "add", "path": "/apiStages", "value": stage} for stage in new if stage not in old]
    patches += _method_patches(before, after)
    for name, members in (("Throttle", ("BurstLimit", "RateLimit")), ("Quota", ("Period", "Limit", "Offset"))):
        if before.get(name) == after.get(name):
            continue
        patches.append({"op": "remove", "path": f"/{name.lower()}"})
        for member in members:
            value = (after.get(name) or {}).get(member)
            if value is not None:
                patches.append(replacement(f"/{name.lower()}/{member[0].lower()}{member[1:]}", value))
    work.operate("UpdateUsagePlan", {"usagePlanId": work.physical_id, "patchOperations": patches})
    retag(work, f"/usageplans/{work.physical_id}")
    return Made(work.physical_id, {"Id": work.physical_id})


_LIMITS = {"BurstLimit": "burstLimit", "RateLimit": "rateLimit"}


def _methods(stage: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The limits of methods: ``{"/users/GET": {"rateLimit": 1.0}}``."""
    return {name: given(limits, _LIMITS) for name, limits in (stage.get("Throttle") or {}).items()}


def _method_patches(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    old = {name: _methods(stage) for name, stage in zip(_stages(before), before.get("ApiStages") or (), strict=True)}
    new = {name: _methods(stage) for name, stage in zip(_stages(after), after.get("ApiStages") or (), strict=True)}
    patches: list[dict[str, Any]] = []
    for stage, methods in new.items():
        if methods == old.get(stage, {}):
            continue
        path = f"/apiStages/{stage}/throttle"
        patches.append({"op": "remove", "path": path})
        for name, limits in methods.items():
            resource, _, method = name.rpartition("/")
            where = f"{path}/{pointer(resource or '/')}/{method}"
            patches += [replacement(f"{where}/{limit}", value) for limit, value in limits.items()]
    return patches


def _stages(properties: dict[str, Any]) -> list[str]:
    return [f"{stage.get('ApiId', '')}:{stage.get('Stage', '')}" for stage in properties.get("ApiStages") or ()]


def _create_plan_key(work: Work) -> Made:
    members = {"UsagePlanId": "usagePlanId", "KeyId": "keyId", "KeyType": "keyType"}
    made = work.operate("CreateUsagePlanKey", given(work.properties, members))
    physical_id = f"{made['id']}:{work.properties['UsagePlanId']}"
    return Made(physical_id, {"Id": physical_id})


def _same_plan_key(work: Work) -> Made:
    return Made(work.physical_id, {"Id": work.physical_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGateway::ApiKey",
        implemented=frozenset({"Enabled", "GenerateDistinctId", "Name", "Value"}),
        accepted={
            "CustomerId": "It is kept and returned.",
            "Description": "It is kept and returned.",
            "StageKeys": "They are kept and returned; usage plans open stages, as on AWS.",
            "Tags": "They are kept and returned.",
        },
        create=_create_key,
        update=_update_key,
        delete=lambda work: delete(work, "DeleteApiKey", {"apiKey": work.physical_id}),
        replaces=frozenset({"GenerateDistinctId", "Name", "Value"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::UsagePlan",
        implemented=frozenset({"ApiStages", "Quota", "Throttle", "UsagePlanName"}),
        accepted={"Description": "It is kept and returned.", "Tags": "They are kept and returned."},
        create=_create_plan,
        update=_update_plan,
        delete=lambda work: delete(work, "DeleteUsagePlan", {"usagePlanId": work.physical_id}),
    ),
    ResourceType(
        name="AWS::ApiGateway::UsagePlanKey",
        implemented=frozenset({"KeyId", "KeyType", "UsagePlanId"}),
        create=_create_plan_key,
        update=_same_plan_key,
        delete=lambda work: delete(
            work,
            "DeleteUsagePlanKey",
            {"usagePlanId": work.properties["UsagePlanId"], "keyId": work.properties["KeyId"]},
        ),
        replaces=frozenset({"KeyId", "KeyType", "UsagePlanId"}),
    ),
)
