"""What lets a request to a deployed REST API pass, or answers in the place of its integration."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import recorded
from tests.wire.rest_apis import PROXY, Site, named, site, site_of_module

__all__ = ["site", "site_of_module"]

RECORDED = "apigateway/test_apigateway_lambda.json"


def test_validation(site: Site) -> None:
    """test_api_gateway_request_validator, test_api_gateway_request_validator_with_ref_models"""
    aws = recorded(
        "apigateway/test_apigateway_common.json", "::TestApiGatewayCommon::test_api_gateway_request_validator"
    )
    api_id = site.client.create_rest_api(name="a")["id"]
    root = site.client.get_rest_api(restApiId=api_id)["rootResourceId"]
    schema = {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"],
    }
    reference = f"https://apigateway.amazonaws.com/restapis/{api_id}/models/testSchema"
    models = {"testSchema": schema, "testSchemaList": {"type": "array", "items": {"$ref": reference}}}
    for name, text in models.items():
        site.client.create_model(restApiId=api_id, name=name, contentType="application/json", schema=json.dumps(text))
    validator = site.client.create_request_validator(
        restApiId=api_id, name="v", validateRequestBody=True, validateRequestParameters=True
    )["id"]
    required = {f"method.request.{name}": True for name in ("header.x-header-param", "path.issuer", "querystring.qs1")}
    for part, model, parameters in (("one", "testSchema", required), ("many", "testSchemaList", {})):
        made = site.client.create_resource(restApiId=api_id, parentId=root, pathPart=part)
        where = {"restApiId": api_id, "resourceId": made["id"], "httpMethod": "POST"}
        site.client.put_method(
            **where,
            authorizationType="NONE",
            requestValidatorId=validator,
            requestModels={"application/json": model},
            requestParameters=parameters,
        )
        site.client.put_integration(**where, **PROXY)
    site.client.create_deployment(restApiId=api_id, stageName="dev")
    answer = site.ask("POST", named(api_id, "/dev/one"), body=b'{"a": 1, "b": 2}')
    assert (answer.status, answer.json) == (400, aws["missing-all-required-request-params-post"])
    answer = site.ask("POST", named(api_id, "/dev/many"), body=b'[{"a": 1}]')
    assert (answer.status, answer.json) == (400, aws["invalid-request-body"])
    assert site.ask("POST", named(api_id, "/dev/many"), body=b'[{"a": 1, "b": 2}]').status == 200


def test_keys_open_methods(site: Site) -> None:
    """403 without a key that opens the stage; then quota (429) and rate (429) of the plan."""
    api_id = site.make({"GET /": {"method": {"apiKeyRequired": True}}}, stage="keyed")
    key = site.client.create_api_key(name="k", enabled=True)
    plan = site.client.create_usage_plan(
        name="p", apiStages=[{"apiId": api_id, "stage": "keyed"}], quota={"limit": 2, "period": "DAY"}
    )["id"]
    headers = {"x-api-key": key["value"]}
    assert site.ask("GET", "/keyed").json == {"message": "Forbidden"}
    assert site.ask("GET", "/keyed", headers=headers).status == 403
    site.client.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    assert site.ask("GET", "/keyed", headers=headers).status == 200
    identity = site.function.events[-1]["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"]) == (key["value"], key["id"])
    assert site.ask("GET", "/keyed", headers=headers).status == 200
    answer = site.ask("GET", "/keyed", headers=headers)
    assert (answer.status, answer.json) == (429, {"message": "Limit Exceeded"})
    throttled = [
        {"op": "remove", "path": "/quota"},
        {"op": "replace", "path": "/throttle/burstLimit", "value": "1"},
        {"op": "replace", "path": "/throttle/rateLimit", "value": "0.001"},
    ]
    site.client.update_usage_plan(usagePlanId=plan, patchOperations=throttled)
    assert site.ask("GET", "/keyed", headers=headers).status == 200
    answer = site.ask("GET", "/keyed", headers=headers)
    assert (answer.status, answer.json) == (429, {"message": "Too Many Requests"})
    disabled = [{"op": "replace", "path": "/enabled", "value": "false"}]
    site.client.update_api_key(apiKey=key["id"], patchOperations=disabled)
    assert site.ask("GET", "/keyed", headers=headers).status == 403


def test_methods_have_limits_of_their_own_in_a_plan(site: Site) -> None:
    """Per-client, per-method limits stand before the plan's (api-gateway-request-throttling of the developer's guide),
    and are patched as in patch-operations of the API reference."""
    keyed = {"method": {"apiKeyRequired": True}}
    api_id = site.make({"GET /a": keyed, "GET /b/{id}": keyed, "GET /": keyed}, stage="limited")
    key = site.client.create_api_key(name="l", enabled=True)
    once = {"burstLimit": 1, "rateLimit": 0.001}
    stages = [{"apiId": api_id, "stage": "limited", "throttle": {"/a/GET": once}}]
    made = site.client.create_usage_plan(name="l", apiStages=stages, throttle={"burstLimit": 100, "rateLimit": 100.0})
    assert made["apiStages"] == stages
    site.client.create_usage_plan_key(usagePlanId=made["id"], keyId=key["id"], keyType="API_KEY")

    def twice(path: str) -> list[int]:
        headers = {"x-api-key": key["value"]}
        return [site.ask("GET", named(api_id, f"/limited{path}"), headers=headers).status for _ in range(2)]

    def patch(op: str, path: str, value: str = "") -> list[Any]:
        operation = {"op": op, "path": f"/apiStages/{api_id}:limited/throttle{path}", "value": value}
        shown = site.client.update_usage_plan(usagePlanId=made["id"], patchOperations=[operation])
        return list(shown["apiStages"])

    assert (twice("/a"), twice("/b/1"), twice("/")) == ([200, 429], [200, 200], [200, 200])
    patch("replace", "/~1b~1{id}/GET/burstLimit", "1")
    patch("replace", "/~1b~1{id}/GET/rateLimit", "0.001")
    patch("replace", "/~1/GET/burstLimit", "1")
    assert (twice("/b/1"), twice("/")) == ([200, 429], [200, 429])
    assert set(patch("remove", "/~1a/GET")[0]["throttle"]) == {"/b/{id}/GET", "/GET"}
    assert twice("/a") == [200, 200]
    assert patch("remove", "") == [{"apiId": api_id, "stage": "limited"}]
    for path in ("/~1a/GET/nothing", "/~1a"):
        with pytest.raises(ClientError):
            patch("replace", path, "1")


def test_gateway_responses_act(site: Site) -> None:
    """What Serverless users write for CORS on errors, and AWS's example template."""
    api_id = site.make({"GET /a": {}}, stage="gr")
    origin = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    site.client.put_gateway_response(
        restApiId=api_id,
        responseType="DEFAULT_4XX",
        responseParameters={**origin, "gatewayresponse.header.x-accept": "method.request.header.Accept"},
        responseTemplates={
            "application/json": '{"m": $context.error.messageString, "t": "$context.error.responseType"}'
        },
    )
    site.client.create_deployment(restApiId=api_id, stageName="gr")
    answer = site.ask("GET", "/gr/nope", headers={"Accept": "text/html"})
    assert answer.status == 403
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-accept"] == "text/html"
    assert answer.json == {"m": "Missing Authentication Token", "t": "MISSING_AUTHENTICATION_TOKEN"}


def test_disabled_endpoint_and_stage_rate(site: Site) -> None:
    api_id = site.make({"GET /": {}}, disableExecuteApiEndpoint=True)
    assert site.ask("GET", named(api_id, "/dev")).status == 403
    api_id = site.make({"GET /": {}})
    patches = [
        {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "1"},
        {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "0.001"},
    ]
    site.client.update_stage(restApiId=api_id, stageName="dev", patchOperations=patches)
    assert [site.ask("GET", named(api_id, "/dev")).status for _ in range(2)] == [200, 429]
