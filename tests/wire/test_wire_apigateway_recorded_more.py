"""API Gateway beside further recorded answers of AWS: resources, gateway responses, stages, deployments, keys."""

import http.client
import itertools
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.test_wire_lambda_recorded import create

API = "apigateway/test_apigateway_api.json"
BASIC = "apigateway/test_apigateway_basic.json"
COMMON = "apigateway/test_apigateway_common.json"
EXTENDED = "apigateway/test_apigateway_extended.json"
INTEGRATIONS = "apigateway/test_apigateway_integrations.json"
MOCK: dict[str, Any] = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode":200}'}}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
_ACCOUNTS = itertools.count(400_000_000_000)


@pytest.fixture
def client(cloud: RunningCloud) -> Any:
    """A client for an account in which nothing is yet."""
    return cloud.client("apigateway", account=str(next(_ACCOUNTS)))


@pytest.fixture
def rest(client: Any) -> tuple[str, str]:
    """A fresh API: its id and its root resource's."""
    made = client.create_rest_api(name="an-api", description="this is my api")
    return made["id"], made["rootResourceId"]


def method(client: Any, api_id: str, resource: str, verb: str = "GET", **integration: Any) -> dict[str, str]:
    """A method with a MOCK integration; what names it."""
    where = {"restApiId": api_id, "resourceId": resource, "httpMethod": verb}
    client.put_method(**where, authorizationType="NONE")
    client.put_integration(**where, **{**MOCK, **integration})
    return where


def answering(client: Any, where: dict[str, str], template: str) -> None:
    """Let a method answer 200 with a template."""
    client.put_method_response(**where, statusCode="200")
    templates = {"application/json": template}
    client.put_integration_response(**where, statusCode="200", selectionPattern="", responseTemplates=templates)


def ask(cloud: RunningCloud, verb: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """The status, the headers and the body that a deployed API answers."""
    connection = http.client.HTTPConnection(cloud.app_endpoint.removeprefix("http://"), timeout=10)
    try:
        connection.request(verb, path, headers=headers)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


# The control plane ---------------------------------------------------------------------------------------------------


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


# Deployed APIs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("passthrough", ["WHEN_NO_MATCH", "NEVER", "WHEN_NO_TEMPLATES"])
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_mocks(client: Any, cloud: RunningCloud, rest: tuple[str, str], passthrough: str, verb: str) -> None:
    """test_mock_integration_response, test_api_gateway_mock_integration"""
    resource = client.create_resource(restApiId=rest[0], parentId=rest[1], pathPart="{id}")["id"]
    where = method(client, rest[0], resource, verb, passthroughBehavior=passthrough)
    answering(client, where, '{"statusCode": 200, "id": $input.params().path.id}')
    client.create_deployment(restApiId=rest[0], stageName="test")
    path = f"/_aws/execute-api/{rest[0]}/test/42"
    host = f"{rest[0]}.execute-api.localhost"
    for kind, answer in (
        ("PATH_BASED", ask(cloud, verb, path, Accept="application/json")),
        ("HOST_BASED", ask(cloud, verb, "/test/42", Accept="application/json", Host=host)),
    ):
        name = f"test_mock_integration_response[{passthrough}-UrlType.{kind}-{verb}]"
        assert json.loads(answer[2]) == recorded(BASIC, name)["mock-response"], kind
    client.delete_method_response(**where, statusCode="200")
    answering(client, where, """{"echo": "$util.escapeJavaScript($input.params('echo'))", "response": "mocked"}""")
    client.create_deployment(restApiId=rest[0], stageName="test")
    answer = ask(cloud, verb, f"{path}?echo=foobar")
    assert json.loads(answer[2]) == recorded(BASIC, "::test_api_gateway_mock_integration")["mocked-response"]


def test_mocks_that_override(client: Any, cloud: RunningCloud, rest: tuple[str, str]) -> None:
    """test_integration_mock_with_vtl_map_assignation, test_integration_mock_with_path_param,
    test_integration_mock_with_request_overrides_in_response_template"""
    aws = recorded(INTEGRATIONS, "::test_integration_mock_with_path_param")
    resource = client.create_resource(restApiId=rest[0], parentId=rest[1], pathPart="{testPath}")["id"]
    where = {"restApiId": rest[0], "resourceId": resource, "httpMethod": "GET"}
    named = {"method.request.path.testPath": True}
    client.put_method(**where, authorizationType="NONE", requestParameters=named)
    mapped = {"integration.request.path.integrationPath": "method.request.path.testPath"}
    templates = {"application/json": "{statusCode: 200}"}
    answer = client.put_integration(**where, type="MOCK", requestParameters=mapped, requestTemplates=templates)
    equal(answer, aws["integration"])
    template = """
        #if($context.requestOverride.path.integrationPath == "1")
        {"response": "path was path one"}
        #elseif($context.requestOverride.path.integrationPath == "2")
        {"response": "path was path two"}
        #else
        {"response": "this is the else clause"}
        #end"""
    answering(client, where, template)
    overriding = (
        """#set($context.requestOverride.path.integrationPath = $input.params("testPath")){"statusCode": 200}"""
    )
    for number, (step, path) in enumerate((("", "x"), ("path1", "1"), ("path2", "2"), ("path-else", "3"))):
        client.create_deployment(restApiId=rest[0], stageName="dev")
        status, _, body = ask(cloud, "GET", f"/_aws/execute-api/{rest[0]}/dev/{path}")
        assert status == 200
        if step:
            entry = "::test_integration_mock_with_request_overrides_in_response_template"
            assert json.loads(body) == recorded(INTEGRATIONS, entry)[f"invoke-{step}"]
        elif not number:
            replaced = [{"op": "replace", "path": "/requestTemplates/application~1json", "value": overriding}]
            client.update_integration(**where, patchOperations=replaced)


def test_maps_in_templates(client: Any, cloud: RunningCloud, rest: tuple[str, str]) -> None:
    """test_integration_mock_with_vtl_map_assignation"""
    request = """
        #set($paramName = "foo")
        #set($context.requestOverride.querystring[$paramName] = "bar")
        #set($paramPutName = "putfoo")
        $context.requestOverride.querystring.put($paramPutName, "putBar")
        #set($context["requestOverride"].querystring["nestedfoo"] = "nestedFoo")
        {"statusCode": 200}"""
    where = method(client, *rest, requestTemplates={"application/json": request})
    response = """
        #set($value = $context.requestOverride.querystring["foo"])
        #set($value2 = $context.requestOverride.querystring["putfoo"])
        #set($value3 = $context.requestOverride.querystring["nestedfoo"])
        {"value": "$value", "value2": "$value2", "value3": "$value3"}"""
    answering(client, where, response)
    client.create_deployment(restApiId=rest[0], stageName="dev")
    status, _, body = ask(cloud, "GET", f"/_aws/execute-api/{rest[0]}/dev")
    aws = recorded(INTEGRATIONS, "::test_integration_mock_with_vtl_map_assignation")["response"]
    assert {"status_code": status, "body": json.loads(body)} == aws


def test_models_that_refer(client: Any, cloud: RunningCloud, rest: tuple[str, str]) -> None:
    """test_api_gateway_request_validator_with_ref_one_ofmodels"""
    aws, (api_id, root) = recorded(COMMON, "::test_api_gateway_request_validator_with_ref_one_ofmodels"), rest
    for item in aws["get-models-with-ref"]["items"][2:]:
        schema = json.dumps(item["schema"]).replace("<api-id>", api_id)
        client.create_model(restApiId=api_id, name=item["name"], contentType="application/json", schema=schema)
    models = client.get_models(restApiId=api_id)
    equal({**models, "items": sorted(models["items"], key=lambda one: str(one["name"]))}, aws["get-models-with-ref"])
    validator = client.create_request_validator(restApiId=api_id, name="v", validateRequestBody=True)["id"]
    where = {"restApiId": api_id, "resourceId": root, "httpMethod": "POST"}
    checked = {"requestValidatorId": validator, "requestModels": {"application/json": "TestModel"}}
    client.put_method(**where, authorizationType="NONE", **checked)
    client.put_integration(**where, **MOCK)
    answering(client, where, '{"data": "ok"}')
    client.create_deployment(restApiId=api_id, stageName="dev")
    for step, body in (
        ("successful", '{"status": null}'),
        ("successful-with-data", '{"status": {"Status": "test", "Order": 1}}'),
        ("failed-validation-no-data", ""),
        ("failed-validation-bad-data", '{"status": {"Status": "test"}}'),
    ):
        connection = http.client.HTTPConnection(cloud.app_endpoint.removeprefix("http://"), timeout=10)
        headers = {"content-type": "application/json"}
        connection.request("POST", f"/_aws/execute-api/{api_id}/dev", body.encode(), headers)
        response = connection.getresponse()
        assert json.loads(response.read()) == aws[step], step
        assert response.status == (200 if step.startswith("successful") else 400)
        connection.close()


def squeezed(text: str) -> str:
    return text.replace(": ", ":").replace(", ", ",")


def test_a_method_is_tried(client: Any, cloud: RunningCloud) -> None:
    """test_apigw_test_invoke_method_api: of the headers that go to and come from the function, that they are told."""
    aws = recorded(BASIC, "::test_apigw_test_invoke_method_api")
    source = "import json\n\ndef handler(event, context):\n    said = json.dumps(event, separators=(',', ':'))\n"
    source += "    text = json.dumps('response from localstack lambda: ' + said)\n"
    source += "    return {'statusCode': 200, 'body': text, 'isBase64Encoded': False, 'headers': {}}\n"
    client = cloud.client("apigateway")
    create(cloud.client("lambda"), "tried", source)
    made = client.create_rest_api(name="an-api")
    resource = client.create_resource(restApiId=made["id"], parentId=made["rootResourceId"], pathPart="foo")["id"]
    where = {"restApiId": made["id"], "resourceId": resource, "httpMethod": "GET"}
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tried"
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    client.put_method(**where, authorizationType="NONE")
    client.put_integration(**where, type="AWS", integrationHttpMethod="POST", uri=uri)
    client.put_method_response(**where, statusCode="200")
    client.put_integration_response(**where, statusCode="200")
    permission = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    cloud.client("lambda").add_permission(FunctionName="tried", StatementId="s", **permission)
    for step, request in (
        ("test_invoke_method_response", {}),
        (
            "test_invoke_method_response_with_body",
            {
                "pathWithQueryString": "/foo?queryTest=value",
                "body": json.dumps({"test": "val123"}),
                "headers": {"content-type": "application/json"},
            },
        ),
    ):
        wanted = json.loads(json.dumps(aws[step]).replace("DDD MMM dd hh:mm:ss UTC yyyy", "<date>"))
        answer = client.test_invoke_method(**where, **request)
        log = {f"line{number:02}": line for number, line in enumerate(answer["log"].split("\n"))}
        for number, words in ((8, "Endpoint request headers: {"), (12, "Endpoint response headers: {")):
            assert words in log[f"line{number:02}"]
            wanted["log"][f"line{number:02}"] = "<headers>"
        for line in ("line13", "line14"):
            # Python writes JSON with spaces; the function that was recorded was none of Python.
            log[line], wanted["log"][line] = squeezed(log[line]), squeezed(wanted["log"][line])
        equal({**answer, "log": log}, wanted, step)


def test_a_template_of_an_integration_response(client: Any, rest: tuple[str, str]) -> None:
    """test_put_integration_response_with_response_template"""
    aws = recorded(INTEGRATIONS, "::test_put_integration_response_with_response_template")
    where = method(client, *rest)
    client.put_method_response(**where, statusCode="200")
    templates = {"application/json": json.dumps({"data": "test"})}
    response = {"selectionPattern": "foobar", "responseTemplates": templates}
    client.put_integration_response(**where, statusCode="200", **response)
    equal(client.get_integration_response(**where, statusCode="200"), aws["get-integration-response"])


def test_a_stack_tells_its_url(cloud: RunningCloud) -> None:
    """test_scenario_validate_infra: the outputs that the CDK gives an API."""
    aws = recorded("apigateway/test_apigateway_lambda_cfn.json", "::test_scenario_validate_infra")["resources"]
    url = ["https://", {"Ref": "Api"}, ".execute-api.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]
    url += ["/", {"Ref": "Stage"}, "/"]
    api = {"RestApiId": {"Ref": "Api"}}
    get = {"HttpMethod": "GET", "AuthorizationType": "NONE", "Integration": {"Type": "MOCK"}}
    root = {"ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]}}
    template = {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "an-api"}},
            "Get": {"Type": "AWS::ApiGateway::Method", "Properties": {**api, **root, **get}},
            "Deployment": {"Type": "AWS::ApiGateway::Deployment", "DependsOn": "Get", "Properties": api},
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {**api, "StageName": "prod", "DeploymentId": {"Ref": "Deployment"}},
            },
        },
        "Outputs": {
            "ApiId": {"Value": {"Ref": "Api"}},
            "restapiEndpointC67DEFEA": {"Value": {"Fn::Join": ["", url]}},
        },
    }
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName="of-the-cdk", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(StackName="of-the-cdk", WaiterConfig={"Delay": 0.05})
    outputs = stacks.describe_stacks(StackName="of-the-cdk")["Stacks"][0]["Outputs"]
    equal({one["OutputKey"]: one["OutputValue"] for one in outputs}, aws)


def test_errors_pick_the_response(cloud: RunningCloud) -> None:
    """test_lambda_selection_patterns, test_lambda_aws_integration_with_request_template"""
    file = "apigateway/test_apigateway_lambda.json"
    source = "\n\ndef handler(event, context):\n    if event.get('statusCode') == '400':\n"
    source += "        raise Exception('Error: Raising four hundred from within the Lambda function')\n"
    source += "    if event.get('statusCode') == '500':\n"
    source += "        raise Exception('Error: Raising five hundred from within the Lambda function')\n"
    source += "    return event if 'param1' in event else 'Pass'\n"
    create(cloud.client("lambda"), "selects", source)
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:selects"
    permission = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    cloud.client("lambda").add_permission(FunctionName="selects", StatementId="s", **permission)
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    integration = {"type": "AWS", "integrationHttpMethod": "POST", "uri": uri, "credentials": ROLE}
    client = cloud.client("apigateway")
    made = client.create_rest_api(name="an-api")

    def resource(part: str) -> dict[str, str]:
        created = client.create_resource(restApiId=made["id"], parentId=made["rootResourceId"], pathPart=part)
        return {"restApiId": made["id"], "resourceId": created["id"], "httpMethod": "GET"}

    where = resource("{statusCode}")
    client.put_method(**where, authorizationType="NONE")
    templates = {"application/json": """{"statusCode": "$input.params('statusCode')"}"""}
    client.put_integration(**where, **integration, requestTemplates=templates)
    for status, pattern in (("200", ""), ("405", "four hundred"), ("502", "five hundred")):
        client.put_method_response(**where, statusCode=status)
        selected = {"selectionPattern": f".*{pattern}.*"} if pattern else {}
        client.put_integration_response(**where, statusCode=status, **selected)
    aws, there = recorded(file, "::test_lambda_aws_integration_with_request_template"), resource("test")
    named = {"method.request.querystring.param1": False}
    templates = {"application/json": """{"param1": "$input.params('param1')"}"""}
    for step, answer in (
        ("put-method", client.put_method(**there, authorizationType="NONE", requestParameters=named)),
        ("put-method-response", client.put_method_response(**there, statusCode="200")),
        ("put-integration", client.put_integration(**there, **integration, requestTemplates=templates)),
        (
            "put-integration-response",
            client.put_integration_response(**there, statusCode="200", selectionPattern=""),
        ),
    ):
        equal(answer, aws[step], step)
    client.create_deployment(restApiId=made["id"], stageName="dev")
    base = f"/_aws/execute-api/{made['id']}/dev"
    for number, more in ((1, ""), (2, "&Signature=1")):
        _, _, body = ask(cloud, "GET", f"{base}/test?param1=foobar{more}")
        assert json.loads(body) == aws[f"lambda-aws-integration-{number}"]
    equal(client.delete_integration(**there), aws["delete-integration"])
    equal(answered(client.get_integration, **there), aws["get-integration-after-delete"])
    aws = recorded(file, "::test_lambda_selection_patterns")
    for asked, wanted in ((200, 200), (400, 405), (500, 502)):
        got, _, body = ask(cloud, "GET", f"{base}/{asked}")
        assert got == wanted
        theirs = aws[f"lambda-selection-pattern-{asked}"]
        if isinstance(theirs, dict):
            theirs["stackTrace"] = ["<of another file>"]
        equal(json.loads(body), theirs)
