"""Stages: the names under which deployments are reached."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import (
    Apigateway,
    api,
    cache_settings,
    canary,
    documentation,
    patch,
    rules,
    settings,
)
from stratolite.storage.documents import Document, shown


def create_stage(call: Call, apigateway: Apigateway, request: api.CreateStageRequest) -> api.Stage:
    """Create a stage that points to a deployment."""
    api_id, name = request["restApiId"], request["stageName"]
    rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    rules.stage_name(name)
    _require_deployment(call, apigateway, api_id, request["deploymentId"])
    if apigateway.store.get(call, "stage", api_id, name) is not None:
        raise api.ConflictException("Stage already exists")
    stage = settings.fresh_stage(call, name)
    stage["_deployed"] = apigateway.store.next_deployed(call)
    stage["deploymentId"] = request["deploymentId"]
    stage["tracingEnabled"] = request.get("tracingEnabled") or False
    if request.get("documentationVersion"):
        _require_documentation(call, apigateway, api_id, request["documentationVersion"])
    for field in ("description", "documentationVersion", "variables", "tags"):
        if request.get(field):
            stage[field] = request[field]
    cache_settings.set_cluster(
        stage, is_enabled=request.get("cacheClusterEnabled"), size=request.get("cacheClusterSize")
    )
    if request.get("canarySettings") is not None:
        stage["canarySettings"] = canary.made(
            call, apigateway.store, api_id, stage["deploymentId"], request["canarySettings"]
        )
    apigateway.store.put(call, "stage", api_id, name, stage)
    return shown(stage, api.Stage)


def get_stage(call: Call, apigateway: Apigateway, request: api.GetStageRequest) -> api.Stage:
    """One stage."""
    return shown(_stage(call, apigateway, request), api.Stage)


def get_stages(call: Call, apigateway: Apigateway, request: api.GetStagesRequest) -> api.Stages:
    """The stages of an API, or of one of its deployments."""
    api_id = request["restApiId"]
    rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    wanted = request.get("deploymentId")
    stages = [
        shown(stage, api.Stage)
        for stage in apigateway.store.all(call, "stage", api_id)
        if not wanted or stage["deploymentId"] == wanted
    ]
    return {"item": stages}


def update_stage(call: Call, apigateway: Apigateway, request: api.UpdateStageRequest) -> api.Stage:
    """Patch a stage: its deployment, variables, method settings, access log, canary."""
    stage = _stage(call, apigateway, request)
    for operation in patch.checked(request.get("patchOperations")):
        _patch(call, apigateway, request["restApiId"], stage, operation)
    stage["lastUpdatedDate"] = call.now_ms // 1000
    apigateway.store.put(call, "stage", request["restApiId"], stage["stageName"], stage)
    return shown(stage, api.Stage)


def delete_stage(call: Call, apigateway: Apigateway, request: api.DeleteStageRequest) -> None:
    """Delete a stage; its deployment stays."""
    stage = _stage(call, apigateway, request)
    apigateway.store.delete(call, "stage", request["restApiId"], stage["stageName"])


def flush_stage_cache(call: Call, apigateway: Apigateway, request: api.FlushStageCacheRequest) -> None:
    """Forget what is kept of the answers of a stage."""
    stage = _stage(call, apigateway, request)
    apigateway.responses.forget_stage(request["restApiId"], stage["stageName"])


def _stage(call: Call, apigateway: Apigateway, request: Any) -> Document:
    return rules.found(apigateway.store.get(call, "stage", request["restApiId"], request["stageName"]), rules.NO_STAGE)


def _require_deployment(call: Call, apigateway: Apigateway, api_id: str, deployment_id: str) -> None:
    rules.found(apigateway.store.get(call, "deployment", api_id, deployment_id), rules.NO_DEPLOYMENT)


def _require_documentation(call: Call, apigateway: Apigateway, api_id: str, version: str) -> None:
    rules.found(apigateway.store.get(call, "documentation_version", api_id, version), documentation.NO_VERSION)


def _patch(call: Call, apigateway: Apigateway, api_id: str, stage: Document, operation: Any) -> None:
    path = patch.path_of(operation)
    parts, value, op = patch.segments(path), operation.get("value", ""), operation["op"]
    if canary.is_patch(operation):
        canary.apply(call, apigateway.store, api_id, stage, operation)
    elif path.startswith("/accessLogSettings"):
        settings.patch_access_log(stage, operation)
    elif parts[0] == "variables" and len(parts) == 2:
        patch.patch_map(stage, "variables", "add" if op == "replace" else op, parts[1], value, "Invalid variable name")
    elif path in ("/description", "/deploymentId", "/documentationVersion", "/tracingEnabled"):
        patch.must_replace(operation)
        if path == "/documentationVersion" and not value:
            stage.pop("documentationVersion", None)
            return
        if path == "/documentationVersion":
            _require_documentation(call, apigateway, api_id, value)
        if path == "/deploymentId":
            _require_deployment(call, apigateway, api_id, value)
            stage["_deployed"] = apigateway.store.next_deployed(call)
        stage[path[1:]] = patch.boolean(value) if path == "/tracingEnabled" else value
    elif path in ("/cacheClusterEnabled", "/cacheClusterSize"):
        patch.must_replace(operation)
        if path == "/cacheClusterSize":
            cache_settings.set_cluster(stage, size=value)
        else:
            cache_settings.set_cluster(stage, is_enabled=patch.boolean(value))
    elif path == "/clientCertificateId":
        rules.unimplemented(path, "no HTTP endpoint is called")
    elif parts[0] in ("tags", "documentation_version"):
        raise settings.invalid_path(path)
    else:
        settings.patch_method_setting(stage, operation)
