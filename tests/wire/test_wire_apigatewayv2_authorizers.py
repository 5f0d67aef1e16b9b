"""Lambda authorizers of HTTP APIs over a real port.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.http_apis import Answer, HttpApis, authorizer_uri, function_arn

FORBIDDEN = (403, b'{"message":"Forbidden"}')
UNAUTHORIZED = (401, b'{"message":"Unauthorized"}')
FAILED = (500, b'{"message":"Internal Server Error"}')


class Doors:
    """A cloud with authorizer functions, and APIs behind them."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.apis = HttpApis(cloud)
        self.apis.make_function("policy", KIND="authorizer")
        self.apis.make_function("simple", KIND="authorizer", SIMPLE="1")

    def make(self, function: str = "simple", *, version: str = "2.0", integration: str = "2.0", **settings: Any) -> str:
        client = self.apis.client
        api_id: str = client.create_api(Name="doors", ProtocolType="HTTP")["ApiId"]
        given = {
            "AuthorizerType": "REQUEST",
            "Name": "door",
            "AuthorizerUri": authorizer_uri(function),
            "AuthorizerPayloadFormatVersion": version,
            "EnableSimpleResponses": function == "simple",
            "IdentitySource": ["$request.header.Token"],
            **settings,
        }
        authorizer = client.create_authorizer(ApiId=api_id, **given)["AuthorizerId"]
        target = client.create_integration(
            ApiId=api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=function_arn("echo"),
            PayloadFormatVersion=integration,
        )["IntegrationId"]
        for key in ("GET /users/{id}", "GET /posts"):
            client.create_route(
                ApiId=api_id,
                RouteKey=key,
                Target=f"integrations/{target}",
                AuthorizationType="CUSTOM",
                AuthorizerId=authorizer,
            )
        client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
        return api_id

    def ask(self, api_id: str, token: str | None = "allow", path: str = "/users/7?a=1") -> Answer:
        return self.apis.ask(api_id, path, headers={"token": token} if token is not None else {})


@pytest.fixture(scope="module")
def doors(cloud: RunningCloud) -> Doors:
    return Doors(cloud)


def result(answer: Answer) -> tuple[int, bytes]:
    return answer.status, answer.body


@pytest.mark.parametrize(("function", "version"), [("simple", "2.0"), ("policy", "2.0"), ("policy", "1.0")])
def test_who_may_pass(doors: Doors, function: str, version: str) -> None:
    api_id = doors.make(function, version=version)
    passed = doors.ask(api_id)
    assert passed.status == 200
    shown = passed.json["requestContext"]["authorizer"]["lambda"]
    # What the function said of the caller arrives as it was said.
    assert (shown["admin"], shown["list"]) == (True, [1])
    assert result(doors.ask(api_id, "deny")) == FORBIDDEN
    assert result(doors.ask(api_id, None)) == UNAUTHORIZED
    assert result(doors.ask(api_id, "Unauthorized")) == UNAUTHORIZED
    assert result(doors.ask(api_id, "broken")) == FAILED
    assert result(doors.ask(api_id, "nothing")) == FAILED


def test_format_two_of_the_event(doors: Doors) -> None:
    api_id = doors.make()
    passed = doors.ask(api_id)
    event = json.loads(passed.json["requestContext"]["authorizer"]["lambda"]["event"])
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api_id}/$default/GET/users/7"
    assert event["headers"]["token"] == "allow"
    context = event["requestContext"]
    assert "authorizer" not in context
    assert context["http"]["path"] == "/users/7"
    assert {name: value for name, value in event.items() if name not in ("headers", "requestContext")} == {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": arn,
        "identitySource": ["allow"],
        "routeKey": "GET /users/{id}",
        "rawPath": "/users/7",
        "rawQueryString": "a=1",
        "queryStringParameters": {"a": "1"},
        "pathParameters": {"id": "7"},
    }


def test_format_one_of_the_event(doors: Doors) -> None:
    api_id = doors.make("policy", version="1.0", integration="1.0")
    passed = doors.ask(api_id)
    authorizer = passed.json["requestContext"]["authorizer"]
    assert authorizer["principalId"] == "ada"
    event = json.loads(authorizer["event"])
    assert event["methodArn"] == f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api_id}/$default/GET/users/7"
    assert (event["identitySource"], event["authorizationToken"]) == ("allow", "allow")
    assert (event["version"], event["type"], event["resource"], event["path"], event["httpMethod"]) == (
        "1.0",
        "REQUEST",
        "/users/{id}",
        "/users/7",
        "GET",
    )
    assert "body" not in event


def asked(answer: Answer) -> str:
    """Which invocation of the authorizer let the request pass."""
    request_id: str = answer.json["requestContext"]["authorizer"]["lambda"]["asked"]
    return request_id


def test_answers_are_kept_under_the_identity(timed_cloud: RunningCloud) -> None:
    doors = Doors(timed_cloud)
    api_id = doors.make(
        AuthorizerResultTtlInSeconds=60, IdentitySource=["$request.header.Token", "$request.querystring.a"]
    )
    first = asked(doors.ask(api_id))
    assert asked(doors.ask(api_id)) == first
    # The answer holds for all routes, and for these values of the identity sources alone.
    assert asked(doors.ask(api_id, path="/posts?a=1")) == first
    assert asked(doors.ask(api_id, path="/users/7?a=2")) != first
    timed_cloud.advance(59.9)
    assert asked(doors.ask(api_id)) == first
    timed_cloud.advance(0.1)
    assert asked(doors.ask(api_id)) != first
    assert result(doors.ask(api_id, path="/users/7")) == UNAUTHORIZED


def test_a_policy_for_one_route_is_judged_anew_for_another(timed_cloud: RunningCloud) -> None:
    doors = Doors(timed_cloud)
    kept = doors.make("policy", AuthorizerResultTtlInSeconds=60)
    assert doors.ask(kept).status == 200
    assert result(doors.ask(kept, path="/posts")) == FORBIDDEN
    per_route = ["$request.header.Token", "$context.routeKey"]
    api_id = doors.make("policy", AuthorizerResultTtlInSeconds=60, IdentitySource=per_route)
    assert doors.ask(api_id).status == 200
    assert doors.ask(api_id, path="/posts").status == 200


def test_nothing_is_kept_for_no_time(doors: Doors) -> None:
    api_id = doors.make(AuthorizerResultTtlInSeconds=0)
    first = asked(doors.ask(api_id))
    assert asked(doors.ask(api_id)) != first


def test_without_identity_sources_the_function_is_asked_each_time(doors: Doors) -> None:
    api_id = doors.make(IdentitySource=[])
    passed = doors.ask(api_id, None)
    event = json.loads(passed.json["requestContext"]["authorizer"]["lambda"]["event"])
    assert event["identitySource"] is None


def test_an_authorizer_that_is_not_there_lets_nobody_in(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    api_id = doors.make(AuthorizerUri=authorizer_uri("missing"))
    assert result(doors.ask(api_id)) == FAILED
    assert "missing" in caplog.text
