"""The control plane of WebSocket APIs, where it is not that of HTTP APIs; and both of its stacks' resources.

Expectations: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/ and the model. Texts are ours where AWS's
are not known.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import REGION, RunningCloud
from tests.wire.http_apis import authorizer_uri, function_arn
from tests.wire.web_sockets import WebSocketApis, WebSocketClient

PROXY = {"IntegrationType": "AWS_PROXY", "IntegrationUri": function_arn("echo")}


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("apigatewayv2")


def make(client: Any, **more: Any) -> str:
    given = {"RouteSelectionExpression": "$request.body.action", **more}
    return str(client.create_api(Name="w", ProtocolType="WEBSOCKET", **given)["ApiId"])


def error_of(operation: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        operation(**request)
    answer = raised.value.response["Error"]
    return answer["Code"], answer["Message"]


def test_an_api_is_made_changed_and_deleted(client: Any) -> None:
    api_id = make(client, Description="d")
    made = client.get_api(ApiId=api_id)
    assert made["ApiEndpoint"] == f"wss://{api_id}.execute-api.{REGION}.amazonaws.com"
    assert made["RouteSelectionExpression"] == "$request.body.action"
    assert (made["ProtocolType"], made["DisableSchemaValidation"]) == ("WEBSOCKET", False)
    changed = client.update_api(ApiId=api_id, RouteSelectionExpression="${request.body.kind}", Name="n")
    assert (changed["RouteSelectionExpression"], changed["Name"]) == ("${request.body.kind}", "n")
    client.delete_api(ApiId=api_id)
    assert error_of(client.get_api, ApiId=api_id)[0] == "NotFoundException"


@pytest.mark.parametrize(
    "given",
    [
        {"RouteSelectionExpression": ""},
        {"RouteSelectionExpression": "$request.method $request.path"},
        {"CorsConfiguration": {"AllowOrigins": ["*"]}},
        {"Target": function_arn("echo")},
    ],
)
def test_what_an_api_may_not_be(client: Any, given: dict[str, Any]) -> None:
    request = {"RouteSelectionExpression": "$request.body.action", **given}
    request = {name: value for name, value in request.items() if value}
    assert error_of(client.create_api, Name="w", ProtocolType="WEBSOCKET", **request)[0] == "BadRequestException"


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"RouteKey": "$other"}, "BadRequestException", "$connect, $disconnect, $default"),
        ({"RouteKey": "$default"}, "ConflictException", "already exists"),
        ({"RouteKey": "a", "AuthorizationType": "AWS_IAM"}, "BadRequestException", "$connect"),
        ({"RouteKey": "$connect", "AuthorizationType": "JWT"}, "BadRequestException", "HTTP APIs"),
        ({"RouteKey": "a", "RouteResponseSelectionExpression": "x"}, "BadRequestException", "$default"),
        ({"RouteKey": "a", "ApiKeyRequired": True}, "NotImplemented", "ApiKeyRequired"),
        ({"RouteKey": "a", "RequestModels": {"a": "b"}}, "NotImplemented", "RequestModels"),
        ({"RouteKey": "a", "Target": "integrations/no"}, "NotFoundException", "Integration"),
    ],
)
def test_what_a_route_may_not_be(client: Any, given: dict[str, Any], code: str, said: str) -> None:
    api_id = make(client)
    client.create_route(ApiId=api_id, RouteKey="$default")
    found, text = error_of(client.create_route, ApiId=api_id, **given)
    assert found == code and said in text


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a"}, "NotImplemented", "HTTP_PROXY"),
        ({"IntegrationType": "AWS"}, "NotImplemented", "IntegrationType AWS"),
        ({**PROXY, "ContentHandlingStrategy": "CONVERT_TO_TEXT"}, "NotImplemented", "ContentHandlingStrategy"),
        ({**PROXY, "PayloadFormatVersion": "2.0"}, "BadRequestException", "1.0"),
        ({**PROXY, "TimeoutInMillis": 30000}, "BadRequestException", "29000"),
        ({**PROXY, "RequestTemplates": {"a": "b"}}, "BadRequestException", "RequestTemplates"),
        ({**PROXY, "IntegrationUri": "https://a"}, "BadRequestException", "Invalid function ARN"),
        ({"IntegrationType": "MOCK", "RequestTemplates": {"a": "$x"}}, "NotImplemented", "RequestTemplates.a"),
    ],
)
def test_what_an_integration_may_not_be(client: Any, given: dict[str, Any], code: str, said: str) -> None:
    found, text = error_of(client.create_integration, ApiId=make(client), **given)
    assert found == code and said in text


def test_responses_of_routes(client: Any) -> None:
    api_id = make(client)
    where = {"ApiId": api_id, "RouteId": client.create_route(ApiId=api_id, RouteKey="a")["RouteId"]}
    assert error_of(client.create_route_response, **where, RouteResponseKey="x")[0] == "BadRequestException"
    made = client.create_route_response(**where, RouteResponseKey="$default")
    one = {**where, "RouteResponseId": made["RouteResponseId"]}
    assert client.get_route_response(**one)["RouteResponseKey"] == "$default"
    assert [each["RouteResponseId"] for each in client.get_route_responses(**where)["Items"]] == [
        made["RouteResponseId"]
    ]
    assert error_of(client.create_route_response, **where, RouteResponseKey="$default")[0] == "ConflictException"
    assert client.update_route_response(**one, RouteResponseKey="$default")["RouteResponseKey"] == "$default"
    assert error_of(client.update_route_response, **one, ResponseModels={"a": "b"})[0] == "NotImplemented"
    client.delete_route_response(**one)
    assert error_of(client.get_route_response, **one) == (
        "NotFoundException",
        "Invalid Route Response identifier specified",
    )
    http = client.create_api(Name="h", ProtocolType="HTTP")["ApiId"]
    assert error_of(client.get_route_responses, ApiId=http, RouteId="x")[0] == "BadRequestException"


def test_responses_of_integrations(client: Any) -> None:
    api_id = make(client)
    made = client.create_integration(ApiId=api_id, IntegrationType="MOCK", RequestTemplates={"$default": "{}"})
    where = {"ApiId": api_id, "IntegrationId": made["IntegrationId"]}
    assert error_of(client.create_integration_response, **where, IntegrationResponseKey="200")[0] == (
        "BadRequestException"
    )
    key = client.create_integration_response(**where, IntegrationResponseKey="/200/")["IntegrationResponseId"]
    one = {**where, "IntegrationResponseId": key}
    changed = client.update_integration_response(**one, ResponseTemplates={"$default": "text"})
    assert changed["ResponseTemplates"] == {"$default": "text"}
    assert client.get_integration_response(**one)["IntegrationResponseKey"] == "/200/"
    assert len(client.get_integration_responses(**where)["Items"]) == 1
    client.delete_integration(**where)
    assert error_of(client.get_integration_response, **one)[0] == "NotFoundException"


def test_authorizers_and_stages(client: Any) -> None:
    api_id = make(client)
    given = {"ApiId": api_id, "Name": "a", "AuthorizerType": "REQUEST", "AuthorizerUri": authorizer_uri("echo")}
    for source, more in (("$request.header.a", {}), ("route.request.header.a", {"EnableSimpleResponses": True})):
        assert error_of(client.create_authorizer, **given, IdentitySource=[source], **more)[0] == "BadRequestException"
    assert error_of(client.create_authorizer, **given, IdentitySource=["context.a"])[0] == "NotImplemented"
    made = client.create_authorizer(**given, IdentitySource=["route.request.header.a", "stageVariables.b"])
    assert made["IdentitySource"] == ["route.request.header.a", "stageVariables.b"]
    assert error_of(client.create_stage, ApiId=api_id, StageName="$default")[0] == "BadRequestException"
    client.create_route(ApiId=api_id, RouteKey="$default")
    deployment_id = client.create_deployment(ApiId=api_id)["DeploymentId"]
    settings = {"DataTraceEnabled": True, "LoggingLevel": "INFO"}
    stage = client.create_stage(
        ApiId=api_id, StageName="dev", DeploymentId=deployment_id, DefaultRouteSettings=settings
    )
    assert (stage["DefaultRouteSettings"]["LoggingLevel"], stage["DeploymentId"]) == ("INFO", deployment_id)


def template(selection: str, timeout: dict[str, int]) -> dict[str, Any]:
    """The resources that the Serverless Framework makes of ``websocket`` events, and a MOCK integration."""
    here = {"ApiId": {"Ref": "Api"}}
    target = {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]}
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "Api": ("Api", {"Name": "ws", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": selection}),
        "Integration": ("Integration", {**here, **PROXY, **timeout}),
        "Connect": ("Route", {**here, "RouteKey": "$connect", "AuthorizationType": "NONE", "Target": target}),
        "Default": (
            "Route",
            {**here, "RouteKey": "$default", "RouteResponseSelectionExpression": "$default", "Target": target},
        ),
        "Response": ("RouteResponse", {**here, "RouteId": {"Ref": "Default"}, "RouteResponseKey": "$default"}),
        "Mock": (
            "Integration",
            {**here, "IntegrationType": "MOCK", "RequestTemplates": {"$default": '{"statusCode": 200}'}},
        ),
        "Text": (
            "IntegrationResponse",
            {
                **here,
                "IntegrationId": {"Ref": "Mock"},
                "IntegrationResponseKey": "$default",
                "ResponseTemplates": {"$default": "pong"},
            },
        ),
        "Deployment": ("Deployment", here),
        "Stage": ("Stage", {**here, "StageName": "dev", "DeploymentId": {"Ref": "Deployment"}}),
    }
    resources = {
        name: {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": given} for name, (kind, given) in kinds.items()
    }
    resources["Deployment"]["DependsOn"] = ["Connect", "Default", "Response"]
    endpoint = {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}}
    return {"Resources": resources, "Outputs": {"Id": {"Value": {"Ref": "Api"}}, "Endpoint": endpoint}}


def test_a_stack_makes_changes_and_deletes_one(cloud: RunningCloud, client: Any, tmp_path: Path) -> None:
    WebSocketApis(cloud, tmp_path)
    formation = cloud.client("cloudformation")

    def outputs() -> dict[str, str]:
        (stack,) = formation.describe_stacks(StackName="ws")["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    body = template("$request.body.action", {"TimeoutInMillis": 1000})
    formation.create_stack(StackName="ws", TemplateBody=json.dumps(body))
    formation.get_waiter("stack_create_complete").wait(StackName="ws", WaiterConfig={"Delay": 0.1})
    made = outputs()
    assert made["Endpoint"] == f"wss://{made['Id']}.execute-api.{REGION}.amazonaws.com"
    connected = WebSocketClient(cloud.app_endpoint, "/dev")
    assert connected.ask("x")["requestContext"]["apiId"] == made["Id"]
    formation.update_stack(StackName="ws", TemplateBody=json.dumps(template("$request.body.kind", {})))
    formation.get_waiter("stack_update_complete").wait(StackName="ws", WaiterConfig={"Delay": 0.1})
    assert client.get_api(ApiId=made["Id"])["RouteSelectionExpression"] == "$request.body.kind"
    assert {each["TimeoutInMillis"] for each in client.get_integrations(ApiId=made["Id"])["Items"]} == {29000}
    formation.delete_stack(StackName="ws")
    formation.get_waiter("stack_delete_complete").wait(StackName="ws", WaiterConfig={"Delay": 0.1})
    assert connected.closed() == (1001, "Going away")
    assert error_of(client.get_api, ApiId=made["Id"])[0] == "NotFoundException"
