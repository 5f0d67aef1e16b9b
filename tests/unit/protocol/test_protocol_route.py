"""Which operation a request is: by target, path, action, signature, host; and what is answered when it is none."""

from typing import Any

import pytest

from stratolite.http.message import Body, Headers, Request
from stratolite.protocol.models import service_model
from stratolite.protocol.route import FORM_TYPE, RouteError, Router, is_form
from stratolite.services import SERVICES

SERVED = [
    "apigateway", "apigatewayv2", "cloudformation", "cloudwatch", "dynamodb", "iam", "lambda", "logs", "s3", "sns",
    "sqs", "stepfunctions", "sts",
]  # fmt: skip
ROUTER = Router([(f"{name}_", name) for name in SERVED])


def signature(service: str) -> dict[str, str]:
    scope = f"123456789012/20260101/eu-west-1/{service}/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "X-Amz-Date": "20260101T000000Z",
    }


def request(method: str, target: str = "/", *, body: bytes = b"", signed: str = "", **headers: str) -> Request:
    path, _, query = target.partition("?")
    fields = {key.replace("_", "-"): value for key, value in headers.items()} | (signature(signed) if signed else {})
    return Request(method, path, query, Headers(fields.items()), body, Body(whole=body))


def form(body: str, **more: Any) -> Request:
    return request("POST", "/", body=body.encode(), Content_Type=FORM_TYPE, **more)


def routed(one: Request) -> tuple[str, str, str]:
    target = ROUTER.identify(one)
    assert target.service == f"{target.model.name}_"
    return target.model.name, target.operation, target.protocol


def refused(one: Request) -> tuple[int, str, str, bytes]:
    """The status, code, protocol and body of the refusal."""
    with pytest.raises(RouteError) as error:
        ROUTER.identify(one)
    response = error.value.response(one, "request-id")
    assert isinstance(response.body, bytes)
    return response.status, error.value.error.code, error.value.protocol, response.body


@pytest.mark.parametrize("signed", ["dynamodb", ""])
def test_the_target_names_the_operation(signed: str) -> None:
    one = request("POST", X_Amz_Target="DynamoDB_20120810.PutItem", signed=signed)
    assert routed(one) == ("dynamodb", "PutItem", "json")
    assert routed(one) == ("dynamodb", "PutItem", "json")


def test_the_target_may_name_any_service_that_speaks_json() -> None:
    assert routed(request("POST", X_Amz_Target="Logs_20140328.PutLogEvents")) == ("logs", "PutLogEvents", "json")
    assert routed(request("POST", X_Amz_Target="AmazonSQS.SendMessage")) == ("sqs", "SendMessage", "json")
    target = "GraniteServiceVersion20100801.PutMetricData"
    assert routed(request("POST", X_Amz_Target=target, signed="monitoring")) == ("cloudwatch", "PutMetricData", "json")


def test_the_path_of_cbor_names_the_operation() -> None:
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    expected = ("cloudwatch", "PutMetricData", "smithy-rpc-v2-cbor")
    assert routed(request("POST", path, Smithy_Protocol="rpc-v2-cbor", signed="monitoring")) == expected
    assert routed(request("POST", path, Smithy_Protocol="rpc-v2-cbor")) == expected


def test_the_action_names_the_operation() -> None:
    assert routed(form("Action=Publish&Version=2010-03-31", signed="sns")) == ("sns", "Publish", "query")
    assert routed(form("Version=2010-03-31&Action=Publish")) == ("sns", "Publish", "query")
    assert routed(request("GET", "/?Action=GetCallerIdentity&Version=2011-06-15")) == (
        "sts",
        "GetCallerIdentity",
        "query",
    )
    assert routed(form("Action=PutMetricData", signed="monitoring")) == ("cloudwatch", "PutMetricData", "query")
    assert routed(form("Action=SendMessage", signed="sqs")) == ("sqs", "SendMessage", "query")


def test_the_signature_tells_services_of_one_action_apart() -> None:
    assert routed(form("Action=TagResource", signed="sns"))[0] == "sns"
    assert routed(form("Action=TagResource", signed="monitoring"))[0] == "cloudwatch"


def test_the_method_and_path_name_the_operation() -> None:
    path = "/2015-03-31/functions/f/invocations"
    assert routed(request("POST", path, signed="lambda")) == ("lambda", "Invoke", "rest-json")
    assert routed(request("GET", "/2015-03-31/functions", signed="lambda"))[1] == "ListFunctions"
    assert routed(request("GET", "/2015-03-31/functions/", signed="lambda"))[1] == "ListFunctions"
    assert routed(request("POST", "/restapis", signed="apigateway"))[:2] == ("apigateway", "CreateRestApi")
    assert routed(request("POST", "/restapis?mode=import", signed="apigateway"))[1] == "ImportRestApi"
    assert routed(request("PUT", "/restapis/a?mode=overwrite", signed="apigateway"))[1] == "PutRestApi"
    # Two services of one signing name are told apart by their paths.
    assert routed(request("GET", "/v2/apis", signed="apigateway"))[:2] == ("apigatewayv2", "GetApis")
    arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af"
    assert routed(request("GET", f"/2017-03-31/tags/{arn}", signed="lambda"))[1] == "ListTags"


def test_unsigned_requests_are_routed_by_their_path() -> None:
    assert routed(request("POST", "/2015-03-31/functions/f/invocations"))[:2] == ("lambda", "Invoke")
    assert routed(request("GET", "/restapis"))[:2] == ("apigateway", "GetRestApis")
    assert routed(request("GET", "/v2/apis"))[:2] == ("apigatewayv2", "GetApis")
    assert routed(request("GET", "/")) == ("s3", "ListBuckets", "rest-xml")
    assert routed(request("GET", "/photos/a/b"))[1] == "GetObject"


@pytest.mark.parametrize(
    ("method", "target", "operation"),
    [
        ("PUT", "/photos", "CreateBucket"),
        ("HEAD", "/photos", "HeadBucket"),
        ("GET", "/photos", "ListObjects"),
        ("GET", "/photos/?list-type=2", "ListObjectsV2"),
        ("GET", "/photos?location", "GetBucketLocation"),
        ("GET", "/photos?versions&prefix=a", "ListObjectVersions"),
        ("PUT", "/photos/a", "PutObject"),
        ("PUT", "/photos/a//b/", "PutObject"),
        ("PUT", "/photos/a?partNumber=1&uploadId=x", "UploadPart"),
        ("PUT", "/photos/a?tagging", "PutObjectTagging"),
        ("POST", "/photos/a?uploads", "CreateMultipartUpload"),
        ("POST", "/photos/a?uploadId=x", "CompleteMultipartUpload"),
        ("DELETE", "/photos/a?uploadId=x", "AbortMultipartUpload"),
        ("DELETE", "/photos/a?versionId=x", "DeleteObject"),
        ("POST", "/photos?delete", "DeleteObjects"),
        ("GET", "/photos/a?x-id=GetObject", "GetObject"),
    ],
)
def test_s3_is_routed_by_its_query_too(method: str, target: str, operation: str) -> None:
    assert routed(request(method, target, signed="s3")) == ("s3", operation, "rest-xml")


@pytest.mark.parametrize("headers", [{"x_amz_copy_source": "/b/k"}, {"x_amz_copy_source": "b/k", "x_other": "1"}])
def test_s3_copies_are_told_by_a_header(headers: dict[str, Any]) -> None:
    assert routed(request("PUT", "/photos/a", signed="s3", **headers))[1] == "CopyObject"
    part = "/photos/a?partNumber=1&uploadId=x"
    assert routed(request("PUT", part, signed="s3", **headers))[1] == "UploadPartCopy"


@pytest.mark.parametrize("signed", ["s3", ""])
@pytest.mark.parametrize(
    "host",
    [
        "photos.s3.amazonaws.com",
        "photos.s3.eu-west-1.amazonaws.com",
        "photos.s3-eu-west-1.amazonaws.com",
        "photos.s3.dualstack.eu-west-1.amazonaws.com",
        "my.photos.s3.cn-north-1.amazonaws.com.cn",
        "photos.s3.localhost:4566",
        "photos.localhost:4566",
        "photos.s3.localhost.localstack.cloud:4566",
    ],
)
def test_the_bucket_may_be_in_the_host(host: str, signed: str) -> None:
    assert routed(request("GET", "/", host=host, signed=signed))[1] == "ListObjects"
    assert routed(request("PUT", "/", host=host, signed=signed))[1] == "CreateBucket"
    assert routed(request("PUT", "/restapis", host=host, signed=signed))[1] == "PutObject"


@pytest.mark.parametrize(
    "host", ["s3.amazonaws.com", "s3.eu-west-1.amazonaws.com", "s3.localhost:4566", "127.0.0.1:4566"]
)
def test_the_host_of_s3_names_no_bucket(host: str) -> None:
    assert routed(request("GET", "/", host=host, signed="s3"))[1] == "ListBuckets"
    assert routed(request("PUT", "/photos", host=host))[1] == "CreateBucket"


@pytest.mark.parametrize(
    "host",
    [
        "lambda.us-east-1.amazonaws.com",
        "lambda.us-east-1.localhost:4566",
        "lambda.localhost:4566",
        "LAMBDA.cn-north-1.amazonaws.com.cn",
        "lambda-fips.us-east-1.amazonaws.com:443",
        "lambda.us-east-1.api.aws",
        "lambda.us-east-1.localhost.localstack.cloud:4566",
    ],
)
def test_the_host_names_the_service_of_an_unsigned_request(host: str) -> None:
    assert routed(request("GET", "/2015-03-31/functions", host=host))[1] == "ListFunctions"
    # Not a bucket's key, though it has the form.
    status, code, protocol, _ = refused(request("GET", "/photos/key", host=host))
    assert (status, code, protocol) == (404, "UnknownOperationException", "rest-json")


@pytest.mark.parametrize(
    "host",
    [
        "cognito-idp.us-east-1.amazonaws.com",
        "vpce-1.kms.eu-west-1.vpce.amazonaws.com:443",
        "search-logs-abc.eu-west-1.es.amazonaws.com",
        "api.ecr.us-east-1.amazonaws.com",
    ],
)
def test_a_host_of_aws_that_nobody_serves_is_refused_by_name(host: str) -> None:
    """Not taken for S3, which would look for a bucket."""
    status, code, protocol, body = refused(request("GET", "/eu-west-1_a/.well-known/jwks.json", host=host))
    assert (status, code, protocol) == (501, "NotImplemented", "rest-json")
    assert host.encode() in body
    target = request("POST", X_Amz_Target="AWSCognitoIdentityProviderService.InitiateAuth", host=host)
    assert refused(target)[:3] == (501, "NotImplemented", "json")


def test_the_signature_goes_before_the_host() -> None:
    assert routed(request("GET", "/", host="lambda.localhost:4566", signed="s3"))[1] == "ListObjects"


# Refusals -----------------------------------------------------------------------------------------------------


def test_an_unknown_target_is_refused_in_json() -> None:
    # dynalite's tests: {"__type": "com.amazon.coral.service#UnknownOperationException"}, 400.
    for target in ("DynamoDB_20120810.NoSuch", "DynamoDB_20120810.", "Nothing", "DynamoDB_20111205.PutItem"):
        status, code, protocol, body = refused(request("POST", X_Amz_Target=target, signed="dynamodb"))
        assert (status, code, protocol) == (400, "UnknownOperationException", "json")
        assert body == b'{"__type":"com.amazon.coral.service#UnknownOperationException"}'
    assert refused(request("POST", X_Amz_Target="Nothing.At"))[:3] == (400, "UnknownOperationException", "json")


@pytest.mark.parametrize(
    "path",
    [
        "/service/GraniteServiceVersion20100801/operation/NoSuch",
        "/service/Nothing/operation/PutMetricData",
        "/service/DynamoDB_20120810/operation/PutItem",
        "/nonsense",
    ],
)
def test_an_unknown_path_of_cbor_is_refused_in_cbor(path: str) -> None:
    one = request("POST", path, Smithy_Protocol="rpc-v2-cbor", signed="monitoring")
    status, code, protocol, body = refused(one)
    assert (status, code, protocol) == (400, "UnknownOperationException", "smithy-rpc-v2-cbor")
    assert b"UnknownOperationException" in body


def test_an_unknown_action_is_refused_in_xml() -> None:
    # The texts differ between services: recorded answers where there are any, see patches.json.
    assert refused(form("Action=NoSuch", signed="sns"))[:3] == (400, "InvalidAction", "query")
    _, _, _, body = refused(form("Action=NoSuch&Version=2011-06-15", signed="sts"))
    assert b"<Message>Could not find operation NoSuch for version 2011-06-15</Message>" in body
    assert body.startswith(
        b'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
    )
    assert b"<RequestId>request-id</RequestId></ErrorResponse>" in body
    assert refused(form("Action=NoSuch"))[:3] == (400, "InvalidAction", "query")
    assert refused(form("Version=1", signed="sns"))[:3] == (400, "MissingAction", "query")


def test_an_unknown_path_is_refused_in_the_service_s_protocol() -> None:
    assert refused(request("GET", "/nonsense", signed="lambda"))[:3] == (404, "UnknownOperationException", "rest-json")
    status, code, protocol, body = refused(request("PATCH", "/photos/a", signed="s3"))
    assert (status, code, protocol) == (405, "MethodNotAllowed", "rest-xml")
    assert b"<Method>PATCH</Method><ResourceType>OBJECT</ResourceType>" in body


def test_a_wrong_protocol_is_refused_in_the_one_that_was_spoken() -> None:
    # SNS speaks no JSON, DynamoDB no forms.
    one = request("POST", X_Amz_Target="SNS_20100331.Publish", signed="sns")
    assert refused(one)[:3] == (400, "UnknownOperationException", "json")
    assert refused(form("Action=ListTables", signed="dynamodb"))[:3] == (400, "UnknownOperationException", "json")
    assert refused(request("POST", "/", body=b"{}", signed="sns"))[:3] == (400, "MissingAction", "query")


@pytest.mark.parametrize(
    ("one", "protocol"),
    [
        (request("POST", X_Amz_Target="Kinesis_20131202.ListStreams", signed="kinesis"), "json"),
        (form("Action=DescribeDBInstances", signed="rds"), "query"),
        (request("GET", "/clusters", signed="eks"), "rest-json"),
        (
            request("POST", "/service/X/operation/Y", Smithy_Protocol="rpc-v2-cbor", signed="arc-region-switch"),
            "smithy-rpc-v2-cbor",
        ),
    ],
)
def test_a_service_that_is_not_served_is_refused_by_name(one: Request, protocol: str) -> None:
    status, code, spoken, body = refused(one)
    assert (status, code, spoken) == (501, "NotImplemented", protocol)
    assert b"is not part of this version of Stratolite" in body


def test_a_broken_signature_is_refused_where_it_is_needed() -> None:
    one = request("GET", "/restapis", Authorization="AWS4-HMAC-SHA256 nonsense")
    assert refused(one)[:3] == (403, "IncompleteSignature", "rest-json")


def test_forms_are_read_before_they_are_routed() -> None:
    assert is_form(form("Action=Publish"))
    assert is_form(request("POST", Content_Type=f"{FORM_TYPE}; charset=utf-8"))
    assert not is_form(request("GET", Content_Type=FORM_TYPE))
    assert not is_form(request("POST", Content_Type="application/json"))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_router_knows_every_signing_name(service: Any) -> None:
    """It is asked for before the model is read, so that it has to stand in patches.json where it is not the folder."""
    router = Router([(service.name, service.model)])
    name = service_model(service.model).signing_name
    assert router._signing == {name: [service.model]}
