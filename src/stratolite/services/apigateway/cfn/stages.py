"""AWS::ApiGateway::Deployment and Stage."""

from collections.abc import Iterable, Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigateway import api, rules
from stratolite.services.apigateway.cfn.properties import (
    Properties,
    changed,
    delete,
    given,
    pointer,
    replacement,
    retag,
    tags,
)

_SETTINGS = {
    "CacheDataEncrypted": "caching/dataEncrypted",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CachingEnabled": "caching/enabled",
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}


def _create_deployment(work: Work) -> Made:
    properties = work.properties
    request = given(properties, {"RestApiId": "restApiId", "StageName": "stageName", "Description": "description"})
    description = properties.get("StageDescription") or {}
    request |= given(
        description,
        {
            "CacheClusterEnabled": "cacheClusterEnabled",
            "CacheClusterSize": "cacheClusterSize",
            "Description": "stageDescription",
            "TracingEnabled": "tracingEnabled",
            "Variables": "variables",
        },
    )
    made = work.operate("CreateDeployment", request)
    if properties.get("StageName"):
        _settle(work, properties["StageName"], {}, _described(description))
    return Made(made["id"], {"DeploymentId": made["id"]})


def _update_deployment(work: Work) -> Made:
    properties, api_id = work.properties, work.properties["RestApiId"]
    patches = changed(work, {"Description": "/description"})
    if patches:
        work.operate(
            "UpdateDeployment",
            {"restApiId": api_id, "deploymentId": work.physical_id, "patchOperations": patches},
        )
    name, before = properties.get("StageName"), work.previous.get("StageName")
    if name and name != before:
        work.operate("CreateStage", {"restApiId": api_id, "stageName": name, "deploymentId": work.physical_id})
    if name:
        old = _described(work.previous.get("StageDescription") or {}) if name == before else {}
        _settle(work, name, old, _described(properties.get("StageDescription") or {}))
    if before and name != before:
        delete(work, "DeleteStage", {"restApiId": api_id, "stageName": before})
    return Made(work.physical_id, {"DeploymentId": work.physical_id})


def _delete_deployment(work: Work) -> None:
    """The stage that the deployment made goes with it, while it still points to it."""
    api_id, name = work.properties["RestApiId"], work.properties.get("StageName")
    if name:
        try:
            stage = work.operate("GetStage", {"restApiId": api_id, "stageName": name})
        except api.NotFoundException:
            stage = {}
        if stage.get("deploymentId") == work.physical_id:
            delete(work, "DeleteStage", {"restApiId": api_id, "stageName": name})
    delete(work, "DeleteDeployment", {"restApiId": api_id, "deploymentId": work.physical_id})


_REFUSED = {
    "CanarySetting": "the CanarySetting of an AWS::ApiGateway::Stage makes one",
    "ClientCertificateId": "no HTTP endpoint is called",
}


def _refuse_deployment(properties: Properties) -> None:
    description = properties.get("StageDescription")
    if isinstance(description, dict):
        rules.refuse(description, _REFUSED)


def _described(description: Properties) -> dict[str, Any]:
    """A StageDescription as the properties of a Stage: its own method settings are those of all methods."""
    settings = {name: description[name] for name in _SETTINGS if description.get(name) is not None}
    stage = {name: value for name, value in description.items() if name not in _SETTINGS}
    methods = list(description.get("MethodSettings") or ())
    if settings:
        methods.insert(0, {"ResourcePath": "/*", "HttpMethod": "*", **settings})
    return {**stage, "MethodSettings": methods}


def _create_stage(work: Work) -> Made:
    properties = work.properties
    request = given(
        properties,
        {
            "RestApiId": "restApiId",
            "DeploymentId": "deploymentId",
            "Description": "description",
            "TracingEnabled": "tracingEnabled",
            "Variables": "variables",
            "CacheClusterEnabled": "cacheClusterEnabled",
        },
    )
    request["stageName"] = properties.get("StageName") or "default"
    if properties.get("Tags"):
        request["tags"] = tags(properties)
    made = work.operate("CreateStage", request)
    unsettled = {name: properties.get(name) for name in ("Description", "TracingEnabled", "Variables")}
    _settle(work, made["stageName"], unsettled, properties)
    return Made(made["stageName"])


def _update_stage(work: Work) -> Made:
    if work.properties.get("DeploymentId") != work.previous.get("DeploymentId"):
        patch = replacement("/deploymentId", work.properties.get("DeploymentId"))
        _patch(work, work.physical_id, [patch])
    _settle(work, work.physical_id, work.previous, work.properties)
    retag(work, f"/restapis/{work.properties['RestApiId']}/stages/{work.physical_id}")
    return Made(work.physical_id)


def _settle(work: Work, name: str, before: Properties, after: Properties) -> None:
    """Patch what CreateStage does not take, or what has changed."""
    patches = [
        replacement(path, after.get(key))
        for key, path in (
            ("Description", "/description"),
            ("DocumentationVersion", "/documentationVersion"),
            ("TracingEnabled", "/tracingEnabled"),
        )
        if (after.get(key) or None) != (before.get(key) or None)
    ]
    old, new = before.get("Variables") or {}, after.get("Variables") or {}
    patches += [{"op": "remove", "path": f"/variables/{pointer(each)}"} for each in old if each not in new]
    patches += [
        replacement(f"/variables/{pointer(each)}", value) for each, value in new.items() if old.get(each) != value
    ]
    patches += _canary(before.get("CanarySetting") or {}, after.get("CanarySetting") or {})
    patches += _access_log(before.get("AccessLogSetting") or {}, after.get("AccessLogSetting") or {})
    patches += _method_settings(before.get("MethodSettings") or (), after.get("MethodSettings") or ())
    if bool(after.get("CacheClusterEnabled")) != bool(before.get("CacheClusterEnabled")):
        patches.append(replacement("/cacheClusterEnabled", bool(after.get("CacheClusterEnabled"))))
    if after.get("CacheClusterSize") and after["CacheClusterSize"] != before.get("CacheClusterSize"):
        patches.append(replacement("/cacheClusterSize", after["CacheClusterSize"]))
    if patches:
        _patch(work, name, patches)


def _patch(work: Work, name: str, patches: list[dict[str, Any]]) -> None:
    where = {"restApiId": work.properties["RestApiId"], "stageName": name}
    work.operate("UpdateStage", {**where, "patchOperations": patches})


def _canary(before: Properties, after: Properties) -> list[dict[str, Any]]:
    if before == after:
        return []
    patches: list[dict[str, Any]] = [{"op": "remove", "path": "/canarySettings"}] if before else []
    for name, value in (after.get("StageVariableOverrides") or {}).items():
        patches.append(replacement(f"/canarySettings/stageVariableOverrides/{pointer(name)}", value))
    for name, member in (
        ("DeploymentId", "deploymentId"),
        ("PercentTraffic", "percentTraffic"),
        ("UseStageCache", "useStageCache"),
    ):
        if after.get(name) is not None:
            patches.append(replacement(f"/canarySettings/{member}", after[name]))
    return patches


def _access_log(before: Properties, after: Properties) -> list[dict[str, Any]]:
    if before == after:
        return []
    patches: list[dict[str, Any]] = [{"op": "remove", "path": "/accessLogSettings"}] if before else []
    for name, member in (("DestinationArn", "destinationArn"), ("Format", "format")):
        if after.get(name):
            patches.append(replacement(f"/accessLogSettings/{member}", after[name]))
    return patches


def _method_settings(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    old = {_method_path(each): each for each in before}
    new = {_method_path(each): each for each in after}
    patches: list[dict[str, Any]] = [{"op": "remove", "path": path} for path in old if new.get(path) != old[path]]
    for path, setting in new.items():
        if old.get(path) != setting:
            patches += [
                replacement(f"{path}/{name}", setting[key])
                for key, name in _SETTINGS.items()
                if setting.get(key) is not None
            ]
    return patches


def _method_path(setting: Mapping[str, Any]) -> str:
    """``/~1users~1{id}/GET``; templates write the resource path escaped or not."""
    path = setting.get("ResourcePath") or "/*"
    if path != "/*":
        path = path if "~1" in path else f"/{pointer(path)}"
    return f"{path}/{setting.get('HttpMethod') or '*'}"


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGateway::Deployment",
        implemented=frozenset({"RestApiId", "StageDescription", "StageName"}),
        accepted={"Description": "It is kept and returned."},
        create=_create_deployment,
        update=_update_deployment,
        delete=_delete_deployment,
        refuse=_refuse_deployment,
        replaces=frozenset({"RestApiId"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::Stage",
        implemented=frozenset(
            {
                "AccessLogSetting",
                "CacheClusterEnabled",
                "CacheClusterSize",
                "CanarySetting",
                "DeploymentId",
                "DocumentationVersion",
                "MethodSettings",
                "RestApiId",
                "StageName",
                "Variables",
            }
        ),
        accepted={
            "Description": "It is kept and returned.",
            "Tags": "They are kept and returned.",
            "TracingEnabled": "It is kept and returned; trace ids are passed on in any case.",
        },
        create=_create_stage,
        update=_update_stage,
        delete=lambda work: delete(
            work, "DeleteStage", {"restApiId": work.properties["RestApiId"], "stageName": work.physical_id}
        ),
        replaces=frozenset({"RestApiId", "StageName"}),
    ),
)
