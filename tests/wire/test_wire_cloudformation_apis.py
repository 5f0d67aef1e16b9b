"""APIs and functions made by stacks, beside the recorded answers of AWS."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import equal
from tests.wire.stacks import Stack, template

APIS = "cloudformation/resources/test_apigateway.json"
FUNCTIONS = "cloudformation/resources/test_lambda.json"


def api(kind: str, *needs: str, **properties: Any) -> dict[str, Any]:
    dependent = {"DependsOn": list(needs)} if needs else {}
    return {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties, **dependent}


REST_API = {"Ref": "Api"}
ROOT = {"Fn::GetAtt": "Api.RootResourceId"}


def mock(resource: Any, **more: Any) -> dict[str, Any]:
    """A method that answers by itself."""
    return api(
        "Method",
        RestApiId=REST_API,
        ResourceId=resource,
        HttpMethod="GET",
        AuthorizationType="NONE",
        Integration={"Type": "MOCK", "RequestTemplates": {"application/json": '{"statusCode": 200}'}},
        **more,
    )


# APIs ----------------------------------------------------------------------------------------------------------------


def test_an_api(cloud: RunningCloud) -> None:
    """Entry test_cfn_apigateway_rest_api."""
    aws = recorded(APIS, "test_cfn_apigateway_rest_api")["rest-api"]
    stack = Stack(cloud, "rest-api")
    stack.create(template({"Api": api("RestApi", Name="DemoApi_dev", BinaryMediaTypes=["image/jpg", "image/png"])}))
    found = cloud.client("apigateway").get_rest_api(restApiId=stack.physical("Api"))
    equal(found, aws)


def test_an_api_with_a_policy(cloud: RunningCloud) -> None:
    """Entry test_api_gateway_with_policy_as_dict."""
    aws = recorded(APIS, "test_api_gateway_with_policy_as_dict")["rest-api"]
    stack = Stack(cloud, "stack-name")
    stack.create(template({"MyApi": api("RestApi", Name="policied", Policy=json.loads(json.dumps(aws["policy"])))}))
    found = cloud.client("apigateway").get_rest_api(restApiId=stack.physical("MyApi"))
    found["policy"] = json.loads(found["policy"].replace("\\", ""))
    equal(found, aws)


def test_models_and_validators(cloud: RunningCloud) -> None:
    """Entry test_cfn_deploy_apigateway_models."""
    aws = recorded(APIS, "test_cfn_deploy_apigateway_models")
    number, text = {"type": "number"}, {"type": "string"}
    schema = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "SchemaModel",
        "type": "object",
        "properties": {"integer_field": number, "string_field": text},
        "required": ["string_field", "integer_field"],
    }
    method = mock({"Ref": "Resource"})
    method["Properties"] |= {
        "HttpMethod": "ANY",
        "RequestModels": {"application/json": {"Ref": "Model"}},
        "RequestValidatorId": {"Ref": "Validator"},
        "MethodResponses": [{"StatusCode": "200"}],
    }
    method["Properties"]["Integration"] |= {
        "PassthroughBehavior": "NEVER",
        "IntegrationResponses": [{"StatusCode": 200}],
    }
    validator = api(
        "RequestValidator", RestApiId=REST_API, Name="v", ValidateRequestBody="true", ValidateRequestParameters=False
    )
    stack = Stack(cloud, "models")
    body = template(
        {
            "Api": api("RestApi", Name="models"),
            "Resource": api("Resource", RestApiId=REST_API, ParentId=ROOT, PathPart="validated"),
            "Model": api(
                "Model", RestApiId=REST_API, Name="SchemaModel", ContentType="application/json", Schema=schema
            ),
            "Validator": validator,
            "Method": method,
        }
    )
    assert stack.create(body) == "CREATE_COMPLETE"
    client, api_id = cloud.client("apigateway"), stack.physical("Api")
    where = {"restApiId": api_id, "resourceId": stack.physical("Resource"), "httpMethod": "ANY"}
    models = client.get_models(restApiId=api_id)
    models["items"].sort(key=lambda one: str(one["name"]) == "SchemaModel")
    resources = client.get_resources(restApiId=api_id)
    resources["items"].sort(key=lambda one: str(one["path"]))
    equal(resources, aws["get-resources"])
    equal(models, aws["get-models"])
    equal(client.get_request_validators(restApiId=api_id), aws["get-request-validators"])
    ours, theirs = client.get_method(**where), aws["get-method-any"]
    templates = ours["methodIntegration"]["requestTemplates"]
    assert json.loads(templates.pop("application/json")) == theirs["methodIntegration"]["requestTemplates"].pop(
        "application/json"
    )
    equal(ours, theirs)


def test_a_usage_plan_is_updated(cloud: RunningCloud) -> None:
    """Entry test_update_usage_plan."""
    aws = recorded(APIS, "test_update_usage_plan")
    stack, client = Stack(cloud, "usage-plan"), cloud.client("apigateway")

    def body(limit: int, tag: str) -> str:
        tags = [{"Key": "test", "Value": tag}, {"Key": "test2", "Value": "hardcoded"}]
        stages = [{"ApiId": REST_API, "Stage": {"Ref": "Stage"}}]
        return template(
            {
                "Api": api("RestApi", Name="planned"),
                "Method": mock(ROOT),
                "Deployment": api("Deployment", "Method", RestApiId=REST_API),
                "Stage": api("Stage", RestApiId=REST_API, DeploymentId={"Ref": "Deployment"}, StageName="dev"),
                "UsagePlan": api(
                    "UsagePlan",
                    UsagePlanName="plan",
                    ApiStages=stages,
                    Tags=tags,
                    Quota={"Limit": limit, "Period": "MONTH"},
                ),
            }
        )

    stack.create(body(5000, "value1"))
    equal(client.get_usage_plan(usagePlanId=stack.physical("UsagePlan")), aws["usage-plan"])
    assert stack.update(body(7000, "value-updated")) == "UPDATE_COMPLETE"
    equal(client.get_usage_plan(usagePlanId=stack.physical("UsagePlan")), aws["updated-usage-plan"])


def test_a_stage_outlives_the_deployments_that_it_shows(cloud: RunningCloud) -> None:
    """Entry test_serverless_like_deployment_stage_survives_update: each deployment has a logical id of its own."""
    aws = recorded(APIS, "test_serverless_like_deployment_stage_survives_update")
    stack, client = Stack(cloud, "survives"), cloud.client("apigateway")

    def body(name: str) -> str:
        return template(
            {
                "Api": api("RestApi", Name="survives"),
                "Method": mock(ROOT),
                name: api("Deployment", "Method", RestApiId=REST_API, StageName="local"),
            }
        )

    stack.create(body("Deployment1"))
    api_id = stack.physical("Api")
    equal(client.get_stages(restApiId=api_id), aws["stages-after-create"])
    assert stack.update(body("Deployment2")) == "UPDATE_COMPLETE"
    equal(client.get_stages(restApiId=api_id), aws["stages-after-update"])
    deployments = client.get_deployments(restApiId=api_id)
    equal(deployments, aws["deployments-after-update"])
    assert deployments["items"][0]["id"] == client.get_stages(restApiId=api_id)["item"][0]["deploymentId"]
    assert stack.delete() == "DELETE_COMPLETE"


# Functions -----------------------------------------------------------------------------------------------------------


def function(**properties: Any) -> dict[str, Any]:
    given = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
        "Code": {"ZipFile": "import os\ndef handler(event, context):\n    return context.function_version\n"},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": {**given, **properties}}


def test_a_functions_tags(cloud: RunningCloud) -> None:
    """Entry test_lambda_function_tags."""
    aws = recorded(FUNCTIONS, "test_lambda_function_tags")["get_function_result"]
    stack = Stack(cloud, "function-tags")
    own = {key: value.strip("<>") for key, value in aws["Tags"].items() if not key.startswith("aws:")}
    tags = [{"Key": key, "Value": value} for key, value in own.items()]
    stack.create(template({"Function": function(Tags=tags)}))
    found = cloud.client("lambda").get_function(FunctionName=stack.physical("Function"))
    assert sorted(found["Tags"]) == sorted(aws["Tags"])
    assert found["Tags"]["aws:cloudformation:logical-id"] == "Function"
    assert {key: found["Tags"][key] for key in own} == own


def test_permissions_of_one_function(cloud: RunningCloud) -> None:
    """Entry test_multiple_lambda_permissions_for_singlefn."""
    aws = recorded(FUNCTIONS, "test_multiple_lambda_permissions_for_singlefn")["policy"]["Policy"]
    stack = Stack(cloud, "permissions")

    def permission(principal: str) -> dict[str, Any]:
        properties = {
            "FunctionName": {"Fn::GetAtt": "F.Arn"},
            "Action": "lambda:InvokeFunction",
            "Principal": principal,
        }
        return {"Type": "AWS::Lambda::Permission", "Properties": properties}

    body = {
        "F": function(FunctionName="permitted"),
        "P1": permission("lambda.amazonaws.com"),
        "P2": {**permission("states.amazonaws.com"), "DependsOn": "P1"},
    }
    stack.create(template(body))
    found = json.loads(cloud.client("lambda").get_policy(FunctionName="permitted")["Policy"])
    expected = json.loads(json.dumps(aws).replace("<fn-name>", "permitted").replace("<region>", REGION))
    expected = json.loads(
        json.dumps(expected).replace("111111111111", ACCOUNT).replace("<partition>", "aws").replace("-sid>", ">")
    )
    equal({**found, "Statement": [{**one, "Sid": "<p>"} for one in found["Statement"]]}, _sids(expected))
    assert [one["Sid"] for one in found["Statement"]] == [stack.physical("P1"), stack.physical("P2")]


def _sids(policy: dict[str, Any]) -> dict[str, Any]:
    return {**policy, "Statement": [{**one, "Sid": "<p>"} for one in policy["Statement"]]}


@pytest.mark.parametrize("name", ["test_lambda_alias"])
def test_an_alias_of_a_version(cloud: RunningCloud, name: str) -> None:
    aws = recorded(FUNCTIONS, name)
    stack = Stack(cloud, "aliased")
    body = template(
        {
            "LambdaFunction": function(FunctionName="aliased"),
            "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "LambdaFunction"}}},
            "FunctionAlias": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {
                    "FunctionName": {"Ref": "LambdaFunction"},
                    "FunctionVersion": {"Fn::GetAtt": "Version.Version"},
                    "Name": "live",
                },
            },
        }
    )
    stack.create(body)
    answer = cloud.client("lambda").invoke(FunctionName="aliased", Qualifier="live")
    assert answer["ExecutedVersion"] == aws["invoke_result"]["ExecutedVersion"]
    assert json.load(answer["Payload"]) == aws["invoke_result"]["Payload"]["function_version"]
    expected = {one["LogicalResourceId"]: one for one in aws["stack_resource_descriptions"]["StackResources"]}
    ours = {
        one["LogicalResourceId"]: one
        for one in stack.client.describe_stack_resources(StackName=stack.id)["StackResources"]
    }
    for logical_id in ("FunctionAlias", "LambdaFunction"):
        equal(ours[logical_id], expected[logical_id])
    assert ours["FunctionAlias"]["PhysicalResourceId"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:aliased:live"
