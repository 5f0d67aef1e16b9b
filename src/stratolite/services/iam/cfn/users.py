"""``AWS::IAM::User`` and ``AWS::IAM::AccessKey``."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.iam.cfn.properties import gone, put_policies

NAME_LENGTH_MAX = 64
_SAME = ("Path", "PermissionsBoundary", "Tags")


def _refuse(properties: Mapping[str, Any]) -> None:
    if properties.get("LoginProfile"):
        raise NotImplementedHere("LoginProfile of a user: Stratolite has users, but no passwords of users yet.")


def _create_user(work: Work) -> Made:
    name = work.properties.get("UserName") or work.generated_name(NAME_LENGTH_MAX, "any")
    request: dict[str, Any] = {"UserName": name}
    request.update({key: work.properties[key] for key in _SAME if key in work.properties})
    user = work.operate("CreateUser", request)["User"]
    put_policies(work, "User", name)
    _put_groups(work, name)
    return Made(name, {"Arn": user["Arn"]})


def _put_groups(work: Work, name: str) -> None:
    wanted, had = (source.get("Groups") or () for source in (work.properties, work.previous))
    for group in wanted:
        if group not in had:
            work.operate("AddUserToGroup", {"GroupName": group, "UserName": name})
    for group in had:
        if group not in wanted:
            gone(work, "RemoveUserFromGroup", {"GroupName": group, "UserName": name})


def _update_user(work: Work) -> Made:
    name = {"UserName": work.physical_id}
    path, former = (source.get("Path", "/") for source in (work.properties, work.previous))
    if path != former:
        work.operate("UpdateUser", {**name, "NewPath": path})
    boundary = work.properties.get("PermissionsBoundary")
    if boundary:
        work.operate("PutUserPermissionsBoundary", {**name, "PermissionsBoundary": boundary})
    elif work.previous.get("PermissionsBoundary"):
        work.operate("DeleteUserPermissionsBoundary", name)
    put_policies(work, "User", work.physical_id)
    _put_groups(work, work.physical_id)
    wanted, had = work.properties.get("Tags") or [], work.previous.get("Tags") or []
    lost = sorted({tag["Key"] for tag in had} - {tag["Key"] for tag in wanted})
    if lost:
        work.operate("UntagUser", {**name, "TagKeys": lost})
    if wanted:
        work.operate("TagUser", {**name, "Tags": wanted})
    return Made(work.physical_id, {"Arn": work.operate("GetUser", name)["User"]["Arn"]})


def _delete_user(work: Work) -> None:
    name = {"UserName": work.physical_id}
    try:
        inline = work.operate("ListUserPolicies", name)["PolicyNames"]
        attached = work.operate("ListAttachedUserPolicies", name)["AttachedPolicies"]
        groups = work.operate("ListGroupsForUser", name)["Groups"]
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return
        raise
    for policy in inline:
        work.operate("DeleteUserPolicy", {**name, "PolicyName": policy})
    for one in attached:
        work.operate("DetachUserPolicy", {**name, "PolicyArn": one["PolicyArn"]})
    for group in groups:
        work.operate("RemoveUserFromGroup", {**name, "GroupName": group["GroupName"]})
    work.operate("DeleteUser", name)


def _create_key(work: Work) -> Made:
    key = work.operate("CreateAccessKey", {"UserName": work.properties["UserName"]})["AccessKey"]
    _set_status(work, key["AccessKeyId"])
    return Made(key["AccessKeyId"], {"SecretAccessKey": key["SecretAccessKey"]}, is_secret=True)


def _update_key(work: Work) -> Made:
    _set_status(work, work.physical_id)
    # The secret was shown once, when the key was made.
    return Made(work.physical_id, work.attributes, is_secret=True)


def _set_status(work: Work, key_id: str) -> None:
    wanted, had = (source.get("Status", "Active") for source in (work.properties, work.previous))
    if wanted != had:
        request = {"UserName": work.properties["UserName"], "AccessKeyId": key_id, "Status": wanted}
        work.operate("UpdateAccessKey", request)


def _delete_key(work: Work) -> None:
    gone(work, "DeleteAccessKey", {"UserName": work.properties["UserName"], "AccessKeyId": work.physical_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::IAM::User",
        implemented=frozenset(
            {
                "UserName",
                "Path",
                "PermissionsBoundary",
                "Policies",
                "ManagedPolicyArns",
                "Tags",
                "Groups",
                "LoginProfile",
            }
        ),
        create=_create_user,
        update=_update_user,
        delete=_delete_user,
        refuse=_refuse,
    ),
    ResourceType(
        name="AWS::IAM::AccessKey",
        implemented=frozenset({"UserName", "Status", "Serial"}),
        create=_create_key,
        update=_update_key,
        delete=_delete_key,
        replaces=frozenset({"UserName", "Serial"}),
    ),
)
