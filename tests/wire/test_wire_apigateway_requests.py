"""Requests to deployed REST APIs over HTTP: the events of functions, their responses, and which path is whose."""

import base64
import gzip
import http.client
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import recorded
from tests.wire.rest_apis import PROXY, URI, Answer, Site, named, site, site_of_module

from stratolite.core.errors import AwsError

__all__ = ["site", "site_of_module"]

RECORDED = "apigateway/test_apigateway_lambda.json"

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


def test_event_of_a_method_with_an_operation_name(site: Site) -> None:
    """https://github.com/aws/aws-lambda-go/blob/main/events/apigw.go: ``operationName``, where there is one."""
    site.make({"GET /": {"method": {"operationName": "list-pets"}}, "GET /other": {}})
    site.ask("GET", "/dev")
    assert site.function.events[-1]["requestContext"]["operationName"] == "list-pets"
    site.ask("GET", "/dev/other")
    assert "operationName" not in site.function.events[-1]["requestContext"]


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
    connection = http.client.HTTPConnection(site.cloud.app_endpoint.removeprefix("http://"), timeout=180)
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


@pytest.mark.parametrize(
    ("accepted", "size", "encoding"),
    [
        ("gzip", 10, "gzip"),
        ("gzip", 9, ""),
        ("deflate", 10, "deflate"),
        ("gzip;q=0", 10, ""),
        ("identity, gzip;q=0.5", 10, ""),
    ],
)
def test_compression(site: Site, accepted: str, size: int, encoding: str) -> None:
    unpacked: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "deflate": zlib.decompress, "": bytes}
    site.make({"GET /": {}}, minimumCompressionSize=10)
    site.function.answer = {"statusCode": 200, "body": "x" * size}
    answer = site.ask("GET", "/dev", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding", "") == encoding
    assert unpacked[encoding](answer.body) == b"x" * size


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
