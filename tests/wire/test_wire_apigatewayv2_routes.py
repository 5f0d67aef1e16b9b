"""Routes, integrations and authorizers of HTTP APIs, through boto3.

Shapes are those of the model. Error texts are what https://github.com/badmintoncryer/cdk-preflight collected by
deploying, unless a test names another source.
"""

from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.http_apis import error_of

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
FUNCTION_URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
JWT = {
    "AuthorizerType": "JWT",
    "IdentitySource": ["$request.header.Authorization"],
    "JwtConfiguration": {"Audience": ["a"], "Issuer": "https://issuer.example"},
    "Name": "jwt",
}
REQUEST = {
    "AuthorizerType": "REQUEST",
    "AuthorizerPayloadFormatVersion": "2.0",
    "AuthorizerUri": FUNCTION_URI,
    "IdentitySource": ["$request.header.Authorization"],
    "Name": "request",
}


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("apigatewayv2")


@pytest.fixture
def api_id(client: Any) -> Any:
    return client.create_api(Name="a", ProtocolType="HTTP")["ApiId"]


def make_integration(client: Any, api_id: str, **settings: Any) -> dict[str, Any]:
    request = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0", **settings}
    made: dict[str, Any] = client.create_integration(ApiId=api_id, **request)
    del made["ResponseMetadata"]
    return made


def test_an_integration_has_the_shape_that_aws_gives_it(client: Any, api_id: str) -> None:
    made = make_integration(client, api_id)
    assert made == {
        "ConnectionType": "INTERNET",
        "IntegrationId": made["IntegrationId"],
        "IntegrationMethod": "POST",
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": FUNCTION,
        "PayloadFormatVersion": "2.0",
        "TimeoutInMillis": 30000,
    }
    assert [each["IntegrationId"] for each in client.get_integrations(ApiId=api_id)["Items"]] == [made["IntegrationId"]]
    assert make_integration(client, api_id, IntegrationUri=FUNCTION_URI)["IntegrationUri"] == FUNCTION_URI


def test_an_integration_changes_by_parts(client: Any, api_id: str) -> None:
    made = make_integration(
        client,
        api_id,
        IntegrationType="HTTP_PROXY",
        IntegrationUri="https://a.example/x",
        IntegrationMethod="ANY",
        PayloadFormatVersion="1.0",
        RequestParameters={"append:header.a": "1", "remove:querystring.b": "''"},
        ResponseParameters={"200": {"overwrite:header.a": "1"}, "500": {"remove:header.b": "''"}},
    )
    where = {"ApiId": api_id, "IntegrationId": made["IntegrationId"]}
    changed = client.update_integration(
        **where,
        TimeoutInMillis=500,
        RequestParameters={"append:header.a": "", "append:header.c": "3"},
        ResponseParameters={"500": {}},
    )
    assert changed["TimeoutInMillis"] == 500
    assert changed["RequestParameters"] == {"append:header.c": "3", "remove:querystring.b": "''"}
    assert changed["ResponseParameters"] == {"200": {"overwrite:header.a": "1"}}
    client.delete_integration(**where)
    assert error_of(client.get_integration, **where) == (
        "NotFoundException",
        "Invalid Integration identifier specified",
    )


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"PayloadFormatVersion": None}, "PayloadFormatVersion is a required parameter for integration"),
        ({"PayloadFormatVersion": "3.0"}, "Unsupported PayloadFormatVersion: 3.0"),
        (
            # https://github.com/aws/aws-cli/issues/6363
            {"IntegrationType": "AWS"},
            "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY,"
            " HTTP_PROXY)",
        ),
        ({"IntegrationUri": "https://a.example"}, "Invalid function ARN or invalid uri"),
        (
            {"IntegrationType": "HTTP_PROXY"},
            "HttpMethod parameter method must be specified for integrationType HTTPPROXY",
        ),
        (
            {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET"},
            "PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY",
        ),
        ({"RequestParameters": {"header.a": "1"}}, "Invalid Request Actioned Parameter"),
        ({"ResponseParameters": {"99": {"remove:header.a": "''"}}}, "Status Code 99 is not valid"),
        (
            {"RequestParameters": {"overwrite:header.Authorization": "x"}},
            "Operations on header authorization are restricted",
        ),
        (
            {"ResponseParameters": {"200": {"remove:header.x-amzn-a": "''"}}},
            "Operations on header x-amzn-a are restricted",
        ),
        ({"ConnectionType": "VPC_LINK"}, "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"),
        (
            {"IntegrationSubtype": "SQS-Nothing", "PayloadFormatVersion": "1.0"},
            "Operation: SQS-Nothing is not supported.",
        ),
    ],
)
def test_what_an_integration_may_not_be(client: Any, api_id: str, settings: dict[str, Any], text: str) -> None:
    request = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0", **settings}
    request = {name: value for name, value in request.items() if value is not None}
    assert error_of(client.create_integration, ApiId=api_id, **request) == ("BadRequestException", text)


def test_what_stands_in_no_network_of_ours_is_refused_by_name(client: Any, api_id: str) -> None:
    request = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "1.0"}
    code, text = error_of(
        client.create_integration, ApiId=api_id, **request, ConnectionType="VPC_LINK", ConnectionId="x"
    )
    assert (code, "VPC_LINK" in text) == ("NotImplemented", True)


def test_a_route_has_the_shape_that_aws_gives_it(client: Any, api_id: str) -> None:
    target = f"integrations/{make_integration(client, api_id)['IntegrationId']}"
    made = client.create_route(ApiId=api_id, RouteKey="GET /a/{b}", Target=target)
    del made["ResponseMetadata"]
    assert made == {
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RouteId": made["RouteId"],
        "RouteKey": "GET /a/{b}",
        "Target": target,
    }
    where = {"ApiId": api_id, "RouteId": made["RouteId"]}
    assert client.update_route(**where, OperationName="o", RouteKey="ANY /a")["RouteKey"] == "ANY /a"
    assert client.get_route(**where)["OperationName"] == "o"
    assert error_of(client.delete_integration, ApiId=api_id, IntegrationId=target.removeprefix("integrations/"))[0] == (
        "ConflictException"
    )
    client.delete_route(**where)
    assert error_of(client.get_route, **where) == ("NotFoundException", "Invalid Route identifier specified")


@pytest.mark.parametrize("key", ["GET", "get /x", "GET x", "FETCH /x", "$other", ""])
def test_keys_that_are_no_routes(client: Any, api_id: str, key: str) -> None:
    code, text = error_of(client.create_route, ApiId=api_id, RouteKey=key)
    assert code == "BadRequestException"
    assert text.startswith("The provided route key is not formatted properly for HTTP protocol.")


@pytest.mark.parametrize("key", ["GET /a//b", "GET /a b", "GET /{a", "GET /x{a}", "GET /{}", "GET /a%20b"])
def test_paths_that_are_none(client: Any, api_id: str, key: str) -> None:
    assert error_of(client.create_route, ApiId=api_id, RouteKey=key)[1] == (
        "One or more path parts appear to be invalid. Parts are validated against this regular expression:"
        r" ^(\{[\w.:-]+\+?\}|[a-zA-Z0-9.:_-]+)$"
    )


def test_routes_beside_each_other(client: Any, api_id: str) -> None:
    """Texts: https://github.com/anomalyco/sst/issues/5031 and https://github.com/plutomi/plutomi/issues/271."""
    client.create_route(ApiId=api_id, RouteKey="GET /a/{one}")
    assert error_of(client.create_route, ApiId=api_id, RouteKey="GET /a/{one}") == (
        "ConflictException",
        "Route with key GET /a/{one} already exists for this API",
    )
    assert error_of(client.create_route, ApiId=api_id, RouteKey="GET /a/{two}") == (
        "ConflictException",
        'The provided route key "GET /a/{two}" has a conflicting variable on the same hierarchical level as'
        ' "GET /a/{one}"',
    )
    for key in ("POST /a/{two}", "GET /a/{one+}", "GET /a/b", "$default"):
        client.create_route(ApiId=api_id, RouteKey=key)


def test_who_may_call_a_route(client: Any, api_id: str) -> None:
    jwt = client.create_authorizer(ApiId=api_id, **JWT)["AuthorizerId"]
    request = client.create_authorizer(ApiId=api_id, **REQUEST)["AuthorizerId"]
    make = client.create_route
    assert error_of(make, ApiId=api_id, RouteKey="GET /x", AuthorizationType="JWT") == (
        "BadRequestException",
        "Setting the authorization type to JWT requires a valid JWT authorizer.",
    )
    assert error_of(make, ApiId=api_id, RouteKey="GET /x", AuthorizationType="JWT", AuthorizerId=request)[0] == (
        "BadRequestException"
    )
    assert error_of(make, ApiId=api_id, RouteKey="GET /x", AuthorizationScopes=["a"])[1] == (
        "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type"
    )
    assert error_of(make, ApiId=api_id, RouteKey="GET /x", ApiKeyRequired=True)[1] == (
        "ApiKeyRequired is not currently supported for HTTP APIs."
    )
    made = make(
        ApiId=api_id, RouteKey="GET /x", AuthorizationType="JWT", AuthorizerId=jwt, AuthorizationScopes=["a", "b"]
    )
    assert (made["AuthorizerId"], made["AuthorizationScopes"]) == (jwt, ["a", "b"])
    assert error_of(client.delete_authorizer, ApiId=api_id, AuthorizerId=jwt)[0] == "ConflictException"
    opened = client.update_route(ApiId=api_id, RouteId=made["RouteId"], AuthorizationType="NONE")
    assert "AuthorizerId" not in opened and "AuthorizationScopes" not in opened
    client.delete_authorizer(ApiId=api_id, AuthorizerId=jwt)


def test_authorizers_have_the_shapes_that_aws_gives_them(client: Any, api_id: str) -> None:
    """A JWT's: the answer of AWS in https://github.com/getmoto/moto/pull/5144."""
    made = client.create_authorizer(ApiId=api_id, **JWT)
    del made["ResponseMetadata"]
    assert made == {**JWT, "AuthorizerId": made["AuthorizerId"]}
    made = client.create_authorizer(ApiId=api_id, **REQUEST)
    del made["ResponseMetadata"]
    assert made == {
        **REQUEST,
        "AuthorizerId": made["AuthorizerId"],
        "AuthorizerResultTtlInSeconds": 300,
        "EnableSimpleResponses": False,
    }
    where = {"ApiId": api_id, "AuthorizerId": made["AuthorizerId"]}
    changed = client.update_authorizer(**where, EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=0)
    assert (changed["EnableSimpleResponses"], changed["AuthorizerResultTtlInSeconds"]) == (True, 0)
    assert [each["Name"] for each in client.get_authorizers(ApiId=api_id)["Items"]] == ["jwt", "request"]
    assert client.get_authorizer(**where)["Name"] == "request"
    client.delete_authorizer(**where)
    assert error_of(client.get_authorizer, **where)[1] == "Invalid Authorizer identifier specified"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({**JWT, "JwtConfiguration": None}, "JwtConfiguration must not be null for JWT Authorizer"),
        (
            {**REQUEST, "AuthorizerPayloadFormatVersion": None},
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer",
        ),
        ({**REQUEST, "AuthorizerUri": None}, "AuthorizerUri is a required field in an Authorizer"),
        (
            {**REQUEST, "AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": True},
            'EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".',
        ),
        (
            {**REQUEST, "IdentitySource": [], "AuthorizerResultTtlInSeconds": 10},
            "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)",
        ),
        (
            {**REQUEST, "AuthorizerResultTtlInSeconds": 3601},
            "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.",
        ),
        ({**REQUEST, "IdentitySource": ["header.a"]}, "Invalid identity source expression: header.a"),
    ],
)
def test_what_an_authorizer_may_not_be(client: Any, api_id: str, settings: dict[str, Any], text: str) -> None:
    request = {name: value for name, value in settings.items() if value is not None}
    assert error_of(client.create_authorizer, ApiId=api_id, **request) == ("BadRequestException", text)
