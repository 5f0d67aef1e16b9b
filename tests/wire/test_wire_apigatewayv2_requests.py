"""Requests to deployed HTTP APIs over a real port: which route, which event, which response.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
http-api-develop-routes.html and http-api-cors.html beside it, and events and answers of real APIs where a test says so.
"""

import base64
import http.client
import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.http_apis import HttpApis


@pytest.fixture(scope="module")
def apis(cloud: RunningCloud) -> HttpApis:
    return HttpApis(cloud)


def test_format_two_is_the_event_of_the_documentation(apis: HttpApis) -> None:
    api_id = apis.make(["POST /my/{part}"], stage={"StageVariables": {"one": "1"}})
    answer = apis.ask(
        api_id,
        "/my/a%20path?parameter1=value1&parameter1=value%202&parameter2",
        "POST",
        "Hello",
        [
            ("Header1", "value1"),
            ("header2", "v1"),
            ("Header2", "v2"),
            ("Cookie", "a=1; b=2"),
            ("Content-Type", "text/x"),
        ],
    )
    event = answer.json
    host = apis.cloud.app_endpoint.removeprefix("http://")
    context = event.pop("requestContext")
    trace = event["headers"].pop("x-amzn-trace-id")
    assert trace.startswith("Root=1-")
    assert event == {
        "version": "2.0",
        "routeKey": "POST /my/{part}",
        # HTTP APIs decode the path, and leave the query as it is (captures in hotsock/voker#8).
        "rawPath": "/my/a path",
        "rawQueryString": "parameter1=value1&parameter1=value%202&parameter2",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "content-length": "5",
            "content-type": "text/x",
            "header1": "value1",
            "header2": "v1,v2",
            "host": host,
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": host.partition(":")[2],
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"parameter1": "value1,value 2", "parameter2": ""},
        "pathParameters": {"part": "a path"},
        "stageVariables": {"one": "1"},
        "body": "Hello",
        "isBase64Encoded": False,
    }
    assert context.pop("requestId") == answer.headers["apigw-requestid"]
    assert len(answer.headers["apigw-requestid"]) == 16
    assert abs(context.pop("timeEpoch") - apis.cloud.clock.now_ms()) < 60_000
    assert context.pop("time").endswith(" +0000")
    assert context == {
        "accountId": ACCOUNT,
        "apiId": api_id,
        "domainName": host,
        "domainPrefix": api_id,
        "http": {
            "method": "POST",
            "path": "/my/a path",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "",
        },
        "routeKey": "POST /my/{part}",
        "stage": "$default",
    }


def test_format_two_leaves_out_what_is_not_there(apis: HttpApis) -> None:
    event = apis.ask(apis.make()).json
    assert sorted(event) == [
        "headers",
        "isBase64Encoded",
        "rawPath",
        "rawQueryString",
        "requestContext",
        "routeKey",
        "version",
    ]
    assert event["rawQueryString"] == ""
    # As in the event of awsdocs/aws-lambda-developer-guide, sample-apps/nodejs-apig/event-v2.json.
    assert event["headers"]["content-length"] == "0"


def test_format_one_says_null(apis: HttpApis) -> None:
    api_id = apis.make(["GET /users/{id}"], integration={"PayloadFormatVersion": "1.0"})
    answer = apis.ask(api_id, "/users/7?a=1&a=2", headers=[("X-One", "1"), ("X-One", "2"), ("user-agent", "me")])
    event = answer.json
    assert (event["version"], event["resource"], event["path"]) == ("1.0", "/users/{id}", "/users/7")
    assert event["headers"]["X-One"] == "2"
    assert event["multiValueHeaders"]["X-One"] == ["1", "2"]
    # These have this case in real events (milliHQ/terraform-aws-next-js#31).
    assert {"Content-Length", "Host", "User-Agent", "X-Amzn-Trace-Id", "X-Forwarded-For"} <= event["headers"].keys()
    assert event["queryStringParameters"] == {"a": "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert event["pathParameters"] == {"id": "7"}
    assert event["stageVariables"] is None
    assert event["body"] is None
    context = event["requestContext"]
    assert context["authorizer"] == {"claims": None, "scopes": None}
    assert context["resourceId"] is None
    assert context["requestId"] == context["extendedRequestId"] == answer.headers["apigw-requestid"]
    assert (context["resourcePath"], context["httpMethod"], context["path"]) == ("/users/{id}", "GET", "/users/7")
    assert context["identity"]["userAgent"] == "me"


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        # Measured on AWS: ministackorg/ministack#766.
        ("text/plain", True),
        ("text/html; charset=utf-8", True),
        ("application/json", True),
        ("application/xml", True),
        ("application/javascript", True),
        ("application/x-www-form-urlencoded", False),
        ("application/octet-stream", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_a_body_arrives_as_text_or_in_base_64(apis: HttpApis, content_type: str, is_text: bool) -> None:
    api_id = apis.make()
    headers = {"content-type": content_type} if content_type else {}
    event = apis.ask(api_id, "/", "POST", "a=1", headers).json
    assert event["isBase64Encoded"] is not is_text
    assert event["body"] == ("a=1" if is_text else base64.b64encode(b"a=1").decode())


@pytest.mark.parametrize(
    ("answer", "status", "content_type", "body"),
    [
        ({"statusCode": 201, "body": "made"}, 201, "text/plain; charset=utf-8", b"made"),
        ({"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": "<p>"}, 200, "text/html", b"<p>"),
        ({"message": "no statusCode"}, 200, "application/json", b'{"message": "no statusCode"}'),
        ("a text", 200, "application/json", b"a text"),
        ([1, 2], 200, "application/json", b"[1, 2]"),
        (None, 200, "application/json", b"null"),
        ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, 200, "text/plain; charset=utf-8", b"hi"),
        ({"statusCode": 200, "unknown": 1}, 200, "text/plain; charset=utf-8", b""),
    ],
)
def test_format_two_infers_responses(apis: HttpApis, answer: Any, status: int, content_type: str, body: bytes) -> None:
    given = apis.ask(apis.make(), "/", "POST", {"answer": answer})
    assert (given.status, given.headers["content-type"]) == (status, content_type)
    if isinstance(answer, dict | list) and "statusCode" not in answer:
        assert json.loads(given.body) == json.loads(body)
    else:
        assert given.body == body


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "none"},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"an": "object"}},
        {"statusCode": 200, "headers": "none"},
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
        {"statusCode": 200, "cookies": "a=1"},
    ],
)
def test_what_is_no_response_is_500(apis: HttpApis, answer: Any) -> None:
    given = apis.ask(apis.make(), "/", "POST", {"answer": answer})
    assert (given.status, given.body) == (500, b'{"message":"Internal Server Error"}')
    assert given.headers["content-type"] == "application/json"


def test_format_one_infers_nothing(apis: HttpApis) -> None:
    api_id = apis.make(integration={"PayloadFormatVersion": "1.0"})
    assert apis.ask(api_id, "/", "POST", {"answer": {"message": "x"}}).status == 500
    answer = {
        "statusCode": 200,
        "headers": {"a": "1", "b": "2"},
        "multiValueHeaders": {"a": ["1", "3"], "Set-Cookie": ["x=1", "y=2"]},
    }
    given = apis.ask(api_id, "/", "POST", {"answer": answer})
    assert [value for name, value in given.fields if name == "a"] == ["1", "3"]
    assert [value for name, value in given.fields if name == "set-cookie"] == ["x=1", "y=2"]
    assert given.headers["b"] == "2"


def test_each_cookie_is_a_header_of_its_own(apis: HttpApis) -> None:
    answer = {"statusCode": 200, "cookies": ["a=1; Secure", "b=2"], "headers": {"x-number": 1, "x-yes": True}}
    given = apis.ask(apis.make(), "/", "POST", {"answer": answer})
    assert [value for name, value in given.fields if name == "set-cookie"] == ["a=1; Secure", "b=2"]
    assert (given.headers["x-number"], given.headers["x-yes"]) == ("1", "true")


def test_a_function_that_fails_is_500_and_one_that_is_slow_503(apis: HttpApis) -> None:
    api_id = apis.make(integration={"TimeoutInMillis": 200})
    failed = apis.ask(apis.make(), "/", "POST", {"raise": "x"})
    assert (failed.status, failed.body) == (500, b'{"message":"Internal Server Error"}')
    slow = apis.ask(api_id, "/", "POST", {"sleep": 2})
    assert (slow.status, slow.body) == (503, b'{"message":"Service Unavailable"}')


def test_a_function_that_is_not_there_is_500(apis: HttpApis) -> None:
    missing = {"IntegrationUri": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:missing"}
    assert apis.ask(apis.make(integration=missing)).status == 500


def test_limits_of_requests(apis: HttpApis) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
    api_id = apis.make()
    large = apis.ask(api_id, "/", "POST", b"x" * (10 * 1024 * 1024 + 1))
    assert (large.status, large.body) == (413, b'{"message":"Request Entity Too Large"}')
    assert apis.ask(api_id, headers={"x-long": "x" * 10_240}).status == 431
    assert apis.ask(api_id, headers={"x-long": "x" * 9000}).status == 200


def test_the_route_with_the_fullest_match_wins(apis: HttpApis) -> None:
    """The example of http-api-develop-routes.html."""
    routes = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]
    api_id = apis.make(routes)
    for method, path, key in (
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
        ("POST", "/test/5", "ANY /{proxy+}"),
        ("GET", "/", "$default"),
    ):
        assert apis.ask(api_id, path, method).json["routeKey"] == key


def test_no_route_is_404(apis: HttpApis) -> None:
    api_id = apis.make(["GET /a"])
    for path, method in (("/b", "GET"), ("/a", "POST"), ("/a/", "GET")):
        answer = apis.ask(api_id, path, method)
        assert (answer.status, answer.body) == (404, b'{"message":"Not Found"}')
        assert answer.headers["content-type"] == "application/json"
    assert apis.ask("nosuchapi", "/a").status == 404


def test_a_named_stage_is_a_part_of_the_path(apis: HttpApis) -> None:
    api_id = apis.make(["GET /a", "GET /"], stage={"StageName": "dev"})
    event = apis.ask(api_id, "/dev/a").json
    assert (event["rawPath"], event["requestContext"]["stage"]) == ("/dev/a", "dev")
    assert event["requestContext"]["http"]["path"] == "/dev/a"
    assert apis.ask(api_id, "/dev").json["routeKey"] == "GET /"
    assert apis.ask(api_id, "/a").status == 404
    apis.client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    assert apis.ask(api_id, "/a").json["requestContext"]["stage"] == "$default"
    # A stage's name goes before any route.
    assert apis.ask(api_id, "/dev/a").json["requestContext"]["stage"] == "dev"


def test_without_a_deployment_nothing_changes(apis: HttpApis) -> None:
    api_id = apis.make(["GET /a"], stage={"AutoDeploy": False})
    assert apis.ask(api_id, "/a").status == 404
    apis.client.create_deployment(ApiId=api_id, StageName="$default")
    assert apis.ask(api_id, "/a").status == 200
    for route in apis.client.get_routes(ApiId=api_id)["Items"]:
        apis.client.delete_route(ApiId=api_id, RouteId=route["RouteId"])
    assert apis.ask(api_id, "/a").status == 200


def test_a_disabled_endpoint_is_404(apis: HttpApis) -> None:
    """404 for HTTP APIs, where REST APIs answer 403: https://repost.aws/knowledge-center/api-gateway-disable-endpoint"""
    assert apis.ask(apis.make(DisableExecuteApiEndpoint=True)).status == 404


def test_the_host_names_an_api_on_both_ports(apis: HttpApis) -> None:
    api_id = apis.make(["GET /hosted"])
    host = {"host": f"{api_id}.execute-api.us-east-1.amazonaws.com"}
    for endpoint in (apis.cloud.app_endpoint, apis.cloud.endpoint):
        connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=180)
        connection.request("GET", "/hosted", headers=host)
        event = json.loads(connection.getresponse().read())
        connection.close()
        assert event["requestContext"]["apiId"] == api_id
        assert event["requestContext"]["domainName"] == host["host"]


def test_rates_of_routes(timed_cloud: RunningCloud) -> None:
    apis = HttpApis(timed_cloud)
    settings = {"GET /a": {"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 1.0}}
    api_id = apis.make(["GET /a", "GET /b"], stage={"RouteSettings": settings})
    assert [apis.ask(api_id, "/a").status for _ in range(3)] == [200, 200, 429]
    assert apis.ask(api_id, "/a").body == b'{"message":"Too Many Requests"}'
    assert apis.ask(api_id, "/b").status == 200
    timed_cloud.advance(1)
    assert [apis.ask(api_id, "/a").status for _ in range(2)] == [200, 429]


def test_access_logs(apis: HttpApis) -> None:
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:access"
    form = "$context.requestId $context.httpMethod $context.routeKey $context.status $context.error.message $context.x"
    log = {"AccessLogSettings": {"DestinationArn": group, "Format": form}}
    apis.cloud.client("logs").create_log_group(logGroupName="access")
    api_id = apis.make(["GET /a"], stage=log)
    ids = [apis.ask(api_id, path).headers["apigw-requestid"] for path in ("/a", "/b")]
    events = apis.cloud.client("logs").filter_log_events(logGroupName="access")["events"]
    assert [event["message"] for event in events] == [
        f"{ids[0]} GET GET /a 200 - -",
        f"{ids[1]} GET - 404 Not Found -",
    ]
