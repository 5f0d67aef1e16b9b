"""HTTP APIs as CloudFormation makes, changes and deletes them.

Ref and attributes: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
"""

import copy
import json
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from tests.conftest import ACCOUNT, RunningCloud

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
FUNCTION_URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
API = {"ApiId": {"Ref": "Api"}}
RESOURCES: dict[str, Any] = {
    "Api": {
        "Type": "AWS::ApiGatewayV2::Api",
        "Properties": {
            "Name": "stacked",
            "ProtocolType": "HTTP",
            "CorsConfiguration": {"AllowOrigins": ["*"], "MaxAge": 5},
            "Tags": {"a": "1"},
        },
    },
    "Stage": {
        "Type": "AWS::ApiGatewayV2::Stage",
        "DependsOn": ["Route"],
        "Properties": {
            **API,
            "StageName": "$default",
            "AutoDeploy": True,
            "StageVariables": {"a": "1", "b": "2"},
            "DefaultRouteSettings": {"ThrottlingBurstLimit": 5},
            "RouteSettings": {"GET /x": {"ThrottlingBurstLimit": "3", "DetailedMetricsEnabled": "true"}},
            "AccessLogSettings": {
                "DestinationArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/g",
                "Format": "$context.requestId",
            },
        },
    },
    "Integration": {
        "Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {
            **API,
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": FUNCTION,
            "PayloadFormatVersion": "2.0",
            "RequestParameters": {"append:header.a": "1"},
            "ResponseParameters": {
                "200": {"ResponseParameters": [{"Destination": "append:header.b", "Source": "2"}]},
            },
        },
    },
    "Guard": {
        "Type": "AWS::ApiGatewayV2::Authorizer",
        "Properties": {
            **API,
            "Name": "guard",
            "AuthorizerType": "REQUEST",
            "AuthorizerPayloadFormatVersion": "2.0",
            "AuthorizerUri": FUNCTION_URI,
            "EnableSimpleResponses": True,
        },
    },
    "Route": {
        "Type": "AWS::ApiGatewayV2::Route",
        "Properties": {
            **API,
            "RouteKey": "GET /x",
            "AuthorizationType": "CUSTOM",
            "AuthorizerId": {"Ref": "Guard"},
            "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
        },
    },
}
OUTPUTS = {
    "Api": {"Value": {"Ref": "Api"}},
    "Endpoint": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}},
    "Arn": {"Value": {"Fn::GetAtt": ["Api", "ExecuteApiArn"]}},
    "Stage": {"Value": {"Ref": "Stage"}},
    "Integration": {"Value": {"Fn::GetAtt": ["Integration", "IntegrationId"]}},
    "Guard": {"Value": {"Fn::GetAtt": ["Guard", "AuthorizerId"]}},
    "Route": {"Value": {"Fn::GetAtt": ["Route", "RouteId"]}},
}


class Stack:
    """One stack, from its creation to its end."""

    def __init__(self, cloud: RunningCloud, name: str) -> None:
        self.client = cloud.client("cloudformation")
        self.apis = cloud.client("apigatewayv2")
        self.name = name

    def apply(self, resources: dict[str, Any], what: str = "update", outputs: Any = None) -> dict[str, str]:
        body = json.dumps({"Resources": resources, **({"Outputs": outputs} if outputs else {})})
        getattr(self.client, f"{what}_stack")(StackName=self.name, TemplateBody=body)
        self.wait(what)
        stack = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def wait(self, what: str) -> None:
        waiter = self.client.get_waiter(f"stack_{what}_complete")
        waiter.wait(StackName=self.name, WaiterConfig={"Delay": 0.02, "MaxAttempts": 6000})

    def delete(self) -> None:
        self.client.delete_stack(StackName=self.name)
        self.wait("delete")


def test_an_api_is_made_changed_and_deleted(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "http-api")
    made = stack.apply(RESOURCES, "create", OUTPUTS)
    api_id = made["Api"]
    assert made["Endpoint"] == f"https://{api_id}.execute-api.us-east-1.amazonaws.com"
    assert made["Arn"] == f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api_id}"
    assert made["Stage"] == "$default"
    stage = stack.apis.get_stage(ApiId=api_id, StageName="$default")
    assert stage["RouteSettings"] == {"GET /x": {"DetailedMetricsEnabled": True, "ThrottlingBurstLimit": 3}}
    assert stage["DeploymentId"]
    integration = stack.apis.get_integration(ApiId=api_id, IntegrationId=made["Integration"])
    assert integration["ResponseParameters"] == {"200": {"append:header.b": "2"}}
    route = stack.apis.get_route(ApiId=api_id, RouteId=made["Route"])
    assert (route["Target"], route["AuthorizerId"]) == (f"integrations/{made['Integration']}", made["Guard"])

    changed = copy.deepcopy(RESOURCES)
    changed["Api"]["Properties"] = {"Name": "other", "ProtocolType": "HTTP", "Tags": {"b": "2"}}
    settings = changed["Stage"]["Properties"]
    del settings["AccessLogSettings"], settings["RouteSettings"]
    settings["StageVariables"] = {"b": "3"}
    del changed["Integration"]["Properties"]["RequestParameters"]
    changed["Integration"]["Properties"]["ResponseParameters"] = {
        "404": {"ResponseParameters": [{"Destination": "overwrite:statuscode", "Source": "403"}]}
    }
    del changed["Route"]["Properties"]["AuthorizationType"], changed["Route"]["Properties"]["AuthorizerId"]
    changed["Guard"]["Properties"] |= {"IdentitySource": ["$request.header.a"], "AuthorizerResultTtlInSeconds": 7}
    assert stack.apply(changed, "update", OUTPUTS) == made
    api = stack.apis.get_api(ApiId=api_id)
    assert (api["Name"], api["Tags"]["b"], "a" in api["Tags"]) == ("other", "2", False)
    assert "CorsConfiguration" not in api
    stage = stack.apis.get_stage(ApiId=api_id, StageName="$default")
    assert (stage["RouteSettings"], stage["StageVariables"], "AccessLogSettings" in stage) == ({}, {"b": "3"}, False)
    integration = stack.apis.get_integration(ApiId=api_id, IntegrationId=made["Integration"])
    assert "RequestParameters" not in integration
    assert integration["ResponseParameters"] == {"404": {"overwrite:statuscode": "403"}}
    route = stack.apis.get_route(ApiId=api_id, RouteId=made["Route"])
    assert (route["AuthorizationType"], "AuthorizerId" in route) == ("NONE", False)
    guard = stack.apis.get_authorizer(ApiId=api_id, AuthorizerId=made["Guard"])
    assert guard["AuthorizerResultTtlInSeconds"] == 7

    stack.delete()
    assert api_id not in [each["ApiId"] for each in stack.apis.get_apis()["Items"]]


def test_a_stage_that_is_deployed_by_hand(cloud: RunningCloud) -> None:
    """A new deployment takes the stage, then the old one goes."""
    stack = Stack(cloud, "by-hand")
    resources: dict[str, Any] = {name: RESOURCES[name] for name in ("Api", "Integration", "Guard", "Route")}
    first = {"Type": "AWS::ApiGatewayV2::Deployment", "DependsOn": "Route", "Properties": API}
    stage = {"Type": "AWS::ApiGatewayV2::Stage"}
    settings = {**API, "StageName": "prod"}
    one = {**resources, "One": first, "Stage": {**stage, "Properties": {**settings, "DeploymentId": {"Ref": "One"}}}}
    api_id = stack.apply(one, "create", {"Api": OUTPUTS["Api"]})["Api"]
    before = stack.apis.get_stage(ApiId=api_id, StageName="prod")["DeploymentId"]
    two = {**resources, "Two": first, "Stage": {**stage, "Properties": {**settings, "DeploymentId": {"Ref": "Two"}}}}
    stack.apply(two, "update")
    after = stack.apis.get_stage(ApiId=api_id, StageName="prod")["DeploymentId"]
    assert after != before
    assert [each["DeploymentId"] for each in stack.apis.get_deployments(ApiId=api_id)["Items"]] == [after]
    stack.delete()


def test_quick_create(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "quick")
    quick = {"Name": "quick", "ProtocolType": "HTTP", "Target": FUNCTION, "RouteKey": "GET /x"}
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": quick}
    api_id = stack.apply({"Api": api}, "create", {"Api": OUTPUTS["Api"]})["Api"]
    assert stack.apis.get_routes(ApiId=api_id)["Items"][0]["RouteKey"] == "GET /x"
    del quick["RouteKey"]
    stack.apply({"Api": api})
    assert stack.apis.get_routes(ApiId=api_id)["Items"][0]["RouteKey"] == "$default"
    stack.delete()


def test_an_integration_with_a_service(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "service")
    asked: dict[str, Any] = {
        **API,
        "IntegrationType": "AWS_PROXY",
        "IntegrationSubtype": "EventBridge-PutEvents",
        "PayloadFormatVersion": "1.0",
        "CredentialsArn": f"arn:aws:iam::{ACCOUNT}:role/r",
        "RequestParameters": {"Detail": "$request.body", "DetailType": "made", "Source": "shop"},
    }
    resources = {"Api": RESOURCES["Api"], "It": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": asked}}
    outputs = {"Api": OUTPUTS["Api"], "It": {"Value": {"Ref": "It"}}}
    made = stack.apply(resources, "create", outputs)
    where = {"ApiId": made["Api"], "IntegrationId": made["It"]}
    assert stack.apis.get_integration(**where)["IntegrationSubtype"] == "EventBridge-PutEvents"
    asked |= {"IntegrationSubtype": "SQS-SendMessage"}
    asked["RequestParameters"] = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": "$request.body"}
    assert stack.apply(resources, "update", outputs) == made
    integration = stack.apis.get_integration(**where)
    assert (integration["IntegrationSubtype"], integration["RequestParameters"]) == (
        "SQS-SendMessage",
        asked["RequestParameters"],
    )
    stack.delete()


def test_a_definition_as_body(cloud: RunningCloud) -> None:
    """``Body``, and what properties beside it do."""
    stack = Stack(cloud, "defined")
    integration = {"type": "aws_proxy", "payloadFormatVersion": "2.0", "uri": FUNCTION}
    body: dict[str, Any] = {
        "openapi": "3.0.1",
        "info": {"title": "defined", "version": "1"},
        "paths": {"/a": {"get": {"x-amazon-apigateway-integration": integration}}},
    }
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": body, "Description": "d", "Tags": {"a": "1"}}}
    stage = {**RESOURCES["Stage"], "Properties": {**API, "StageName": "$default", "AutoDeploy": True}}
    stage.pop("DependsOn")
    api_id = stack.apply({"Api": api, "Stage": stage}, "create", {"Api": OUTPUTS["Api"]})["Api"]
    made = stack.apis.get_api(ApiId=api_id)
    assert (made["Name"], made["Description"], made["Version"], made["Tags"]["a"]) == ("defined", "d", "1", "1")
    assert [each["RouteKey"] for each in stack.apis.get_routes(ApiId=api_id)["Items"]] == ["GET /a"]
    body["paths"]["/b"] = {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": integration}}
    stack.apply({"Api": api, "Stage": stage}, "update")
    assert [each["RouteKey"] for each in stack.apis.get_routes(ApiId=api_id)["Items"]] == ["GET /a", "ANY /b"]
    stack.delete()


@pytest.mark.parametrize(
    ("name", "kind", "properties", "said"),
    [
        ("model", "Model", {"ApiId": "x", "Name": "m", "Schema": {}}, "AWS::ApiGatewayV2::Model"),
        ("body", "Api", {"BodyS3Location": {"Bucket": "b", "Key": "k"}}, "BodyS3Location"),
        ("vpc", "Integration", {"ApiId": "x", "IntegrationType": "HTTP_PROXY", "ConnectionType": "VPC_LINK"}, "VPC"),
        ("domain", "DomainName", {"DomainName": "a.example"}, "AWS::ApiGatewayV2::DomainName"),
    ],
)
def test_what_cannot_act_is_refused_by_name(
    cloud: RunningCloud, name: str, kind: str, properties: dict[str, Any], said: str
) -> None:
    stack = Stack(cloud, f"refused-{name}")
    resource = {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}
    try:
        stack.apply({"It": resource}, "create")
    except WaiterError:
        events = stack.client.describe_stack_events(StackName=stack.name)["StackEvents"]
        text = " ".join(event.get("ResourceStatusReason", "") for event in events)
    except stack.client.exceptions.ClientError as error:
        text = str(error)
    else:
        raise AssertionError(f"{kind} was made")
    assert said in text
