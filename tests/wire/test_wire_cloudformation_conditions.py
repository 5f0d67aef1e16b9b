"""Conditions, references and values beside the recorded answers of AWS; parameters and mappings.

Where a recording used ``AWS::SSM::Parameter``, a topic stands for it here.
"""

import json
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import equal, refused
from tests.wire.stacks import Stack, template, topic

CONDITIONS = "cloudformation/engine/test_conditions.json"


def aws(file: str, name: str) -> Any:
    """A recording, with topics in the place of SSM's parameters."""
    text = json.dumps(recorded(file, name))
    return json.loads(text.replace("AWS::SSM::Parameter", "AWS::SNS::Topic").replace('-date"', '-<date>"'))


# Conditions ----------------------------------------------------------------------------------------------------------

NESTED = template(
    {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Condition": "CreateBucket",
            "Properties": {"BucketName": {"Ref": "BucketName"}},
        },
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Condition": "CreateBucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "Bucket"},
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Action": ["s3:GetObject"],
                            "Resource": [{"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}/*"}],
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                        }
                    ],
                },
            },
        },
    },
    Parameters={
        "EnvType": {"Type": "String", "Default": "test", "AllowedValues": ["prod", "test"]},
        "BucketName": {"Type": "String", "Default": ""},
    },
    Conditions={
        "IsProduction": {"Fn::Equals": [{"Ref": "EnvType"}, "prod"]},
        "CreateBucket": {"Fn::Not": [{"Fn::Equals": [{"Ref": "BucketName"}, ""]}]},
        "CreateBucketPolicy": {"Fn::And": [{"Condition": "IsProduction"}, {"Condition": "CreateBucket"}]},
    },
)


@pytest.mark.parametrize(
    ("kind", "bucket", "policy"),
    [("test", False, False), ("test", True, False), ("prod", False, False), ("prod", True, True)],
)
def test_conditions_of_conditions(cloud: RunningCloud, kind: str, bucket: bool, policy: bool) -> None:
    entry = f"[{kind}-{'bucket' if bucket else 'nobucket'}-{'policy' if policy else 'nopolicy'}]"
    recording = aws(CONDITIONS, f"test_nested_conditions{entry}")
    name = f"conditional-{kind}-{bucket}".lower()
    stack = Stack(cloud, name)
    client = stack.client
    given = [{"ParameterKey": "EnvType", "ParameterValue": kind}]
    given += [{"ParameterKey": "BucketName", "ParameterValue": f"{name}-bucket"}] if bucket else []
    ours = client.create_change_set(
        StackName=name, ChangeSetName="c", TemplateBody=NESTED, ChangeSetType="CREATE", Parameters=given
    )
    equal(ours, recording["create_cs_result"])
    described = client.describe_change_set(StackName=name, ChangeSetName="c")
    described["Parameters"].sort(key=lambda one: one["ParameterKey"])
    equal(described, recording["describe_changeset_result"])
    client.execute_change_set(StackName=name, ChangeSetName="c")
    assert stack.ended() == "CREATE_COMPLETE"
    equal(client.describe_stack_resources(StackName=name), recording["stack_resources"])
    equal(client.describe_stack_events(StackName=name), recording["stack_events"])
    stacks = client.describe_stacks(StackName=name)
    stacks["Stacks"][0]["Parameters"].sort(key=lambda one: one["ParameterKey"])
    equal(stacks, recording["describe_stack_result"])


@pytest.mark.parametrize("toggle", ["yes", "no"])
def test_references_to_what_a_condition_leaves_out(cloud: RunningCloud, toggle: str) -> None:
    """Entry test_references_to_disabled_resources."""
    recording = aws(CONDITIONS, f"test_references_to_disabled_resources[{toggle}]")
    stack = Stack(cloud, f"toggled-{toggle}")
    value: dict[str, Any] = {"DisplayName": {"Ref": "ParameterValue"}}
    body = template(
        {
            "BaseParameter": topic(**value),
            "ConditionalParameter": {**topic(**value), "Condition": "Do"},
            "AnotherResource": topic(DisplayName={"Fn::GetAtt": "ConditionalParameter.TopicName"}, Condition="Do"),
        },
        Parameters={"ParameterValue": {"Type": "String"}, "Toggle": {"Type": "String"}},
        Conditions={"Do": {"Fn::Equals": [{"Ref": "Toggle"}, "yes"]}},
        Outputs={
            "ConditionalParameterValue": {
                "Condition": "Do",
                "Value": {"Fn::GetAtt": "ConditionalParameter.DisplayName"},
            }
        },
    )
    given = [
        {"ParameterKey": "ParameterValue", "ParameterValue": "v"},
        {"ParameterKey": "Toggle", "ParameterValue": toggle},
    ]
    assert stack.create(body, Parameters=given) == "CREATE_COMPLETE"
    equal(stack.described().get("Outputs"), recording["stack-description"]["Stacks"][0].get("Outputs"))
    equal(stack.client.describe_stack_resources(StackName=stack.id), recording["resources-description"])


def test_what_a_condition_leaves_out_cannot_be_needed(cloud: RunningCloud) -> None:
    """Entries test_dependent_ref, test_dependent_get_att and test_output_reference_to_skipped_resource."""
    client = cloud.client("cloudformation")
    conditions = {"Never": {"Fn::Equals": ["a", "b"]}}
    skipped = {"MyTopic": topic(Condition="Never"), "Kept": topic()}
    for value, name in (
        ({"Ref": "MyTopic"}, "test_dependent_ref"),
        ({"Fn::GetAtt": "MyTopic.TopicName"}, "test_dependent_get_att"),
    ):
        body = template({**skipped, "Other": topic(DisplayName=value)}, Conditions=conditions)
        expected = aws(CONDITIONS, name)["dependent_ref_exc"]["Error"]
        assert refused(client.create_stack, StackName="needy", TemplateBody=body)[:2] == (
            expected["Code"],
            expected["Message"],
        )
    body = template(skipped, Conditions=conditions, Outputs={"Out": {"Value": {"Ref": "MyTopic"}}})
    expected = aws(CONDITIONS, "test_output_reference_to_skipped_resource")["unresolved_resource_reference_exception"]
    assert refused(client.create_stack, StackName="needy", TemplateBody=body)[1] == expected["Error"]["Message"]
    body = template(skipped, Conditions={"Never": {"Fn::Equals": ["a"]}})
    expected = aws(CONDITIONS, "test_validate_equals_args_len")["error"]["Error"]
    assert refused(client.create_stack, StackName="needy", TemplateBody=body)[:2] == (
        expected["Code"],
        expected["Message"],
    )


def test_a_conditional_value_is_taken_only_where_its_condition_holds(cloud: RunningCloud) -> None:
    """Entry test_conditional_resource_referencing_conditional: both are left out, so nothing is missing."""
    recording = aws(CONDITIONS, "test_conditional_resource_referencing_conditional")
    assert len(recording["resources-description"]["StackResources"]) == 1
    stack = Stack(cloud, "both-left-out")
    resources = {
        "MyTable": topic(),
        "One": topic(Condition="Never"),
        "Two": topic(Condition="Never", DisplayName={"Fn::GetAtt": "One.TopicName"}),
        "Three": topic(DisplayName={"Fn::If": ["Never", {"Ref": "One"}, {"Ref": "AWS::NoValue"}]}),
    }
    conditions = {"Never": {"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Fn::Not": [{"Fn::Equals": ["a", "a"]}]}]}}
    assert stack.create(template(resources, Conditions=conditions)) == "CREATE_COMPLETE"
    assert sorted(stack.resources()) == ["MyTable", "Three"]


# References and values -----------------------------------------------------------------------------------------------


def test_substitutions(cloud: RunningCloud) -> None:
    """Entry test_fn_sub_cases."""
    expected = aws("cloudformation/engine/test_references.json", "test_fn_sub_cases")["outputs"]
    stack = Stack(cloud, "sub-cases")
    values: dict[str, Any] = {
        "StringStatic": "this is a static string",
        "StringRefParam": "${Param1}",
        "StringRefPseudoParam": "${AWS::Region}",
        "StringRefResource": "${MyTopic.DisplayName}",
        "StringRefMultiple": "${Param1} - ${MyTopic.DisplayName}",
        "StringRefGetAtt": "${Other.DisplayName}",
        "UrlSuffixPseudoParam": "${AWS::URLSuffix}",
        "ListStatic": ["this is a static string", {}],
        "ListRefParam": ["${Param1}", {}],
        "ListRefPseudoParam": ["${AWS::Region}", {}],
        "ListRefResourceDirect": ["${MyTopic.DisplayName}", {}],
        "ListRefResourceMappingRef": ["${Var}", {"Var": {"Fn::GetAtt": "MyTopic.DisplayName"}}],
        "ListRefGetAtt": ["${Other.DisplayName}", {}],
        "ListRefGetAttMapping": ["${Var}", {"Var": {"Fn::GetAtt": ["Other", "DisplayName"]}}],
        "ListRefMultipleMix": ["${Param1}-${AWS::Region}-${Var}", {"Var": {"Fn::GetAtt": "MyTopic.DisplayName"}}],
    }
    body = template(
        {"MyTopic": topic(DisplayName={"Ref": "Param1"}), "Other": topic(DisplayName="unimportant")},
        Parameters={"Param1": {"Type": "String", "Default": "Param1Value"}},
        Outputs={name: {"Value": {"Fn::Sub": value}} for name, value in values.items()},
    )
    stack.create(body)
    ours = {one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}
    assert ours["UrlSuffixPseudoParam"] == "amazonaws.com"
    for name, value in expected.items():
        assert name == "UrlSuffixPseudoParam" or ours[name] == value.replace("<region>", "us-east-1"), name


def test_values_become_what_a_property_wants(cloud: RunningCloud) -> None:
    """Entry test_implicit_type_conversion: texts for numbers and truths, numbers for texts."""
    expected = aws("cloudformation/test_template_engine.json", "test_implicit_type_conversion")["queue"]["Attributes"]
    stack = Stack(cloud, "converted")
    properties = {"FifoQueue": "true", "ContentBasedDeduplication": "false", "DelaySeconds": "2"}
    stack.create(template({"Queue": {"Type": "AWS::SQS::Queue", "Properties": properties}}))
    ours = cloud.client("sqs").get_queue_attributes(QueueUrl=stack.physical("Queue"), AttributeNames=["All"])
    for name in ("FifoQueue", "ContentBasedDeduplication", "DelaySeconds"):
        assert ours["Attributes"][name] == expected[name]


def test_functions_in_functions(cloud: RunningCloud) -> None:
    """Entries test_join_no_value_construct and test_fn_select_has_intrinsic_function."""
    joined = aws("cloudformation/test_template_engine.json", "test_join_no_value_construct")["join-output"]
    selected = aws("cloudformation/test_template_engine.json", "test_fn_select_has_intrinsic_function")
    nothing = {"Ref": "AWS::NoValue"}
    stack = Stack(cloud, "functions-in-functions")
    values: dict[str, Any] = {
        "JoinWithNoValue": {"Fn::Join": ["", ["Sample", nothing]]},
        "JoinOnlyNoValue": {"Fn::Join": ["", [nothing]]},
        "JoinConditionalNoValue": {"Fn::Join": ["", [{"Fn::If": ["Never", "x", nothing]}]]},
        "ParameterValue": {
            "Fn::Select": [{"Fn::FindInMap": ["Places", "place", "index"]}, {"Fn::Split": ["|", "false|true"]}]
        },
        "Cidr": {"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}]},
        "Encoded": {"Fn::Base64": {"Fn::Sub": "${AWS::StackName}"}},
        "Zone": {"Fn::Select": [0, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]},
    }
    body = template(
        {"A": topic()},
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
        Mappings={"Places": {"place": {"index": "1"}}},
        Outputs={name: {"Value": value} for name, value in values.items()},
    )
    stack.create(body)
    ours = {one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}
    assert {name: ours[name] for name in joined} == joined
    assert ours["ParameterValue"] == selected["fn-select-fn-map-output"]["ParameterValue"]
    assert (ours["Cidr"], ours["Zone"]) == ("10.0.1.0/24", "us-east-1a")
    assert ours["Encoded"] == "ZnVuY3Rpb25zLWluLWZ1bmN0aW9ucw=="


def test_exports(cloud: RunningCloud) -> None:
    """Entry test_cfn_with_exports."""
    expected = aws("cloudformation/test_template_engine.json", "test_cfn_with_exports")["exports"]
    stack = Stack(cloud, "exporting")
    outputs = {
        f"O{number}": {"Value": "test", "Export": {"Name": {"Fn::Sub": f"${{AWS::StackName}}-TestExport-{number}"}}}
        for number in range(3)
    }
    stack.create(template({"A": topic()}, Outputs=outputs))
    ours = [one for one in stack.client.list_exports()["Exports"] if one["Name"].startswith("exporting-")]
    equal(ours, expected)


# Parameters ----------------------------------------------------------------------------------------------------------

PARAMETERS: list[tuple[dict[str, Any], str, str]] = [
    ({"Type": "Number", "MinValue": 3}, "2", "must be a number not less than 3"),
    ({"Type": "Number", "MaxValue": 3}, "4", "must be a number not greater than 3"),
    ({"Type": "Number"}, "x", "must be a number"),
    ({"Type": "String", "MinLength": 3}, "ab", "must contain at least 3 characters"),
    ({"Type": "String", "MaxLength": 3}, "abcd", "must contain at most 3 characters"),
    ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A1", "must match pattern [a-z]+"),
    ({"Type": "String", "AllowedValues": ["a", "b"]}, "c", "must be one of AllowedValues"),
    ({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "a,c", "must be one of AllowedValues"),
    (
        {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "small letters only"},
        "A1",
        "small letters only",
    ),
    (
        {"Type": "AWS::SSM::Parameter::Value<String>"},
        "/nobody-s",
        "Unable to fetch parameters [/nobody-s] from parameter store for this account.",
    ),
    ({"Type": "AWS::SSM::Parameter::Name"}, "/nobody-s", "Unable to fetch parameters [/nobody-s]"),
]


@pytest.mark.parametrize(("declaration", "value", "said"), PARAMETERS)
def test_parameters_that_do_not_fit(cloud: RunningCloud, declaration: dict[str, Any], value: str, said: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"""
    client = cloud.client("cloudformation")
    body = template({"A": topic()}, Parameters={"P": declaration})
    given = [{"ParameterKey": "P", "ParameterValue": value}]
    code, text, _ = refused(client.create_stack, StackName="fits", TemplateBody=body, Parameters=given)
    assert (code in ("ValidationError", "NotImplemented"), said in text) == (True, True), text


def test_parameters_keep_their_values_where_an_update_says_so(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "previous-values")
    declared = {name: {"Type": "String", "Default": "default"} for name in ("Kept", "Given", "Left")}
    shown: dict[str, Any] = {"DisplayName": {"Fn::Sub": "${Kept}-${Given}-${Left}"}}
    body = template({"A": topic(**shown)}, Parameters=declared)
    stack.create(body, Parameters=[{"ParameterKey": "Kept", "ParameterValue": "first"}])
    given = [{"ParameterKey": "Kept", "UsePreviousValue": True}, {"ParameterKey": "Given", "ParameterValue": "new"}]
    assert stack.update(Parameters=given) == "UPDATE_COMPLETE"
    found = cloud.client("sns").get_topic_attributes(TopicArn=stack.physical("A"))["Attributes"]
    assert found["DisplayName"] == "first-new-default"
    again = [{"ParameterKey": "Kept", "UsePreviousValue": True, "ParameterValue": "both"}]
    said = refused(stack.client.update_stack, StackName=stack.id, UsePreviousTemplate=True, Parameters=again)
    assert "Cannot specify usePreviousValue as true and non empty value for a parameter" in said[1]


def test_previous_template_and_another_one_are_too_many(cloud: RunningCloud) -> None:
    stack, body = Stack(cloud, "two-templates"), template({"A": topic()})
    stack.create(body)
    for operation in (stack.client.update_stack, stack.client.create_change_set):
        named = {"ChangeSetName": "c"} if operation == stack.client.create_change_set else {}
        said = refused(operation, StackName=stack.id, TemplateBody=body, UsePreviousTemplate=True, **named)
        assert said[1] == "You cannot specify both usePreviousTemplate and Template Body/Template URL."
