"""Browsers of other origins, and how requests without a name find their API, over a real port.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html, docs/http-apis.md
"""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.http_apis import Answer, HttpApis, function_arn

CORS = {
    "AllowOrigins": ["https://a.example", "http://*"],
    "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["authorization", "x-one"],
    "ExposeHeaders": ["date"],
    "MaxAge": 300,
}
ASKING = {"origin": "https://a.example", "access-control-request-method": "POST"}


@pytest.fixture(scope="module")
def apis(cloud: RunningCloud) -> HttpApis:
    return HttpApis(cloud)


def shared(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.fields if name.startswith("access-control-")}


def test_a_preflight_is_answered_without_a_route(apis: HttpApis) -> None:
    api_id = apis.make(["GET /a"], CorsConfiguration=CORS)
    answer = apis.ask(api_id, "/a", "OPTIONS", headers=ASKING)
    assert (answer.status, answer.body) == (204, b"")
    assert shared(answer) == {
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization,x-one",
        "access-control-max-age": "300",
    }
    other = apis.ask(api_id, "/a", "OPTIONS", headers={**ASKING, "origin": "https://b.example"})
    assert (other.status, shared(other)) == (204, {})
    # It is no preflight without both headers, and there is no such route.
    assert apis.ask(api_id, "/a", "OPTIONS", headers={"origin": "https://a.example"}).status == 404


def test_a_function_behind_every_method_does_not_see_preflights(apis: HttpApis) -> None:
    api_id = apis.make(["ANY /{proxy+}"], CorsConfiguration=CORS)
    assert apis.ask(api_id, "/a", "OPTIONS", headers=ASKING).status == 204
    assert apis.ask(api_id, "/a", "OPTIONS").status == 200


def test_a_route_that_is_authorized_asks_before_a_preflight_too(apis: HttpApis) -> None:
    """Why the page advises an OPTIONS route without authorization beside a $default route with one."""
    api_id = apis.make([], CorsConfiguration=CORS)
    authorizer = apis.client.create_authorizer(
        ApiId=api_id,
        AuthorizerType="JWT",
        Name="jwt",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": "http://127.0.0.1:9", "Audience": ["a"]},
    )["AuthorizerId"]
    target = f"integrations/{apis.client.get_integrations(ApiId=api_id)['Items'][0]['IntegrationId']}"
    guarded = {"Target": target, "AuthorizationType": "JWT", "AuthorizerId": authorizer}
    apis.client.create_route(ApiId=api_id, RouteKey="$default", **guarded)
    refused = apis.ask(api_id, "/a", "OPTIONS", headers=ASKING)
    assert refused.status == 401
    assert shared(refused)["access-control-allow-origin"] == "https://a.example"
    apis.client.create_route(ApiId=api_id, RouteKey="OPTIONS /{proxy+}", Target=target)
    assert apis.ask(api_id, "/a", "OPTIONS", headers=ASKING).status == 204


def test_what_the_function_says_about_origins_does_not_count(apis: HttpApis) -> None:
    api_id = apis.make(CorsConfiguration=CORS)
    said = {"Access-Control-Allow-Origin": "*", "access-control-allow-headers": "x", "x-other": "1"}
    body = {"answer": {"statusCode": 200, "headers": said}}
    answer = apis.ask(api_id, "/", "POST", body, {"origin": "http://any.example"})
    assert shared(answer) == {
        "access-control-allow-origin": "http://any.example",
        "access-control-expose-headers": "date",
    }
    assert answer.headers["x-other"] == "1"
    assert shared(apis.ask(api_id, "/", "POST", body)) == {}
    free = apis.make()
    assert shared(apis.ask(free, "/", "POST", body))["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        ({"AllowOrigins": ["*"]}, "*"),
        ({"AllowOrigins": ["https://*"], "AllowCredentials": True}, "https://a.example"),
    ],
)
def test_stars_and_credentials(apis: HttpApis, settings: Mapping[str, Any], origin: str) -> None:
    api_id = apis.make(CorsConfiguration=settings)
    answer = apis.ask(api_id, headers={"origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers.get("access-control-allow-credentials") == (
        "true" if settings.get("AllowCredentials") else None
    )


# Which API is meant where none is named ----------------------------------------------------------------------------


def make_rest_api(apis: HttpApis, stage: str, part: str) -> str:
    client = apis.cloud.client("apigateway")
    made = client.create_rest_api(name="rest")
    resource = client.create_resource(restApiId=made["id"], parentId=made["rootResourceId"], pathPart=part)["id"]
    where = {"restApiId": made["id"], "resourceId": resource, "httpMethod": "GET"}
    client.put_method(**where, authorizationType="NONE")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn('echo')}/invocations"
    client.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    client.create_deployment(restApiId=made["id"], stageName=stage)
    return str(made["id"])


def api_of(apis: HttpApis, path: str) -> str | int:
    answer = apis.ask("", path)
    return answer.json["requestContext"]["apiId"] if answer.status == 200 else answer.status


def test_two_services_share_the_port(timed_cloud: RunningCloud) -> None:
    apis = HttpApis(timed_cloud)
    assert api_of(apis, "/hello") == 404
    plain = apis.make(["GET /hello"])
    assert api_of(apis, "/hello") == plain
    rest = make_rest_api(apis, "dev", "hello")
    # A stage in the path goes before $default, whose API takes everything else.
    assert api_of(apis, "/dev/hello") == rest
    assert api_of(apis, "/hello") == plain
    timed_cloud.advance(1)
    catching = apis.make(["$default"])
    assert api_of(apis, "/dev/hello") == rest
    assert api_of(apis, "/dev/other") == catching
    assert api_of(apis, "/hello") == catching
    # Of two stages of one name the most recently deployed one that has such a route, whichever service it belongs to.
    timed_cloud.advance(1)
    named = apis.make(["GET /hello"], stage={"StageName": "dev"})
    assert api_of(apis, "/dev/hello") == named
    timed_cloud.advance(1)
    apis.cloud.client("apigateway").create_deployment(restApiId=rest, stageName="dev")
    assert api_of(apis, "/dev/hello") == rest
    apis.cloud.client("apigateway").delete_rest_api(restApiId=rest)
    assert api_of(apis, "/dev/hello") == named
    apis.client.delete_api(ApiId=named)
    apis.client.delete_api(ApiId=catching)
    assert api_of(apis, "/dev/hello") == 404
    assert api_of(apis, "/hello") == plain


def test_a_preflight_goes_to_the_api_that_has_the_path(timed_cloud: RunningCloud) -> None:
    apis = HttpApis(timed_cloud)
    apis.make(["GET /mine"], CorsConfiguration=CORS)
    timed_cloud.advance(1)
    apis.make(["GET /other"])
    assert apis.ask("", "/mine", "OPTIONS", headers=ASKING).status == 204
    assert apis.ask("", "/other", "OPTIONS", headers=ASKING).status == 404
