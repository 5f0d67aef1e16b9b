"""``AWS::Lambda::*`` and ``AWS::Logs::LogGroup`` through CloudFormation."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import equal
from tests.wire.stacks import Stack
from tests.wire.stacks import template as stack_template

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
SOURCE = "def handler(event, context):\n    return [context.function_name, context.function_version]\n"


def template(**changes: Any) -> dict[str, Any]:
    function = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": SOURCE},
        "Environment": {"Variables": {"NAME": "a"}},
        "ReservedConcurrentExecutions": 5,
        "SnapStart": {"ApplyOn": "PublishedVersions"},
        "Tags": [{"Key": "k", "Value": "v"}],
        "Timeout": 6,
    }
    return {
        "Resources": {
            "Group": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": "/aws/lambda/stacked", "RetentionInDays": 7},
            },
            "Function": {
                "Type": "AWS::Lambda::Function",
                "DependsOn": "Group",
                "Properties": {**function, **changes},
            },
            "Version": {
                "Type": "AWS::Lambda::Version",
                "DeletionPolicy": "Retain",
                "Properties": {"FunctionName": {"Ref": "Function"}, "Description": "first"},
            },
            "Alias": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {
                    "FunctionName": {"Ref": "Function"},
                    "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
                    "Name": "live",
                },
            },
            "Permission": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "FunctionName": {"Ref": "Alias"},
                    "Action": "lambda:InvokeFunction",
                    "Principal": "sns.amazonaws.com",
                },
            },
            "Invokes": {
                "Type": "AWS::Lambda::EventInvokeConfig",
                "Properties": {
                    "FunctionName": {"Ref": "Function"},
                    "Qualifier": "$LATEST",
                    "MaximumRetryAttempts": 1,
                },
            },
        },
        "Outputs": {
            "Name": {"Value": {"Ref": "Function"}},
            "Arn": {"Value": {"Fn::GetAtt": ["Function", "Arn"]}},
            "Version": {"Value": {"Ref": "Version"}},
            "Alias": {"Value": {"Ref": "Alias"}},
        },
    }


def deploy(cloud: RunningCloud, operation: str, body: dict[str, Any]) -> dict[str, str]:
    client = cloud.client("cloudformation")
    getattr(client, f"{operation}_stack")(StackName="stack", TemplateBody=json.dumps(body))
    client.get_waiter(f"stack_{operation}_complete").wait(
        StackName="stack", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100}
    )
    stack = client.describe_stacks(StackName="stack")["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


@pytest.fixture
def fresh_cloud(tmp_path: Any) -> Any:
    running = RunningCloud(tmp_path / "data").start()
    yield running
    running.stop()


def test_a_stack_of_functions_lives_changes_and_goes(fresh_cloud: RunningCloud) -> None:
    cloud = fresh_cloud
    client = cloud.client("lambda")
    outputs = deploy(cloud, "create", template())
    name = outputs["Name"]
    assert outputs["Arn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    assert outputs["Version"] == f"{outputs['Arn']}:1"
    assert outputs["Alias"] == f"{outputs['Arn']}:live"
    answer = client.invoke(FunctionName=outputs["Alias"])
    assert json.loads(answer["Payload"].read()) == [name, "1"]
    function = client.get_function(FunctionName=name)
    assert function["Tags"].items() >= {"k": "v"}.items()
    assert function["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    published = client.get_function_configuration(FunctionName=outputs["Alias"])
    assert published["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    policy = json.loads(client.get_policy(FunctionName=outputs["Alias"])["Policy"])
    assert policy["Statement"][0]["Resource"] == outputs["Alias"]
    assert client.get_function_event_invoke_config(FunctionName=name)["MaximumRetryAttempts"] == 1
    group = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/stacked")["logGroups"][0]
    assert group["retentionInDays"] == 7

    changed = template(Code={"ZipFile": SOURCE.replace("[", "['new', ", 1)}, Timeout=9)
    for gone in ("Environment", "ReservedConcurrentExecutions", "SnapStart"):
        del changed["Resources"]["Function"]["Properties"][gone]
    assert deploy(cloud, "update", changed)["Name"] == name
    configuration = client.get_function_configuration(FunctionName=name)
    assert (configuration["Timeout"], configuration["Environment"]) == (9, {"Variables": {}})
    assert configuration["SnapStart"]["ApplyOn"] == "None"
    assert "Concurrency" not in client.get_function(FunctionName=name)
    answer = client.invoke(FunctionName=name)
    assert json.loads(answer["Payload"].read()) == ["new", name, "$LATEST"]

    stacks = cloud.client("cloudformation")
    stacks.delete_stack(StackName="stack")
    stacks.get_waiter("stack_delete_complete").wait(StackName="stack", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    assert client.list_functions()["Functions"] == []


# Beside AWS's recordings ----------------------------------------------------------------------------------------------

RECORDED = "cloudformation/resources/test_lambda.json"
VERSIONED = "def handler(event, context):\n    return {'function_version': context.function_version}\n"


def function(**properties: Any) -> dict[str, Any]:
    given = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": VERSIONED},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": {**given, **properties}}


TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
A_ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [TRUST]}}}
CAPABLE = {"Capabilities": ["CAPABILITY_IAM"]}


def test_a_version(cloud: RunningCloud) -> None:
    """Entry test_lambda_version."""
    aws = recorded(RECORDED, "test_lambda_version")
    stack = Stack(cloud, "versioned")
    version = {
        "Type": "AWS::Lambda::Version",
        "Properties": {"FunctionName": {"Ref": "Function"}, "Description": "test description"},
    }
    body = stack_template({"Role": A_ROLE, "Function": function(), "Version": version})
    assert stack.create(body, **CAPABLE) == "CREATE_COMPLETE", stack.told()
    client, name = cloud.client("lambda"), stack.physical("Function")
    answer = client.invoke(FunctionName=name, Qualifier="1")
    shown = {"ExecutedVersion": answer["ExecutedVersion"], "Payload": json.load(answer["Payload"]), "StatusCode": 200}
    equal(shown, {key: value for key, value in aws["invoke_result"].items() if key != "ResponseMetadata"})
    equal(client.list_versions_by_function(FunctionName=name)["Versions"], aws["versions_by_fn"]["Versions"])
    equal(client.get_function(FunctionName=name, Qualifier="1"), aws["get_function_version"])
    assert stack.delete() == "DELETE_COMPLETE"


def test_log_settings(cloud: RunningCloud) -> None:
    """Entry test_lambda_logging_config."""
    aws = recorded(RECORDED, "test_lambda_logging_config")["logging_config"]
    stack = Stack(cloud, "log-settings")
    body = stack_template({"Role": A_ROLE, "Function": function(LoggingConfig={"LogFormat": "JSON"})})
    assert stack.create(body, **CAPABLE) == "CREATE_COMPLETE", stack.told()
    found = cloud.client("lambda").get_function_configuration(FunctionName=stack.physical("Function"))
    equal(found["LoggingConfig"], aws)


def test_a_topic_may_invoke(cloud: RunningCloud) -> None:
    """Entry test_cfn_lambda_permissions."""
    aws = recorded(RECORDED, "test_cfn_lambda_permissions")
    stack = Stack(cloud, "permitted")
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": {"Fn::GetAtt": ["fn5FF616E3", "Arn"]},
            "Action": "lambda:InvokeFunction",
            "Principal": "sns.amazonaws.com",
            "SourceArn": {"Ref": "Topic"},
        },
    }
    resources = {
        "Role": A_ROLE,
        "fn5FF616E3": function(),
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Permission": permission,
    }
    assert stack.create(stack_template(resources), **CAPABLE) == "CREATE_COMPLETE", stack.told()
    client, name = cloud.client("lambda"), stack.physical("fn5FF616E3")
    policy = client.get_policy(FunctionName=name)
    wanted = json.dumps(aws["get_policy_result"]).replace("<partition>", "aws").replace("<region>", REGION)
    equal(policy, json.loads(wanted))
    assert json.loads(policy["Policy"])["Statement"][0]["Sid"] == stack.physical("Permission")
    equal(client.get_function(FunctionName=name)["Tags"], aws["get_function_result"]["Tags"])
