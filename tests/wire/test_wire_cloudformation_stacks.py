"""Stacks over the wire, with boto3: made, updated, replaced, rolled back, deleted."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError


def template(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})


def topic(name: str | None = None, **properties: Any) -> dict[str, Any]:
    named = {"TopicName": name} if name else {}
    return {"Type": "AWS::SNS::Topic", "Properties": {**named, **properties}}


def waited(client: Any, what: str, name: str) -> dict[str, Any]:
    client.get_waiter(what).wait(StackName=name, WaiterConfig={"Delay": 0.01, "MaxAttempts": 12_000})
    stack: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    return stack


def create(client: Any, name: str, body: str, **options: Any) -> dict[str, Any]:
    client.create_stack(StackName=name, TemplateBody=body, **options)
    return waited(client, "stack_create_complete", name)


def test_a_stack_from_creation_to_deletion(cloud: Any) -> None:
    cloudformation, sns = cloud.client("cloudformation"), cloud.client("sns")
    body = template(
        {
            "First": topic("life-first", DisplayName={"Ref": "Shown"}),
            "Second": topic(DisplayName={"Fn::Sub": "after ${First.TopicName} in ${AWS::Region}"}),
        },
        Parameters={"Shown": {"Type": "String", "Default": "shown"}},
        Outputs={"Arn": {"Value": {"Ref": "First"}, "Export": {"Name": "life-arn"}}},
    )
    stack = create(cloudformation, "life", body, Tags=[{"Key": "a", "Value": "b"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    arn = stack["Outputs"][0]["OutputValue"]
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "shown"
    resources = cloudformation.describe_stack_resources(StackName="life")["StackResources"]
    second = next(one["PhysicalResourceId"] for one in resources if one["LogicalResourceId"] == "Second")
    assert sns.get_topic_attributes(TopicArn=second)["Attributes"]["DisplayName"] == "after life-first in us-east-1"
    assert second.split(":")[-1].startswith("life-Second-")
    assert "life-arn" in [one["Name"] for one in cloudformation.list_exports()["Exports"]]

    cloudformation.update_stack(
        StackName="life", UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Shown", "ParameterValue": "new"}]
    )
    assert waited(cloudformation, "stack_update_complete", "life")["StackStatus"] == "UPDATE_COMPLETE"
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "new"

    cloudformation.delete_stack(StackName="life")
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=stack["StackId"], WaiterConfig={"Delay": 0.01, "MaxAttempts": 12_000}
    )
    with pytest.raises(ClientError, match="Stack with id life does not exist"):
        cloudformation.describe_stacks(StackName="life")
    with pytest.raises(ClientError, match="Topic does not exist"):
        sns.get_topic_attributes(TopicArn=arn)
    assert "life-arn" not in [one["Name"] for one in cloudformation.list_exports()["Exports"]]


def test_events_come_in_awss_order(cloud: Any) -> None:
    cloudformation = cloud.client("cloudformation")
    create(cloudformation, "events", template({"Only": topic("events-only")}))
    events = cloudformation.describe_stack_events(StackName="events")["StackEvents"]
    told = [(e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason", "")) for e in reversed(events)]
    assert told == [
        ("events", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Only", "CREATE_IN_PROGRESS", ""),
        ("Only", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Only", "CREATE_COMPLETE", ""),
        ("events", "CREATE_COMPLETE", ""),
    ]


def test_a_replacement_makes_the_new_before_it_deletes_the_old(cloud: Any) -> None:
    cloudformation, sns = cloud.client("cloudformation"), cloud.client("sns")
    create(cloudformation, "replace", template({"It": topic("replace-old")}))
    cloudformation.update_stack(StackName="replace", TemplateBody=template({"It": topic("replace-new")}))
    waited(cloudformation, "stack_update_complete", "replace")
    names = [one["TopicArn"].split(":")[-1] for one in sns.list_topics()["Topics"]]
    assert "replace-new" in names
    assert "replace-old" not in names
    events = [
        (e["LogicalResourceId"], e["ResourceStatus"])
        for e in reversed(cloudformation.describe_stack_events(StackName="replace")["StackEvents"])
    ]
    assert events[-5:] == [
        ("It", "UPDATE_COMPLETE"),
        ("replace", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("It", "DELETE_IN_PROGRESS"),
        ("It", "DELETE_COMPLETE"),
        ("replace", "UPDATE_COMPLETE"),
    ]


def failing(name: str) -> dict[str, Any]:
    """A subscription to a topic that does not exist: it fails when it is made."""
    arn = f"arn:aws:sns:us-east-1:123456789012:{name}"
    return {
        "Type": "AWS::SNS::Subscription",
        "Properties": {"TopicArn": arn, "Protocol": "lambda", "Endpoint": arn.replace("sns", "lambda") + ":x:y"},
    }


def test_a_creation_that_fails_leaves_nothing(cloud: Any) -> None:
    cloudformation, sns = cloud.client("cloudformation"), cloud.client("sns")
    bad = {**failing("no-such-topic"), "DependsOn": "Made"}
    cloudformation.create_stack(StackName="fails", TemplateBody=template({"Made": topic("fails-made"), "Bad": bad}))
    with pytest.raises(WaiterError):
        waited(cloudformation, "stack_create_complete", "fails")
    cloud.drain()
    assert cloudformation.describe_stacks(StackName="fails")["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "fails-made" not in str(sns.list_topics())
    reasons = [
        e.get("ResourceStatusReason", "")
        for e in cloudformation.describe_stack_events(StackName="fails")["StackEvents"]
    ]
    assert any("Topic does not exist" in reason for reason in reasons)
    assert "The following resource(s) failed to create: [Bad]. Rollback requested by user." in reasons


def test_an_update_that_fails_goes_back_to_the_last_good_state(cloud: Any) -> None:
    cloudformation, sns = cloud.client("cloudformation"), cloud.client("sns")
    create(
        cloudformation,
        "back",
        template(
            {"Kept": topic("back-kept", DisplayName="old"), "Named": topic("back-old"), "Gone": topic("back-gone")}
        ),
    )
    wanted = {
        "Kept": topic("back-kept", DisplayName="new"),
        "Named": topic("back-new"),
        "Added": topic("back-added"),
        "Bad": {**failing("none"), "DependsOn": ["Kept", "Named", "Added"]},
    }
    cloudformation.update_stack(StackName="back", TemplateBody=template(wanted))
    cloud.drain()
    stack = cloudformation.describe_stacks(StackName="back")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    names = sorted(
        name for one in sns.list_topics()["Topics"] if (name := one["TopicArn"].split(":")[-1]).startswith("back-")
    )
    assert names == ["back-gone", "back-kept", "back-old"]
    arn = "arn:aws:sns:us-east-1:123456789012:back-kept"
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "old"
    assert cloudformation.get_template(StackName="back")["TemplateBody"]["Resources"].keys() == {
        "Kept",
        "Named",
        "Gone",
    }


def test_nothing_new_is_no_update(cloud: Any) -> None:
    # aws-answers: cloudformation, test_update_stack_with_same_template_withoutchange
    cloudformation = cloud.client("cloudformation")
    body = template({"It": topic("same")})
    create(cloudformation, "same", body)
    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        cloudformation.update_stack(StackName="same", TemplateBody=body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        # aws-answers: cloudformation/api/test_templates.json, test_validations.json, test_stacks.json
        ("{}", "At least one Resources member must be defined"),
        ("- a", "Template format error: unsupported structure."),
        (template({"A": {"Properties": {}}}), r"\[/Resources/A\] Every Resources object must contain a Type member"),
        (template({"A": {"Type": "AWS::SNS::Topic", "Invalid": 1}}), "Invalid template resource property 'Invalid'"),
        (template({"my-bad": topic()}), "Resource name my-bad is non alphanumeric"),
        (
            template({"A": topic(DisplayName={"Ref": "Nothing"})}),
            r"Unresolved resource dependencies \[Nothing\] in the Resources block of the template",
        ),
        (template({"A": {"Type": "AWS::Nothing::Here"}}), r"Unrecognized resource types: \[AWS::Nothing::Here\]"),
        (template({"A": topic(Nothing=1)}), r"extraneous key \[Nothing\] is not permitted"),
        (template({"A": topic(DataProtectionPolicy={"a": 1})}), "DataProtectionPolicy of A .* is not implemented"),
        (template({"A": topic(DisplayName={"Fn::Nothing": 1})}), "Unrecognized intrinsic function Fn::Nothing"),
        (
            template({"A": {**topic(), "DependsOn": "B"}, "B": {**topic(), "DependsOn": "A"}}),
            r"Circular dependency between resources: \[A, B\]",
        ),
        (template({"A": topic()}, Outputs={"O": {"Value": None}}), "'null' values are not allowed in templates"),
        (template({"A": topic()}, Parameters={"P": {"Type": "String"}}), r"Parameters: \[P\] must have values"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is(cloud: Any, body: str, said: str) -> None:
    cloudformation = cloud.client("cloudformation")
    with pytest.raises(ClientError, match=said) as caught:
        cloudformation.create_stack(StackName="refused", TemplateBody=body)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_stacks(StackName="refused")


def test_a_change_set_says_what_it_would_do_and_does_it(cloud: Any) -> None:
    cloudformation = cloud.client("cloudformation")
    made = cloudformation.create_change_set(
        StackName="changes",
        ChangeSetName="one",
        ChangeSetType="CREATE",
        TemplateBody=template({"It": topic("changes-a")}),
    )
    assert cloudformation.describe_stacks(StackName="changes")["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    shown = cloudformation.describe_change_set(ChangeSetName=made["Id"])
    assert shown["Status"] == "CREATE_COMPLETE"
    # aws-answers: cloudformation/test_change_set_values.json, test_property_empy_list
    assert shown["Changes"][0]["ResourceChange"] == {
        "Action": "Add",
        "Details": [],
        "LogicalResourceId": "It",
        "ResourceType": "AWS::SNS::Topic",
        "Scope": [],
    }
    cloudformation.execute_change_set(ChangeSetName=made["Id"])
    waited(cloudformation, "stack_create_complete", "changes")

    made = cloudformation.create_change_set(
        StackName="changes", ChangeSetName="two", TemplateBody=template({"It": topic("changes-b")})
    )
    change = cloudformation.describe_change_set(ChangeSetName=made["Id"])["Changes"][0]["ResourceChange"]
    assert (change["Action"], change["Replacement"], change["PolicyAction"]) == ("Modify", "True", "ReplaceAndDelete")
    assert change["Details"][0]["Target"]["RequiresRecreation"] == "Always"

    made = cloudformation.create_change_set(
        StackName="changes", ChangeSetName="three", TemplateBody=template({"It": topic("changes-a")})
    )
    shown = cloudformation.describe_change_set(ChangeSetName=made["Id"])
    assert (shown["Status"], shown["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in shown["StatusReason"]


def test_an_export_in_use_holds_its_stack(cloud: Any) -> None:
    cloudformation = cloud.client("cloudformation")
    create(
        cloudformation,
        "giver",
        template({"It": topic("giver")}, Outputs={"O": {"Value": "given", "Export": {"Name": "gift"}}}),
    )
    create(cloudformation, "taker", template({"It": topic("taker", DisplayName={"Fn::ImportValue": "gift"})}))
    assert cloudformation.list_imports(ExportName="gift")["Imports"] == ["taker"]
    # AWS takes the call, and tells in an event that the stack stays.
    cloudformation.delete_stack(StackName="giver")
    stack = cloudformation.describe_stacks(StackName="giver")["Stacks"][0]
    said = "Delete canceled. Cannot delete export gift as it is in use by taker."
    assert (stack["StackStatus"], stack["StackStatusReason"]) == ("CREATE_COMPLETE", said)
    event = cloudformation.describe_stack_events(StackName="giver")["StackEvents"][0]
    assert (event["ResourceStatus"], event["ResourceStatusReason"]) == ("CREATE_COMPLETE", said)
    without = template({"It": topic("giver")}, Outputs={"Other": {"Value": "given"}})
    cloudformation.update_stack(StackName="giver", TemplateBody=without)
    cloud.drain()
    stack = cloudformation.describe_stacks(StackName="giver")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert [output["OutputKey"] for output in stack["Outputs"]] == ["O"]
    changed = template({"It": topic("giver")}, Outputs={"O": {"Value": "other", "Export": {"Name": "gift"}}})
    cloudformation.update_stack(StackName="giver", TemplateBody=changed)
    cloud.drain()
    reasons = [
        event.get("ResourceStatusReason", "")
        for event in cloudformation.describe_stack_events(StackName="giver")["StackEvents"]
    ]
    assert f"{said} " in reasons
    assert "Cannot update export gift as it is in use by taker. " in reasons
    assert cloudformation.list_exports()["Exports"][0]["Value"] == "given"


def test_conditions_choose_resources_and_values(cloud: Any) -> None:
    cloudformation = cloud.client("cloudformation")
    body = template(
        {
            "Always": topic("cond-always", DisplayName={"Fn::If": ["IsProd", "prod", {"Ref": "AWS::NoValue"}]}),
            "Sometimes": {**topic("cond-sometimes"), "Condition": "IsProd"},
        },
        Parameters={"Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]}},
        Conditions={
            "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
            "IsDev": {"Fn::Not": [{"Condition": "IsProd"}]},
        },
    )
    parameters = [{"ParameterKey": "Stage", "ParameterValue": "dev"}]
    create(cloudformation, "cond", body, Parameters=parameters)
    names = [
        one["LogicalResourceId"]
        for one in cloudformation.list_stack_resources(StackName="cond")["StackResourceSummaries"]
    ]
    assert names == ["Always"]
    with pytest.raises(ClientError, match=r"Parameter 'Stage' must be one of AllowedValues$"):
        cloudformation.create_stack(
            StackName="cond2", TemplateBody=body, Parameters=[{"ParameterKey": "Stage", "ParameterValue": "x"}]
        )
