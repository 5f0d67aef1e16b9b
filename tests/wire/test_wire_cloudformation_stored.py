"""Parameters whose values Systems Manager keeps, and the rules that ask about them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
and the recorded answers of CloudFormation's test_change_sets and test_dynamic_resolving.
"""

from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.answers import refused
from tests.wire.stacks import Stack, template, topic

STRING = "AWS::SSM::Parameter::Value<String>"


def stored(cloud: RunningCloud, name: str, value: str, kind: str = "String") -> str:
    cloud.client("ssm").put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)
    return name


def named(kind: str, value: Any, **sections: Any) -> str:
    """A topic that is called by what a parameter gives."""
    return template(
        {"A": topic(DisplayName=value)}, Parameters={"P": {"Type": kind, "Default": "/stored/p"}}, **sections
    )


def display(cloud: RunningCloud, stack: Stack) -> str:
    found = cloud.client("sns").get_topic_attributes(TopicArn=stack.physical("A"))["Attributes"]
    return str(found["DisplayName"])


def test_value_is_read_when_a_stack_is_made_and_again_when_it_is_updated(cloud: RunningCloud) -> None:
    """Entries test_dynamic_ssm_parameter_lookup, test_update_parameter_between_deployments."""
    stack, body = Stack(cloud, "stored-value"), named(STRING, {"Ref": "P"})
    stored(cloud, "/stored/p", "one")
    assert stack.create(body) == "CREATE_COMPLETE"
    assert stack.described()["Parameters"] == [
        {"ParameterKey": "P", "ParameterValue": "/stored/p", "ResolvedValue": "one"}
    ]
    assert display(cloud, stack) == "one"
    said = refused(stack.client.update_stack, StackName=stack.id, UsePreviousTemplate=True)
    assert said[1] == "No updates are to be performed."
    stored(cloud, "/stored/p", "two")
    made = stack.client.create_change_set(StackName=stack.id, ChangeSetName="c", UsePreviousTemplate=True)["Id"]
    shown = stack.client.describe_change_set(ChangeSetName=made)
    assert shown["Parameters"][0]["ResolvedValue"] == "two"
    detail = shown["Changes"][0]["ResourceChange"]["Details"][0]
    assert (detail["ChangeSource"], detail["Evaluation"]) == ("DirectModification", "Static")
    stack.client.execute_change_set(ChangeSetName=made)
    assert stack.ended() == "UPDATE_COMPLETE"
    assert display(cloud, stack) == "two"
    assert stack.described()["Parameters"][0]["ResolvedValue"] == "two"


@pytest.mark.parametrize("kind", ["List<String>", "CommaDelimitedList"])
def test_lists_are_lists(cloud: RunningCloud, kind: str) -> None:
    stack = Stack(cloud, f"stored-{kind[0]}")
    stored(cloud, "/stored/list", "one,two", "StringList")
    given = [{"ParameterKey": "P", "ParameterValue": "/stored/list"}]
    body = named(f"AWS::SSM::Parameter::Value<{kind}>", {"Fn::Select": [1, {"Ref": "P"}]})
    assert stack.create(body, Parameters=given) == "CREATE_COMPLETE"
    assert display(cloud, stack) == "two"


def test_name_is_that_of_a_parameter_that_exists(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "stored-name")
    stored(cloud, "/stored/p", "one")
    stack.create(named("AWS::SSM::Parameter::Name", {"Ref": "P"}))
    assert display(cloud, stack) == "/stored/p"
    assert "ResolvedValue" not in stack.described()["Parameters"][0]


def test_failed_update_goes_back_to_the_value_that_was_read_before(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "stored-back")
    stored(cloud, "/stored/p", "one")
    stack.create(named(STRING, {"Ref": "P"}))
    stored(cloud, "/stored/p", "two")
    wrong = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "not a name"}, "DependsOn": "A"}
    body = template(
        {"A": topic(DisplayName={"Ref": "P"}), "B": wrong}, Parameters={"P": {"Type": STRING, "Default": "/stored/p"}}
    )
    assert stack.update(body) == "UPDATE_ROLLBACK_COMPLETE"
    assert display(cloud, stack) == "one"
    assert stack.described()["Parameters"][0]["ResolvedValue"] == "one"


def test_secrets_cannot_be_parameters(cloud: RunningCloud) -> None:
    stored(cloud, "/stored/secret", "x", "SecureString")
    given = [{"ParameterKey": "P", "ParameterValue": "/stored/secret"}]
    client = cloud.client("cloudformation")
    said = refused(client.create_stack, StackName="s", TemplateBody=named(STRING, "x"), Parameters=given)
    assert said[1] == "Parameters [/stored/secret] referenced by template have types not supported by CloudFormation."


def test_rule_of_cdk_looks_at_the_version_of_its_bootstrap_stack(cloud: RunningCloud) -> None:
    """What ``cdk synth`` writes into every template."""
    old = {"Fn::Contains": [["1", "2", "3", "4", "5"], {"Ref": "P"}]}
    rule = {
        "Assertions": [{"Assert": {"Fn::Not": [old]}, "AssertDescription": "CDK bootstrap stack version 6 required."}]
    }
    body = named(STRING, "x", Rules={"CheckBootstrapVersion": rule})
    stored(cloud, "/stored/p", "5")
    client = cloud.client("cloudformation")
    assert client.validate_template(TemplateBody=body)["Parameters"][0]["ParameterKey"] == "P"
    code, said, _ = refused(client.create_stack, StackName="cdk-app", TemplateBody=body)
    assert (code, "CheckBootstrapVersion: CDK bootstrap stack version 6 required." in said) == ("ValidationError", True)
    stored(cloud, "/stored/p", "21")
    assert Stack(cloud, "cdk-app").create(body) == "CREATE_COMPLETE"


def test_a_stack_of_an_earlier_version_goes_on(cloud: RunningCloud) -> None:
    """What such a version did not keep is as if it had never been."""
    stack = Stack(cloud, "earlier")
    stack.create(template({"A": topic()}))
    database = cloud.cloud.world.database

    def older() -> None:
        database.write("UPDATE cloudformation_stack SET body = json_remove(body, '$.fallback') WHERE name = 'earlier'")

    cloud.run(database.transact(older))
    assert stack.update(template({"A": topic(), "B": topic()})) == "UPDATE_COMPLETE"
