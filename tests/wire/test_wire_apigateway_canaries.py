"""Canaries of REST APIs, beside the recorded answers of AWS, and what of them its documentation alone says."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.rest_apis import Site, site, site_of_module
from tests.wire.rest_recordings import answering, ask, client, method, rest

__all__ = ["client", "rest", "site", "site_of_module"]

RECORDED = "apigateway/test_apigateway_canary.json"
CANARY = {"percentTraffic": 50, "stageVariableOverrides": {"testVar": "canary"}}


@pytest.fixture
def api(client: Any, rest: tuple[str, str]) -> str:
    """An API with one method, which is not deployed."""
    api_id, root = rest
    answering(client, method(client, api_id, root), json.dumps({"message": "default deployment"}))
    return api_id


def patched(client: Any, api: str, stage: str, *patches: tuple[str, str, str]) -> Any:
    """What UpdateStage answers to patches of (op, path, value); the value of a copy is where it comes from."""
    operations = [
        {"op": op, "path": path, **({"from": value} if op == "copy" else {"value": value} if value else {})}
        for op, path, value in patches
    ]
    return answered(client.update_stage, restApiId=api, stageName=stage, patchOperations=operations)


def test_stages_that_begin_with_a_canary(client: Any, api: str) -> None:
    """test_create_update_stages"""
    aws = recorded(RECORDED, "::test_create_update_stages")
    first, second = (client.create_deployment(restApiId=api)["id"] for _ in range(2))
    made = client.create_stage(
        restApiId=api,
        stageName="dev",
        deploymentId=first,
        description="dev stage",
        variables={"testVar": "default"},
        canarySettings={"deploymentId": second, **CANARY},
    )
    equal(made, aws["create-stage"])
    equal(client.get_stage(restApiId=api, stageName="dev"), aws["get-stage"])
    assert made["canarySettings"]["deploymentId"] == second
    path = "/canarySettings/stageVariableOverrides/testVar"
    equal(patched(client, api, "dev", ("replace", path, "updated")), aws["update-stage-canary-settings-overrides"])
    equal(patched(client, api, "dev", ("remove", "/canarySettings", "")), aws["update-stage-remove-canary-settings"])
    equal(client.get_stage(restApiId=api, stageName="dev"), aws["get-stage-after-remove"])


def test_deployments_to_canaries(client: Any, api: str) -> None:
    """test_create_canary_deployment and test_create_canary_deployment_with_stage"""
    aws = recorded(RECORDED, "::test_create_canary_deployment")
    first = client.create_deployment(restApiId=api)["id"]
    stage = {"restApiId": api, "deploymentId": first, "description": "dev stage", "variables": {"testVar": "default"}}
    canary = {"deploymentId": first, "percentTraffic": 40, "stageVariableOverrides": {"testVar": "canary1"}}
    equal(client.create_stage(**stage, stageName="dev1", canarySettings=canary), aws["create-stage"])
    canary = {"percentTraffic": 50, "stageVariableOverrides": {"testVar": "canary2"}}
    made = client.create_deployment(restApiId=api, stageName="dev1", canarySettings=canary)
    equal(made, aws["create-canary-deployment"])
    shown = client.get_stage(restApiId=api, stageName="dev1")
    equal(shown, aws["get-stage-1"])
    assert (shown["deploymentId"], shown["canarySettings"]["deploymentId"]) == (first, made["id"])
    canary = {"percentTraffic": 60, "stageVariableOverrides": {"testVar": "canary-overridden"}}
    settings = {"deploymentId": made["id"], **canary}
    equal(client.create_stage(**stage, stageName="dev2", canarySettings=settings), aws["create-stage-2"])
    refusal = answered(client.create_stage, **stage, stageName="dev3", canarySettings={"deploymentId": "deploy"})
    equal(refusal, aws["bad-canary-deployment-id"])
    aws = recorded(RECORDED, "::test_create_canary_deployment_with_stage")
    client.create_stage(**stage, stageName="dev")
    client.create_deployment(restApiId=api, stageName="dev", canarySettings=CANARY)
    equal(client.get_stage(restApiId=api, stageName="dev"), aws["get-stage"])


def test_canaries_that_a_patch_makes(client: Any, api: str) -> None:
    """test_create_canary_deployment_by_stage_update"""
    aws = recorded(RECORDED, "::test_create_canary_deployment_by_stage_update")
    first, second = (client.create_deployment(restApiId=api)["id"] for _ in range(2))
    stage = {"restApiId": api, "deploymentId": first, "description": "dev stage", "variables": {"testVar": "default"}}
    client.create_stage(**stage, stageName="dev")
    made = patched(client, api, "dev", ("replace", "/canarySettings/deploymentId", second))
    equal(made, aws["update-stage-with-deployment"])
    equal(patched(client, api, "dev", ("remove", "/canarySettings", "")), aws["remove-stage-canary"])
    made = patched(client, api, "dev", ("replace", "/canarySettings/percentTraffic", "50"))
    equal(made, aws["update-stage-with-percent"])


def test_what_is_refused(client: Any, api: str) -> None:
    """test_create_canary_deployment_validation and test_update_stage_canary_deployment_validation"""
    aws = recorded(RECORDED, "::test_create_canary_deployment_validation")
    names = {"no-stage": {}, "empty-stage": {"stageName": ""}, "non-existing-stage": {"stageName": "non-existing"}}
    for step, stage in names.items():
        refusal = answered(client.create_deployment, restApiId=api, canarySettings=CANARY, **stage)
        equal(refusal, aws[f"create-canary-deployment-{step}"], step)
    aws = recorded(RECORDED, "::test_update_stage_canary_deployment_validation")
    client.create_deployment(restApiId=api, stageName="dev")
    client.create_deployment(restApiId=api, stageName="dev", canarySettings=CANARY)
    settings = "/canarySettings"
    refused = {
        "canary-settings-remove-overrides": ("remove", f"{settings}/stageVariableOverrides", ""),
        "canary-settings-bad-path": ("remove", f"{settings}/badPath", ""),
        "canary-settings-bad-path-2": ("replace", settings, "test"),
        "canary-settings-replace-bad-path": ("replace", f"{settings}/badPath", "badPath"),
    }
    for step, operation in refused.items():
        equal(patched(client, api, "dev", operation), aws[f"update-stage-{step}"], step)
    other = client.create_deployment(restApiId=api, stageName="dev2")["id"]
    refusal = patched(client, api, "dev2", ("add", f"{settings}/deploymentId", other))
    equal(refusal, aws["update-stage-add-deployment"])
    refusal = patched(client, api, "dev2", ("replace", f"{settings}/deploymentId", "deploy"))
    equal(refusal, aws["update-stage-no-deployment"])


def test_promotions(client: Any, api: str) -> None:
    """test_update_stage_with_copy_ops"""
    aws = recorded(RECORDED, "::test_update_stage_with_copy_ops")
    variables = {"testVar": "test", "testVar2": "test2"}
    client.create_deployment(restApiId=api, stageName="dev", variables=variables)
    deployment = ("copy", "/deploymentId", "/canarySettings/deploymentId")
    overrides = ("copy", "/variables", "/canarySettings/stageVariableOverrides")
    backwards = ("copy", "/canarySettings/stageVariableOverrides", "/variables")
    equal(patched(client, api, "dev", backwards), aws["copy-with-bad-statement"])
    equal(patched(client, api, "dev", overrides, deployment), aws["copy-with-no-replace"])
    nothing = ("replace", "/canarySettings/percentTraffic", "0.0")
    equal(patched(client, api, "dev", nothing, deployment, overrides), aws["update-stage-with-copy"])
    canary = {"percentTraffic": 50, "stageVariableOverrides": {"testVar": "override"}}
    second = client.create_deployment(restApiId=api, stageName="dev", canarySettings=canary)["id"]
    equal(client.get_stage(restApiId=api, stageName="dev"), aws["get-stage"])
    promoted = patched(client, api, "dev", nothing, deployment, overrides)
    equal(promoted, aws["update-stage-with-copy-2"])
    assert promoted["deploymentId"] == second


def test_requests_that_a_canary_answers(cloud: RunningCloud, client: Any, rest: tuple[str, str]) -> None:
    """test_invoking_canary_deployment; its requests are in log groups of their own, too (the developer's guide)."""
    aws, (api, root) = recorded(RECORDED, "::test_invoking_canary_deployment"), rest
    where = method(client, api, root)
    template = {
        "statusCode": 200,
        "message": "default deployment",
        "variable": "$stageVariables.testVar",
        "nonExistingDefault": "$stageVariables.noStageVar",
        "nonOverridden": "$stageVariables.defaultVar",
        "isCanary": "$context.isCanaryRequest",
    }
    answering(client, where, json.dumps(template))
    variables = {"testVar": "default", "defaultVar": "default"}
    client.create_deployment(restApiId=api, stageName="dev", variables=variables)
    changed = json.dumps({**template, "message": "canary deployment"})
    templates = [{"op": "replace", "path": "/responseTemplates/application~1json", "value": changed}]
    client.update_integration_response(**where, statusCode="200", patchOperations=templates)
    overrides = {"testVar": "canary", "noStageVar": "canary"}
    canary = {"percentTraffic": 0, "stageVariableOverrides": overrides}
    second = client.create_deployment(restApiId=api, stageName="dev", canarySettings=canary)["id"]
    url = f"/_aws/execute-api/{api}/dev/"
    assert json.loads(ask(cloud, "GET", url)[2]) == aws["response-deployment-1"]
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:canaries-{api}"
    updated = patched(
        client,
        api,
        "dev",
        ("replace", "/canarySettings/percentTraffic", "100.0"),
        ("replace", "/accessLogSettings/destinationArn", group),
        ("replace", "/accessLogSettings/format", "$context.isCanaryRequest $context.stage"),
    )
    del updated["accessLogSettings"]
    equal(updated, aws["update-stage"])
    assert json.loads(ask(cloud, "GET", url)[2]) == aws["response-canary-deployment"]
    logs = cloud.client("logs")
    for name in (f"canaries-{api}", f"canaries-{api}/Canary"):
        lines = [event["message"] for event in logs.filter_log_events(logGroupName=name)["events"]]
        assert lines == ["true dev"]
    refusal = answered(client.delete_deployment, restApiId=api, deploymentId=second)
    assert refusal["Error"]["Message"] == "Active stages pointing to this deployment must be moved or deleted"


def test_the_share_of_a_canary_and_its_routes(site: Site) -> None:
    """Each request is drawn anew, and a path that the canary alone has is not there for the others (the developer's
    guide, "In a canary release deployment, total API traffic is separated at random")."""
    api = site.make({"GET /old": {}})
    root = next(each for each in site.client.get_resources(restApiId=api)["items"] if each["path"] == "/")
    made = site.client.create_resource(restApiId=api, parentId=root["id"], pathPart="new")
    answering(site.client, method(site.client, api, made["id"]), "{}")
    site.client.create_deployment(restApiId=api, stageName="dev", canarySettings={"percentTraffic": 50.0})
    statuses = {site.ask("GET", f"/_aws/execute-api/{api}/dev/new").status for _ in range(40)}
    assert statuses == {200, 403}
    # The documentation: no other deployment until the canary is promoted or removed.
    refusal = answered(site.client.create_deployment, restApiId=api, stageName="dev")
    assert refusal["Error"]["Code"] == "BadRequestException"
