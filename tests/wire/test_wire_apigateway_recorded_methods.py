"""Methods of deployed REST APIs beside further recorded answers of AWS: mocks, templates, models, trials."""

import http.client
import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.functions import create
from tests.wire.rest_recordings import BASIC, COMMON, INTEGRATIONS, MOCK, ROLE, answering, ask, client, method, rest

__all__ = ["client", "rest"]


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
        connection = http.client.HTTPConnection(cloud.app_endpoint.removeprefix("http://"), timeout=180)
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
    stacks.get_waiter("stack_create_complete").wait(
        StackName="of-the-cdk", WaiterConfig={"Delay": 0.05, "MaxAttempts": 2400}
    )
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
