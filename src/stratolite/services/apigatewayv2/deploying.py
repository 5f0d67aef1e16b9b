"""Deployments: one that is asked for, and those that an API makes by itself for its stages with ``AutoDeploy``.

Every operation that changes what a deployment freezes ends in ``changed``. AWS deploys some time later, and takes
changes that come soon after each other together; here it is done at once, and ``TOGETHER_MS`` says what is one.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, snapshot
from stratolite.storage.documents import Document

TOGETHER_MS = 1000
"""How long a deployment that was made by itself takes further changes in, in milliseconds."""
DEPLOYMENT_ID_LENGTH = 6
NO_ROUTES = "Unable to deploy API because no routes exist in this API"
AUTOMATIC = "Automatic deployment triggered by changes to the Api configuration"


def deploy(
    call: Call, apigatewayv2: Apigatewayv2, api_id: str, description: str | None, *, by_itself: bool
) -> Document:
    """Freeze an API. Its routes have been checked by the caller."""
    document: Document = {
        "AutoDeployed": by_itself,
        "CreatedDate": call.now_ms // 1000,
        "DeploymentId": apigatewayv2.world.entropy.token(DEPLOYMENT_ID_LENGTH),
        "DeploymentStatus": "DEPLOYED",
        "_created_ms": call.now_ms,
    }
    if description:
        document["Description"] = description
    store = apigatewayv2.store
    store.put(call, "deployment", api_id, document["DeploymentId"], document)
    store.put(call, "snapshot", api_id, document["DeploymentId"], snapshot.take(call, store, api_id))
    return document


def check_by_hand(call: Call, api_id: str, stage: Document) -> None:
    """Raises BadRequestException for a stage that deploys itself: nobody else says what it shows."""
    if stage.get("AutoDeploy"):
        raise api.BadRequestException(
            f"Deployment ID cannot be set on this stage {call.account}:{api_id} because AutoDeploy is enabled."
        )


def changed(call: Call, apigatewayv2: Apigatewayv2, api_id: str) -> None:
    """What an API is has changed: its stages with automatic deployment show it."""
    store = apigatewayv2.store
    stages = [stage for stage in store.all(call, "stage", api_id) if stage.get("AutoDeploy")]
    if not stages:
        return
    if not store.all(call, "route", api_id):
        for stage in stages:
            stage["LastDeploymentStatusMessage"] = f"Deployment attempt failed: {NO_ROUTES}"
            store.put(call, "stage", api_id, stage["StageName"], stage)
        return
    deployment = _recent(call, apigatewayv2, api_id)
    if deployment is None:
        deployment = deploy(call, apigatewayv2, api_id, AUTOMATIC, by_itself=True)
    else:
        # A new deployment begins with no answers of authorizers; one that is another now forgets those that it has.
        apigatewayv2.grants.forget(lambda key: key.api_id == api_id)
        store.put(call, "snapshot", api_id, deployment["DeploymentId"], snapshot.take(call, store, api_id))
    for stage in stages:
        name = deployment["DeploymentId"]
        stage["LastDeploymentStatusMessage"] = f"Successfully deployed stage with deployment ID '{name}'"
        point(call, apigatewayv2, api_id, stage, name)


def point(call: Call, apigatewayv2: Apigatewayv2, api_id: str, stage: Document, deployment_id: str) -> None:
    """Let a stage show a deployment."""
    if stage.get("DeploymentId") != deployment_id:
        stage["_deployed"] = apigatewayv2.store.next_deployed(call)
    stage["DeploymentId"] = deployment_id
    stage["LastUpdatedDate"] = call.now_ms // 1000
    apigatewayv2.store.put(call, "stage", api_id, stage["StageName"], stage)


def _recent(call: Call, apigatewayv2: Apigatewayv2, api_id: str) -> Document | None:
    """The latest deployment, when it takes further changes in: no stage that is deployed by hand shows it."""
    store = apigatewayv2.store
    deployment = store.last(call, "deployment", api_id)
    if deployment is None or not deployment["AutoDeployed"] or call.now_ms - deployment["_created_ms"] > TOGETHER_MS:
        return None
    by_hand = [stage for stage in store.all(call, "stage", api_id) if not stage.get("AutoDeploy")]
    held = any(stage.get("DeploymentId") == deployment["DeploymentId"] for stage in by_hand)
    return None if held else deployment
