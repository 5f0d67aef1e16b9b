"""Deployments: an API as it stood at one time."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, deploying, rules
from stratolite.storage.documents import Document, shown


def create_deployment(
    call: Call, apigatewayv2: Apigatewayv2, request: api.CreateDeploymentRequest
) -> api.CreateDeploymentResponse:
    """Freeze the API; with a stage's name, that stage shows it."""
    api_id, store, name = request["ApiId"], apigatewayv2.store, request.get("StageName")
    rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    stage = store.get(call, "stage", api_id, name) if name else None
    if name and stage is None:
        raise api.BadRequestException(
            f"Stage {name} does not exist. StageName specified on a CreateDeployment request must exist so the stage"
            " can be updated with the new deployment."
        )
    if stage:
        deploying.check_by_hand(call, api_id, stage)
    if not store.all(call, "route", api_id):
        raise api.BadRequestException(deploying.NO_ROUTES)
    document = deploying.deploy(call, apigatewayv2, api_id, request.get("Description"), by_itself=False)
    if stage:
        stage.pop("LastDeploymentStatusMessage", None)
        deploying.point(call, apigatewayv2, api_id, stage, document["DeploymentId"])
    return shown(document, api.CreateDeploymentResponse)


def get_deployment(
    call: Call, apigatewayv2: Apigatewayv2, request: api.GetDeploymentRequest
) -> api.GetDeploymentResponse:
    """One deployment."""
    return shown(_deployment(call, apigatewayv2, request), api.GetDeploymentResponse)


def get_deployments(
    call: Call, apigatewayv2: Apigatewayv2, request: api.GetDeploymentsRequest
) -> api.GetDeploymentsResponse:
    """All deployments of an API, the latest first."""
    api_id = request["ApiId"]
    rules.found(apigatewayv2.store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    latest_first = apigatewayv2.store.all(call, "deployment", api_id)[::-1]
    return shown(rules.page(latest_first, request), api.GetDeploymentsResponse)


def update_deployment(
    call: Call, apigatewayv2: Apigatewayv2, request: api.UpdateDeploymentRequest
) -> api.UpdateDeploymentResponse:
    """Change a deployment's description."""
    document = _deployment(call, apigatewayv2, request)
    if request.get("Description") is not None:
        document["Description"] = request["Description"]
    apigatewayv2.store.put(call, "deployment", request["ApiId"], document["DeploymentId"], document)
    return shown(document, api.UpdateDeploymentResponse)


def delete_deployment(call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteDeploymentRequest) -> None:
    """Delete a deployment that no stage shows."""
    api_id, store = request["ApiId"], apigatewayv2.store
    document = _deployment(call, apigatewayv2, request)
    if any(stage.get("DeploymentId") == document["DeploymentId"] for stage in store.all(call, "stage", api_id)):
        raise api.BadRequestException("Active stages pointing to this deployment must be moved or deleted")
    store.delete(call, "deployment", api_id, document["DeploymentId"])
    store.delete(call, "snapshot", api_id, document["DeploymentId"])


def _deployment(call: Call, apigatewayv2: Apigatewayv2, request: Any) -> Document:
    api_id, store = request["ApiId"], apigatewayv2.store
    rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    return rules.found(store.get(call, "deployment", api_id, request["DeploymentId"]), rules.NO_DEPLOYMENT)
