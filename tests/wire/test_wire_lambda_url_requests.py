"""Requests to function URLs: the event, the response, who may, browsers of other origins.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html; recordings of ``TestLambdaURL``.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.archives import zipped
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.function_urls import Make, Url, make
from tests.wire.functions import ECHO, RUN

from stratolite.cli.summary import summarise
from stratolite.core.call import Call

__all__ = ["make"]

FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
BODY_AS_ANSWER = "import json\ndef handler(event, context):\n    return json.loads(event['body'])\n"


ANSWERS = {
    "dict": '{"hello": "world"}',
    "http-response": '{"statusCode": 200, "body": "body123"}',
    "http-response-json": '{"statusCode": 200, "body": "{\\"hello\\": \\"world\\"}"}',
    "list-mixed": '["hello", 3, True]',
    "string": '"hello"',
    "integer": "3",
    "float": "3.1",
    "boolean": "True",
}


@pytest.mark.parametrize("case", ANSWERS)
def test_what_an_answer_means(make: Make, case: str) -> None:
    """TestLambdaURL::test_lambda_url_invocation[<case>]"""
    aws = recorded(RUN, f"::test_lambda_url_invocation[{case}]")["lambda_url_invocation"]
    url = make(f"def handler(event, context):\n    return {ANSWERS[case]}\n")
    answer = url.ask("POST", "/custom_path/extend?test_param=test_value", body=b"{'key':'value'}")
    assert answer.status == aws["statuscode"]
    for name, value in aws["headers"].items():
        assert answer.headers[name] == value
    content = answer.data.decode()
    assert (json.loads(content) if isinstance(aws["content"], dict) else content) == aws["content"]


def test_headers_status_and_cookies(make: Make) -> None:
    """TestLambdaURL::test_lambda_url_headers_and_status; cookies as the page has them."""
    url = make(BODY_AS_ANSWER)

    def answered(**event: Any) -> urllib3.BaseHTTPResponse:
        body = json.dumps(event)
        return url.ask("POST", "/", body=body, headers={"content-type": "application/json"})

    headers = {"Content-Type": "text/plain; charset=utf-8", "My-Custom-Header": "Custom Value", "n": 3, "date": "then"}
    cookies = ["Cookie_1=Value1; Expires=21 Oct 2021 07:48 GMT", "Cookie_2=Value2; Max-Age=78000"]
    answer = answered(statusCode=201, headers=headers, body="hé", cookies=cookies)
    assert (answer.status, answer.data.decode()) == (201, "hé")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert (answer.headers["my-custom-header"], answer.headers["n"]) == ("Custom Value", "3")
    assert answer.headers["x-amzn-remapped-date"] == "then"
    assert answer.headers.getlist("set-cookie") == cookies
    answer = answered(statusCode="418", body="i'm a teapot", isBase64Encoded=False)
    assert (answer.status, answer.data) == (418, b"i'm a teapot")
    assert answer.headers["content-type"] == "application/json"
    raw = base64.b64encode(b"\x00\xff").decode()
    assert answered(statusCode=200, body=raw, isBase64Encoded=True).data == b"\x00\xff"
    # The recorded function echo_http answers with an object.
    assert answered(statusCode=200, body={"a": 1}).data == b'{"a":1}'
    assert answered(statusCode=204).data == b""
    for wrong in ({"statusCode": "x"}, {"statusCode": 99}, {"statusCode": 200, "headers": [1]}):
        answer = answered(**wrong)
        assert (answer.status, answer.data) == (502, b"Internal Server Error"), wrong


def test_the_event(make: Make) -> None:
    """TestLambdaURL::test_lambda_url_echo_http_fixture_default: which headers there are, and how paths are shown."""
    aws = recorded(RUN, "::test_lambda_url_echo_http_fixture_default")["url_response"]
    url = make(ECHO)
    headers = {
        "content-type": "application/json",
        "ExTrA-HeadErs": "With WeiRd CapS",
        "user-agent": "test/echo",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        "Cookie": "one=1; two=2",
    }
    body = b'{"foo": "bar"}'
    answer = url.ask("POST", "/pa2%25Fth/1?q=query&multiQuery=foo&multiQuery=%2Fbar", body=body, headers=headers)
    event = json.loads(answer.data)
    # There is no TLS here of which to tell.
    assert set(event["headers"]) == set(aws["headers"]) - {"x-amzn-tls-cipher-suite", "x-amzn-tls-version"}
    for name in ("accept", "accept-encoding", "content-length", "content-type", "extra-headers", "user-agent"):
        assert event["headers"][name] == aws["headers"][name]
    assert event["queryStringParameters"] == aws["args"]
    assert event["rawQueryString"] == "q=query&multiQuery=foo&multiQuery=%2Fbar"
    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == ("/pa2%25Fth/1", aws["path"])
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == (aws["data"], False)
    assert event["cookies"] == ["one=1", "two=2"]
    assert (event["version"], event["routeKey"]) == ("2.0", "$default")
    context = event["requestContext"]
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context.pop("time"))
    assert isinstance(context.pop("timeEpoch"), int)
    assert context.pop("requestId") == answer.headers["x-amzn-requestid"]
    assert context == {
        "accountId": "anonymous",
        "apiId": url.id,
        "domainName": url.host,
        "domainPrefix": url.id,
        "http": {
            "method": "POST",
            "path": aws["path"],
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "test/echo",
        },
        "routeKey": "$default",
        "stage": "$default",
    }


def test_bodies(make: Make) -> None:
    """TestLambdaURL::test_lambda_url_echo_invoke, ::test_lambda_url_form_payload: what is no text is base 64."""
    aws = recorded(RUN, "::test_lambda_url_form_payload")["url_response"]
    url = make(ECHO)

    def shown(body: bytes, content_type: str) -> Any:
        event = json.loads(url.ask("POST", "/test/value", body=body, headers={"content-type": content_type}).data)
        return event.get("body"), event["isBase64Encoded"]

    assert shown(b"text", "text/plain") == ("text", False)
    assert shown("é".encode(), "application/problem+json; charset=utf-8") == ("é", False)
    form = base64.b64decode(aws["data"])
    assert shown(form, aws["headers"]["content-type"]) == (aws["data"], True)
    assert shown(b"a=b", "application/x-www-form-urlencoded") == ("YT1i", True)
    assert shown(b"\xff", "text/plain") == ("/w==", True)
    event = json.loads(url.ask().data)
    assert ("body" in event, event["isBase64Encoded"]) == (False, False)
    assert "queryStringParameters" not in event and event["rawQueryString"] == ""


def test_the_request_s_id(make: Make, cloud: RunningCloud) -> None:
    """TestRequestIdHandling::test_request_id_invoke_url: the response has the id under which the function ran."""
    source = "def handler(event, context):\n    return context.aws_request_id\n"
    answer = make(source, name="identified").ask()
    request_id = answer.headers["x-amzn-requestid"]
    assert answer.data.decode() == request_id
    logs = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/identified", filterPattern="END")["events"]
    assert [event["message"] for event in logs] == [f"END RequestId: {request_id}\n"]


def test_the_ways_to_a_url(make: Make) -> None:
    """Its host on either port, and a path that needs no name resolution."""
    url = make(ECHO)
    for answer in (url.ask("GET", "/a/b"), url.ask("GET", "/a/b", app=True), url.by_path("GET", "/a/b")):
        event = json.loads(answer.data)
        assert event["rawPath"] == "/a/b"
        assert event["requestContext"]["domainName"] == url.host


def test_failures_of_the_function(make: Make, cloud: RunningCloud) -> None:
    """TestLambdaURL::test_lambda_url_invocation_exception: 502, and nothing of what went wrong."""
    for source, timeout in (
        ("def handler(event, context):\n    raise Exception('no')\n", 30),
        ("import time\ndef handler(event, context):\n    time.sleep(60)\n", 1),
        ("import none_such\n", 30),
        ("def handler(event, context):\n    return 'x' * 7_000_000\n", 30),
    ):
        answer = make(source, timeout=timeout).ask("POST", "/", body=b"{}")
        assert (answer.status, answer.data) == (502, b"Internal Server Error")
    url = make(ECHO, name="none-left")
    assert url.ask("POST", "/", body=b"x" * 6_291_457).status == 413
    # In base 64 it is too large as well.
    assert url.ask("POST", "/", body=b"x" * 5_000_000).status == 413
    cloud.client("lambda").put_function_concurrency(FunctionName="none-left", ReservedConcurrentExecutions=0)
    answer = url.ask()
    assert answer.status == 429
    assert answer.headers["x-amzn-errortype"] == "TooManyRequestsException"


def test_a_url_that_is_none(cloud: RunningCloud, make: Make) -> None:
    """TestLambdaURL::test_lambda_url_non_existing_url: 403, ``{"Message":null}``, AccessDeniedException."""
    url = make(ECHO)
    url.id, url.host = "0" * 32, f"{'0' * 32}.lambda-url.{REGION}.on.aws"
    for answer in (url.ask(), url.ask(app=True), url.by_path()):
        assert (answer.status, answer.data) == (403, b'{"Message":null}')
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"


def test_the_policy_has_to_allow_everyone(cloud: RunningCloud, make: Make) -> None:
    """TestLambdaPermissions::test_lambda_permission_url_invocation"""
    aws = recorded(RUN, "::test_lambda_permission_url_invocation")["lambda_url_invocation_missing_permission"]
    url = make(ECHO, is_open=False, name="closed")
    client = cloud.client("lambda")
    for permission in (
        {"Action": "lambda:InvokeFunction", "Principal": "*"},
        {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "AWS_IAM"},
        {"Action": "lambda:InvokeFunctionUrl", "Principal": "111122223333", "FunctionUrlAuthType": "NONE"},
        {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "SourceAccount": "111122223333"},
    ):
        client.add_permission(FunctionName="closed", StatementId="s", **permission)
        answer = url.ask()
        assert (answer.status, json.loads(answer.data)) == (403, aws), permission
        client.remove_permission(FunctionName="closed", StatementId="s")
    client.add_permission(FunctionName="closed", StatementId="s", Action="lambda:InvokeFunctionUrl", Principal="*")
    assert url.ask().status == 200


def test_a_url_whose_alias_is_gone(cloud: RunningCloud, make: Make) -> None:
    """TestLambdaURL::test_lambda_url_persists_after_alias_delete"""
    aws = recorded(RUN, "::test_lambda_url_persists_after_alias_delete")["invoke_deleted_alias_url_response_delayed"]
    make(ECHO, name="aliased")
    client = cloud.client("lambda")
    client.create_alias(FunctionName="aliased", Name="live", FunctionVersion="$LATEST")
    permission = {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"}
    client.add_permission(FunctionName="aliased", Qualifier="live", StatementId="s", **permission)
    url = Url(cloud, client.create_function_url_config(FunctionName="aliased", Qualifier="live", AuthType="NONE"))
    assert url.ask().status == 200
    client.delete_alias(FunctionName="aliased", Name="live")
    answer = url.ask()
    assert (answer.status, json.loads(answer.data)) == (aws["status_code"], aws["content"])
    assert answer.headers["x-amzn-errortype"] == aws["headers"]["x-amzn-ErrorType"]


def signed(url: Url, account: str) -> dict[str, str]:
    request = AWSRequest("GET", f"http://{url.host}/")
    SigV4Auth(Credentials(account, "secret"), "lambda", REGION).add_auth(request)
    return dict(request.headers.items())


def test_signed_requests(cloud: RunningCloud, make: Make) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"""
    url = make(ECHO, is_open=False, name="signed", AuthType="AWS_IAM")
    answer = url.ask()
    assert (answer.status, json.loads(answer.data)) == (403, {"Message": FORBIDDEN})
    context = json.loads(url.ask(headers=signed(url, ACCOUNT)).data)["requestContext"]
    assert context["accountId"] == ACCOUNT
    assert context["authorizer"]["iam"] == {
        "accessKey": ACCOUNT,
        "accountId": ACCOUNT,
        "callerId": ACCOUNT,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": f"arn:aws:iam::{ACCOUNT}:root",
        "userId": ACCOUNT,
    }
    other = "111122223333"
    assert url.ask(headers=signed(url, other)).status == 403
    cloud.client("lambda").add_permission(
        FunctionName="signed",
        StatementId="s",
        Action="lambda:InvokeFunctionUrl",
        Principal=other,
        FunctionUrlAuthType="AWS_IAM",
    )
    answer = url.ask(headers=signed(url, other))
    assert json.loads(answer.data)["requestContext"]["authorizer"]["iam"]["accountId"] == other


def test_requests_of_a_session(timed_cloud: RunningCloud) -> None:
    """Temporary credentials speak for their role, until they expire."""
    client = timed_cloud.client("lambda")
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    code = {"ZipFile": zipped(ECHO)}
    client.create_function(FunctionName="f", Runtime="python3.12", Handler="index.handler", Role=role, Code=code)
    url = Url(timed_cloud, client.create_function_url_config(FunctionName="f", AuthType="AWS_IAM"))
    session = timed_cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="someone", DurationSeconds=900)
    headers = signed(url, session["Credentials"]["AccessKeyId"])
    identity = json.loads(url.ask(headers=headers).data)["requestContext"]["authorizer"]["iam"]
    assert identity["userArn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/r/someone"
    assert (identity["accountId"], identity["userId"].rpartition(":")[2]) == (ACCOUNT, "someone")
    timed_cloud.advance(901)
    answer = url.ask(headers=headers)
    assert (answer.status, "expired" in answer.data.decode()) == (403, True)
    assert url.ask(headers={"Authorization": "AWS4-HMAC-SHA256 nonsense"}).status == 403


CORS = {
    "AllowCredentials": True,
    "AllowHeaders": ["x-one", "x-two"],
    "AllowMethods": ["GET", "POST"],
    "AllowOrigins": ["https://example.com"],
    "ExposeHeaders": ["x-three"],
    "MaxAge": 300,
}


def test_browsers_of_other_origins(make: Make) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors"""
    source = "def handler(event, context):\n    return {'statusCode': 200, 'headers': {'x-ran': 'yes'}}\n"
    url = make(source, is_open=False, Cors=CORS)
    asked = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    answer = url.ask("OPTIONS", headers=asked)
    assert answer.status == 200
    shown = {name.lower(): value for name, value in answer.headers.items() if name.lower().startswith("access-")}
    assert shown == {
        "access-control-allow-origin": "https://example.com",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "x-one,x-two",
        "access-control-allow-credentials": "true",
        "access-control-max-age": "300",
    }
    answer = url.ask("OPTIONS", headers={**asked, "Origin": "https://elsewhere.com"})
    assert (answer.status, "access-control-allow-origin" in answer.headers) == (200, False)
    # A refusal can be read by a browser as well.
    answer = url.ask(headers={"Origin": "https://example.com"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (403, "https://example.com")
    url = make(source, Cors={"AllowOrigins": ["*"], "ExposeHeaders": ["x-ran"]})
    answer = url.ask(headers={"Origin": "https://anywhere.com"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (answer.headers["access-control-expose-headers"], answer.headers["x-ran"]) == ("x-ran", "yes")
    assert "access-control-allow-origin" not in url.ask().headers
    # Where nothing is configured, the function answers preflights too.
    assert make(source).ask("OPTIONS", headers=asked).headers["x-ran"] == "yes"


def test_a_function_that_is_gone_has_no_url(cloud: RunningCloud, make: Make) -> None:
    url = make(ECHO, name="gone")
    assert url.ask().status == 200
    cloud.client("lambda").delete_function(FunctionName="gone")
    assert (url.ask().status, url.ask().data) == (403, b'{"Message":null}')


TEMPLATE = {
    "Resources": {
        "F": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "of-a-stack",
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
                "Code": {"ZipFile": ECHO},
            },
        },
        "Url": {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": {"Ref": "F"}, "AuthType": "NONE"}},
        "Open": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Ref": "F"},
                "Action": "lambda:InvokeFunctionUrl",
                "Principal": "*",
                "FunctionUrlAuthType": "NONE",
            },
        },
    }
}


def test_people_are_shown_where_it_is(cloud: RunningCloud) -> None:
    """``up`` and ``info`` show an address that answers here; the stack's own is AWS's."""
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName="urls", TemplateBody=json.dumps(TEMPLATE))
    stacks.get_waiter("stack_create_complete").wait(StackName="urls", WaiterConfig={"Delay": 1, "MaxAttempts": 30})

    def perform(service: str, operation: str, request: Mapping[str, Any]) -> Any:
        call = Call(account=ACCOUNT, region=REGION, now_ms=cloud.clock.now_ms())
        return cloud.cloud.operations.perform(call, service, operation, request)

    summary = cloud.run(summarise(perform, "urls", cloud.app_endpoint))
    ((method, address),) = summary.routes
    assert method == "ANY"
    answer = urllib3.request("GET", f"{address}some/path")
    assert json.loads(answer.data)["rawPath"] == "/some/path"
