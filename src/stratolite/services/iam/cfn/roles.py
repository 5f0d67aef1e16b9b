"""``AWS::IAM::Role``."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.iam.cfn.properties import put_policies, text


def _create_role(work: Work) -> Made:
    name = work.properties.get("RoleName") or work.generated_name(64, "any")
    request: dict[str, Any] = {
        "RoleName": name,
        "AssumeRolePolicyDocument": text(work.properties["AssumeRolePolicyDocument"]),
        **{
            key: work.properties[key]
            for key in ("Path", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags")
            if key in work.properties
        },
    }
    role = work.operate("CreateRole", request)["Role"]
    put_policies(work, "Role", name)
    return _role(role)


def _role(role: Mapping[str, Any]) -> Made:
    return Made(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _update_role(work: Work) -> Made:
    name = work.physical_id
    document = text(work.properties["AssumeRolePolicyDocument"])
    work.operate("UpdateAssumeRolePolicy", {"RoleName": name, "PolicyDocument": document})
    work.operate(
        "UpdateRole",
        {
            "RoleName": name,
            "Description": work.properties.get("Description", ""),
            "MaxSessionDuration": work.properties.get("MaxSessionDuration", 3600),
        },
    )
    boundary = work.properties.get("PermissionsBoundary")
    if boundary:
        work.operate("PutRolePermissionsBoundary", {"RoleName": name, "PermissionsBoundary": boundary})
    elif work.previous.get("PermissionsBoundary"):
        work.operate("DeleteRolePermissionsBoundary", {"RoleName": name})
    put_policies(work, "Role", name)
    wanted, had = work.properties.get("Tags", []), work.previous.get("Tags", [])
    gone = sorted({tag["Key"] for tag in had} - {tag["Key"] for tag in wanted})
    if gone:
        work.operate("UntagRole", {"RoleName": name, "TagKeys": gone})
    if wanted:
        work.operate("TagRole", {"RoleName": name, "Tags": wanted})
    return _role(work.operate("GetRole", {"RoleName": name})["Role"])


def _delete_role(work: Work) -> None:
    name = {"RoleName": work.physical_id}
    try:
        inline = work.operate("ListRolePolicies", name)["PolicyNames"]
        attached = work.operate("ListAttachedRolePolicies", name)["AttachedPolicies"]
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return
        raise
    for policy in inline:
        work.operate("DeleteRolePolicy", {**name, "PolicyName": policy})
    for one in attached:
        work.operate("DetachRolePolicy", {**name, "PolicyArn": one["PolicyArn"]})
    work.operate("DeleteRole", name)


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::IAM::Role",
        implemented=frozenset(
            {
                "RoleName",
                "AssumeRolePolicyDocument",
                "Path",
                "Description",
                "MaxSessionDuration",
                "PermissionsBoundary",
                "Policies",
                "ManagedPolicyArns",
                "Tags",
            }
        ),
        create=_create_role,
        update=_update_role,
        delete=_delete_role,
    ),
)
