"""IAM over the wire: users with their policies and access keys, which requests can be signed with."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.answers import refused
from tests.wire.test_wire_iam_roles import BASIC, allowed

from stratolite.core.call import ACCOUNT_DEFAULT

OTHER_ACCOUNT = "210987654321"


@pytest.fixture
def iam(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("iam", parameter_validation=False)


@pytest.fixture
def user(iam: Any) -> str:
    iam.create_user(UserName="ann")
    return "ann"


def test_a_user_is_made_shown_and_deleted(iam: Any) -> None:
    tags = [{"Key": "team", "Value": "red"}]
    made = iam.create_user(UserName="ann", Path="/team/", Tags=tags)["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/ann"
    assert (made["Path"], made["UserName"], made["Tags"]) == ("/team/", "ann", tags)
    assert made["UserId"].startswith("AIDA") and len(made["UserId"]) == 21
    assert iam.get_user(UserName="ann")["User"] == made
    iam.create_user(UserName="bob")
    listed = iam.list_users(PathPrefix="/team/")["Users"]
    assert [one["UserName"] for one in listed] == ["ann"] and "Tags" not in listed[0]
    assert [one["UserName"] for one in iam.list_users()["Users"]] == ["ann", "bob"]
    assert refused(iam.create_user, UserName="Ann") == (
        "EntityAlreadyExists",
        "User with name Ann already exists.",
        409,
    )
    iam.delete_user(UserName="ann")
    missing = ("NoSuchEntity", "The user with name ann cannot be found.", 404)
    for operation in (iam.get_user, iam.delete_user, iam.list_user_policies, iam.list_access_keys):
        assert refused(operation, UserName="ann") == missing


def test_a_user_gets_another_name_and_path(iam: Any, user: str) -> None:
    before = iam.get_user(UserName=user)["User"]
    key = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    iam.create_user(UserName="bob")
    assert refused(iam.update_user, UserName=user, NewUserName="BOB")[0] == "EntityAlreadyExists"
    iam.update_user(UserName=user, NewUserName="Ann", NewPath="/team/")
    after = iam.get_user(UserName="ann")["User"]
    assert after == {**before, "UserName": "Ann", "Path": "/team/", "Arn": f"arn:aws:iam::{ACCOUNT}:user/team/Ann"}
    [listed] = iam.list_access_keys(UserName="Ann")["AccessKeyMetadata"]
    assert (listed["AccessKeyId"], listed["UserName"]) == (key, "Ann")


def test_tags_and_the_boundary_of_a_user(iam: Any, user: str) -> None:
    iam.tag_user(UserName=user, Tags=[{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "w"}])
    iam.untag_user(UserName=user, TagKeys=["k"])
    assert iam.list_user_tags(UserName=user)["Tags"] == [{"Key": "l", "Value": "w"}]
    missing = f"arn:aws:iam::{ACCOUNT}:policy/missing"
    assert refused(iam.put_user_permissions_boundary, UserName=user, PermissionsBoundary=missing)[0] == "NoSuchEntity"
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=BASIC)
    assert iam.get_user(UserName=user)["User"]["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": BASIC,
    }
    assert iam.get_policy(PolicyArn=BASIC)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    iam.delete_user_permissions_boundary(UserName=user)
    assert refused(iam.delete_user_permissions_boundary, UserName=user)[0] == "NoSuchEntity"


def test_policies_of_a_user(iam: Any, user: str) -> None:
    iam.put_user_policy(UserName=user, PolicyName="reads", PolicyDocument=allowed("s3:GetObject"))
    shown = iam.get_user_policy(UserName=user, PolicyName="reads")
    assert (shown["UserName"], shown["PolicyName"]) == (user, "reads")
    assert shown["PolicyDocument"] == json.loads(allowed("s3:GetObject"))
    assert iam.list_user_policies(UserName=user)["PolicyNames"] == ["reads"]
    for operation in (iam.get_user_policy, iam.delete_user_policy):
        assert refused(operation, UserName=user, PolicyName="other") == (
            "NoSuchEntity",
            "The user policy with name other cannot be found.",
            404,
        )
    long = allowed(*(f"s3:Get{number:04d}" for number in range(200)))
    assert refused(iam.put_user_policy, UserName=user, PolicyName="long", PolicyDocument=long)[1] == (
        "Maximum policy size of 2048 bytes exceeded for user ann"
    )
    for _ in range(2):
        iam.attach_user_policy(UserName=user, PolicyArn=BASIC)
    attached = {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}
    assert iam.list_attached_user_policies(UserName=user)["AttachedPolicies"] == [attached]
    assert iam.list_attached_user_policies(UserName=user, PathPrefix="/team/")["AttachedPolicies"] == []
    assert iam.get_policy(PolicyArn=BASIC)["Policy"]["AttachmentCount"] == 1
    [named] = iam.list_entities_for_policy(PolicyArn=BASIC)["PolicyUsers"]
    assert named["UserName"] == user
    assert iam.list_entities_for_policy(PolicyArn=BASIC, EntityFilter="Role")["PolicyUsers"] == []
    in_the_way = "Cannot delete entity, must "
    assert refused(iam.delete_user, UserName=user) == (
        "DeleteConflict",
        f"{in_the_way}detach all policies first.",
        409,
    )
    iam.detach_user_policy(UserName=user, PolicyArn=BASIC)
    assert refused(iam.detach_user_policy, UserName=user, PolicyArn=BASIC)[0] == "NoSuchEntity"
    assert refused(iam.delete_user, UserName=user)[1] == f"{in_the_way}delete policies first."
    iam.delete_user_policy(UserName=user, PolicyName="reads")
    iam.delete_user(UserName=user)


def test_access_keys_of_a_user(iam: Any, user: str) -> None:
    first, second = (iam.create_access_key(UserName=user)["AccessKey"] for _ in range(2))
    assert first["AccessKeyId"].startswith("AKIA") and len(first["AccessKeyId"]) == 20
    assert (first["Status"], first["UserName"], len(first["SecretAccessKey"])) == ("Active", user, 40)
    assert refused(iam.create_access_key, UserName=user) == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
        409,
    )
    iam.update_access_key(UserName=user, AccessKeyId=first["AccessKeyId"], Status="Inactive")
    listed = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert {one["AccessKeyId"]: one["Status"] for one in listed} == {
        first["AccessKeyId"]: "Inactive",
        second["AccessKeyId"]: "Active",
    }
    assert all("SecretAccessKey" not in one for one in listed)
    assert refused(iam.delete_user, UserName=user)[1] == "Cannot delete entity, must delete access keys first."
    for key in (first, second):
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    assert refused(iam.delete_access_key, UserName=user, AccessKeyId=first["AccessKeyId"]) == (
        "NoSuchEntity",
        f"The Access Key with id {first['AccessKeyId']} cannot be found.",
        404,
    )
    iam.delete_user(UserName=user)


def test_an_access_key_speaks_for_its_user(timed_cloud: RunningCloud) -> None:
    iam = timed_cloud.client("iam", account=OTHER_ACCOUNT)
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]

    def identity() -> tuple[str, str, str]:
        answer = timed_cloud.client("sts", account=key).get_caller_identity()
        return answer["Account"], answer["Arn"], answer["UserId"]

    user = iam.get_user(UserName="ann")["User"]
    assert identity() == (OTHER_ACCOUNT, user["Arn"], user["UserId"])
    own = timed_cloud.client("iam", account=key)
    assert own.get_user()["User"] == user
    assert [one["AccessKeyId"] for one in own.list_access_keys()["AccessKeyMetadata"]] == [key]
    assert timed_cloud.client("sts").get_access_key_info(AccessKeyId=key)["Account"] == OTHER_ACCOUNT
    timed_cloud.client("sqs", account=key).create_queue(QueueName="of-ann")
    assert "QueueUrls" in timed_cloud.client("sqs", account=OTHER_ACCOUNT).list_queues()
    # What is not active speaks for nobody in particular, as any key that is not known here.
    own.update_access_key(AccessKeyId=key, Status="Inactive")
    assert identity() == (ACCOUNT_DEFAULT, f"arn:aws:iam::{ACCOUNT_DEFAULT}:root", ACCOUNT_DEFAULT)
    assert refused(timed_cloud.client("iam").get_user) == (
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
        400,
    )
