"""``AWS::IAM::Group`` and ``AWS::IAM::UserToGroupAddition``."""

from typing import Any

from stratolite.core.errors import AwsError
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.iam.cfn.properties import gone, put_policies

NAME_LENGTH_MAX = 128


def _create_group(work: Work) -> Made:
    name = work.properties.get("GroupName") or work.generated_name(NAME_LENGTH_MAX, "any")
    request: dict[str, Any] = {"GroupName": name, "Path": work.properties.get("Path", "/")}
    group = work.operate("CreateGroup", request)["Group"]
    put_policies(work, "Group", name)
    return Made(name, {"Arn": group["Arn"]})


def _update_group(work: Work) -> Made:
    name = {"GroupName": work.physical_id}
    path, former = (source.get("Path", "/") for source in (work.properties, work.previous))
    if path != former:
        work.operate("UpdateGroup", {**name, "NewPath": path})
    put_policies(work, "Group", work.physical_id)
    return Made(work.physical_id, {"Arn": work.operate("GetGroup", name)["Group"]["Arn"]})


def _delete_group(work: Work) -> None:
    name = {"GroupName": work.physical_id}
    try:
        inline = work.operate("ListGroupPolicies", name)["PolicyNames"]
        attached = work.operate("ListAttachedGroupPolicies", name)["AttachedPolicies"]
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return
        raise
    for policy in inline:
        work.operate("DeleteGroupPolicy", {**name, "PolicyName": policy})
    for one in attached:
        work.operate("DetachGroupPolicy", {**name, "PolicyArn": one["PolicyArn"]})
    work.operate("DeleteGroup", name)


def _put_members(work: Work) -> Made:
    group, former = (source.get("GroupName") for source in (work.properties, work.previous))
    users, had = (source.get("Users") or () for source in (work.properties, work.previous))
    for user in users:
        work.operate("AddUserToGroup", {"GroupName": group, "UserName": user})
    for user in had:
        if user not in users or group != former:
            gone(work, "RemoveUserFromGroup", {"GroupName": former, "UserName": user})
    return Made(work.physical_id or work.generated_name(NAME_LENGTH_MAX, "any"))


def _remove_members(work: Work) -> None:
    for user in work.properties["Users"]:
        gone(work, "RemoveUserFromGroup", {"GroupName": work.properties["GroupName"], "UserName": user})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::IAM::Group",
        implemented=frozenset({"GroupName", "Path", "Policies", "ManagedPolicyArns"}),
        create=_create_group,
        update=_update_group,
        delete=_delete_group,
    ),
    ResourceType(
        name="AWS::IAM::UserToGroupAddition",
        implemented=frozenset({"GroupName", "Users"}),
        create=_put_members,
        update=_put_members,
        delete=_remove_members,
    ),
)
