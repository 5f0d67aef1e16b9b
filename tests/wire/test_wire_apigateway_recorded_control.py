"""The control plane of REST APIs beside further recorded answers of AWS: resources, stages, deployments, keys."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.rest_recordings import API, BASIC, COMMON, EXTENDED, MOCK, client, method, rest

__all__ = ["client", "rest"]


def test_resources_with_greedy_paths(client: Any, rest: tuple[str, str]) -> None:
    """test_create_proxy_resource"""
    aws, (api_id, root) = recorded(API, "::test_create_proxy_resource"), rest

    def create(step: str, parent: str, part: str) -> str:
        answer = answered(client.create_resource, restApiId=api_id, parentId=parent, pathPart=part)
        if isinstance(aws[step], dict):
            equal(answer, aws[step], step)
        return str(answer["id"])

    def listed(step: str) -> None:
        answer = client.get_resources(restApiId=api_id)
        equal({**answer, "items": sorted(answer["items"], key=lambda one: str(one["path"]))}, aws[step], step)

    create("create-base-proxy-resource", root, "{proxy+}")
    parent = create("create-proxy-sibling-resource", root, "parent")
    greedy = create("create-proxy-sibling-proxy-child-resource", parent, "{proxy+}")
    child = create("create-proxy-sibling-static-child-resource", parent, "child")
    create("create-static-child-proxy-resource", child, "{proxy+}")
    listed("all-resources")
    client.delete_resource(restApiId=api_id, resourceId=greedy)
    dynamic = create("create-proxy-sibling-dynamic-child-resource", parent, "{child}")
    create("create-dynamic-child-proxy-resource", dynamic, "{proxy+}")
    listed("all-resources-2")


def test_gateway_responses(client: Any, rest: tuple[str, str]) -> None:
    """test_gateway_response_put"""
    aws = recorded(API, "::test_gateway_response_put")
    for step in [step for step in aws if step.startswith("put-")]:
        wanted = aws[step]
        request = {"restApiId": rest[0], "responseType": wanted["responseType"]}
        if step != "put-gateway-response-response-parameters-only" and "templates-only" not in step:
            request["statusCode"] = wanted["statusCode"]
        if "ignored" in step:
            del request["statusCode"]
        if wanted["responseParameters"]:
            request["responseParameters"] = wanted["responseParameters"]
        if "$stageVariables" in json.dumps(wanted["responseTemplates"]):
            request["responseTemplates"] = wanted["responseTemplates"]
        equal(client.put_gateway_response(**request), wanted, step)
    ours = client.get_gateway_responses(restApiId=rest[0])["items"]
    theirs = aws["get-gateway-responses"]["items"]
    equal(sorted(ours, key=lambda one: str(one["responseType"])), theirs, "get-gateway-responses")


def test_access_logs_of_a_stage(client: Any, cloud: RunningCloud, rest: tuple[str, str]) -> None:
    """test_stage_access_log_settings"""
    aws, (api_id, root) = recorded(API, "::test_stage_access_log_settings"), rest
    method(client, api_id, root)
    deployment = client.create_deployment(restApiId=api_id)
    equal(deployment, aws["create-deployment"])
    stage = {"restApiId": api_id, "stageName": "dev"}
    made = client.create_stage(**stage, deploymentId=deployment["id"], description="dev stage")
    equal(made, aws["create-stage"])
    arn = f"arn:aws:logs:{REGION}:123456789012:log-group:access"

    def patched(step: str, op: str, path: str, **value: str) -> None:
        operation = {"op": op, "path": f"/accessLogSettings{path}", **value}
        answer = answered(client.update_stage, **stage, patchOperations=[operation])
        equal(answer, aws[f"update-stage-access-log-{step}"], step)

    patched("dest-add", "add", "/destinationArn", value=arn)
    patched("dest-replace", "replace", "/destinationArn", value=f"{arn}a")
    patched("format-add", "add", "/format", value="$context.requestId $context.identity.sourceIp")
    patched("remove-all", "remove", "")


@pytest.mark.parametrize("by_hand", [True, False])
def test_deployments_come_and_go(client: Any, rest: tuple[str, str], by_hand: bool) -> None:
    """test_create_delete_deployments"""
    aws, api = recorded(COMMON, f"::TestDeployments::test_create_delete_deployments[{by_hand}]"), rest[0]
    method(client, api, rest[1])

    def deployed() -> str:
        if not by_hand:
            return str(client.create_deployment(restApiId=api, stageName="s1")["id"])
        made = client.create_deployment(restApiId=api)["id"]
        client.create_stage(restApiId=api, stageName="s1", deploymentId=made)
        return str(made)

    deployment = deployed()
    equal(client.get_deployment(restApiId=api, deploymentId=deployment), aws["get-deployment"])
    equal(client.get_stages(restApiId=api), aws["get-stages"])
    for number in range(3):
        answer = answered(client.delete_deployment, restApiId=api, deploymentId=deployment)
        equal(answer, aws[f"delete-deployment-error-{number}"])
        client.delete_stage(restApiId=api, stageName="s1")
        client.delete_deployment(restApiId=api, deploymentId=deployment)
        deployment = deployed()
        equal(client.get_deployments(restApiId=api), aws[f"get-deployments-{number}"])
        equal(client.get_stages(restApiId=api), aws[f"get-stages-{number}"])


def test_a_deployment_is_described(client: Any, rest: tuple[str, str]) -> None:
    """test_update_rest_api_deployment"""
    method(client, *rest)
    deployment = client.create_deployment(restApiId=rest[0], description="my deployment")["id"]
    described = [{"op": "replace", "path": "/description", "value": "new-description"}]
    answer = client.update_deployment(restApiId=rest[0], deploymentId=deployment, patchOperations=described)
    equal(answer, recorded(BASIC, "::test_update_rest_api_deployment")["after-update"])


def test_a_key_is_required(client: Any, rest: tuple[str, str]) -> None:
    """test_api_key_required_for_methods"""
    aws = recorded(COMMON, "::test_api_key_required_for_methods")
    method(client, *rest)
    client.create_deployment(restApiId=rest[0], stageName="dev")
    plan = client.create_usage_plan(
        name="a-plan",
        description="Test Usage Plan for API key",
        quota={"limit": 10, "period": "DAY", "offset": 0},
        throttle={"rateLimit": 2, "burstLimit": 1},
        apiStages=[{"apiId": rest[0], "stage": "dev"}],
        tags={"tag_key": "tag_value"},
    )
    equal(plan, aws["create-usage-plan"])
    key = client.create_api_key(name="a-key", enabled=True)
    equal(key, aws["create-api-key"])
    answer = client.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    equal(answer, aws["create-usage-plan-key"])
    disabled = [{"op": "replace", "path": "/enabled", "value": "false"}]
    equal(client.update_api_key(apiKey=key["id"], patchOperations=disabled), aws["update-api-key-disabled"])


def test_keys_are_found(client: Any) -> None:
    """test_get_api_keys"""
    aws = recorded(EXTENDED, "::test_get_api_keys")
    first, second = "test-key-first", "test-key-second"

    def found(step: str, **request: Any) -> Any:
        answer = client.get_api_keys(**request)
        equal(answer, aws[step], step)
        return answer

    found("get-api-keys")
    equal(client.create_api_key(name=first), aws["create-api-key"])
    found("get-api-keys-after-create-1")
    found("get-api-keys-wrong-name-query", nameQuery=second)
    found("get-api-keys-prefix-name-query", nameQuery=first[:8])
    found("get-api-keys-prefix-name-query-cased", nameQuery=first[:8].upper())
    found("get-api-keys-postfix-name-query", nameQuery=first[2:])
    found("get-api-keys-infix-name-query", nameQuery=first[2:8])
    equal(client.create_api_key(name=second), aws["create-api-key-2"])
    found("get-api-keys-after-create-2")
    found("get-api-keys-name-query", nameQuery=second)
    found("get-api-keys-prefix-name-query-2", nameQuery=first[:8])
    position = found("get-apis-keys-pagination", limit=1)["position"]
    found("get-apis-keys-pagination-2", limit=1, position=position)


def test_keys_and_plans_at_their_limits(client: Any) -> None:
    """test_negative_get_usage_plan_api_keys, test_update_api_key_invalid_description_length,
    test_update_api_key_invalid_enabled_type, test_create_usage_plan_with_throttle"""
    aws = recorded(EXTENDED, "::test_negative_get_usage_plan_api_keys")
    equal(answered(client.get_api_keys, limit=-1), aws["get-api-keys-invalid-limit"])
    key = client.create_api_key(name="a-key")
    equal(key, aws["create-api-key"])

    def patched(path: str, value: str) -> Any:
        operation = {"op": "replace", "path": path, "value": value}
        return answered(client.update_api_key, apiKey=key["id"], patchOperations=[operation])

    equal(patched("/name", "another"), aws["update-api-key-name"])
    aws, too_long = recorded(EXTENDED, "::test_update_api_key_invalid_description_length"), "a" * 125_001
    answer = answered(client.create_api_key, name="b", description=too_long)
    equal(answer, aws["create-api-key-description-too-long"])
    equal(patched("/description", too_long), aws["update-api-key-description-too-long"])
    aws = recorded(EXTENDED, "::test_update_api_key_invalid_enabled_type")
    key = client.create_api_key()
    equal(patched("/enabled", "neither"), aws["update-api-key-invalid-enabled-type"])
    aws = recorded(EXTENDED, "::test_create_usage_plan_with_throttle")
    plan = client.create_usage_plan(name="a-plan", throttle={"rateLimit": 10, "burstLimit": 20})
    equal(plan, aws["create-usage-plan-burst-gt-rate"])


def test_parameters_of_wrong_types(client: Any, cloud: RunningCloud, rest: tuple[str, str]) -> None:
    """test_put_integration_request_parameter_bool_type: a text where a mapping belongs. boto3 sends no other types."""
    aws = recorded(API, "::test_put_integration_request_parameter_bool_type")
    resource = client.create_resource(restApiId=rest[0], parentId=rest[1], pathPart="{testPath}")["id"]
    where = {"restApiId": rest[0], "resourceId": resource, "httpMethod": "GET"}
    named = {"method.request.path.testPath": True}
    equal(client.put_method(**where, authorizationType="NONE", requestParameters=named), aws["bool-method"])
    wrong = {"integration.request.path.testPath": "true"}
    answer = answered(client.put_integration, **where, **MOCK, requestParameters=wrong)
    equal(answer, aws["put-method-request-param-wrong-type"])
    path = f"/restapis/{rest[0]}/resources/{resource}/methods/GET/integration"
    credential = f"{ACCOUNT}/20260101/{REGION}/apigateway/aws4_request"
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
        "x-amz-date": "20260101T000000Z",
        "content-type": "application/json",
    }
    for step, value in (("wrong-type", True), ("bool-value", False)):
        body = json.dumps({"type": "MOCK", "requestParameters": {"integration.request.path.testPath": value}})
        asked = urllib.request.Request(cloud.endpoint + path, body.encode(), headers, method="PUT")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(asked)
        with caught.value as refusal:
            said = json.load(refusal)
        theirs = aws[f"put-integration-request-param-{step}"]["Error"]
        assert said == {"Message": theirs["Message"]} or said == {"message": theirs["Message"]}, step
        assert caught.value.headers["x-amzn-errortype"].startswith(theirs["Code"])


def test_integrations_with_other_services(client: Any, rest: tuple[str, str]) -> None:
    """test_error_aws_proxy_not_supported"""
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "POST"}
    client.put_method(**where, authorizationType="NONE")
    uri = f"arn:aws:apigateway:{REGION}:dynamodb:action/Query"
    answer = answered(client.put_integration, **where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    aws = recorded("apigateway/test_apigateway_dynamodb.json", "::test_error_aws_proxy_not_supported")
    equal(answer, aws["create-integration-error"])


def test_ids_have_a_case(client: Any) -> None:
    """test_get_api_case_insensitive"""
    aws = recorded(API, "::TestApiGatewayApiRestApi::test_get_api_case_insensitive")
    made = client.create_rest_api(name="lower", description="lower case api")
    # Older than address types, which newer entries have.
    assert made["endpointConfiguration"].pop("ipAddressType") == "ipv4"
    equal(made, aws["create-rest-api"])
    equal(answered(client.get_rest_api, restApiId=made["id"].upper()), aws["get-api-upper-case"])


def test_stages_of_a_deployment(client: Any, rest: tuple[str, str]) -> None:
    """test_get_stages_filters_by_deployment_id"""
    aws, api = recorded(API, "::test_get_stages_filters_by_deployment_id"), {"restApiId": rest[0]}
    method(client, *rest)
    deployments = [client.create_deployment(**api, stageName=f"stage{number}")["id"] for number in (1, 2)]
    equal(client.get_stages(**api), aws["all-stages"])
    for number, deployment in enumerate(deployments, 1):
        equal(client.get_stages(**api, deploymentId=deployment), aws[f"stages-deploy{number}"])


def test_there_are_no_vpc_links(client: Any) -> None:
    """test_get_vpc_link_invalid_id, test_update_vpc_link_invalid_id, test_delete_vpc_link_invalid_id"""
    for verb in ("get", "update", "delete"):
        operation, entry = getattr(client, f"{verb}_vpc_link"), f"{verb}_vpc_link_invalid_id"
        equal(answered(operation, vpcLinkId="invalid-id"), recorded(API, f"::test_{entry}")[entry])
    assert client.get_vpc_links()["items"] == []
    arn = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/a/b"
    answer = answered(client.create_vpc_link, name="a-link", targetArns=[arn])
    assert answer["Error"]["Code"] == "NotImplemented"
