"""HTTP APIs, their stages and deployments, through boto3.

Expectations: the model, https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html, the examples of the
AWS CLI reference, and error texts as people report them (each test says where).
"""

from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.http_apis import error_of

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"


@pytest.fixture
def client(cloud: RunningCloud) -> Any:
    return cloud.client("apigatewayv2")


def make_api(client: Any, **settings: Any) -> str:
    made: str = client.create_api(**{"Name": "a", "ProtocolType": "HTTP", **settings})["ApiId"]
    return made


def make_route(client: Any, api_id: str, key: str = "GET /x") -> str:
    integration = client.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    made: str = client.create_route(ApiId=api_id, RouteKey=key, Target=f"integrations/{integration}")["RouteId"]
    return made


def test_an_api_has_the_shape_that_aws_gives_it(client: Any) -> None:
    made = client.create_api(Name="shape", ProtocolType="HTTP")
    api_id = made["ApiId"]
    for answer in (made, client.get_api(ApiId=api_id)):
        del answer["ResponseMetadata"], answer["CreatedDate"]
        assert answer == {
            "ApiEndpoint": f"https://{api_id}.execute-api.us-east-1.amazonaws.com",
            "ApiId": api_id,
            "ApiKeySelectionExpression": "$request.header.x-api-key",
            "DisableExecuteApiEndpoint": False,
            "IpAddressType": "ipv4",
            "Name": "shape",
            "ProtocolType": "HTTP",
            "RouteSelectionExpression": "$request.method $request.path",
            "Tags": {},
        }
    assert api_id in [each["ApiId"] for each in client.get_apis()["Items"]]


def test_lists_have_pages(client: Any) -> None:
    api_id = make_api(client)
    keys = [f"GET /page/{number}" for number in range(5)]
    for key in keys:
        make_route(client, api_id, key)
    first = client.get_routes(ApiId=api_id, MaxResults="2")
    second = client.get_routes(ApiId=api_id, MaxResults="3", NextToken=first["NextToken"])
    assert [each["RouteKey"] for each in first["Items"] + second["Items"]] == keys
    assert "NextToken" not in second
    assert error_of(client.get_routes, ApiId=api_id, NextToken="x")[0] == "BadRequestException"


def test_an_api_changes_and_goes(client: Any) -> None:
    api_id = make_api(client, CorsConfiguration={"AllowOrigins": ["https://a.example"]}, Tags={"a": "1"})
    changed = client.update_api(ApiId=api_id, Name="b", Description="d", DisableExecuteApiEndpoint=True)
    assert (changed["Name"], changed["Description"], changed["DisableExecuteApiEndpoint"]) == ("b", "d", True)
    assert changed["CorsConfiguration"] == {"AllowOrigins": ["https://a.example"]}
    client.delete_cors_configuration(ApiId=api_id)
    assert "CorsConfiguration" not in client.get_api(ApiId=api_id)
    client.delete_api(ApiId=api_id)
    # https://github.com/aws/aws-sdk-js/issues/2458
    code, text = error_of(client.get_api, ApiId=api_id)
    assert (code, text) == ("NotFoundException", f"Invalid API identifier specified {ACCOUNT}:{api_id}")


def test_what_an_api_may_not_be(client: Any) -> None:
    """Texts: https://github.com/badmintoncryer/cdk-preflight."""
    origin = {"AllowOrigins": ["*"], "AllowCredentials": True}
    assert error_of(client.create_api, Name="c", ProtocolType="HTTP", CorsConfiguration=origin)[1] == (
        "allow-credentials is not supported if 'allow-origin' is *"
    )
    selection = "$request.body.action"
    assert error_of(client.create_api, Name="c", ProtocolType="HTTP", RouteSelectionExpression=selection)[1] == (
        'Route selection expression is currently limited to "${request.method} ${request.path}"'
    )


def test_what_no_request_may_be(cloud: RunningCloud) -> None:
    """The error is the only one for this that the model has; the first text is what moto has from AWS, the second
    cdk-preflight's."""
    client = cloud.client("apigatewayv2", parameter_validation=False)
    for request in ({"Name": "x"}, {"Name": "x" * 129, "ProtocolType": "HTTP"}):
        assert error_of(client.create_api, **request)[0] == "BadRequestException"
    assert error_of(client.create_api, Name="x", ProtocolType="NO") == (
        "BadRequestException",
        "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]",
    )
    api_id = make_api(client)
    integration = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0"}
    assert error_of(client.create_integration, ApiId=api_id, **integration, TimeoutInMillis=10) == (
        "BadRequestException",
        "Timeout should be between 50 ms and 30000 ms",
    )


def test_quick_create_makes_a_route_an_integration_and_a_stage(client: Any) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html#http-api-quick-create"""
    api_id = make_api(client, Target=FUNCTION)
    route = client.get_routes(ApiId=api_id)["Items"][0]
    integration = client.get_integrations(ApiId=api_id)["Items"][0]
    stage = client.get_stages(ApiId=api_id)["Items"][0]
    assert route["RouteKey"] == "$default"
    assert route["Target"] == f"integrations/{integration['IntegrationId']}"
    assert (integration["IntegrationType"], integration["IntegrationUri"]) == ("AWS_PROXY", FUNCTION)
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert all(each["ApiGatewayManaged"] for each in (route, integration, stage))
    client.update_api(ApiId=api_id, Target="https://a.example", RouteKey="GET /y")
    assert client.get_routes(ApiId=api_id)["Items"][0]["RouteKey"] == "GET /y"
    assert client.get_integrations(ApiId=api_id)["Items"][0]["IntegrationType"] == "HTTP_PROXY"


def test_a_stage_that_deploys_itself_does_so_with_each_change(client: Any) -> None:
    """Texts: https://docs.aws.amazon.com/cli/latest/reference/apigatewayv2/get-stages.html (examples)."""
    api_id = make_api(client)
    stage = client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    assert stage["DefaultRouteSettings"] == {"DetailedMetricsEnabled": False}
    assert (stage["RouteSettings"], stage["StageVariables"], stage["Tags"]) == ({}, {}, {})
    assert stage["LastDeploymentStatusMessage"] == (
        "Deployment attempt failed: Unable to deploy API because no routes exist in this API"
    )
    make_route(client, api_id)
    stage = client.get_stage(ApiId=api_id, StageName="$default")
    deployment_id = stage["DeploymentId"]
    assert stage["LastDeploymentStatusMessage"] == f"Successfully deployed stage with deployment ID '{deployment_id}'"
    deployment = client.get_deployment(ApiId=api_id, DeploymentId=deployment_id)
    assert (deployment["AutoDeployed"], deployment["DeploymentStatus"]) == (True, "DEPLOYED")
    assert deployment["Description"] == "Automatic deployment triggered by changes to the Api configuration"
    code, text = error_of(client.update_stage, ApiId=api_id, StageName="$default", DeploymentId=deployment_id)
    assert code == "BadRequestException"
    # https://github.com/go-to-k/cdk-real-drift/issues/667
    assert text.startswith("Deployment ID cannot be set on this stage")
    assert error_of(client.create_deployment, ApiId=api_id, StageName="$default") == (code, text)


def test_changes_that_come_later_are_a_deployment_of_their_own(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("apigatewayv2")
    api_id = make_api(client)
    make_route(client, api_id)
    client.create_stage(ApiId=api_id, StageName="dev", AutoDeploy=True)
    client.create_stage(ApiId=api_id, StageName="held")
    first = client.get_stage(ApiId=api_id, StageName="dev")["DeploymentId"]
    make_route(client, api_id, "GET /soon")
    assert client.get_stage(ApiId=api_id, StageName="dev")["DeploymentId"] == first
    timed_cloud.advance(5)
    make_route(client, api_id, "GET /later")
    second = client.get_stage(ApiId=api_id, StageName="dev")["DeploymentId"]
    assert second != first
    client.update_stage(ApiId=api_id, StageName="held", DeploymentId=second)
    make_route(client, api_id, "GET /after")
    assert client.get_stage(ApiId=api_id, StageName="held")["DeploymentId"] == second
    assert client.get_stage(ApiId=api_id, StageName="dev")["DeploymentId"] != second


def test_a_deployment_needs_a_route_and_goes_when_no_stage_shows_it(client: Any) -> None:
    """The first text: https://github.com/mach-composer/mach-composer-cli/issues/42."""
    api_id = make_api(client)
    assert error_of(client.create_deployment, ApiId=api_id) == (
        "BadRequestException",
        "Unable to deploy API because no routes exist in this API",
    )
    make_route(client, api_id)
    assert error_of(client.create_deployment, ApiId=api_id, StageName="dev")[1] == (
        "Stage dev does not exist. StageName specified on a CreateDeployment request must exist so the stage can be"
        " updated with the new deployment."
    )
    stage = client.create_stage(ApiId=api_id, StageName="dev")
    assert "AutoDeploy" not in stage and "DeploymentId" not in stage
    made = client.create_deployment(ApiId=api_id, StageName="dev", Description="one")
    assert (made["AutoDeployed"], made["DeploymentStatus"]) == (False, "DEPLOYED")
    assert client.get_stage(ApiId=api_id, StageName="dev")["DeploymentId"] == made["DeploymentId"]
    where = {"ApiId": api_id, "DeploymentId": made["DeploymentId"]}
    assert client.update_deployment(**where, Description="two")["Description"] == "two"
    assert error_of(client.delete_deployment, **where)[0] == "BadRequestException"
    client.delete_stage(ApiId=api_id, StageName="dev")
    client.delete_deployment(**where)
    assert client.get_deployments(ApiId=api_id)["Items"] == []


def test_a_stage_is_set_and_unset(client: Any) -> None:
    api_id = make_api(client)
    make_route(client, api_id, "GET /x")
    client.create_stage(
        ApiId=api_id,
        StageName="dev",
        StageVariables={"a": "1", "b": "2"},
        DefaultRouteSettings={"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 2.5},
        RouteSettings={"GET /x": {"ThrottlingBurstLimit": 1}},
        AccessLogSettings={
            "DestinationArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/g",
            "Format": "$context.requestId",
        },
    )
    stage = client.update_stage(ApiId=api_id, StageName="dev", StageVariables={"a": "3"}, Description="d")
    assert stage["StageVariables"] == {"a": "3", "b": "2"}
    assert stage["DefaultRouteSettings"] == {
        "DetailedMetricsEnabled": False,
        "ThrottlingBurstLimit": 5,
        "ThrottlingRateLimit": 2.5,
    }
    assert stage["RouteSettings"] == {"GET /x": {"ThrottlingBurstLimit": 1}}
    client.delete_route_settings(ApiId=api_id, StageName="dev", RouteKey="GET /x")
    client.delete_access_log_settings(ApiId=api_id, StageName="dev")
    client.reset_authorizers_cache(ApiId=api_id, StageName="dev")
    stage = client.get_stage(ApiId=api_id, StageName="dev")
    assert stage["RouteSettings"] == {}
    assert "AccessLogSettings" not in stage


def test_what_a_stage_may_not_be(client: Any) -> None:
    """Texts: https://github.com/terraform-aws-modules/terraform-aws-apigateway-v2/pull/80 and cdk-preflight."""
    api_id = make_api(client)
    where = {"ApiId": api_id, "StageName": "dev"}
    assert error_of(client.create_stage, ApiId=api_id, StageName="a.b")[1] == "Stage name only allows a-zA-Z0-9_-"
    assert error_of(client.create_stage, **where, RouteSettings={"GET /no": {}}) == (
        "NotFoundException",
        "Unable to find Route by key GET /no within the provided RouteSettings",
    )
    log = {"DestinationArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/g", "Format": "$context.status"}
    assert error_of(client.create_stage, **where, AccessLogSettings=log)[1] == (
        "Access Log format must include either $context.requestId or $context.extendedRequestId"
    )
    assert error_of(client.create_stage, **where, DefaultRouteSettings={"LoggingLevel": "INFO"})[1] == (
        "Execution logs are not supported on protocolType HTTP"
    )
    client.create_stage(**where)
    assert error_of(client.create_stage, **where) == ("ConflictException", "Stage already exists")
    assert error_of(client.get_stage, ApiId=api_id, StageName="no") == (
        "NotFoundException",
        "Invalid stage identifier specified",
    )


def test_tags_of_apis_and_stages(client: Any) -> None:
    api_id = make_api(client, Tags={"a": "1"})
    client.create_stage(ApiId=api_id, StageName="$default", Tags={"s": "1"})
    arn = f"arn:aws:apigateway:us-east-1::/apis/{api_id}"
    client.tag_resource(ResourceArn=arn, Tags={"b": "2"})
    client.untag_resource(ResourceArn=arn, TagKeys=["a", "no"])
    assert client.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    assert client.get_api(ApiId=api_id)["Tags"] == {"b": "2"}
    assert client.get_tags(ResourceArn=f"{arn}/stages/$default")["Tags"] == {"s": "1"}
    assert error_of(client.get_tags, ResourceArn=f"{arn}x")[0] == "NotFoundException"
