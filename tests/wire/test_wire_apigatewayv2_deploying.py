"""What of an API its stages show: at once, or after a deployment.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

import pytest
from tests.conftest import RunningCloud
from tests.wire.http_apis import HttpApis, authorizer_uri, function_arn


class Shown:
    """One API with a route, and what its stages answer."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.apis = HttpApis(cloud)
        self.client = self.apis.client
        self.api_id: str = self.client.create_api(Name="shown", ProtocolType="HTTP")["ApiId"]
        self.target = self.integrate("echo")
        self.route = self.client.create_route(ApiId=self.api_id, RouteKey="GET /a", Target=self.target)["RouteId"]

    def integrate(self, function: str) -> str:
        request = {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
        made = self.client.create_integration(ApiId=self.api_id, IntegrationUri=function_arn(function), **request)
        return f"integrations/{made['IntegrationId']}"

    def guard(self) -> str:
        """Put a function before the route, whose answers are kept for a minute; the authorizer's id."""
        self.apis.make_function("simple", KIND="authorizer", SIMPLE="1")
        made: str = self.client.create_authorizer(
            ApiId=self.api_id,
            AuthorizerType="REQUEST",
            Name="door",
            AuthorizerUri=authorizer_uri("simple"),
            AuthorizerPayloadFormatVersion="2.0",
            EnableSimpleResponses=True,
            AuthorizerResultTtlInSeconds=60,
            IdentitySource=["$request.header.token"],
        )["AuthorizerId"]
        guarded = {"AuthorizationType": "CUSTOM", "AuthorizerId": made}
        self.client.update_route(ApiId=self.api_id, RouteId=self.route, **guarded)
        return made

    def status(self, path: str, **headers: str) -> int:
        return self.apis.ask(self.api_id, path, headers=headers).status


@pytest.fixture
def shown(timed_cloud: RunningCloud) -> Shown:
    return Shown(timed_cloud)


def test_a_stage_that_deploys_itself_shows_changes_at_once(shown: Shown) -> None:
    client, api_id = shown.client, shown.api_id
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    assert (shown.status("/a"), shown.status("/b")) == (200, 404)
    client.update_route(ApiId=api_id, RouteId=shown.route, RouteKey="GET /b")
    assert (shown.status("/a"), shown.status("/b")) == (404, 200)
    client.delete_route(ApiId=api_id, RouteId=shown.route)
    # Without a route there is nothing to deploy: what was shown last stays.
    assert shown.status("/b") == 200


def test_another_stage_shows_what_was_deployed_to_it(shown: Shown) -> None:
    client, api_id = shown.client, shown.api_id
    client.create_stage(ApiId=api_id, StageName="held")
    assert shown.status("/held/a") == 404
    first = client.create_deployment(ApiId=api_id, StageName="held")["DeploymentId"]
    assert shown.status("/held/a") == 200
    client.update_route(ApiId=api_id, RouteId=shown.route, RouteKey="GET /b")
    client.delete_integration(ApiId=api_id, IntegrationId=shown.integrate("other").removeprefix("integrations/"))
    assert (shown.status("/held/a"), shown.status("/held/b")) == (200, 404)
    client.create_deployment(ApiId=api_id, StageName="held")
    assert (shown.status("/held/a"), shown.status("/held/b")) == (404, 200)
    client.update_stage(ApiId=api_id, StageName="held", DeploymentId=first)
    assert (shown.status("/held/a"), shown.status("/held/b")) == (200, 404)
    client.delete_stage(ApiId=api_id, StageName="held")
    assert shown.status("/held/a") == 404


def test_an_endpoint_that_is_disabled_is_so_after_a_deployment(shown: Shown) -> None:
    client, api_id = shown.client, shown.api_id
    client.create_stage(ApiId=api_id, StageName="held")
    client.create_deployment(ApiId=api_id, StageName="held")
    client.update_api(ApiId=api_id, DisableExecuteApiEndpoint=True)
    assert shown.status("/held/a") == 200
    client.create_deployment(ApiId=api_id, StageName="held")
    assert shown.status("/held/a") == 404


def test_a_changed_authorizer_is_asked_although_it_answered_before(shown: Shown) -> None:
    """Changes within a second are one deployment, and answers are kept for a deployment."""
    client, api_id = shown.client, shown.api_id
    authorizer = shown.guard()
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    assert shown.status("/a", token="allow") == 200
    client.update_authorizer(ApiId=api_id, AuthorizerId=authorizer, AuthorizerUri=authorizer_uri("missing"))
    assert shown.status("/a", token="allow") == 500


def test_answers_of_authorizers_are_forgotten_on_demand(shown: Shown) -> None:
    client, api_id = shown.client, shown.api_id
    shown.guard()
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)

    def asked() -> str:
        answer = shown.apis.ask(api_id, "/a", headers={"token": "allow"})
        name: str = answer.json["requestContext"]["authorizer"]["lambda"]["asked"]
        return name

    first = asked()
    assert asked() == first
    client.reset_authorizers_cache(ApiId=api_id, StageName="$default")
    assert asked() != first
