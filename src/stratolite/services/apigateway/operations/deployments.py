"""Deployments: frozen snapshots of an API, which stages point to."""

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, cache_settings, canary, patch, rules, settings, snapshot
from stratolite.storage.documents import Document, shown

DEPLOYMENT_ID_LENGTH = 6


def create_deployment(call: Call, apigateway: Apigateway, request: api.CreateDeploymentRequest) -> api.Deployment:
    """Freeze the API; with a stage name, make that stage, or have it or its canary show the new deployment."""
    api_id, store = request["restApiId"], apigateway.store
    rest_api = rules.found(store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    name = request.get("stageName")
    stage = store.get(call, "stage", api_id, name) if name else None
    if request.get("canarySettings") is not None:
        stage = canary.require_stage(name, stage)
    elif stage is not None:
        canary.require_none(stage)
    frozen = snapshot.take(call, store, rest_api)
    document: Document = {
        "id": apigateway.world.entropy.token(DEPLOYMENT_ID_LENGTH),
        "createdDate": call.now_ms // 1000,
    }
    if request.get("description"):
        document["description"] = request["description"]
    store.put(call, "deployment", api_id, document["id"], document)
    store.put(call, "snapshot", api_id, document["id"], frozen)
    if name:
        _deploy(call, apigateway, request, stage, document["id"])
    return shown(document, api.Deployment)


def get_deployment(call: Call, apigateway: Apigateway, request: api.GetDeploymentRequest) -> api.Deployment:
    """One deployment; ``embed=apisummary`` adds its methods."""
    document = _deployment(call, apigateway, request["restApiId"], request["deploymentId"])
    if "apisummary" in (request.get("embed") or []):
        frozen = apigateway.store.get(call, "snapshot", request["restApiId"], document["id"])
        document["apiSummary"] = snapshot.summary(rules.found(frozen, rules.NO_DEPLOYMENT))
    return shown(document, api.Deployment)


def get_deployments(call: Call, apigateway: Apigateway, request: api.GetDeploymentsRequest) -> api.Deployments:
    """All deployments of an API."""
    api_id = request["restApiId"]
    rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    return shown(rules.page(apigateway.store.all(call, "deployment", api_id), request), api.Deployments)


def update_deployment(call: Call, apigateway: Apigateway, request: api.UpdateDeploymentRequest) -> api.Deployment:
    """Change a deployment's description."""
    document = _deployment(call, apigateway, request["restApiId"], request["deploymentId"])

    def describe(value: str) -> None:
        document["description"] = value

    patch.replace_only(request.get("patchOperations") or (), {"/description": describe})
    apigateway.store.put(call, "deployment", request["restApiId"], document["id"], document)
    return shown(document, api.Deployment)


def delete_deployment(call: Call, apigateway: Apigateway, request: api.DeleteDeploymentRequest) -> None:
    """Delete a deployment that no stage points to."""
    api_id = request["restApiId"]
    document = _deployment(call, apigateway, api_id, request["deploymentId"])
    if any(document["id"] in _deployed(stage) for stage in apigateway.store.all(call, "stage", api_id)):
        raise api.BadRequestException("Active stages pointing to this deployment must be moved or deleted")
    apigateway.store.delete(call, "deployment", api_id, document["id"])
    apigateway.store.delete(call, "snapshot", api_id, document["id"])


def _deployment(call: Call, apigateway: Apigateway, api_id: str, deployment_id: str) -> Document:
    return rules.found(apigateway.store.get(call, "deployment", api_id, deployment_id), rules.NO_DEPLOYMENT)


def _deployed(stage: Document) -> tuple[str, ...]:
    """The deployments that a stage shows."""
    return stage["deploymentId"], (stage.get("canarySettings") or {}).get("deploymentId", "")


def _deploy(
    call: Call,
    apigateway: Apigateway,
    request: api.CreateDeploymentRequest,
    stage: Document | None,
    deployment_id: str,
) -> None:
    name, api_id = request["stageName"], request["restApiId"]
    if stage is None:
        rules.stage_name(name)
        stage = settings.fresh_stage(call, name)
    if request.get("canarySettings") is not None:
        wanted = request["canarySettings"]
        stage["canarySettings"] = canary.made(call, apigateway.store, api_id, deployment_id, wanted)
    else:
        stage["_deployed"] = apigateway.store.next_deployed(call)
        stage["deploymentId"] = deployment_id
    stage["lastUpdatedDate"] = call.now_ms // 1000
    cache_settings.set_cluster(
        stage, is_enabled=request.get("cacheClusterEnabled"), size=request.get("cacheClusterSize")
    )
    if request.get("stageDescription"):
        stage["description"] = request["stageDescription"]
    if request.get("variables"):
        stage["variables"] = request["variables"]
    if request.get("tracingEnabled") is not None:
        stage["tracingEnabled"] = request["tracingEnabled"]
    apigateway.store.put(call, "stage", api_id, name, stage)
