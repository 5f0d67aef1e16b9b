"""REST APIs with a URL behind their methods: HTTP_PROXY and HTTP, beside what AWS sent to an endpoint and answered."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import recorded
from tests.wire.answers import answered, equal
from tests.wire.echo import echoing
from tests.wire.rest_apis import Site, site, site_of_module

__all__ = ["site", "site_of_module"]

RECORDED = "apigateway/test_apigateway_http.json"
INTEGRATIONS = "apigateway/test_apigateway_integrations.json"
RESPONSES = [{"statusCode": "200"}, {"statusCode": "400"}]
OTHERS = {"x-amzn-tls-cipher-suite", "x-amzn-tls-version", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
"""What the function URL of the recordings added."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with echoing() as url:
        yield url


def http(kind: str, uri: str, **settings: Any) -> dict[str, Any]:
    """A method with a URL behind it."""
    integration = {"type": kind, "uri": uri, "integrationHttpMethod": "POST", **settings.pop("integration", {})}
    mapped: dict[str, Any] = {"method_responses": RESPONSES, "responses": [{"statusCode": "200"}]}
    return {"integration": integration, **(mapped if kind == "HTTP" else {}), **settings}


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_what_an_endpoint_gets(site: Site, endpoint: str, kind: str) -> None:
    """test_http_integration_with_lambda, test_http_integration_method"""
    aws = recorded(RECORDED, f"::test_http_integration_with_lambda[{kind}]")["http-invocation-lambda-url"]
    api_id = site.make({"ANY /test": http(kind, endpoint)}, stage="http")
    headers = {"Content-Type": "application/json", "Accept": "application/xml", "User-Agent": "test/integration"}
    headers["Accept-Encoding"] = "gzip, deflate"
    body = json.dumps({"message": "hello world"}).encode()
    for method in ("POST", "PUT", "GET"):
        answer = site.ask(method, "/http/test", headers=headers, body=body)
        assert answer.status == 200
        got = answer.json
        assert (got["method"], got["path"], json.loads(got["data"])) == ("POST", "/", {"message": "hello world"})
        sent = {name.lower(): value for name, value in got["headers"].items()}
        theirs = aws["content"]["headers"]
        assert set(sent) - OTHERS - {"connection"} == set(theirs) - OTHERS
        assert sent["user-agent"] == theirs["user-agent"].replace("<rest_api_id:1>", api_id)
        assert sent["x-amzn-apigateway-api-id"] == api_id
        assert sent["content-type"] == theirs["content-type"]
        assert sent["accept"] == theirs["accept"]
        if kind == "HTTP_PROXY":
            assert sent["x-forwarded-for"] == "127.0.0.1"
            for name in ("connection", "content-length", "date", "x-amzn-requestid"):
                assert f"x-amzn-remapped-{name}" in answer.headers
            assert answer.headers["x-of-the-endpoint"] == "yes"
        else:
            assert "x-amzn-trace-id" in answer.headers
            assert "x-of-the-endpoint" not in answer.headers


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_which_status_is_answered(site: Site, endpoint: str, kind: str) -> None:
    """test_http_integration_invoke_status_code_passthrough"""
    aws = recorded(RECORDED, f"::test_http_integration_invoke_status_code_passthrough[{kind}]")
    parameters = {"integration.request.path.code": "method.request.path.code"}
    settings = http(
        kind,
        f"{endpoint}/status/{{code}}",
        method={"requestParameters": {"method.request.path.code": True}},
        integration={"requestParameters": parameters},
    )
    site.make({"GET /{code}": settings}, stage="status")
    for code, case in ((200, "matching-response"), (400, "non-matching-response")):
        assert site.ask("GET", f"/status/{code}").status == aws[case]["status_code"]


def test_patterns_are_of_statuses(site: Site, endpoint: str) -> None:
    """test_put_integration_responses: the selection pattern of HTTP is compared with the endpoint's status."""
    responses = [{"statusCode": "200"}, {"statusCode": "400", "selectionPattern": r"4\d{2}"}]
    site.make({"GET /": http("HTTP", f"{endpoint}/status/418", responses=responses)}, stage="pattern")
    assert site.ask("GET", "/pattern").status == 400


def test_queries_and_paths_are_mapped(site: Site, endpoint: str) -> None:
    """test_http_proxy_integration_request_data_mappings"""
    aws = recorded(RECORDED, "::test_http_proxy_integration_request_data_mappings")["http-proxy-invocation"]["content"]
    mapped = {
        "integration.request.header.headerVar": "method.request.header.foobar",
        "integration.request.path.qsVar": "method.request.querystring.testVar",
        "integration.request.path.pathVar": "method.request.path.pathVariable",
        "integration.request.querystring.queryString": "method.request.querystring.testQueryString",
        "integration.request.querystring.testQs": "method.request.querystring.testQueryString",
        "integration.request.querystring.testEmptyQs": "method.request.header.emptyheader",
    }
    settings = http(
        "HTTP_PROXY",
        f"{endpoint}?testVar={{pathVar}}&testQs={{qsVar}}",
        method={"requestParameters": dict.fromkeys(mapped.values(), True)},
        integration={"requestParameters": mapped},
    )
    site.make({"ANY /{pathVariable}": settings}, stage="test")
    headers = {"Content-Type": "application/json", "Accept": "application/json", "foobar": "mapped-value"}
    headers |= {"User-Agent": "test/integration", "headerVar": "request-value", "Accept-Encoding": "gzip, deflate"}
    body = json.dumps({"message": "hello world"}).encode()
    got = site.ask("POST", "/test/foobar?testQueryString=foo&testVar=bar", headers=headers, body=body).json
    assert got["args"] == aws["args"]
    sent = {name.lower(): value for name, value in got["headers"].items()}
    for name in ("foobar", "headervar", "accept", "user-agent", "content-type"):
        assert sent[name] == aws["headers"][name]


def test_bodies_and_several_values_are_mapped(site: Site, endpoint: str) -> None:
    """What LocalStack saw of AWS: test_body_mapping_empty, test_invalid_json_body_mapping and test_multi_qs_mapping of
    its tests/unit/services/apigateway/test_parameters_mapping.py."""
    mapped = {
        "integration.request.header.x-whole": "method.request.body",
        "integration.request.header.x-part": "method.request.body.pets[0].name",
        "integration.request.querystring.all": "method.request.multivaluequerystring.q",
        "integration.request.querystring.last": "method.request.querystring.q",
        "integration.request.header.x-all": "method.request.multivaluequerystring.q",
    }
    declared = {"method.request.querystring.q": False}
    settings = http(
        "HTTP_PROXY", endpoint, method={"requestParameters": declared}, integration={"requestParameters": mapped}
    )
    api = site.make({"POST /": settings}, stage="bodies")

    def got(body: bytes) -> tuple[dict[str, str], Any]:
        answer = site.ask("POST", "/bodies?q=1&q=2", body=body, headers={"Content-Type": "application/json"}).json
        return {name.lower(): value for name, value in answer["headers"].items()}, answer["args"]

    headers, args = got(b'{"pets": [{"name": "bo"}]}')
    assert (headers["x-whole"], headers["x-part"], headers["x-all"]) == ('{"pets": [{"name": "bo"}]}', "bo", "1,2")
    assert (args["all"], args["last"]) == ("1,2", "2")
    where = {"restApiId": api, "resourceId": site.client.get_resources(restApiId=api)["items"][0]["id"]}
    trial = site.client.test_invoke_method(**where, httpMethod="POST", pathWithQueryString="/?q=1&q=2")
    assert "all=1&all=2" in trial["log"]
    headers, _ = got(b"")
    assert headers["x-whole"] == "{}" and "x-part" not in headers
    assert got(b"text")[0]["x-whole"] == "text"
    refused = site.ask("POST", "/bodies", body=b" {wrong")
    assert (refused.status, refused.json) == (400, {"message": "Invalid JSON in request body"})


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_headers_are_mapped(site: Site, endpoint: str, kind: str) -> None:
    """test_apigateway_header_remapping_http"""
    aws = recorded(INTEGRATIONS, f"::TestApiGatewayHeaderRemapping::test_apigateway_header_remapping_http[{kind}]")
    sent = {name: f"request_{name}" for name in aws["full-integration"]["headers"]}
    for name in ("Host", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id", "Content-Length", "Date", "Upgrade"):
        sent.pop(name, None)
    sent["Content-Type"] = "application/json"
    api_id = site.make({"GET /plain": http(kind, endpoint)}, stage="plain")
    got = site.ask("GET", "/plain/plain", headers={**sent, "Via": "x", "TE": "trailers", "Server": "me"}).json
    wanted = {name.lower() for name in aws["no-param-integration"]["headers"]} - {"date"}
    given = {name.lower() for name in got["headers"]} - OTHERS - {"connection"}
    assert given == wanted, api_id
    declared = {f"method.request.header.{name}": False for name in sent}
    mapped = {f"integration.request.header.{name}": f"'mapped {name}'" for name in sent}
    settings = http(kind, endpoint, method={"requestParameters": declared}, integration={"requestParameters": mapped})
    site.make({"GET /full": settings}, stage="full")
    got = {name.lower(): value for name, value in site.ask("GET", "/full/full", headers=sent).json["headers"].items()}
    assert {name: got[name.lower()] for name in sent} == {name: f"mapped {name}" for name in sent}
    for name in ("Content-Length", "Transfer-Encoding"):
        refused = http(
            kind,
            endpoint,
            integration={"requestParameters": {f"integration.request.header.{name}": "'1'"}},
        )
        site.make({"GET /refused": refused}, stage="refused")
        answer = site.ask("GET", "/refused/refused")
        assert (answer.status, answer.json) == (500, aws[name.lower()]["body"])


def test_templates_shape_both_ways(site: Site, endpoint: str) -> None:
    """Request templates, overrides below $context, and response templates and headers of an HTTP integration."""
    template = """#set($context.requestOverride.header.x-made = "by the template")
        #set($context.requestOverride.querystring.page = "2"){"asked": $input.json("$.name")}"""
    response = {
        "statusCode": "200",
        "responseTemplates": {
            "application/json": '{"told": $input.json("$.data"), "page": $input.json("$.args.page")}'
        },
        "responseParameters": {
            "method.response.header.x-seen": "integration.response.header.x-of-the-endpoint",
            "method.response.header.x-made": "integration.response.body.headers.x-made",
        },
    }
    declared = dict.fromkeys(response["responseParameters"], False)
    settings = http(
        "HTTP",
        endpoint,
        integration={"requestTemplates": {"application/json": template}},
        method_responses=[{"statusCode": "200", "responseParameters": declared}],
        responses=[response],
    )
    site.make({"POST /": settings}, stage="shaped")
    answer = site.ask("POST", "/shaped", headers={"Content-Type": "application/json"}, body=b'{"name": "ada"}')
    assert answer.status == 200
    assert json.loads(answer.json["told"]) == {"asked": "ada"}
    assert answer.json["page"] == "2"
    assert (answer.headers["x-seen"], answer.headers["x-made"]) == ("yes", "by the template")


def test_a_greedy_path_goes_along(site: Site, endpoint: str) -> None:
    """The proxy of AWS's tutorial: api-gateway-create-api-as-simple-proxy-for-http."""
    settings = http(
        "HTTP_PROXY",
        f"{endpoint}/below/{{proxy}}",
        method={"requestParameters": {"method.request.path.proxy": True}},
        integration={
            "integrationHttpMethod": "ANY",
            "requestParameters": {"integration.request.path.proxy": "method.request.path.proxy"},
        },
    )
    site.make({"ANY /{proxy+}": settings}, stage="greedy")
    got = site.ask("DELETE", "/greedy/a/b%20c/d?x=1&x=2").json
    assert (got["method"], got["path"], got["args"]) == ("DELETE", "/below/a/b%20c/d", {"x": "1,2"})


def test_stage_variables_name_the_endpoint(site: Site, endpoint: str) -> None:
    uri = "http://${stageVariables.host}/pets"
    api_id = site.make({"GET /": http("HTTP_PROXY", uri)}, stage="beta")
    patches = [{"op": "replace", "path": "/variables/host", "value": endpoint.removeprefix("http://")}]
    site.client.update_stage(restApiId=api_id, stageName="beta", patchOperations=patches)
    assert site.ask("GET", "/beta").json["path"] == "/pets"


def test_what_is_binary_stays_so_where_the_api_says_so(site: Site, endpoint: str) -> None:
    """api-gateway-payload-encodings: what an API does not list as binary is text."""
    settings = http("HTTP_PROXY", f"{endpoint}/bytes", integration={"integrationHttpMethod": "GET"})
    site.make({"GET /": settings}, stage="text")
    assert site.ask("GET", "/text").body == "\ufffd\ufffd\0".encode()
    site.make({"GET /": settings}, stage="binary", binaryMediaTypes=["image/png"])
    assert site.ask("GET", "/binary").body == b"\xff\xfe\x00"


def test_endpoints_that_do_not_answer(site: Site, endpoint: str) -> None:
    """504 beyond the time-out and where nobody listens, 500 for a name that is nobody's."""
    cases: list[tuple[str, int, str]] = [
        (f"{endpoint}/slow", 504, "Endpoint request timed out"),
        ("http://127.0.0.1:1", 504, "Network error communicating with endpoint"),
        ("http://nowhere.invalid", 500, "Internal server error"),
        (f"{endpoint}/{{unmapped}}", 500, "Internal server error"),
    ]
    for uri, status, message in cases:
        site.make({"GET /": http("HTTP_PROXY", uri, integration={"timeoutInMillis": 100})}, stage="silent")
        answer = site.ask("GET", "/silent")
        assert (answer.status, answer.json) == (status, {"message": message}), uri


def test_hosts_of_aws_are_the_local_cloud(site: Site) -> None:
    """One API in front of another one, by the name that it has on AWS."""
    inner = site.make({"GET /inner": {}}, stage="dev")
    site.function.answer = {"statusCode": 200, "body": "from the inner one"}
    uri = f"https://{inner}.execute-api.us-east-1.amazonaws.com/dev/inner"
    site.make({"GET /outer": http("HTTP_PROXY", uri, integration={"integrationHttpMethod": "GET"})}, stage="outer")
    assert site.ask("GET", "/outer/outer").body == b"from the inner one"


def test_a_trial_tells_of_the_endpoint(site: Site, endpoint: str) -> None:
    api_id = site.make({"POST /": http("HTTP", f"{endpoint}/tried")})
    root = site.client.get_rest_api(restApiId=api_id)["rootResourceId"]
    tried = site.client.test_invoke_method(restApiId=api_id, resourceId=root, httpMethod="POST", body='{"a": 1}')
    assert (tried["status"], json.loads(tried["body"])["data"]) == (200, '{"a": 1}')
    for line in (
        f"Endpoint request URI: {endpoint}/tried",
        'Endpoint request body after transformations: {"a": 1}',
        "Received response. Status: 200",
        "x-of-the-endpoint=yes",
    ):
        assert line in tried["log"]


def test_integrations_are_told_as_they_were_put(site: Site) -> None:
    """test_put_integration_responses"""
    aws = recorded(INTEGRATIONS, "::test_put_integration_responses")
    client = site.client
    made = client.create_rest_api(name="an-api")
    where = {"restApiId": made["id"], "resourceId": made["rootResourceId"]}
    uri, pattern = "http://httpbin.org/robots.txt", r"2\d{2}"
    for method, settings in (("GET", {"responseTemplates": {}}), ("PUT", {"contentHandling": "CONVERT_TO_BINARY"})):
        on, key = {**where, "httpMethod": method}, method.lower()
        equal(client.put_method(**on, authorizationType="NONE"), aws[f"put-method-{key}"])
        equal(client.put_method_response(**on, statusCode="200"), aws[f"put-method-response-{key}"])
        put = client.put_integration(**on, type="HTTP", uri=uri, integrationHttpMethod="POST")
        equal(put, aws[f"put-integration-{key}"])
        put = client.put_integration_response(**on, statusCode="200", selectionPattern=pattern, **settings)
        equal(put, aws[f"put-integration-response-{key}"])
        equal(client.get_integration_response(**on, statusCode="200"), aws[f"get-integration-response-{key}"])
        if method == "GET":
            equal(client.get_method(**on), aws["get-method-get"])
            equal(client.create_deployment(restApiId=made["id"]), aws["deploy"])
            gone = client.delete_integration_response(**on, statusCode="200")
            equal(gone, aws["delete-integration-response-get"])
            equal(client.get_method(**on), aws["get-method-get-after-int-resp-delete"])
    refused = answered(client.put_integration, **where, httpMethod="GET", type="HTTP", uri="ftp://x")
    assert refused["Error"]["Message"] == "Enumeration value for HttpMethod must be non-empty"
