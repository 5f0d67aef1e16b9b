"""Requests to deployed APIs over HTTP, with a function that a test programs in the place of Lambda."""

import asyncio
import base64
import gzip
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import GOLDEN, RunningCloud, recorded
from tests.wire.answers import equal

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.ports import FunctionResult

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
RECORDED = "apigateway/test_apigateway_lambda.json"
PROXY: dict[str, Any] = {"type": "AWS_PROXY", "uri": URI, "integrationHttpMethod": "POST"}
MOCK: dict[str, Any] = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


class Function:
    """Keeps what it is invoked with; answers what the test says."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.calls: list[Call] = []
        self.functions: list[str] = []
        self.later: list[bytes] = []
        self.answer: Any = {"statusCode": 200, "body": "{}"}
        self.error = ""
        self.delay_s = 0.0
        self.raises: AwsError | None = None

    async def invoke(self, call: Call, function: str, payload: bytes) -> FunctionResult:
        self.calls.append(call)
        self.functions.append(function)
        self.events.append(json.loads(payload))
        if self.raises is not None:
            raise self.raises
        if self.delay_s:
            await asyncio.wait_for(asyncio.Event().wait(), self.delay_s)
        answer = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        return FunctionResult(answer, self.error)

    def invoke_later(self, call: Call, function: str, payload: bytes, *, source: str) -> str:
        self.later.append(payload)
        return call.request_id

    def exists(self, function: str) -> bool:
        return True


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.fields = response.getheaders()
        self.headers = {name.lower(): value for name, value in self.fields}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Site:
    """A running cloud, and APIs that are quickly made in it."""

    def __init__(self, cloud: RunningCloud, function: Function) -> None:
        self.cloud = cloud
        self.function = function
        self.client = cloud.client("apigateway")

    def make(self, methods: dict[str, dict[str, Any]], stage: str = "dev", **parameters: Any) -> str:
        """An API from ``{"GET /users/{id}": {"integration": ..., "method": ..., "responses": ...}}``; its id."""
        made = self.client.create_rest_api(name="an-api", **parameters)
        paths = {"/": made["rootResourceId"]}
        for name, settings in methods.items():
            verb, path = name.split(" ")
            self._add(made["id"], paths, verb, path, settings)
        self.client.create_deployment(restApiId=made["id"], stageName=stage)
        return str(made["id"])

    def _add(self, api_id: str, paths: dict[str, str], verb: str, path: str, settings: dict[str, Any]) -> None:
        here = ""
        for part in path.strip("/").split("/"):
            above, here = here or "/", f"{here}/{part}" if part else "/"
            if here not in paths:
                made = self.client.create_resource(restApiId=api_id, parentId=paths[above], pathPart=part)
                paths[here] = made["id"]
        where = {"restApiId": api_id, "resourceId": paths[path], "httpMethod": verb}
        self.client.put_method(**where, authorizationType="NONE", **settings.get("method", {}))
        for response in settings.get("method_responses", ()):
            self.client.put_method_response(**where, **response)
        self.client.put_integration(**where, **settings.get("integration", PROXY))
        for response in settings.get("responses", ()):
            self.client.put_integration_response(**where, **response)

    def ask(
        self, method: str, path: str, *, headers: Any = None, body: bytes | None = None, main: bool = False
    ) -> Answer:
        """One HTTP request to the app port (or the main port)."""
        endpoint = self.cloud.endpoint if main else self.cloud.app_endpoint
        connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=10)
        try:
            connection.putrequest(method, path, skip_host="Host" in dict(headers or ()), skip_accept_encoding=True)
            for name, value in dict(headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            return Answer(connection.getresponse())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    cloud = RunningCloud(Path(tmp_path_factory.mktemp("cloud")) / "data").start()
    function = Function()
    cloud.cloud.world.ports._found["function"] = function
    yield Site(cloud, function)
    cloud.stop()


@pytest.fixture(autouse=True)
def fresh(site: Site) -> None:
    """Each test begins with a function that answers 200."""
    vars(site.function).update(vars(Function()))


def named(api_id: str, path: str) -> str:
    return f"/_aws/execute-api/{api_id}{path}"


# The event -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "path"),
    [
        ("without-trailing-slash", "/stage/proxy-value"),
        ("with-trailing-slash", "/stage/proxy-value/"),
        ("with-double-slash", "/stage/proxy-value//double-slash"),
        ("with-prepended-slash-to-stage", "//stage/proxy-value"),
        ("with-prepended-slash", "/stage//proxy-value"),
        ("without-trailing-slash-and-query-params", "/stage/proxy-value?urlparam=test"),
        ("with-path-encoded-email", "/stage/proxy-value/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com"),
        (
            "with-params-encoding",
            "/stage/proxy-value/api?dateTimeOffset=2023-06-12T18:05:10.123456+00:00&email=test%2Balias@gmail.com"
            "&plus=test+alias@gmail.com&url=https://www.google.com/&whitespace=foo%20bar&zhash=abort/",
        ),
        (
            "with-params-encoding-multi",
            "/stage/proxy-value?category=electronics&category=books&price=10&price=20&price=30",
        ),
    ],
)
def test_event(site: Site, case: str, path: str) -> None:
    """test_lambda_aws_proxy_integration: every key, and null where AWS has null."""
    entry = recorded(RECORDED, "::test_lambda_aws_proxy_integration")
    aws = entry.get(f"invocation-payload-{case}") or entry[f"invocation-payload-{case}s"]
    site.make({"ANY /{proxy+}": {}}, stage="stage")
    headers = {"tEsT-HEADeR": "aValUE", "Authorization": "random-value", "user-agent": "python-requests/testing"}
    headers |= {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
    posted = aws["httpMethod"] == "POST"
    if posted:
        headers |= {"Content-Type": "application/json;charset=utf-8", "Authorization": "Bearer token123;API key456"}
        del headers["tEsT-HEADeR"]
    body = b'{"message":"hello world"}' if posted else None
    assert site.ask(aws["httpMethod"], path, headers=headers, body=body).status == 200
    event = site.function.events[-1]
    assert set(event) == set(aws)
    for key in ("httpMethod", "path", "pathParameters", "queryStringParameters", "multiValueQueryStringParameters"):
        assert event[key] == aws[key], key
    for key in ("resource", "stageVariables", "isBase64Encoded"):
        assert event[key] == aws[key], key
    assert set(event["headers"]) == set(aws["headers"])
    assert set(event["multiValueHeaders"]) == set(aws["multiValueHeaders"])
    assert event["requestContext"]["path"] == aws["requestContext"]["path"]
    assert set(event["requestContext"]) == set(aws["requestContext"])
    assert set(event["requestContext"]["identity"]) == set(aws["requestContext"]["identity"])
    assert event["requestContext"]["identity"]["userAgent"] == "python-requests/testing"
    assert event["headers"]["Authorization"] == aws["headers"]["Authorization"]


def test_event_of_a_literal_path(site: Site) -> None:
    """test_lambda_aws_proxy_integration, invocation-hardcoded"""
    aws = recorded(RECORDED, "::test_lambda_aws_proxy_integration")["invocation-hardcoded"]
    site.make({"ANY /{proxy+}": {}, "ANY /hardcoded": {}}, stage="stage")
    site.ask("GET", "/stage//hardcoded")
    event = site.function.events[-1]
    assert (event["resource"], event["path"]) == (aws["resource"], aws["path"])
    assert event["requestContext"]["path"] == aws["requestContext"]["path"]
    assert event["pathParameters"] is None


def test_headers_that_stop_at_the_gateway(site: Site) -> None:
    """test_apigateway_header_remapping_aws[AWS_PROXY], no-param-integration: REGIONAL, without CloudFront."""
    entry = recorded("apigateway/test_apigateway_integrations.json", "test_apigateway_header_remapping_aws[AWS_PROXY]")
    aws = entry["no-param-integration"]["headers"]
    site.make({"GET /": {}}, endpointConfiguration={"types": ["REGIONAL"]})
    stopped = (
        "Content-MD5",
        "Expect",
        "Max-Forwards",
        "Proxy-Authenticate",
        "Server",
        "TE",
        "Trailer",
        "WWW-Authenticate",
    )
    sent = {name: "x" for name in (*aws, *stopped) if not name.startswith("X-")}
    site.ask("GET", "/dev", headers={**sent, "Expect": ""})
    assert set(site.function.events[-1]["headers"]) == set(aws)


def test_repeated_headers_and_trace(site: Site) -> None:
    """The last value of a header in ``headers``, all in ``multiValueHeaders``; a sent trace goes on."""
    site.make({"GET /": {}})
    connection = http.client.HTTPConnection(site.cloud.app_endpoint.removeprefix("http://"), timeout=10)
    connection.putrequest("GET", "/dev")
    connection.putheader("X-Many", "one")
    connection.putheader("X-Many", "two")
    root = "1-5759e988-bd862e3fe1be46a994272793"
    connection.putheader("X-Amzn-Trace-Id", f"Root={root}")
    connection.endheaders()
    answer = Answer(connection.getresponse())
    connection.close()
    event = site.function.events[-1]
    assert event["headers"]["X-Many"] == "two"
    assert event["multiValueHeaders"]["X-Many"] == ["one", "two"]
    assert event["headers"]["X-Amzn-Trace-Id"] == f"Root={root}"
    assert site.function.calls[-1].trace_id.startswith(f"Root={root};Parent=")
    assert answer.headers["x-amzn-trace-id"] == f"Root={root}"


def test_binary_bodies(site: Site) -> None:
    """Media types of the API are sent in base 64 and answered decoded; others are text."""
    site.make({"POST /": {}}, binaryMediaTypes=["image/png"])
    site.function.answer = {
        "statusCode": 200,
        "headers": {"Content-Type": "image/png"},
        "body": base64.b64encode(b"\x89PNG").decode(),
        "isBase64Encoded": True,
    }
    answer = site.ask("POST", "/dev", headers={"Content-Type": "image/png", "Accept": "image/png"}, body=b"\x00\xff")
    assert site.function.events[-1]["body"] == base64.b64encode(b"\x00\xff").decode()
    assert site.function.events[-1]["isBase64Encoded"] is True
    assert answer.body == b"\x89PNG"
    answer = site.ask("POST", "/dev", headers={"Content-Type": "text/plain", "Accept": "text/html"}, body=b"a")
    assert site.function.events[-1]["body"] == "a"
    assert answer.body == base64.b64encode(b"\x89PNG")


def test_stage_variables_act(site: Site) -> None:
    """They are in the event, and they name the function."""
    uri = URI.replace(":f/", ":${stageVariables.name}/")
    api_id = site.make({"GET /": {"integration": {**PROXY, "uri": uri}}})
    patches = [{"op": "replace", "path": "/variables/name", "value": "chosen"}]
    site.client.update_stage(restApiId=api_id, stageName="dev", patchOperations=patches)
    site.ask("GET", named(api_id, "/dev"))
    assert site.function.functions[-1].endswith(":chosen")
    assert site.function.events[-1]["stageVariables"] == {"name": "chosen"}


# The response --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "answer", "status"),
    [
        ("no-body", {"statusCode": 200}, 200),
        ("with-headers", {"statusCode": 200, "headers": {"test-header": "value", "header-bool": True}}, 200),
        ("with-headers-null", {"statusCode": 200, "headers": None}, 200),
        ("wrong-format", {"statusCode": 200, "wrongValue": "value"}, 502),
        ("empty-response", {}, 502),
        ("b64-encoded-true", {"statusCode": 200, "body": "dGVzdC1kYXRh", "isBase64Encoded": True}, 200),
        ("b64-encoded-false", {"statusCode": 200, "body": "dGVzdC1kYXRh"}, 200),
        ("multi-headers-valid", {"statusCode": 200, "multiValueHeaders": {"test-multi": ["value1", "value2"]}}, 200),
        (
            "multi-headers-overwrite",
            {
                "statusCode": 200,
                "multiValueHeaders": {"test-multi": ["value-multi"]},
                "headers": {"test-multi": "value-solo"},
            },
            200,
        ),
        (
            "multi-headers-overwrite-casing",
            {
                "statusCode": 200,
                "multiValueHeaders": {"tesT-Multi": ["value-multi"]},
                "headers": {"test-multi": "value-solo"},
            },
            200,
        ),
        ("multi-headers-invalid", {"statusCode": 200, "multiValueHeaders": {"test-multi-invalid": "value1"}}, 502),
        ("invalid-status-code", {"statusCode": "test"}, 502),
        ("status-code-str", {"statusCode": "201"}, 201),
        ("just-string", "justAString", 502),
        ("only-headers", {"headers": {"test-header": "value"}}, 200),
    ],
)
def test_response(site: Site, case: str, answer: Any, status: int) -> None:
    """test_aws_proxy_response_payload_format_validation"""
    aws = recorded(RECORDED, "test_aws_proxy_response_payload_format_validation")[f"invoke-api-{case}"]
    site.make({"ANY /{proxy+}": {}})
    site.function.answer = answer
    given = site.ask("POST", "/dev/a", body=b"{}")
    assert given.status == status
    content = given.json if isinstance(aws["content"], dict) else given.body.decode()
    assert content == aws["content"]
    edge = {"Via", "X-Amz-Cf-Id", "X-Amz-Cf-Pop", "X-Cache", "Connection", "Date", "Content-Length"}
    for name, value in aws.get("headers", {}).items():
        if name in edge:
            continue
        values = ", ".join(each for key, each in given.fields if key.lower() == name.lower())
        assert values == value if "<" not in value else values, name


def test_failures_of_the_function(site: Site) -> None:
    """A function error is 502, a slow one 504, one that cannot be called 500; AWS says no more."""
    api_id = site.make({"GET /": {"integration": {**PROXY, "timeoutInMillis": 50}}})
    site.function.error = "Unhandled"
    answer = site.ask("GET", "/dev")
    assert (answer.status, answer.json) == (502, {"message": "Internal server error"})
    assert answer.headers["x-amzn-errortype"] == "InternalServerErrorException"
    site.function.error, site.function.delay_s = "", 5
    answer = site.ask("GET", named(api_id, "/dev"))
    assert (answer.status, answer.json) == (504, {"message": "Endpoint request timed out"})
    site.function.delay_s, site.function.raises = 0, AwsError("no such function")
    answer = site.ask("GET", named(api_id, "/dev"))
    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})


def test_remapped_response_headers(site: Site) -> None:
    """Names that API Gateway sets itself: known issues, and test_apigateway_header_remapping_aws[AWS]."""
    site.make({"GET /": {}})
    headers = {
        "Content-Length": "3",
        "Date": "d",
        "WWW-Authenticate": "Basic",
        "Transfer-Encoding": "chunked",
        "A": "1",
    }
    site.function.answer = {"statusCode": 401, "headers": headers, "body": "hello\n"}
    answer = site.ask("GET", "/dev")
    assert answer.body == b"hello\n"
    assert answer.headers["x-amzn-remapped-content-length"] == "3"
    assert answer.headers["x-amzn-remapped-www-authenticate"] == "Basic"
    assert answer.headers["x-amzn-remapped-date"] == "d"
    assert answer.headers["a"] == "1"
    assert "transfer-encoding" not in answer.headers


def test_only_post_reaches_lambda(site: Site) -> None:
    """test_lambda_aws_proxy_integration_non_post_method"""
    aws = recorded(RECORDED, "test_lambda_aws_proxy_integration_non_post_method")
    site.make({"GET /": {"integration": {**PROXY, "integrationHttpMethod": "GET"}}})
    assert site.ask("GET", "/dev").json == aws["invocation-payload-with-get-proxy-method"]


def test_compression(site: Site) -> None:
    site.make({"GET /": {}}, minimumCompressionSize=10)
    site.function.answer = {"statusCode": 200, "body": "x" * 100}
    answer = site.ask("GET", "/dev", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == b"x" * 100
    site.function.answer = {"statusCode": 200, "body": "x"}
    assert site.ask("GET", "/dev", headers={"Accept-Encoding": "gzip"}).body == b"x"


# Routing -------------------------------------------------------------------------------------------------------


def test_unknown_paths_methods_and_stages(site: Site) -> None:
    """test_routing_not_found"""
    aws = recorded("apigateway/test_apigateway_common.json", "test_routing_not_found")
    api_id = site.make({"GET /existing": {}}, stage="only")
    for method, path, case in (("GET", "/only/unknown", "not-found"), ("POST", "/only/existing", "wrong-method")):
        answer = site.ask(method, path)
        assert answer.status == 403
        assert answer.json == aws[case]["content"]
        assert answer.headers["x-amzn-errortype"] == aws[case]["errorType"]
    answer = site.ask("GET", named(api_id, "/nope/existing"))
    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


def test_ways_to_name_an_api(site: Site) -> None:
    """By path and by host, on both ports; the bare app port goes to the most recently deployed API that matches."""
    first = site.make({"GET /a": {}, "GET /same": {}}, stage="shared")
    second = site.make({"GET /b": {}, "GET /same": {}}, stage="shared")
    hosts = (f"{first}.execute-api.localhost:4566", f"{first}.execute-api.us-east-1.amazonaws.com")
    for main in (False, True):
        assert site.ask("GET", named(first, "/shared/a"), main=main).status == 200
        assert site.ask("GET", f"/restapis/{first}/shared/_user_request_/a?x=1", main=main).status == 200
        event = site.function.events[-1]
        assert (event["path"], event["queryStringParameters"]) == ("/a", {"x": "1"})
        assert event["requestContext"]["path"] == "/shared/a"
        assert site.ask("GET", f"/restapis/{first}/shared/_user_request_", main=main).status == 403
        for host in hosts:
            assert site.ask("GET", "/shared/a", headers={"Host": host}, main=main).status == 200
            assert site.function.events[-1]["requestContext"]["domainName"] == host
    for path, api_id in (("/shared/a", first), ("/shared/b", second), ("/shared/same", second)):
        assert site.ask("GET", path).status == 200
        assert site.function.events[-1]["requestContext"]["apiId"] == api_id
    site.client.create_deployment(restApiId=first, stageName="shared")
    site.ask("GET", "/shared/same")
    assert site.function.events[-1]["requestContext"]["apiId"] == first


def test_changes_wait_for_a_deployment(site: Site) -> None:
    api_id = site.make({"GET /a": {}}, stage="frozen")
    root = site.client.get_rest_api(restApiId=api_id)["rootResourceId"]
    where = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    site.client.put_method(**where, authorizationType="NONE")
    site.client.put_integration(**where, **PROXY)
    assert site.ask("GET", "/frozen/").status == 403
    deployment = site.client.create_deployment(restApiId=api_id)["id"]
    assert site.ask("GET", "/frozen/").status == 403
    patches = [{"op": "replace", "path": "/deploymentId", "value": deployment}]
    site.client.update_stage(restApiId=api_id, stageName="frozen", patchOperations=patches)
    assert site.ask("GET", "/frozen/").status == 200
    site.client.delete_rest_api(restApiId=api_id)
    assert site.ask("GET", "/frozen/").status == 403


def test_body_limit(site: Site) -> None:
    """10 MB: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
    site.make({"POST /": {}})
    assert site.ask("POST", "/dev", body=b"x" * (10 * 1024 * 1024)).status == 200
    assert site.ask("POST", "/dev", body=b"x" * (10 * 1024 * 1024 + 1)).status == 413


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


# Gates ---------------------------------------------------------------------------------------------------------


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
