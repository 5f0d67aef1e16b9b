"""Stages: the names under which deployments are reached. ``$default`` is reached without a name."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, deploying, rules, staging
from stratolite.services.apigatewayv2.websocket import rules as websocket_rules
from stratolite.storage.documents import Document, shown


def create_stage(call: Call, apigatewayv2: Apigatewayv2, request: api.CreateStageRequest) -> api.CreateStageResponse:
    """Create a stage. With ``AutoDeploy`` it shows every change at once, else the deployment that it is given."""
    api_id, name, store = request["ApiId"], request["StageName"], apigatewayv2.store
    described = rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    is_websocket = rules.is_websocket(described)
    rules.stage_name(name)
    if is_websocket:
        websocket_rules.stage_name(name)
    rules.tags(request.get("Tags"))
    if store.get(call, "stage", api_id, name) is not None:
        raise api.ConflictException("Stage already exists")
    stage = staging.fresh(call, name)
    stage["Tags"] = request.get("Tags") or {}
    staging.settle(stage, request, _route_keys(call, apigatewayv2, api_id), is_websocket=is_websocket)
    rules.within(len(store.all(call, "stage", api_id)), rules.STAGES_MAX, "Stages")
    _put(call, apigatewayv2, api_id, stage, request)
    return shown(_stage(call, apigatewayv2, request), api.CreateStageResponse)


def get_stage(call: Call, apigatewayv2: Apigatewayv2, request: api.GetStageRequest) -> api.GetStageResponse:
    """One stage."""
    return shown(_stage(call, apigatewayv2, request), api.GetStageResponse)


def get_stages(call: Call, apigatewayv2: Apigatewayv2, request: api.GetStagesRequest) -> api.GetStagesResponse:
    """All stages of an API."""
    api_id = request["ApiId"]
    rules.found(apigatewayv2.store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    return shown(rules.page(apigatewayv2.store.all(call, "stage", api_id), request), api.GetStagesResponse)


def update_stage(call: Call, apigatewayv2: Apigatewayv2, request: api.UpdateStageRequest) -> api.UpdateStageResponse:
    """Change what is given, and leave the rest. Settings act at once."""
    stage = _stage(call, apigatewayv2, request)
    described = apigatewayv2.store.get(call, "api", "", request["ApiId"])
    is_websocket = described is not None and rules.is_websocket(described)
    staging.settle(stage, request, _route_keys(call, apigatewayv2, request["ApiId"]), is_websocket=is_websocket)
    stage["LastUpdatedDate"] = call.now_ms // 1000
    _put(call, apigatewayv2, request["ApiId"], stage, request)
    return shown(_stage(call, apigatewayv2, request), api.UpdateStageResponse)


def delete_stage(call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteStageRequest) -> None:
    """Delete a stage; what was deployed to it stays."""
    stage = _stage(call, apigatewayv2, request)
    api_id, name = request["ApiId"], stage["StageName"]
    apigatewayv2.store.delete(call, "stage", api_id, name)
    described = apigatewayv2.store.get(call, "api", "", api_id)
    if described is not None and rules.is_websocket(described):
        apigatewayv2.world.database.after_commit(lambda: apigatewayv2.connections.close_stage(api_id, name))


def delete_route_settings(call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteRouteSettingsRequest) -> None:
    """Let a route have the stage's settings again."""
    stage = _stage(call, apigatewayv2, request)
    if stage["RouteSettings"].pop(request["RouteKey"], None) is None:
        raise api.NotFoundException(
            f"Unable to find Route by key {request['RouteKey']} within the provided RouteSettings"
        )
    apigatewayv2.store.put(call, "stage", request["ApiId"], stage["StageName"], stage)


def delete_access_log_settings(
    call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteAccessLogSettingsRequest
) -> None:
    """Log requests no longer."""
    stage = _stage(call, apigatewayv2, request)
    stage.pop("AccessLogSettings", None)
    apigatewayv2.store.put(call, "stage", request["ApiId"], stage["StageName"], stage)


def reset_authorizers_cache(call: Call, apigatewayv2: Apigatewayv2, request: api.ResetAuthorizersCacheRequest) -> None:
    """Forget what the authorizers of a stage answered."""
    stage = _stage(call, apigatewayv2, request)
    api_id, name = request["ApiId"], stage["StageName"]
    apigatewayv2.grants.forget(lambda key: key.api_id == api_id and key.stage == name)


def _put(call: Call, apigatewayv2: Apigatewayv2, api_id: str, stage: Document, request: Any) -> None:
    deployment_id, store = request.get("DeploymentId"), apigatewayv2.store
    if deployment_id:
        deploying.check_by_hand(call, api_id, stage)
        rules.found(store.get(call, "deployment", api_id, deployment_id), rules.NO_DEPLOYMENT)
        deploying.point(call, apigatewayv2, api_id, stage, deployment_id)
        return
    store.put(call, "stage", api_id, stage["StageName"], stage)
    if request.get("AutoDeploy"):
        deploying.changed(call, apigatewayv2, api_id)


def _route_keys(call: Call, apigatewayv2: Apigatewayv2, api_id: str) -> list[str]:
    return [route["RouteKey"] for route in apigatewayv2.store.all(call, "route", api_id)]


def _stage(call: Call, apigatewayv2: Apigatewayv2, request: Any) -> Document:
    api_id, store = request["ApiId"], apigatewayv2.store
    rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    return rules.found(store.get(call, "stage", api_id, request["StageName"]), rules.NO_STAGE)
