"""Integrations of deployed REST APIs: mocks, templates, functions behind them, and what of a request is mapped."""

import json

import pytest
from tests.conftest import GOLDEN, recorded
from tests.wire.answers import equal
from tests.wire.rest_apis import MOCK, PROXY, Answer, Site, site, site_of_module

__all__ = ["site", "site_of_module"]

RECORDED = "apigateway/test_apigateway_lambda.json"

# Mappings ------------------------------------------------------------------------------------------------------


def test_preflight_of_several_origins(site: Site) -> None:
    """The OPTIONS method that Serverless Framework writes for several origins."""
    file = GOLDEN / "01-http-basic-cors" / "golden.json"
    if not file.exists():
        pytest.skip("the compiled templates of Serverless Framework are not beside this checkout")
    method = json.loads(file.read_text())["Resources"]["ApiGatewayMethodUsersIdVarOptions"]["Properties"]
    (declared,) = method["MethodResponses"]
    (response,) = method["Integration"]["IntegrationResponses"]
    site.make(
        {
            "OPTIONS /users/{id}": {
                "integration": {"type": "MOCK", "requestTemplates": method["Integration"]["RequestTemplates"]},
                "method_responses": [{"statusCode": "200", "responseParameters": declared["ResponseParameters"]}],
                "responses": [
                    {
                        "statusCode": "200",
                        "responseParameters": response["ResponseParameters"],
                        "responseTemplates": response["ResponseTemplates"],
                    }
                ],
            }
        }
    )
    for origin, allowed in (
        ("https://b.example.com", "https://b.example.com"),
        ("https://evil.example.com", "https://a.example.com"),
    ):
        answer = site.ask("OPTIONS", "/dev/users/1", headers={"Origin": origin})
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == allowed
        assert answer.headers["access-control-allow-methods"] == "OPTIONS,GET"
        assert answer.headers["access-control-max-age"] == "86400"


def mocked(site: Site, request: str, template: str = "") -> Answer:
    """What a method answers whose templates these are; 404 has a response of its own."""
    templates = {"responseTemplates": {"application/json": template}} if template else {}
    site.make(
        {
            "GET /": {
                "integration": {"type": "MOCK", "requestTemplates": {"application/json": request}},
                "method_responses": [{"statusCode": "200"}, {"statusCode": "404"}],
                "responses": [{"statusCode": "200", **templates}, {"statusCode": "404", "selectionPattern": "404"}],
            }
        }
    )
    return site.ask("GET", "/dev")


@pytest.mark.parametrize(
    ("request_template", "status"),
    [
        ("{statusCode: 200}", 200),
        (r"{'statusCode': 404, 'a': 'it\'s'}", 404),
        ('{"a": {"statusCode": 404}, "statusCode": 200}', 200),
        ('{"statusCode": 2000}', 200),
        ('{"statusCode": -1}', 200),
        ('{"statusCode": "200"}', 500),
        ('{"statusCode": true}', 500),
        ('{"statusCode": 200', 500),
        ('[{"statusCode": 200}]', 500),
        ("statusCode: 200", 500),
    ],
)
def test_the_status_of_a_mock(site: Site, request_template: str, status: int) -> None:
    """It "should be an integer that is defined in the request template", says AWS's log; which integers there are is of
    LocalStack's tests/unit/services/apigateway/test_mock_integration.py."""
    assert mocked(site, request_template).status == status


def test_what_templates_override(site: Site) -> None:
    """Each parameter once (apigateway-override-request-response-parameters of the developer's guide); no status is
    changed by what is none (LocalStack's test_handler_integration_response.py)."""
    ok, override = '{"statusCode": 200}', "$context.responseOverride"
    assert mocked(site, ok, f"#set({override}.status = 418)x").status == 418
    assert mocked(site, ok, f"#set({override}.status = 600)x").status == 200
    assert mocked(site, ok, f"#set({override}.status = 418)#set({override}.status = 400)x").status == 500
    twice = f'#set({override}.header.x-a = "1")#set({override}.header.x-a = "2")x'
    assert mocked(site, ok, twice).status == 500
    again = mocked(site, f"#set({override}.status = 418){ok}", f"#set({override}.status = 400)x")
    assert again.status == 400
    several = mocked(site, ok, f'#set({override}.header.x-a = ["1", "2"])x')
    assert [value for name, value in several.fields if name == "x-a"] == ["1", "2"]


def test_mock_status_override(site: Site) -> None:
    """test_integration_mock_with_response_override_in_request_template"""
    aws = recorded(
        "apigateway/test_apigateway_integrations.json",
        "test_integration_mock_with_response_override_in_request_template[True]",
    )["response"]
    request = (
        '#set($context.responseOverride.status = 444)\n#set($context.responseOverride.header.foo = "bar")\n'
        '#set($context.responseOverride.custom = "is also passed around")\n{"statusCode": 200}'
    )
    response = (
        "#set($status = $context.responseOverride.status)\n#set($foo = $context.responseOverride.header.foo)\n"
        '{"statusOverride": "$status", "fooHeader": "$foo", "custom": "$context.responseOverride.custom"}'
    )
    site.make(
        {
            "GET /": {
                "integration": {"type": "MOCK", "requestTemplates": {"application/json": request}},
                "method_responses": [{"statusCode": "200"}],
                "responses": [{"statusCode": "200", "responseTemplates": {"application/json": response}}],
            }
        }
    )
    answer = site.ask("GET", "/dev")
    assert answer.status == aws["status_code"]
    assert answer.json == aws["body"]
    assert answer.headers["foo"] == "bar"
    aws = recorded(
        "apigateway/test_apigateway_integrations.json",
        "test_integration_mock_with_response_override_in_request_template[False]",
    )["response"]
    mock = {"type": "MOCK", "requestTemplates": {"application/json": request}}
    plain = [{"statusCode": "200"}]
    site.make({"GET /": {"integration": mock, "method_responses": plain, "responses": plain}})
    answer = site.ask("GET", "/dev")
    assert (answer.status, str(answer.body)) == (aws["status_code"], aws["body"])


def test_lambda_behind_templates(site: Site) -> None:
    """test_lambda_aws_integration_with_request_template, test_lambda_selection_patterns"""
    template = '{"param1": "$input.params(\'param1\')"}'
    site.make(
        {
            "GET /": {
                "integration": {**PROXY, "type": "AWS", "requestTemplates": {"application/json": template}},
                "method_responses": [{"statusCode": "200"}, {"statusCode": "405"}],
                "responses": [
                    {"statusCode": "200", "selectionPattern": ""},
                    {"statusCode": "405", "selectionPattern": ".*four hundred.*"},
                ],
            }
        }
    )
    site.function.answer = {"param1": "foobar"}
    answer = site.ask("GET", "/dev?param1=foobar")
    assert (answer.status, answer.json) == (200, {"param1": "foobar"})
    assert site.function.events[-1] == {"param1": "foobar"}
    site.function.error, site.function.answer = "Unhandled", {"errorMessage": "Error: Raising four hundred"}
    answer = site.ask("GET", "/dev")
    assert (answer.status, answer.json) == (405, {"errorMessage": "Error: Raising four hundred"})


@pytest.mark.parametrize("behaviour", ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"])
def test_passthrough(site: Site, behaviour: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html"""
    templates = {"requestTemplates": {"application/json": '{"mapped": true}'}, "passthroughBehavior": behaviour}
    site.make(
        {
            "POST /": {
                "integration": {**PROXY, "type": "AWS", **templates},
                "method_responses": [{"statusCode": "200"}],
                "responses": [{"statusCode": "200"}],
            }
        }
    )
    answer = site.ask("POST", "/dev", headers={"Content-Type": "text/plain"}, body=b'{"raw": 1}')
    if behaviour == "WHEN_NO_MATCH":
        assert site.function.events[-1] == {"raw": 1}
    else:
        assert (answer.status, answer.json) == (415, {"message": "Unsupported Media Type"})
    site.ask("POST", "/dev", headers={"Content-Type": "application/json; charset=utf-8"}, body=b"{}")
    assert site.function.events[-1] == {"mapped": True}


# Functions, beside further recorded answers ------------------------------------------------------------------------


def test_parameters_are_not_mapped_for_proxies(site: Site) -> None:
    """test_lambda_aws_proxy_integration_request_data_mapping: AWS_PROXY has no use for requestParameters."""
    aws = recorded(RECORDED, "::test_lambda_aws_proxy_integration_request_data_mapping")
    aws = aws["http-proxy-invocation-data-mapping"]["content"]
    mapped = {
        "integration.request.header.headerVar": "method.request.header.foobar",
        "integration.request.path.qsVar": "method.request.querystring.testVar",
        "integration.request.path.pathVar": "method.request.path.pathVariable",
        "integration.request.querystring.queryString": "method.request.querystring.testQueryString",
        "integration.request.querystring.testQs": "method.request.querystring.testQueryString",
        "integration.request.querystring.testEmptyQs": "method.request.header.emptyheader",
    }
    method = {"requestParameters": dict.fromkeys(mapped.values(), True)}
    role = "arn:aws:iam::123456789012:role/r"
    integration = {**PROXY, "requestParameters": mapped, "credentials": role}
    site.make({"ANY /{pathVariable}": {"method": method, "integration": integration}}, stage="test")
    headers = {"Content-Type": "application/json", "Accept": "application/json", "foobar": "mapped-value"}
    headers |= {"User-Agent": "test/integration", "headerVar": "request-value", "Accept-Encoding": "gzip, deflate"}
    body = json.dumps({"message": "hello world"}).encode()
    path = "/test/foobar?testQueryString=foo&testVar=bar"
    assert site.ask("POST", path, headers=headers, body=body).status == 200
    event = site.function.events[-1]
    assert set(event) == set(aws)
    for key in ("httpMethod", "path", "pathParameters", "queryStringParameters", "multiValueQueryStringParameters"):
        assert event[key] == aws[key], key
    assert json.loads(event["body"]) == aws["body"]
    assert set(event["headers"]) == set(aws["headers"])
    for name in ("foobar", "headerVar", "User-Agent"):
        assert event["headers"][name] == aws["headers"][name]
        assert event["multiValueHeaders"][name] == aws["multiValueHeaders"][name]


def test_a_function_without_templates(site: Site) -> None:
    """test_lambda_aws_integration"""
    aws = recorded(RECORDED, "::test_lambda_aws_integration")
    integration = {**PROXY, "type": "AWS", "credentials": "arn:aws:iam::123456789012:role/r"}
    api_id = site.make({"POST /test": {"integration": MOCK}}, stage="api")
    resources = site.client.get_resources(restApiId=api_id)["items"]
    resource = next(one["id"] for one in resources if one["path"] == "/test")
    where = {"restApiId": api_id, "resourceId": resource, "httpMethod": "POST"}
    site.client.delete_method(**where)
    for step, answer in (
        ("put-method", site.client.put_method(**where, authorizationType="NONE")),
        ("put-integration", site.client.put_integration(**where, **integration)),
        ("put-integration-response", site.client.put_integration_response(**where, statusCode="200")),
        ("put-method-response", site.client.put_method_response(**where, statusCode="200")),
    ):
        equal(answer, aws[step], step)
    site.client.create_deployment(restApiId=api_id, stageName="api")
    site.function.answer = {"message": "hello world"}
    answer = site.ask("POST", "/api/test", body=json.dumps(site.function.answer).encode())
    assert site.function.events[-1] == answer.json == aws["lambda-aws-integration"]


def test_templates_override_the_status(site: Site) -> None:
    """test_lambda_aws_integration_response_with_mapping_templates"""
    aws = recorded(RECORDED, "::test_lambda_aws_integration_response_with_mapping_templates")
    template = """
        #set($inputRoot = $input.path("$"))
        #if($inputRoot.body == "customerror")#set($context.responseOverride.status = 400)
        #else#set($context.responseOverride.status = 202)
        #end
        $input.json("$")"""
    integration = {**PROXY, "type": "AWS", "requestTemplates": {"application/json": '$input.json("$")'}}
    response = {"statusCode": "200", "selectionPattern": "", "responseTemplates": {"application/json": template}}
    statuses = [{"statusCode": "200"}, {"statusCode": "400"}]
    settings = {"integration": integration, "method_responses": statuses, "responses": [response]}
    site.make({"POST /test": settings}, stage="api")
    for status, said in ((202, "noerror"), (400, "customerror")):
        site.function.answer = {"statusCode": 200, "body": said}
        answer = site.ask("POST", "/api/test", headers={"Content-Type": "application/json"}, body=b"{}")
        assert {"statusCode": answer.status, "body": answer.json} == aws[f"response-template-{status}"]


def test_traces_are_told_of(site: Site) -> None:
    """test_invocation_trace_id: integrations with functions answer with the trace, mocks do not."""
    aws = recorded("apigateway/test_apigateway_common.json", "::test_invocation_trace_id")
    mocked = {"integration": MOCK, "method_responses": [{"statusCode": "200"}], "responses": [{"statusCode": "200"}]}
    site.make({"GET /mock": mocked, "GET /proxy": {}})
    root = "Root=1-3152b799-8954dae64eda91bc9a23a7e8"
    for kind, path in (("MOCK", "/dev/mock"), ("AWS_PROXY", "/dev/proxy")):
        for step, headers in (
            ("normal-req-headers", {}),
            ("trace-id-req-headers", {"X-Amzn-Trace-Id": f"{root};Parent=7fa8c0f79203be72;Sampled=1"}),
            ("trace-id-small-req-headers", {"X-Amzn-Trace-Id": root}),
        ):
            if f"{step}-{kind}" in aws:
                answer = site.ask("GET", path, headers=headers)
                has = "x-amzn-trace-id" in answer.headers
                assert has == ("x-amzn-trace-id" in aws[f"{step}-{kind}"]), step
                for name in ("x-amzn-requestid", "x-amz-apigw-id", "content-type"):
                    assert name in answer.headers
