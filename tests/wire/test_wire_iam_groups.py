"""IAM over the wire: groups of users with their policies, by the API and by stacks."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.answers import refused
from tests.wire.stacks import Stack, template
from tests.wire.test_wire_iam_roles import BASIC, allowed

CAPABILITIES = ["CAPABILITY_NAMED_IAM"]


@pytest.fixture
def iam(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("iam", parameter_validation=False)


@pytest.fixture
def group(iam: Any) -> str:
    iam.create_group(GroupName="staff")
    iam.create_user(UserName="ann")
    return "staff"


def names(found: Any) -> list[str]:
    return [one["UserName"] if "UserName" in one else one["GroupName"] for one in found]


def test_a_group_is_made_shown_and_deleted(iam: Any) -> None:
    made = iam.create_group(GroupName="staff", Path="/team/")["Group"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/team/staff"
    assert (made["Path"], made["GroupName"]) == ("/team/", "staff")
    assert made["GroupId"].startswith("AGPA") and len(made["GroupId"]) == 21
    shown = iam.get_group(GroupName="staff")
    assert (shown["Group"], shown["Users"], shown["IsTruncated"]) == (made, [], False)
    iam.create_group(GroupName="board")
    assert names(iam.list_groups()["Groups"]) == ["board", "staff"]
    assert names(iam.list_groups(PathPrefix="/team/")["Groups"]) == ["staff"]
    taken = ("EntityAlreadyExists", "Group with name Staff already exists.", 409)
    assert refused(iam.create_group, GroupName="Staff") == taken
    assert refused(iam.update_group, GroupName="board", NewGroupName="Staff") == taken
    iam.update_group(GroupName="staff", NewGroupName="Staff", NewPath="/")
    assert iam.get_group(GroupName="staff")["Group"] == {
        **made,
        "GroupName": "Staff",
        "Path": "/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:group/Staff",
    }
    iam.delete_group(GroupName="staff")
    missing = ("NoSuchEntity", "The group with name staff cannot be found.", 404)
    for operation in (iam.get_group, iam.delete_group, iam.list_group_policies, iam.list_attached_group_policies):
        assert refused(operation, GroupName="staff") == missing


def test_users_of_a_group(iam: Any, group: str) -> None:
    for _ in range(2):
        iam.add_user_to_group(GroupName=group, UserName="ann")
    iam.create_user(UserName="bob")
    iam.add_user_to_group(GroupName=group, UserName="bob")
    first = iam.get_group(GroupName=group, MaxItems=1)
    second = iam.get_group(GroupName=group, Marker=first["Marker"])
    assert (names(first["Users"]), names(second["Users"])) == (["ann"], ["bob"])
    iam.update_user(UserName="ann", NewUserName="anna")
    assert names(iam.get_group(GroupName=group)["Users"]) == ["anna", "bob"]
    assert names(iam.list_groups_for_user(UserName="anna")["Groups"]) == [group]
    in_the_way = ("DeleteConflict", "Cannot delete entity, must remove users from group first.", 409)
    assert refused(iam.delete_user, UserName="anna") == in_the_way
    assert refused(iam.delete_group, GroupName=group) == in_the_way
    iam.remove_user_from_group(GroupName=group, UserName="anna")
    assert refused(iam.remove_user_from_group, GroupName=group, UserName="anna")[0] == "NoSuchEntity"
    iam.delete_user(UserName="anna")
    for operation in (iam.add_user_to_group, iam.remove_user_from_group):
        assert refused(operation, GroupName=group, UserName="carl")[1] == "The user with name carl cannot be found."
        assert refused(operation, GroupName="none", UserName="bob")[1] == "The group with name none cannot be found."
    for number in range(9):
        iam.create_group(GroupName=f"g{number}")
        iam.add_user_to_group(GroupName=f"g{number}", UserName="bob")
    iam.create_group(GroupName="another")
    assert refused(iam.add_user_to_group, GroupName="another", UserName="bob")[:2] == (
        "LimitExceeded",
        "Cannot exceed quota for GroupsPerUser: 10",
    )


def test_policies_of_a_group(iam: Any, group: str) -> None:
    iam.put_group_policy(GroupName=group, PolicyName="reads", PolicyDocument=allowed("s3:GetObject"))
    shown = iam.get_group_policy(GroupName=group, PolicyName="reads")
    assert (shown["GroupName"], shown["PolicyName"]) == (group, "reads")
    assert shown["PolicyDocument"] == json.loads(allowed("s3:GetObject"))
    assert iam.list_group_policies(GroupName=group)["PolicyNames"] == ["reads"]
    for operation in (iam.get_group_policy, iam.delete_group_policy):
        assert refused(operation, GroupName=group, PolicyName="other")[:2] == (
            "NoSuchEntity",
            "The group policy with name other cannot be found.",
        )
    long = allowed(*(f"s3:Get{number:04d}" for number in range(500)))
    assert refused(iam.put_group_policy, GroupName=group, PolicyName="long", PolicyDocument=long)[1] == (
        "Maximum policy size of 5120 bytes exceeded for group staff"
    )
    for _ in range(2):
        iam.attach_group_policy(GroupName=group, PolicyArn=BASIC)
    attached = {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}
    assert iam.list_attached_group_policies(GroupName=group)["AttachedPolicies"] == [attached]
    assert iam.get_policy(PolicyArn=BASIC)["Policy"]["AttachmentCount"] == 1
    entities = iam.list_entities_for_policy(PolicyArn=BASIC, EntityFilter="Group")
    assert names(entities["PolicyGroups"]) == [group] and entities["PolicyUsers"] == []
    assert refused(iam.delete_group, GroupName=group)[1] == "Cannot delete entity, must detach all policies first."
    iam.detach_group_policy(GroupName=group, PolicyArn=BASIC)
    assert refused(iam.detach_group_policy, GroupName=group, PolicyArn=BASIC)[0] == "NoSuchEntity"
    assert refused(iam.delete_group, GroupName=group)[1] == "Cannot delete entity, must delete policies first."
    iam.delete_group_policy(GroupName=group, PolicyName="reads")
    iam.delete_group(GroupName=group)


def test_a_stack_makes_groups_and_their_users(iam: Any, timed_cloud: RunningCloud) -> None:
    document = json.loads(allowed("s3:GetObject"))

    def body(action: str, members: list[Any], **of_ann: Any) -> str:
        inline = {"PolicyName": "own", "PolicyDocument": json.loads(allowed(action))}
        group = {"GroupName": "staff", "Policies": [inline], "ManagedPolicyArns": [BASIC]}
        managed = {"ManagedPolicyName": "m", "PolicyDocument": document, "Groups": [{"Ref": "Staff"}]}
        given = {"PolicyName": "given", "PolicyDocument": document, "Groups": [{"Ref": "Staff"}]}
        return template(
            {
                "Staff": {"Type": "AWS::IAM::Group", "Properties": group},
                "Ann": {"Type": "AWS::IAM::User", "Properties": {"UserName": "ann", **of_ann}},
                "Bob": {"Type": "AWS::IAM::User", "Properties": {"UserName": "bob"}},
                "Members": {
                    "Type": "AWS::IAM::UserToGroupAddition",
                    "Properties": {"GroupName": {"Ref": "Staff"}, "Users": members},
                },
                "Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": managed},
                "Given": {"Type": "AWS::IAM::Policy", "Properties": given},
            },
            Outputs={"Arn": {"Value": {"Fn::GetAtt": ["Staff", "Arn"]}}},
        )

    stack = Stack(timed_cloud, "groups")
    of_staff = [{"Ref": "Staff"}]
    made = stack.create(body("s3:GetObject", [{"Ref": "Bob"}], Groups=of_staff), Capabilities=CAPABILITIES)
    assert made == "CREATE_COMPLETE"
    assert stack.described()["Outputs"][0]["OutputValue"] == f"arn:aws:iam::{ACCOUNT}:group/staff"
    assert sorted(names(iam.get_group(GroupName="staff")["Users"])) == ["ann", "bob"]
    assert iam.list_group_policies(GroupName="staff")["PolicyNames"] == ["given", "own"]
    attached = iam.list_attached_group_policies(GroupName="staff")["AttachedPolicies"]
    assert {one["PolicyName"] for one in attached} == {"AWSLambdaBasicExecutionRole", "m"}
    assert stack.update(body("s3:PutObject", [{"Ref": "Ann"}]), Capabilities=CAPABILITIES) == "UPDATE_COMPLETE"
    own = iam.get_group_policy(GroupName="staff", PolicyName="own")["PolicyDocument"]
    assert own == json.loads(allowed("s3:PutObject"))
    assert names(iam.get_group(GroupName="staff")["Users"]) == ["ann"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert (iam.list_groups()["Groups"], iam.list_users()["Users"]) == ([], [])
