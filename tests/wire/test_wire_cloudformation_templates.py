"""CloudFormation beside the recorded answers of AWS: templates, and what is made of them.

Where a recording used ``AWS::SSM::Parameter``, a topic stands for it here.
"""

import json
from typing import Any

from tests.conftest import RunningCloud
from tests.wire.answers import answered, equal
from tests.wire.stack_answers import (
    PATIENCE,
    TOPIC,
    aws,
    change_set,
    delete,
    deploy,
    execute,
    out,
    outputs,
    said,
    showing,
)


def test_templates_are_given_back(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000112")
    for form in ("yaml", "json"):
        theirs = aws("api/test_stacks", f"test_get_template_using_create_stack[{form}]")
        body = theirs["template_original"]["TemplateBody"]
        deploy(client, form, body)
        for stage, key in (("Original", "template_original"), ("Processed", "template_processed")):
            equal(client.get_template(StackName=form, TemplateStage=stage), theirs[key])
        made = change_set(client, f"{form}-change", body=body if isinstance(body, str) else json.dumps(body))
        equal(client.get_template(ChangeSetName=made["Id"]), theirs["template_processed"])


def test_templates_are_summarised_and_validated(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000113")
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Metadata": {"TopicName": "sns-topic-simple"},
        "Resources": {"topic123": {**TOPIC, "Properties": {"TopicName": "sns-topic-simple"}}},
    }
    summary = client.get_template_summary(TemplateBody=json.dumps(body))
    theirs = aws("api/test_templates", "::test_get_template_summary")["template-summary"]
    assert json.loads(summary.pop("Metadata")) == {"TopicName": "sns-topic-simple"}
    theirs.pop("Metadata")
    equal(summary, theirs)
    ours = answered(client.get_template_summary, TemplateBody="{}")
    equal(ours, aws("api/test_templates", "test_get_template_summary_no_resources")["error"])
    key = {"Type": "String", "Description": "The EC2 Key Pair to allow SSH access to the instance"}
    text = json.dumps({"Parameters": {"KeyExample": key}, "Resources": {"A": TOPIC}})
    theirs = aws("api/test_templates", "test_validate_template")["validate-template"]
    equal(client.validate_template(TemplateBody=text), theirs)
    theirs = aws("api/test_templates", "test_validate_invalid_json_template_should_fail")["validate-invalid-json"]
    equal(answered(client.validate_template, TemplateBody='{"this is invalid JSON"="bobbins"}'), theirs)
    theirs = aws("api/test_templates", "test_create_stack_invalid_yaml_template_should_fail")["create-invalid-yaml"]
    # The recording leaves out where.
    text = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n        TopicName: a\n      Other: b\n"
    ours = answered(client.create_stack, StackName="wrong", TemplateBody=text)
    ours["Error"]["Message"] = ours["Error"]["Message"].split(" (line 6, column 7)")[0]
    equal(ours, theirs)


def test_attributes_references_and_texts(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000114")
    topic = {**TOPIC, "Properties": {"TopicName": "a-topic"}}
    for attribute in ("TopicName", "TopicArn"):
        theirs = aws("api/test_reference_resolving", f"test_nested_getatt_ref[{attribute}]")["outputs"]
        body = out(
            {"Resources": {"MyTopic": topic}},
            {"Fn::GetAtt": ["MyTopic", "TopicArn"]},
            {"Fn::GetAtt": ["MyTopic", attribute]},
            {"Fn::GetAtt": ["MyTopic", "TopicName"]},
            {"Ref": "MyTopic"},
        )
        ours = outputs(deploy(client, f"nested-{attribute}", body))
        delete(client, f"nested-{attribute}")
        names = ("MyTopicArn", "MyTopicCustom", "MyTopicName", "MyTopicRef")
        equal(dict(zip(names, ours.values(), strict=True)), theirs)
    theirs = aws("api/test_reference_resolving", "test_sub_resolving")["outputs"]
    every = "${MyTopic.TopicName}|${MyTopic.TopicArn}|${MyTopic.TopicName}|${MyTopic}"
    mapped = ["${MyTopic.TopicName}|${MyTopic}|${Other}", {"Other": "something"}]
    ours = outputs(
        deploy(client, "sub", out({"Resources": {"MyTopic": topic}}, {"Fn::Sub": every}, {"Fn::Sub": mapped}))
    )
    equal({"a": ours["O1"], "b": ours["O2"]}, {"a": theirs["MyTopicSub"], "b": theirs["MyTopicSubWithMap"]})


def test_texts_with_numbers_and_nothing(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000115")
    nothing = {"Ref": "AWS::NoValue"}
    body = out(
        {"Resources": {"A": TOPIC}, "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}},
        {"Fn::Join": ["", [nothing]]},
        {"Fn::Join": [",", ["Sample", nothing]]},
        {"Fn::Join": [",", [{"Fn::If": ["Never", "a", nothing]}]]},
        {"Fn::Sub": ["my number is ${Number}", {"Number": 3}]},
        {"Fn::Select": [{"Fn::FindInMap": ["M", "A", "B"]}, ["false", "true"]]},
        {"Ref": "AWS::StackId"},
    )
    body["Mappings"] = {"M": {"A": {"B": "1"}}}
    stack = deploy(client, "texts", body)
    ours = outputs(stack)
    theirs = aws("test_template_engine", "test_join_no_value_construct")["join-output"]
    assert (ours["O1"], ours["O2"], ours["O3"]) == (
        theirs["JoinOnlyNoValue"],
        theirs["JoinWithNoValue"],
        theirs["JoinConditionalNoValue"],
    )
    theirs = aws("engine/test_references", "test_non_string_parameter_in_sub")["get-parameter-result"]
    assert ours["O4"] == theirs["Value"]
    theirs = aws("test_template_engine", "test_fn_select_has_intrinsic_function")["fn-select-fn-map-output"]
    assert ours["O5"] == theirs["ParameterValue"]
    assert ours["O6"] == stack["StackId"]


def test_loops_lengths_and_json(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000116")
    names = ["a", "b", "c"]
    topic = {**TOPIC, "Properties": {"TopicName": {"Fn::Sub": "${TopicName}-looped"}}}
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"pRepoARNs": {"Description": "ARN of SSO instance", "Type": "CommaDelimitedList"}},
        "Resources": {
            "Fn::ForEach::Topics": ["TopicName", {"Ref": "pRepoARNs"}, {"SnsTopic${TopicName}": topic}],
        },
    }
    given = [{"ParameterKey": "pRepoARNs", "ParameterValue": ",".join(names)}]
    request = {"Parameters": given, "Capabilities": ["CAPABILITY_AUTO_EXPAND"]}
    ours = answered(client.create_stack, StackName="loop", TemplateBody=json.dumps(body), Parameters=given)
    equal(ours, aws("test_template_engine", "test_capabilities_requirements")["error"])
    deploy(client, "loop", body, **request)
    theirs = aws("api/test_transformers", "test_transform_foreach")
    made = client.describe_stack_resources(StackName="loop")
    for one in (*made["StackResources"], *theirs["resources"]["StackResources"]):
        one["PhysicalResourceId"] = one["StackId"] = "<resource>"
    text = json.dumps(theirs["resources"])
    for index, name in enumerate(names):
        text = text.replace(f"SnsTopic<topic-name-{index}>", f"SnsTopic{name}")
    equal(made, json.loads(text))
    processed = client.get_template(StackName="loop")["TemplateBody"]
    assert sorted(processed["Resources"]) == ["SnsTopica", "SnsTopicb", "SnsTopicc"]
    assert processed["Parameters"] == theirs["transformed"]["Parameters"]
    assert "Transform" not in processed
    original = client.get_template(StackName="loop", TemplateStage="Original")["TemplateBody"]
    assert original == body

    body = showing(
        {"Fn::Length": {"Ref": "QueueList"}},
        Parameters={"QueueList": {"Type": "CommaDelimitedList", "Default": "a,b,c"}},
        Transform="AWS::LanguageExtensions",
    )
    deploy(client, "length", body, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    processed = client.get_template(StackName="length")["TemplateBody"]
    theirs = aws("api/test_transformers", "test_transform_length")["transformed"]
    ours = processed["Resources"]["A"]["Properties"]["DisplayName"]
    assert ours == theirs["Resources"]["MyParameter"]["Properties"]["Value"]
    body = showing({"Fn::ToJsonString": ["a", "b", "c"]}, Transform="AWS::LanguageExtensions")
    deploy(client, "json", body, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    theirs = aws("api/test_transformers", "test_transform_to_json_string")
    processed = client.get_template(StackName="json")["TemplateBody"]
    assert processed["Resources"]["A"]["Properties"]["DisplayName"] == theirs["array-value"]


def test_secrets_are_hidden_as_parameters_alone(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000117")
    body = {
        "Parameters": {
            "SecretParameter": {"Type": "String", "NoEcho": True},
            "SecretParameterWithDefault": {"Type": "String", "NoEcho": True, "Default": "x"},
            "NormalParameter": {"Type": "String", "Default": "Some default value here"},
        },
        "Resources": {
            "LocalBucket": {
                **TOPIC,
                "Metadata": {"SensitiveData": {"Ref": "SecretParameter"}},
                "Properties": {
                    "TopicName": "cfn-noecho-bucket",
                    "Tags": [{"Key": "SensitiveData", "Value": {"Ref": "SecretParameter"}}],
                },
            }
        },
        "Outputs": {"SecretValue": {"Description": "Secret value from parameter", "Value": {"Ref": "SecretParameter"}}},
    }
    theirs = json.loads(
        json.dumps(aws("api/test_stacks", "test_no_echo_parameter"))
        .replace("AWS::S3::Bucket", "AWS::SNS::Topic")
        .replace('"PhysicalResourceId": "cfn-noecho-bucket"', '"PhysicalResourceId": "<resource:9>"')
    )

    def parameters(value: str) -> list[dict[str, str]]:
        return [{"ParameterKey": "SecretParameter", "ParameterValue": value}]

    def check(name: str, ours: Any) -> None:
        for stack in (*ours.get("Stacks", ()), ours):
            stack.get("Parameters", []).sort(key=lambda one: one["ParameterKey"])
        for change in ours.get("Changes", ()):
            change["ResourceChange"]["Details"].sort(key=lambda one: json.dumps(one, sort_keys=True))
        for change in theirs[name].get("Changes", ()):
            change["ResourceChange"]["Details"].sort(key=lambda one: json.dumps(one, sort_keys=True))
        equal(ours, theirs[name], name)

    capabilities = theirs["describe_stacks"]["Stacks"][0]["Capabilities"]
    text = json.dumps(body)
    request = {"StackName": "secret", "TemplateBody": text, "Parameters": parameters("SecretValue")}
    made = client.create_change_set(**request, ChangeSetName="c", ChangeSetType="CREATE", Capabilities=capabilities)
    execute(client, made)
    check("describe_stacks", client.describe_stacks(StackName="secret"))
    detail = client.describe_stack_resource(StackName="secret", LogicalResourceId="LocalBucket")
    check("describe_stack_resource_details_LocalBucket", detail)
    request["Parameters"] = parameters("NewSecretValue1")
    client.update_stack(**request)
    client.get_waiter("stack_update_complete").wait(StackName="secret", WaiterConfig=PATIENCE)
    check("describe_updated_stacks", client.describe_stacks(StackName="secret"))
    request["Parameters"] = parameters("NewSecretValue2")
    made = client.create_change_set(**request, ChangeSetName="d")
    check("describe_updated_change_set", client.describe_change_set(ChangeSetName=made["Id"]))
    check("describe_updated_stacks_change_set", client.describe_stacks(StackName="secret"))
    request["TemplateBody"] = text.replace('"NoEcho": true}', '"NoEcho": false}', 1)
    made = client.create_change_set(**request, ChangeSetName="e")
    check("describe_updated_change_set_no_echo_true", client.describe_change_set(ChangeSetName=made["Id"]))


def test_updates_that_are_refused(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000118")
    body = json.dumps(showing({"Ref": "P"}, Parameters={"P": {"Type": "String", "Default": "1"}}))
    deploy(client, "update", body)
    request = {"StackName": "update", "UsePreviousTemplate": True}
    request["Parameters"] = [{"ParameterKey": "P", "ParameterValue": "2"}]
    theirs = aws("api/test_update_stack", "test_update_with_resource_types")
    for types, key in (("AWS::EC2:*", "invalid_type_error"), ("AWS::EC2::*", "resource_not_allowed")):
        equal(answered(client.update_stack, **request, ResourceTypes=[types]), theirs[key])
    theirs = aws("api/test_update_stack", "test_update_with_invalid_rollback_configuration_errors")
    triggers = [{"Arn": "a1b2c3d4", "Type": "Another"}]
    equal(
        answered(client.update_stack, **request, RollbackConfiguration={"RollbackTriggers": triggers}),
        theirs["type_error"],
    )
    triggers = [{"Arn": "arn:aws:cloudwatch:us-east-1:123456789012:example-name", "Type": "AWS::CloudWatch::Alarm"}]
    equal(
        answered(client.update_stack, **request, RollbackConfiguration={"RollbackTriggers": triggers}),
        theirs["arn_error"],
    )
    iam = cloud.client("iam", account="000000000118")
    trust = {"Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda"}}]}
    role = iam.create_role(RoleName="no-trust", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    theirs = aws("api/test_update_stack", "test_update_with_role_without_permissions")["error"]
    theirs["Error"]["Message"] = theirs["Error"]["Message"].replace("role-fb405076", "no-trust")
    equal(answered(client.update_stack, **request, RoleARN=role), theirs)
    changed = json.dumps({"Resources": {"A": {"Type": "AWS::Logs::LogGroup"}}})
    assert said(client.update_stack, StackName="update", TemplateBody=changed).endswith(
        "Update of resource type is not permitted. The new template modifies resource type of the following "
        "resources: [A]"
    )
    equal(
        client.update_stack(**request, ResourceTypes=["AWS::SNS::Topic"]),
        aws("api/test_update_stack", "test_basic_update")["update_response"],
    )
