"""Operations that fail, and the ways back: rollbacks of creations and updates, cancelled, continued, kept, retained.

Statuses and their order: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.archives import zipped
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.stacks import HoldableCloud, Stack, failing, holdable_cloud, template, topic

NAMED = ["CAPABILITY_NAMED_IAM"]


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[HoldableCloud]:
    with holdable_cloud(tmp_path / "data") as cloud:
        yield cloud


def topics(cloud: RunningCloud) -> set[str]:
    return {one["TopicArn"].split(":")[-1] for one in cloud.client("sns").list_topics()["Topics"]}


def shown(cloud: RunningCloud, arn: str) -> str:
    return str(cloud.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"])


# Creations that fail -------------------------------------------------------------------------------------------------


def test_a_creation_that_fails_is_taken_back(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "rolled-back")
    body = template({"A": topic("rolled-back-a"), "B": topic("rolled-back-b", DependsOn="A"), "Bad": failing("B")})
    assert stack.create(body) == "ROLLBACK_COMPLETE"
    assert stack.events() == [
        "* CREATE_IN_PROGRESS",
        *("A CREATE_IN_PROGRESS", "A CREATE_IN_PROGRESS", "A CREATE_COMPLETE"),
        *("B CREATE_IN_PROGRESS", "B CREATE_IN_PROGRESS", "B CREATE_COMPLETE"),
        *("Bad CREATE_IN_PROGRESS", "Bad CREATE_FAILED"),
        "* ROLLBACK_IN_PROGRESS",
        "Bad DELETE_COMPLETE",
        *("B DELETE_IN_PROGRESS", "B DELETE_COMPLETE"),
        *("A DELETE_IN_PROGRESS", "A DELETE_COMPLETE"),
        "* ROLLBACK_COMPLETE",
    ]
    assert stack.reasons("ROLLBACK_IN_PROGRESS") == [
        "The following resource(s) failed to create: [Bad]. Rollback requested by user."
    ]
    assert not {"rolled-back-a", "rolled-back-b"} & topics(cloud)
    said = refused(stack.client.update_stack, StackName=stack.id, UsePreviousTemplate=True)
    assert said[1] == f"Stack:{stack.id} is in ROLLBACK_COMPLETE state and can not be updated."
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_creation_that_fails_is_deleted_where_the_caller_wants_it(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "deleted-on-failure")
    body = template({"A": topic("deleted-on-failure"), "Bad": failing("A")})
    assert stack.create(body, OnFailure="DELETE") == "DELETE_COMPLETE"
    assert stack.events()[-5:] == [
        "* DELETE_IN_PROGRESS",
        "Bad DELETE_COMPLETE",
        *("A DELETE_IN_PROGRESS", "A DELETE_COMPLETE"),
        "* DELETE_COMPLETE",
    ]
    assert "deleted-on-failure" not in topics(cloud)


@pytest.mark.parametrize("kept", [{"OnFailure": "DO_NOTHING"}, {"DisableRollback": True}])
def test_a_creation_that_fails_is_kept_and_mended(cloud: RunningCloud, kept: dict[str, Any]) -> None:
    name = f"kept-{next(iter(kept)).lower()}"
    stack = Stack(cloud, name)
    assert stack.create(template({"A": topic(f"{name}-a"), "Bad": failing("A")}), **kept) == "CREATE_FAILED"
    assert stack.described()["StackStatusReason"] == "The following resource(s) failed to create: [Bad]. "
    assert stack.resources() == {"A": "CREATE_COMPLETE", "Bad": "CREATE_FAILED"}
    assert f"{name}-a" in topics(cloud)
    assert stack.update(template({"A": topic(f"{name}-a"), "Bad": topic(f"{name}-b")})) == "UPDATE_COMPLETE"
    assert stack.resources() == {"A": "CREATE_COMPLETE", "Bad": "CREATE_COMPLETE"}
    assert {f"{name}-a", f"{name}-b"} <= topics(cloud)


def test_a_creation_that_was_kept_is_rolled_back_after_all(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "kept-then-back")
    stack.create(template({"A": topic("kept-then-back"), "Bad": failing("A")}), DisableRollback=True)
    assert stack.client.rollback_stack(StackName=stack.id)["StackId"] == stack.id
    assert stack.ended() == "ROLLBACK_COMPLETE"
    assert "kept-then-back" not in topics(cloud)
    code, text, _ = refused(stack.client.rollback_stack, StackName=stack.id)
    assert (code, text) == ("ValidationError", "RollbackStack cannot be called from current stack status")


def test_only_one_way_to_say_what_happens_on_failure(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    body = template({"A": topic()})
    with pytest.raises(ClientError, match="Either DisableRollback or OnFailure can be specified, not both"):
        client.create_stack(StackName="both", TemplateBody=body, OnFailure="DELETE", DisableRollback=True)


@pytest.mark.parametrize("options", [{}, {"RetainExceptOnCreate": True}])
def test_what_is_to_be_retained_outlives_a_failed_creation(cloud: RunningCloud, options: dict[str, Any]) -> None:
    name = f"retained{len(options)}"
    stack = Stack(cloud, name)
    body = template({"A": topic(name, DeletionPolicy="Retain"), "Bad": failing("A")})
    assert stack.create(body, **options) == "ROLLBACK_COMPLETE"
    assert ("A DELETE_SKIPPED" in stack.events()) is not bool(options)
    assert (name in topics(cloud)) is not bool(options)


def test_policies_say_retain_only_of_what_outlived_its_creation(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "except-on-create")
    body = template({"A": topic("except-on-create", DeletionPolicy="RetainExceptOnCreate"), "Bad": failing("A")})
    assert stack.create(body) == "ROLLBACK_COMPLETE"
    assert "except-on-create" not in topics(cloud)
    whole = Stack(cloud, "except-on-create-whole")
    whole.create(template({"A": topic("except-on-create", DeletionPolicy="RetainExceptOnCreate")}))
    assert whole.delete() == "DELETE_COMPLETE"
    assert "except-on-create" in topics(cloud)


def test_a_creation_that_takes_too_long_fails(timed_cloud: RunningCloud) -> None:
    """TimeoutInMinutes: the clock stands, so the operation begins to be late only where it is moved."""
    stack = Stack(timed_cloud, "late")
    assert stack.create(template({"A": topic("late")}), TimeoutInMinutes=1) == "CREATE_COMPLETE"
    assert stack.described()["TimeoutInMinutes"] == 1


def test_a_creation_that_was_late_is_taken_back(slow: HoldableCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(slow, "late")
    slow.hold_after(1)
    body = template({"A": topic("late-a"), "B": topic("late-b", DependsOn="A")})
    stack.client.create_stack(StackName="late", TemplateBody=body, TimeoutInMinutes=1)
    slow.wait_until_held()
    now_ms = slow.clock.now_ms
    monkeypatch.setattr(slow.clock, "now_ms", lambda: now_ms() + 60_000)
    slow.go_on()
    assert stack.ended() == "ROLLBACK_COMPLETE"
    assert stack.reasons("ROLLBACK_IN_PROGRESS") == [
        "Stack creation time exceeded the specified timeout. Rollback requested by user."
    ]
    assert topics(slow) == set()


def test_what_failed_to_be_made_and_cannot_be_deleted(cloud: RunningCloud) -> None:
    """Entry test_blocked_stack_deletion."""
    aws = recorded("cloudformation/api/test_stacks.json", "test_blocked_stack_deletion")
    document = {"Version": "2012-10-17", "Statement": [{"Action": "*", "Resource": "*", "Effect": "Allow"}]}
    broken = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": {"Ref": "Name"}, "PolicyDocument": document},
    }
    stack = Stack(cloud, "blocked")
    body = template({"BrokenPolicy": broken}, Parameters={"Name": {"Type": "String"}})
    name = [{"ParameterKey": "Name", "ParameterValue": "blocked-policy"}]
    assert stack.create(body, Parameters=name, Capabilities=NAMED) == "ROLLBACK_FAILED"
    equal({"Stacks": [stack.described()]}, {"Stacks": aws["stack_post_create"]["Stacks"]})
    assert stack.delete() == "DELETE_FAILED"
    equal({"Stacks": [stack.described()]}, {"Stacks": aws["stack_post_fail_delete"]["Stacks"]})
    assert stack.delete(RetainResources=["BrokenPolicy"]) == "DELETE_COMPLETE"
    equal({"Stacks": [stack.described()]}, {"Stacks": aws["stack_post_success_delete"]["Stacks"]})
    told = [{**one, "EventId": "x"} for one in aws["stack_events"]["StackEvents"]]
    for event in told:
        event["ResourceStatusReason"] = "<reason>" if "ResourceStatusReason" in event else ""
    ours = [
        {**one, "EventId": "x", "ResourceStatusReason": one.get("ResourceStatusReason", "")} for one in stack.told()
    ]
    equal(ours, told)


# Updates that fail ---------------------------------------------------------------------------------------------------


def test_an_update_that_fails_brings_back_what_it_had_updated_replaced_and_made(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "back")
    before = {
        "Same": topic("back-same", DisplayName="a"),
        "Updated": topic("back-updated", DisplayName="a", DependsOn="Same"),
        "Replaced": topic("back-old", DisplayName="a", DependsOn="Updated"),
        "Gone": topic("back-gone"),
    }
    stack.create(template(before))
    updated = stack.physical("Updated")
    after = {
        "Same": before["Same"],
        "Updated": topic("back-updated", DisplayName="b", DependsOn="Same"),
        "Replaced": topic("back-new", DisplayName="b", DependsOn="Updated"),
        "New": topic("back-made", DependsOn="Replaced"),
        "Bad": failing("New"),
    }
    count = len(stack.told())
    assert stack.update(template(after)) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.events()[count:] == [
        "* UPDATE_IN_PROGRESS",
        *("Updated UPDATE_IN_PROGRESS", "Updated UPDATE_COMPLETE"),
        *("Replaced UPDATE_IN_PROGRESS", "Replaced UPDATE_IN_PROGRESS", "Replaced UPDATE_COMPLETE"),
        *("New CREATE_IN_PROGRESS", "New CREATE_IN_PROGRESS", "New CREATE_COMPLETE"),
        *("Bad CREATE_IN_PROGRESS", "Bad CREATE_FAILED"),
        "* UPDATE_ROLLBACK_IN_PROGRESS",
        *("Updated UPDATE_IN_PROGRESS", "Updated UPDATE_COMPLETE"),
        "* UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "Bad DELETE_COMPLETE",
        *("New DELETE_IN_PROGRESS", "New DELETE_COMPLETE"),
        *("Replaced DELETE_IN_PROGRESS", "Replaced DELETE_COMPLETE"),
        "* UPDATE_ROLLBACK_COMPLETE",
    ]
    assert {one for one in topics(cloud) if one.startswith("back-")} == {
        "back-same",
        "back-updated",
        "back-old",
        "back-gone",
    }
    assert shown(cloud, updated) == "a"
    assert stack.physical("Replaced").endswith(":back-old")
    assert json.loads(json.dumps(stack.client.get_template(StackName=stack.id)["TemplateBody"]))["Resources"] == before
    assert stack.update(template({**before, "Same": topic("back-same", DisplayName="c")})) == "UPDATE_COMPLETE"


def test_an_update_that_fails_is_kept_and_then_goes_on_or_back(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "kept-update")
    stack.create(template({"A": topic("kept-update", DisplayName="a")}))
    bad = {"A": topic("kept-update", DisplayName="b"), "New": topic("kept-update-new"), "Bad": failing("A", "New")}
    assert stack.update(template(bad), DisableRollback=True) == "UPDATE_FAILED"
    assert shown(cloud, stack.physical("A")) == "b"
    stack.client.rollback_stack(StackName=stack.id)
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert shown(cloud, stack.physical("A")) == "a"
    assert "kept-update-new" not in topics(cloud)
    assert stack.resources() == {"A": "UPDATE_COMPLETE"}

    assert stack.update(template(bad), DisableRollback=True) == "UPDATE_FAILED"
    assert stack.update(template({**bad, "Bad": topic("kept-update-bad")})) == "UPDATE_COMPLETE"
    assert {"kept-update", "kept-update-new", "kept-update-bad"} <= topics(cloud)


def code_template(key: str, *, bad: bool) -> str:
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
            "Code": {"S3Bucket": "rollback-code", "S3Key": key},
        },
    }
    return template({"Function": function, **({"Bad": failing("Function")} if bad else {})})


@pytest.fixture(scope="module")
def bucket(cloud: RunningCloud) -> Any:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="rollback-code")
    return s3


def failed_rollback(cloud: RunningCloud, s3: Any, name: str) -> Stack:
    """A function whose former code is gone when a failed update wants it back."""
    for key in ("old", "new"):
        s3.put_object(Bucket="rollback-code", Key=f"{name}/{key}", Body=zipped(f"handler = '{key}'"))
    stack = Stack(cloud, name)
    assert stack.create(code_template(f"{name}/old", bad=False)) == "CREATE_COMPLETE"
    s3.delete_object(Bucket="rollback-code", Key=f"{name}/old")
    assert stack.update(code_template(f"{name}/new", bad=True)) == "UPDATE_ROLLBACK_FAILED"
    assert stack.described()["StackStatusReason"] == "The following resource(s) failed to update: [Function]. "
    assert stack.resources()["Function"] == "UPDATE_FAILED"
    return stack


def test_a_rollback_that_fails_is_continued_once_its_reason_is_gone(cloud: RunningCloud, bucket: Any) -> None:
    stack = failed_rollback(cloud, bucket, "continued")
    said = refused(stack.client.update_stack, StackName=stack.id, TemplateBody=code_template("x", bad=False))
    assert said[1] == f"Stack:{stack.id} is in UPDATE_ROLLBACK_FAILED state and can not be updated."
    stack.client.continue_update_rollback(StackName=stack.id)
    assert stack.ended() == "UPDATE_ROLLBACK_FAILED"
    bucket.put_object(Bucket="rollback-code", Key="continued/old", Body=zipped("handler = 'old'"))
    stack.client.continue_update_rollback(StackName=stack.id)
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.resources() == {"Function": "UPDATE_COMPLETE"}
    code, text, _ = refused(stack.client.continue_update_rollback, StackName=stack.id)
    assert (code, text) == ("ValidationError", "RollbackUpdatedStack cannot be called from current stack status")


def test_a_rollback_that_fails_is_continued_without_what_it_cannot_bring_back(cloud: RunningCloud, bucket: Any) -> None:
    stack = failed_rollback(cloud, bucket, "skipped")
    with pytest.raises(ClientError, match="Nobody"):
        stack.client.continue_update_rollback(StackName=stack.id, ResourcesToSkip=["Nobody"])
    stack.client.continue_update_rollback(StackName=stack.id, ResourcesToSkip=["Function"])
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.resources() == {"Function": "UPDATE_COMPLETE"}
    assert stack.delete() == "DELETE_COMPLETE"


# Operations that are held --------------------------------------------------------------------------------------------


def test_a_running_update_is_cancelled(slow: HoldableCloud) -> None:
    stack = Stack(slow, "cancelled")
    stack.create(template({"A": topic("cancelled", DisplayName="a"), "B": topic(DependsOn="A", DisplayName="a")}))
    code, text, _ = refused(stack.client.cancel_update_stack, StackName=stack.id)
    assert (code, text) == ("ValidationError", "CancelUpdateStack cannot be called from current stack status")
    slow.hold_after(1)
    body = template({"A": topic("cancelled", DisplayName="b"), "B": topic(DependsOn="A", DisplayName="b")})
    stack.client.update_stack(StackName=stack.id, TemplateBody=body)
    slow.wait_until_held()
    assert stack.described()["StackStatus"] == "UPDATE_IN_PROGRESS"
    stack.client.cancel_update_stack(StackName=stack.id)
    assert stack.described()["StackStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS"
    slow.go_on()
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert shown(slow, stack.physical("A")) == shown(slow, stack.physical("B")) == "a"


def test_a_busy_stack_takes_no_other_operation(slow: HoldableCloud) -> None:
    stack = Stack(slow, "busy")
    stack.create(template({"A": topic("busy", DisplayName="a")}))
    slow.hold_after(0)
    body = template({"A": topic("busy", DisplayName="b")})
    stack.client.update_stack(StackName="busy", TemplateBody=body, ClientRequestToken="once")
    slow.wait_until_held()
    said = refused(stack.client.update_stack, StackName="busy", UsePreviousTemplate=True)
    assert said[:2] == (
        "ValidationError",
        f"Stack:{stack.id} is in UPDATE_IN_PROGRESS state and can not be updated.",
    )
    assert refused(stack.client.delete_stack, StackName="busy")[:2] == (
        "ValidationError",
        "Stack [busy] cannot be deleted while in status UPDATE_IN_PROGRESS",
    )
    # The same request again, as an SDK's retry makes it, is the same operation.
    again = stack.client.update_stack(StackName="busy", TemplateBody=body, ClientRequestToken="once")
    assert again["StackId"] == stack.id
    slow.go_on()
    assert stack.ended() == "UPDATE_COMPLETE"
    assert [one for one in stack.events() if one.startswith("*")].count("* UPDATE_IN_PROGRESS") == 1
    assert stack.told()[0]["ClientRequestToken"] == "once"


def test_a_stack_that_is_being_made_can_be_deleted(slow: HoldableCloud) -> None:
    stack = Stack(slow, "half")
    slow.hold_after(1)
    body = template({"A": topic("half-a"), "B": topic("half-b", DependsOn="A")})
    stack.id = stack.client.create_stack(StackName="half", TemplateBody=body)["StackId"]
    slow.wait_until_held()
    assert topics(slow) == {"half-a"}
    stack.client.delete_stack(StackName="half")
    slow.go_on()
    assert stack.ended() == "DELETE_COMPLETE"
    assert topics(slow) == set()


def test_a_policy_for_the_time_of_an_update(slow: HoldableCloud) -> None:
    """Entry test_policy_during_update."""
    aws = recorded("cloudformation/api/test_stack_policies.json", "test_policy_during_update")
    stack = Stack(slow, "during")
    stack.create(template({"A": topic("during", DisplayName="a")}))
    slow.hold_after(0)
    deny = {"Statement": [{"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}
    stack.client.update_stack(
        StackName=stack.id,
        TemplateBody=template({"A": topic("during", DisplayName="b")}),
        StackPolicyDuringUpdateBody=json.dumps(deny),
    )
    equal(answered(stack.client.get_stack_policy, StackName=stack.id), aws["policy_during_update"])
    slow.go_on()
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert "Action denied by stack policy" in stack.reasons("UPDATE_FAILED")[0]
    equal(answered(stack.client.get_stack_policy, StackName=stack.id), aws["policy_after_update"])


# Deletions -----------------------------------------------------------------------------------------------------------


def test_a_deletion_that_fails_is_tried_again_or_goes_without(cloud: RunningCloud, bucket: Any) -> None:
    stack = Stack(cloud, "stuck")
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "stuck-bucket"}},
        "Topic": topic("stuck", DisplayName={"Ref": "Bucket"}),
    }
    stack.create(template(resources))
    bucket.put_object(Bucket="stuck-bucket", Key="a", Body=b"a")
    retain = {"StackName": stack.id, "RetainResources": ["Bucket"]}
    assert "only when the stack is in the DELETE_FAILED state" in refused(stack.client.delete_stack, **retain)[1]
    assert stack.delete() == "DELETE_FAILED"
    assert stack.described()["StackStatusReason"] == "The following resource(s) failed to delete: [Bucket]. "
    assert stack.resources() == {"Bucket": "DELETE_FAILED", "Topic": "DELETE_COMPLETE"}
    assert "stuck" not in topics(cloud)
    assert stack.delete(RetainResources=["Bucket"]) == "DELETE_COMPLETE"
    assert "stuck-bucket" in str(bucket.list_buckets()["Buckets"])


def test_a_resource_that_is_gone_already_is_no_obstacle(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "gone-already")
    stack.create(template({"A": topic("gone-already")}))
    cloud.client("sns").delete_topic(TopicArn=stack.physical("A"))
    assert stack.delete() == "DELETE_COMPLETE"


def test_protected_stacks_are_not_deleted(cloud: RunningCloud) -> None:
    """Entry test_update_termination_protection."""
    aws = recorded("cloudformation/api/test_stacks.json", "test_update_termination_protection")
    stack = Stack(cloud, "protected")
    stack.create(template({"A": topic("protected")}), EnableTerminationProtection=True)
    assert (
        stack.described()["EnableTerminationProtection"]
        is aws["describe-stack-1"]["Stacks"][0]["EnableTerminationProtection"]
    )
    assert refused(stack.client.delete_stack, StackName="protected")[:2] == (
        "ValidationError",
        "Stack [protected] cannot be deleted while TerminationProtection is enabled",
    )
    answer = stack.client.update_termination_protection(StackName="protected", EnableTerminationProtection=False)
    assert answer["StackId"] == stack.id
    assert stack.described()["EnableTerminationProtection"] is False
    assert stack.delete() == "DELETE_COMPLETE"


# What is retained ----------------------------------------------------------------------------------------------------


def test_deletion_policies(cloud: RunningCloud) -> None:
    """Entry test_deletion_policy_with_retain."""
    recorded("cloudformation/engine/test_deletion_policy.json", "test_deletion_policy_with_retain")
    stack = Stack(cloud, "policies")
    stack.create(template({"Kept": topic("policies-kept", DeletionPolicy="Retain"), "Gone": topic("policies-gone")}))
    assert stack.delete() == "DELETE_COMPLETE"
    assert [one for one in stack.events() if one.startswith("Kept D")] == ["Kept DELETE_SKIPPED"]
    assert {"policies-kept", "policies-gone"} & topics(cloud) == {"policies-kept"}


def test_what_an_update_removes_or_replaces_follows_its_policies(cloud: RunningCloud) -> None:
    """Entry test_update_replace_policy_retain."""
    recorded("cloudformation/engine/test_update_policy.json", "test_update_replace_policy_retain")
    stack = Stack(cloud, "replacing")

    def of(suffix: str, **more: Any) -> str:
        both = {
            "Kept": topic(f"replacing-kept-{suffix}", UpdateReplacePolicy="Retain"),
            "Lost": topic(f"replacing-lost-{suffix}"),
        }
        return template({**both, **more})

    stack.create(of("1", Removed=topic("replacing-removed", DeletionPolicy="Retain")))
    assert stack.update(of("2")) == "UPDATE_COMPLETE"
    assert {"Kept DELETE_SKIPPED", "Lost DELETE_COMPLETE", "Removed DELETE_SKIPPED"} <= set(stack.events())
    assert {one for one in topics(cloud) if one.startswith("replacing")} == {
        *("replacing-kept-1", "replacing-kept-2", "replacing-lost-2", "replacing-removed")
    }
    assert sorted(stack.resources()) == ["Kept", "Lost"]
