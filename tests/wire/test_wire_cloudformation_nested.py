"""Nested stacks: made, updated, rolled back and deleted with their parents.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.stacks import Stack, failing, holdable_cloud, template, topic
from tests.wire.test_wire_cloudformation_restarts import Lives

Put = Callable[..., str]
DENIED = ("Child", "DELETE_FAILED")
STAMPED = {"Value": {"Fn::GetAtt": ["Inner", "TopicName"]}}


@pytest.fixture(name="put")
def putting(cloud: RunningCloud) -> Put:
    """Puts a template into a bucket, and gives its URL."""
    return putter(cloud)


def putter(cloud: RunningCloud) -> Put:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="nested-templates")
    count = iter(range(100))

    def put(body: str, key: str = "") -> str:
        name = key or f"{next(count)}.json"
        s3.put_object(Bucket="nested-templates", Key=name, Body=body)
        return f"https://s3.us-east-1.amazonaws.com/nested-templates/{name}"

    return put


def child(label: str = "one", **more: Any) -> str:
    inner = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": "${Label}-" + label}}}
    return template(
        {"Inner": inner, **more}, Parameters={"Label": {"Type": "String", "Default": "d"}}, Outputs={"Name": STAMPED}
    )


def nested(url: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, **properties}}


def parent(url: str, more: dict[str, Any] | None = None, **properties: Any) -> str:
    outputs = {"Name": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Name"]}}, "Id": {"Value": {"Ref": "Child"}}}
    return template({"Child": nested(url, **properties), **(more or {})}, Outputs=outputs)


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def shown_name(cloud: RunningCloud, stack: Stack) -> str:
    """The display name of the topic that the nested stack has made."""
    sns = cloud.client("sns")
    arn = next(one["TopicArn"] for one in sns.list_topics()["Topics"] if one["TopicArn"].endswith(_name(stack)))
    return str(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"])


def _name(stack: Stack) -> str:
    return outputs(stack.described())["Name"]


def test_nested_stack_gives_its_outputs_and_names_its_parent(cloud: RunningCloud, put: Put) -> None:
    stack = Stack(cloud, "outer")
    body = parent(put(child()), Parameters={"Label": "shop"}, Tags=[{"Key": "own", "Value": "1"}])
    assert stack.create(body, Tags=[{"Key": "team", "Value": "blue"}]) == "CREATE_COMPLETE"
    inner = stack.client.describe_stacks(StackName=outputs(stack.described())["Id"])["Stacks"][0]
    assert inner["StackName"].startswith("outer-Child-")
    assert (inner["ParentId"], inner["RootId"]) == (stack.id, stack.id)
    assert sorted(tag["Key"] for tag in inner["Tags"]) == ["own", "team"]
    assert outputs(inner)["Name"] == _name(stack)
    assert shown_name(cloud, stack) == "shop-one"
    summaries = {one["StackName"]: one for one in stack.client.list_stacks()["StackSummaries"]}
    assert summaries[inner["StackName"]]["RootId"] == stack.id
    assert [one for one in stack.events() if one.startswith("Child")] == [
        "Child CREATE_IN_PROGRESS",
        "Child CREATE_IN_PROGRESS",
        "Child CREATE_COMPLETE",
    ]


def test_nested_stack_of_a_nested_stack_knows_the_root(cloud: RunningCloud, put: Put) -> None:
    stack = Stack(cloud, "deep")
    middle = template({"Low": nested(put(child()))}, Outputs={"Name": {"Value": {"Ref": "Low"}}})
    assert stack.create(parent(put(middle))) == "CREATE_COMPLETE"
    low = stack.client.describe_stacks(StackName=_name(stack))["Stacks"][0]
    assert low["RootId"] == stack.id
    assert low["ParentId"] == outputs(stack.described())["Id"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert [one for one in stack.client.describe_stacks()["Stacks"] if one.get("RootId") == stack.id] == []


def test_update_reaches_nested_stacks_even_where_only_what_stands_at_the_url_changed(
    cloud: RunningCloud, put: Put
) -> None:
    stack = Stack(cloud, "updated")
    body = parent(put(child(), "child.json"))
    stack.create(body)
    put(child("two"), "child.json")
    change_set = stack.client.create_change_set(StackName=stack.id, ChangeSetName="look", TemplateBody=body)["Id"]
    change = stack.client.describe_change_set(ChangeSetName=change_set)["Changes"][0]["ResourceChange"]
    assert (change["Action"], change["Replacement"]) == ("Modify", "False")
    assert change["Details"][0]["ChangeSource"] == "Automatic"
    assert stack.update(body) == "UPDATE_COMPLETE"
    assert shown_name(cloud, stack) == "d-two"
    assert stack.update(body) == "UPDATE_COMPLETE"
    assert stack.events()[-2:] == ["* UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "* UPDATE_COMPLETE"]


def test_output_that_an_update_adds_to_a_nested_stack_can_be_asked_for_at_once(cloud: RunningCloud, put: Put) -> None:
    stack = Stack(cloud, "more-outputs")
    stack.create(parent(put(child())))
    asking = topic(DisplayName={"Fn::GetAtt": "Child.Outputs.New"})
    with_new = json.loads(child())
    with_new["Outputs"]["New"] = {"Value": "new"}
    assert stack.update(parent(put(json.dumps(with_new)), {"Asking": asking})) == "UPDATE_COMPLETE"
    assert (
        stack.update(parent(put(child()), {"Asking": {**asking, "DependsOn": "Child"}})) == "UPDATE_ROLLBACK_COMPLETE"
    )
    said = stack.reasons("UPDATE_FAILED")[-1]
    assert said.startswith("Output 'New' not found in stack 'arn:aws:cloudformation:")


def test_nested_stack_that_cannot_be_made_fails_its_parent_and_is_deleted(cloud: RunningCloud, put: Put) -> None:
    stack = Stack(cloud, "failing")
    body = template({"Child": nested(put(child(Wrong=failing())))})
    assert stack.create(body) == "ROLLBACK_COMPLETE"
    told = next(one for one in stack.told() if one["ResourceStatus"] == "CREATE_FAILED")
    assert told["ResourceStatusReason"] == (
        f"Embedded stack {told['PhysicalResourceId']} was not successfully created: The following resource(s) failed "
        "to create: [Wrong]. "
    )
    inner = stack.client.describe_stacks(StackName=told["PhysicalResourceId"])["Stacks"][0]
    assert inner["StackStatus"] == "DELETE_COMPLETE"
    statuses = [
        one["ResourceStatus"]
        for one in stack.client.describe_stack_events(StackName=inner["StackId"])["StackEvents"]
        if one["LogicalResourceId"] == inner["StackName"]
    ]
    assert statuses[::-1] == ["CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (None, "S3 error: "),
        ("{}", "Template format error: At least one Resources member must be defined."),
        (
            template({"Q": {"Type": "AWS::SQS::Queue"}}, Parameters={"Needed": {"Type": "String"}}),
            "Parameters: [Needed] must have values",
        ),
        (
            template(
                {
                    "Role": {
                        "Type": "AWS::IAM::Role",
                        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
                    }
                }
            ),
            "Requires capabilities : [CAPABILITY_IAM]",
        ),
    ],
)
def test_what_a_nested_template_lacks_fails_the_resource(
    cloud: RunningCloud, put: Put, inner: str | None, said: str
) -> None:
    stack = Stack(cloud, f"lacking-{len(said)}")
    url = put("{}").replace("0.json", "absent.json") if inner is None else put(inner)
    assert stack.create(template({"Child": nested(url)})) == "ROLLBACK_COMPLETE"
    told = next(one for one in stack.told() if one["ResourceStatus"] == "CREATE_FAILED")
    assert told["ResourceStatusReason"].startswith(said)


def test_nested_update_that_fails_rolls_back_child_and_parent(cloud: RunningCloud, put: Put) -> None:
    stack = Stack(cloud, "back")
    stack.create(parent(put(child())))
    assert stack.update(parent(put(child("two", Wrong=failing("Inner"))))) == "UPDATE_ROLLBACK_COMPLETE"
    told = next(one for one in stack.told() if one["ResourceStatus"] == "UPDATE_FAILED")
    assert told["ResourceStatusReason"] == (
        f"Embedded stack {told['PhysicalResourceId']} was not successfully updated. Currently in "
        "UPDATE_ROLLBACK_IN_PROGRESS with reason: The following resource(s) failed to create: [Wrong]. "
    )
    assert shown_name(cloud, stack) == "d-one"


def test_nested_stack_goes_back_when_its_parent_fails_after_it(cloud: RunningCloud, put: Put) -> None:
    stack = Stack(cloud, "undone")
    stack.create(parent(put(child())))
    later = {"Wrong": failing("Child"), "Added": {**nested(put(child())), "DependsOn": "Child"}}
    later["Wrong"]["DependsOn"] = ["Child", "Added"]
    assert stack.update(parent(put(child("two")), later)) == "UPDATE_ROLLBACK_COMPLETE"
    assert shown_name(cloud, stack) == "d-one"
    stacks = stack.client.describe_stacks()["Stacks"]
    assert [one["StackName"].split("-")[1] for one in stacks if one.get("ParentId") == stack.id] == ["Child"]


def test_nested_stack_goes_back_to_its_template_though_another_stands_at_its_url(cloud: RunningCloud, put: Put) -> None:
    stack = Stack(cloud, "overwritten")
    url = put(child(), "overwritten.json")
    stack.create(parent(url))
    put(child("two"), "overwritten.json")
    assert stack.update(parent(url, {"Wrong": failing("Child")})) == "UPDATE_ROLLBACK_COMPLETE"
    assert shown_name(cloud, stack) == "d-one"
    assert stack.update(parent(url, {"Kept": topic()})) == "UPDATE_COMPLETE"
    assert shown_name(cloud, stack) == "d-two"


def test_nested_stack_that_the_template_has_no_longer_is_deleted(cloud: RunningCloud, put: Put) -> None:
    stack = Stack(cloud, "shrunk")
    stack.create(parent(put(child()), {"Kept": topic()}))
    inner = outputs(stack.described())["Id"]
    assert stack.update(template({"Kept": topic()})) == "UPDATE_COMPLETE"
    assert stack.client.describe_stacks(StackName=inner)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert stack.events()[-4:] == [
        "* UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "Child DELETE_IN_PROGRESS",
        "Child DELETE_COMPLETE",
        "* UPDATE_COMPLETE",
    ]


def test_nested_stack_whose_export_is_used_holds_its_parent(cloud: RunningCloud, put: Put) -> None:
    exporting = template(
        {"Inner": topic()}, Outputs={"Name": {"Value": {"Ref": "Inner"}, "Export": {"Name": "nested-name"}}}
    )
    stack, user = Stack(cloud, "exporter"), Stack(cloud, "importer")
    stack.create(parent(put(exporting)))
    user.create(template({"T": topic(DisplayName={"Fn::ImportValue": "nested-name"})}))
    assert stack.delete() == "DELETE_FAILED"
    told = next(one for one in stack.told() if (one["LogicalResourceId"], one["ResourceStatus"]) == DENIED)
    assert told["ResourceStatusReason"].endswith(
        "was not successfully deleted: Delete canceled. Cannot delete export nested-name as it is in use by importer."
    )
    user.delete()
    assert stack.delete() == "DELETE_COMPLETE"


def test_nested_stack_that_is_gone_already_is_no_hindrance(cloud: RunningCloud, put: Put) -> None:
    stack = Stack(cloud, "gone")
    stack.create(parent(put(child())))
    stack.client.delete_stack(StackName=outputs(stack.described())["Id"])
    cloud.drain()
    assert stack.delete() == "DELETE_COMPLETE"


def test_template_that_nests_itself_comes_to_an_end(cloud: RunningCloud, put: Put) -> None:
    stack = Stack(cloud, "endless")
    url = put("{}", "endless.json")
    put(template({"Child": nested(url)}), "endless.json")
    assert stack.create(template({"Child": nested(url)})) == "ROLLBACK_COMPLETE"


def test_change_sets_include_nested_stacks_where_there_are_none(cloud: RunningCloud, put: Put) -> None:
    client = cloud.client("cloudformation")
    request: dict[str, Any] = {"StackName": "including", "ChangeSetName": "c", "ChangeSetType": "CREATE"}
    made = client.create_change_set(**request, TemplateBody=template({"T": topic()}), IncludeNestedStacks=True)["Id"]
    assert client.describe_change_set(ChangeSetName=made)["IncludeNestedStacks"] is True
    request |= {"ChangeSetName": "d", "TemplateBody": parent(put(child()))}
    with pytest.raises(client.exceptions.ClientError, match="IncludeNestedStacks is not implemented"):
        client.create_change_set(**request, IncludeNestedStacks=True)


def test_properties_that_nested_stacks_do_not_have_are_refused(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    with pytest.raises(client.exceptions.ClientError, match="extraneous key \\[TemplateBody\\] is not permitted"):
        client.create_stack(StackName="odd", TemplateBody=template({"C": nested("https://x", TemplateBody="{}")}))


# Deployments that are cut off ----------------------------------------------------------------------------------------


def test_cancelled_update_takes_the_nested_one_back(tmp_path: Path) -> None:
    with holdable_cloud(tmp_path) as slow:
        put, stack = putter(slow), Stack(slow, "cancelled")
        stack.create(parent(put(child())))
        slow.hold_after(2)
        stack.client.update_stack(StackName=stack.id, TemplateBody=parent(put(child("two", More=topic()))))
        slow.wait_until_held()
        stack.client.cancel_update_stack(StackName=stack.id)
        slow.go_on()
        assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
        inner = stack.client.describe_stacks(StackName=outputs(stack.described())["Id"])["Stacks"][0]
        assert inner["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        assert shown_name(slow, stack) == "d-one"


def test_stack_that_is_deleted_while_a_nested_one_is_made_takes_it_along(tmp_path: Path) -> None:
    with holdable_cloud(tmp_path) as slow:
        put, stack = putter(slow), Stack(slow, "hasty")
        slow.hold_after(2)
        stack.id = stack.client.create_stack(StackName="hasty", TemplateBody=parent(put(child(More=topic()))))[
            "StackId"
        ]
        slow.wait_until_held()
        stack.client.delete_stack(StackName=stack.id)
        slow.go_on()
        assert stack.ended() == "DELETE_COMPLETE"
        assert stack.client.describe_stacks()["Stacks"] == []
        assert slow.client("sns").list_topics()["Topics"] == []


def test_cloud_that_dies_in_every_step_goes_on_with_nested_stacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = RunningCloud(tmp_path).start()
    put = putter(first)
    one, two, bad = (parent(put(child(*label))) for label in (("one",), ("two",), ("bad",)))
    failing_one = parent(put(child("three", Wrong=failing("Inner"))))
    first.stop()
    lives = Lives(tmp_path, monkeypatch)
    for body, status in ((one, "CREATE"), (two, "UPDATE"), (failing_one, "UPDATE_ROLLBACK"), (bad, "UPDATE")):
        ask = "create_stack" if status == "CREATE" else "update_stack"
        lives.operate(partial(_asked, ask, body))
        assert _statuses(tmp_path) == {f"{status}_COMPLETE"}
        lives.count = 0
    lives.operate(lambda client: client.delete_stack(StackName="lives"))
    assert _statuses(tmp_path) == {"DELETE_COMPLETE"}


def _asked(operation: str, body: str, client: Any) -> None:
    getattr(client, operation)(StackName="lives", TemplateBody=body)


def _statuses(folder: Path) -> set[str]:
    """The statuses of the stacks, of which there are two."""
    running = RunningCloud(folder).start()
    try:
        stacks = running.client("cloudformation").list_stacks()["StackSummaries"]
        assert len(stacks) == 2
        return {one["StackStatus"] for one in stacks}
    finally:
        running.stop()
