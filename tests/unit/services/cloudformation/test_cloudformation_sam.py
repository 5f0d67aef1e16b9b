"""The transform of serverless templates. Logical ids and properties are those that AWS's own transform gives."""

import re
from typing import Any

import pytest

from stratolite.core.errors import NotImplementedHere
from stratolite.services.cloudformation.language import TransformError
from stratolite.services.cloudformation.sam import processed

CODE = {"CodeUri": "s3://code/app.zip", "Handler": "app.handler", "Runtime": "python3.12"}
POOL = {"Type": "AWS::Cognito::UserPool"}


def made(
    resources: dict[str, Any], shared: dict[str, Any] | None = None, *, parameters: Any = None, **sections: Any
) -> dict[str, Any]:
    """The resources of a template, with the digests in their logical ids as ``#``."""
    template = processed({"Resources": resources, **sections}, shared or {}, parameters or {})
    return {re.sub(r"(Version|Deployment|Layer)[0-9a-f]{10}$", r"\1#", name): one for name, one in whole(template)}


def whole(template: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(template["Resources"].items())


def function(events: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    given = {**CODE, **properties}
    return {"Type": "AWS::Serverless::Function", "Properties": {**given, **({"Events": events} if events else {})}}


def event(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def types(resources: dict[str, Any]) -> dict[str, str]:
    return {name: one["Type"].removeprefix("AWS::") for name, one in resources.items()}


def test_a_function_and_its_role() -> None:
    resources = made({"F": function(Timeout=3, Tags={"a": "b"}, Tracing="Active")})
    assert types(resources) == {"F": "Lambda::Function", "FRole": "IAM::Role"}
    properties = resources["F"]["Properties"]
    assert properties["Code"] == {"S3Bucket": "code", "S3Key": "app.zip"}
    assert properties["Role"] == {"Fn::GetAtt": ["FRole", "Arn"]}
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert properties["Tags"] == [{"Key": "lambda:createdBy", "Value": "SAM"}, {"Key": "a", "Value": "b"}]
    assert len(resources["FRole"]["Properties"]["ManagedPolicyArns"]) == 2


def test_globals_are_joined_and_the_functions_own_stand_before_them() -> None:
    shared = {
        "Function": {
            "Timeout": 5,
            "Architectures": ["arm64"],
            "Layers": ["one"],
            "Environment": {"Variables": {"A": "1", "B": {"Ref": "X"}}},
        }
    }
    own: dict[str, Any] = {"Layers": ["two"], "Architectures": ["x86_64"], "Environment": {"Variables": {"B": "2"}}}
    properties = made({"F": function(**own)}, shared)["F"]["Properties"]
    assert properties["Layers"] == ["one", "two"] and properties["Architectures"] == ["x86_64"]
    assert properties["Environment"] == {"Variables": {"A": "1", "B": "2"}} and properties["Timeout"] == 5


def test_policies_are_named_written_or_templates() -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policies = [
        "AWSLambdaExecute",
        {"SQSSendMessagePolicy": {"QueueName": {"Fn::GetAtt": ["Q", "QueueName"]}}},
        {"Statement": [statement]},
        {"Ref": "Managed"},
    ]
    role = made({"F": function(Policies=policies)})["FRole"]["Properties"]
    assert {"Ref": "Managed"} in role["ManagedPolicyArns"]
    names = [one["PolicyName"] for one in role["Policies"]]
    assert names == ["FRolePolicy1", "FRolePolicy2"]
    (sends,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    text, values = sends["Resource"]["Fn::Sub"]
    assert (sends["Action"], values) == (["sqs:SendMessage*"], {"QueueName": {"Fn::GetAtt": ["Q", "QueueName"]}})
    assert text == "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${QueueName}"
    with pytest.raises(TransformError, match="Missing parameter 'QueueName'"):
        made({"F": function(Policies=[{"SQSSendMessagePolicy": {}}])})
    with pytest.raises(TransformError, match="SomePolicy is no policy, and no policy template"):
        made({"F": function(Policies=[{"SomePolicy": {}}])})


def test_a_function_with_a_role_has_none_made() -> None:
    assert types(made({"F": function(Role="arn:aws:iam::1:role/r")})) == {"F": "Lambda::Function"}


def test_an_alias_is_what_events_call_and_others_refer_to() -> None:
    outputs = {"V": {"Value": {"Ref": "F.Version"}}, "A": {"Value": {"Fn::Sub": "${F.Alias} ${F.Arn} ${!F.Alias}"}}}
    topic = event("SNS", Topic={"Ref": "T"})
    template = processed(
        {
            "Resources": {
                "F": function(
                    {"Told": topic}, AutoPublishAlias={"Ref": "Stage"}, FunctionUrlConfig={"AuthType": "NONE"}
                ),
                "T": {"Type": "AWS::SNS::Topic"},
            },
            "Outputs": outputs,
        },
        {},
        {"Stage": "live"},
    )
    version = next(name for name in template["Resources"] if name.startswith("FVersion"))
    assert template["Outputs"]["V"]["Value"] == {"Ref": version}
    assert template["Outputs"]["A"]["Value"] == {"Fn::Sub": "${FAliaslive} ${F.Arn} ${!F.Alias}"}
    resources = template["Resources"]
    assert resources[version]["DeletionPolicy"] == "Retain"
    assert resources["FTold"]["Properties"]["Endpoint"] == {"Ref": "FAliaslive"}
    assert resources["FUrl"]["Properties"]["TargetFunctionArn"] == {"Ref": "FAliaslive"}
    assert resources["FUrlPublicPermissions"]["Properties"]["FunctionUrlAuthType"] == "NONE"
    other = processed({"Resources": {"F": function(AutoPublishAlias="live", CodeUri="s3://code/2.zip")}}, {}, {})
    assert version not in other["Resources"]


def test_events_that_lambda_polls() -> None:
    failed = {"OnFailure": {"Type": "SQS", "Destination": {"Ref": "Dead"}}}
    stream = event("DynamoDB", Stream="arn:s", StartingPosition="LATEST", DestinationConfig=failed)
    queue = event("SQS", Queue={"Fn::GetAtt": ["Q", "Arn"]}, FilterCriteria={"Filters": []}, Enabled=False)
    resources = made({"F": function({"Stream": stream, "Queue": queue})})
    assert types(resources)["FQueue"] == types(resources)["FStream"] == "Lambda::EventSourceMapping"
    assert resources["FStream"]["Properties"]["DestinationConfig"] == {"OnFailure": {"Destination": {"Ref": "Dead"}}}
    assert resources["FQueue"]["Properties"]["Enabled"] is False
    assert [one["PolicyName"] for one in resources["FRole"]["Properties"]["Policies"]] == ["FStreamSQSPolicy"]
    with pytest.raises(NotImplementedHere, match="events of the type MSK"):
        made({"F": function({"M": event("MSK")})})


def test_events_that_call() -> None:
    events = {
        "Rule": event("EventBridgeRule", Pattern={"source": ["x"]}, DeadLetterConfig={"Type": "SQS"}),
        "Clock": event("Schedule", Schedule="rate(1 hour)", Enabled=False, Input="{}"),
        "Later": event("ScheduleV2", ScheduleExpression="rate(1 hour)"),
        "Told": event("SNS", Topic={"Ref": "T"}, SqsSubscription=True),
        "Logged": event("CloudWatchLogs", LogGroupName="g", FilterPattern="x"),
        "Put": event("S3", Bucket={"Ref": "B"}, Events=["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]),
        "Signed": event("Cognito", UserPool={"Ref": "P"}, Trigger="PreSignUp"),
        "Asked": event("AlexaSkill", SkillId="s"),
    }
    bucket = {"Type": "AWS::S3::Bucket", "DependsOn": "T"}
    resources = made({"F": function(events), "B": bucket, "P": POOL, "T": {"Type": "AWS::SNS::Topic"}})
    assert types(resources) == {
        "F": "Lambda::Function",
        "B": "S3::Bucket",
        "P": "Cognito::UserPool",
        "T": "SNS::Topic",
        "FRuleQueue": "SQS::Queue",
        "FRuleQueuePolicy": "SQS::QueuePolicy",
        "FRule": "Events::Rule",
        "FRulePermission": "Lambda::Permission",
        "FClock": "Events::Rule",
        "FClockPermission": "Lambda::Permission",
        "FLaterRole": "IAM::Role",
        "FLater": "Scheduler::Schedule",
        "FToldQueue": "SQS::Queue",
        "FToldQueuePolicy": "SQS::QueuePolicy",
        "FToldEventSourceMapping": "Lambda::EventSourceMapping",
        "FTold": "SNS::Subscription",
        "FLoggedPermission": "Lambda::Permission",
        "FLogged": "Logs::SubscriptionFilter",
        "FPutPermission": "Lambda::Permission",
        "FCognitoPermission": "Lambda::Permission",
        "FAskedPermission": "Lambda::Permission",
        "FRole": "IAM::Role",
    }
    assert resources["FClock"]["Properties"]["State"] == "DISABLED"
    assert resources["B"]["DependsOn"] == ["T", "FPutPermission"]
    told = resources["B"]["Properties"]["NotificationConfiguration"]["LambdaConfigurations"]
    assert [one["Event"] for one in told] == ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    assert resources["P"]["Properties"]["LambdaConfig"] == {"PreSignUp": {"Fn::GetAtt": ["F", "Arn"]}}
    with pytest.raises(TransformError, match="must reference an S3 bucket in the same template"):
        made({"F": function({"Put": event("S3", Bucket="elsewhere", Events="s3:ObjectCreated:*")})})


def test_destinations_are_made_where_none_is_named() -> None:
    goals = {"OnSuccess": {"Type": "SQS"}, "OnFailure": {"Type": "EventBridge", "Destination": "arn:bus"}}
    settings = {"MaximumRetryAttempts": 1, "DestinationConfig": goals}
    resources = made({"F": function(EventInvokeConfig=settings)})
    assert types(resources)["FEventInvokeConfigOnSuccessQueue"] == "SQS::Queue"
    properties = resources["FEventInvokeConfig"]["Properties"]
    assert (properties["Qualifier"], properties["MaximumRetryAttempts"]) == ("$LATEST", 1)
    assert properties["DestinationConfig"]["OnFailure"] == {"Destination": "arn:bus"}


def test_a_rollout_is_codedeploys() -> None:
    resources = made(
        {"F": function(AutoPublishAlias="live", DeploymentPreference={"Type": "Linear10PercentEvery1Minute"})}
    )
    assert types(resources)["ServerlessDeploymentApplication"] == "CodeDeploy::Application"
    group = resources["FDeploymentGroup"]["Properties"]
    assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"
    assert "CodeDeployLambdaAliasUpdate" in resources["FAliaslive"]["UpdatePolicy"]
    quiet = made({"F": function(AutoPublishAlias="live", DeploymentPreference={"Enabled": False})})
    assert "UpdatePolicy" not in quiet["FAliaslive"]


def test_layers_and_tables() -> None:
    layer = {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": {"Bucket": "b", "Key": "k"}}}
    table = {"Type": "AWS::Serverless::SimpleTable", "Properties": {"PrimaryKey": {"Name": "n", "Type": "Number"}}}
    template = processed({"Resources": {"Layer": layer, "T": table, "F": function(Layers=[{"Ref": "Layer"}])}}, {}, {})
    name = next(one for one in template["Resources"] if one.startswith("Layer"))
    assert len(name) == len("Layer") + 10 and template["Resources"][name]["DeletionPolicy"] == "Retain"
    assert template["Resources"]["F"]["Properties"]["Layers"] == [{"Ref": name}]
    assert template["Resources"]["T"]["Properties"] == {
        "AttributeDefinitions": [{"AttributeName": "n", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


@pytest.mark.parametrize(
    ("resource", "named"),
    [
        ({"Type": "AWS::Serverless::GraphQLApi"}, "AWS::Serverless::GraphQLApi"),
        (
            {"Type": "AWS::Serverless::Application", "Properties": {"Location": {"ApplicationId": "a"}}},
            "applications of the Serverless Application Repository",
        ),
        (function(Connectors={}), "Connectors"),
        ({**function(), "Connectors": {}}, "Connectors"),
        ({"Type": "AWS::Serverless::Api", "Properties": {"StageName": "s", "Domain": {}}}, "Domain"),
        ({"Type": "AWS::Serverless::HttpApi", "Properties": {"Domain": {}}}, "Domain"),
        (function({"A": event("SQS", Queue="q", ProvisionedSomething=1)}), "ProvisionedSomething of the event A"),
    ],
)
def test_what_is_not_done_is_refused_by_name(resource: dict[str, Any], named: str) -> None:
    with pytest.raises(NotImplementedHere, match=f"for (the type )?{named}"):
        made({"R": resource})


def test_state_machines() -> None:
    """Nothing here makes them: they are refused where stacks are made, or skipped."""
    rule = event("EventBridgeRule", Pattern={"source": ["x"]}, Input="{}")
    policies = [{"LambdaInvokePolicy": {"FunctionName": {"Ref": "F"}}}]
    properties = {"Definition": {"StartAt": "A"}, "Name": "m", "Policies": policies, "Events": {"Put": rule}}
    resources = made({"M": {"Type": "AWS::Serverless::StateMachine", "Properties": properties}})
    assert types(resources) == {
        "M": "StepFunctions::StateMachine",
        "MRole": "IAM::Role",
        "MPutRole": "IAM::Role",
        "MPut": "Events::Rule",
    }
    assert resources["M"]["Properties"]["StateMachineName"] == "m"
    assert resources["MRole"]["Properties"]["Policies"][0]["PolicyName"] == "MRolePolicy0"
    target = resources["MPut"]["Properties"]["Targets"][0]
    assert (target["Arn"], target["Input"]) == ({"Ref": "M"}, "{}")


def test_applications_are_nested_stacks() -> None:
    properties = {"Location": "https://s3.amazonaws.com/b/k", "Parameters": {"A": "b"}, "Tags": {"x": "y"}}
    stack = made({"N": {"Type": "AWS::Serverless::Application", "Properties": properties}})["N"]
    assert stack["Type"] == "AWS::CloudFormation::Stack"
    assert stack["Properties"]["TemplateURL"] == "https://s3.amazonaws.com/b/k"
    assert [one["Key"] for one in stack["Properties"]["Tags"]] == ["lambda:createdBy", "x"]
