"""CloudFormation's view of IAM: roles, their inline and managed policies, instance profiles.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
"""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.clock import iso8601
from stratolite.core.errors import AwsError, NotImplementedHere, ValidationError
from stratolite.core.ports import Made, ResourceType, Work


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _gone(work: Work, operation: str, request: Mapping[str, Any]) -> None:
    """Run an operation on what may be gone already."""
    try:
        work.operate(operation, request)
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise


# Roles -------------------------------------------------------------------------------------------------------


def _create_role(work: Work) -> Made:
    name = work.properties.get("RoleName") or work.generated_name(64, "any")
    request: dict[str, Any] = {
        "RoleName": name,
        "AssumeRolePolicyDocument": _text(work.properties["AssumeRolePolicyDocument"]),
        **{
            key: work.properties[key]
            for key in ("Path", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags")
            if key in work.properties
        },
    }
    role = work.operate("CreateRole", request)["Role"]
    _put_policies(work, name)
    return _role(role)


def _role(role: Mapping[str, Any]) -> Made:
    return Made(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _put_policies(work: Work, name: str) -> None:
    """Inline and attached policies, from what was to what is."""
    wanted = {one["PolicyName"]: _text(one["PolicyDocument"]) for one in work.properties.get("Policies", [])}
    had = {one["PolicyName"]: _text(one["PolicyDocument"]) for one in work.previous.get("Policies", [])}
    for policy, document in wanted.items():
        if had.get(policy) != document:
            work.operate("PutRolePolicy", {"RoleName": name, "PolicyName": policy, "PolicyDocument": document})
    for policy in had:
        if policy not in wanted:
            _gone(work, "DeleteRolePolicy", {"RoleName": name, "PolicyName": policy})
    attached = work.properties.get("ManagedPolicyArns", [])
    for arn in attached:
        work.operate("AttachRolePolicy", {"RoleName": name, "PolicyArn": arn})
    for arn in work.previous.get("ManagedPolicyArns", []):
        if arn not in attached:
            _gone(work, "DetachRolePolicy", {"RoleName": name, "PolicyArn": arn})


def _update_role(work: Work) -> Made:
    name = work.physical_id
    document = _text(work.properties["AssumeRolePolicyDocument"])
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
    _put_policies(work, name)
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


# Policies ----------------------------------------------------------------------------------------------------


def _refuse_others(properties: Mapping[str, Any]) -> None:
    for key in ("Users", "Groups"):
        if properties.get(key):
            raise NotImplementedHere(f"{key} of a policy: Stratolite has roles, not users and groups yet.")


def _put_inline(work: Work) -> Made:
    name, document = work.properties["PolicyName"], _text(work.properties["PolicyDocument"])
    roles = work.properties.get("Roles", [])
    for role in roles:
        work.operate("PutRolePolicy", {"RoleName": role, "PolicyName": name, "PolicyDocument": document})
    old = work.previous.get("PolicyName", name)
    for role in work.previous.get("Roles", []):
        if role not in roles or old != name:
            _gone(work, "DeleteRolePolicy", {"RoleName": role, "PolicyName": old})
    physical_id = work.physical_id or work.generated_name(128, "any")
    return Made(physical_id, {"Id": physical_id}, problem="" if roles else _NOBODY)


_NOBODY = "At least one of [Groups,Roles,Users] must be non-empty."


def _delete_inline(work: Work) -> None:
    if not work.properties.get("Roles"):
        # On AWS too, such a policy cannot be made, and not be deleted either.
        raise ValidationError(_NOBODY)
    for role in work.properties.get("Roles", []):
        _gone(work, "DeleteRolePolicy", {"RoleName": role, "PolicyName": work.properties["PolicyName"]})


def _create_managed(work: Work) -> Made:
    request: dict[str, Any] = {
        "PolicyName": work.properties.get("ManagedPolicyName") or work.generated_name(128, "any"),
        "PolicyDocument": _text(work.properties["PolicyDocument"]),
        **{key: work.properties[key] for key in ("Path", "Description") if key in work.properties},
    }
    policy = work.operate("CreatePolicy", request)["Policy"]
    for role in work.properties.get("Roles", []):
        work.operate("AttachRolePolicy", {"RoleName": role, "PolicyArn": policy["Arn"]})
    return _managed(policy)


def _managed(policy: Mapping[str, Any]) -> Made:
    attributes = {
        "PolicyArn": policy["Arn"],
        **{
            key: policy[key]
            for key in (
                "PolicyId",
                "DefaultVersionId",
                "AttachmentCount",
                "PermissionsBoundaryUsageCount",
                "IsAttachable",
            )
        },
        **{key: iso8601(policy[key] * 1000, milliseconds=False) for key in ("CreateDate", "UpdateDate")},
    }
    return Made(policy["Arn"], attributes)


def _update_managed(work: Work) -> Made:
    arn = work.physical_id
    if work.properties["PolicyDocument"] != work.previous.get("PolicyDocument"):
        versions = work.operate("ListPolicyVersions", {"PolicyArn": arn})["Versions"]
        spare = [one["VersionId"] for one in versions if not one["IsDefaultVersion"]]
        if spare:
            work.operate("DeletePolicyVersion", {"PolicyArn": arn, "VersionId": spare[-1]})
        document = _text(work.properties["PolicyDocument"])
        work.operate("CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": True})
    wanted, had = work.properties.get("Roles", []), work.previous.get("Roles", [])
    for role in wanted:
        work.operate("AttachRolePolicy", {"RoleName": role, "PolicyArn": arn})
    for role in had:
        if role not in wanted:
            _gone(work, "DetachRolePolicy", {"RoleName": role, "PolicyArn": arn})
    return _managed(work.operate("GetPolicy", {"PolicyArn": arn})["Policy"])


def _delete_managed(work: Work) -> None:
    arn = work.physical_id
    for role in work.properties.get("Roles", []):
        _gone(work, "DetachRolePolicy", {"RoleName": role, "PolicyArn": arn})
    try:
        versions = work.operate("ListPolicyVersions", {"PolicyArn": arn})["Versions"]
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return
        raise
    for one in versions:
        if not one["IsDefaultVersion"]:
            work.operate("DeletePolicyVersion", {"PolicyArn": arn, "VersionId": one["VersionId"]})
    work.operate("DeletePolicy", {"PolicyArn": arn})


# Instance profiles -------------------------------------------------------------------------------------------


def _create_profile(work: Work) -> Made:
    name = work.properties.get("InstanceProfileName") or work.generated_name(128, "any")
    path = {"Path": work.properties["Path"]} if "Path" in work.properties else {}
    profile = work.operate("CreateInstanceProfile", {"InstanceProfileName": name, **path})["InstanceProfile"]
    for role in work.properties["Roles"]:
        work.operate("AddRoleToInstanceProfile", {"InstanceProfileName": name, "RoleName": role})
    return Made(name, {"Arn": profile["Arn"]})


def _update_profile(work: Work) -> Made:
    name = {"InstanceProfileName": work.physical_id}
    profile = work.operate("GetInstanceProfile", name)["InstanceProfile"]
    for role in profile["Roles"]:
        work.operate("RemoveRoleFromInstanceProfile", {**name, "RoleName": role["RoleName"]})
    for role in work.properties["Roles"]:
        work.operate("AddRoleToInstanceProfile", {**name, "RoleName": role})
    return Made(work.physical_id, {"Arn": profile["Arn"]})


def _delete_profile(work: Work) -> None:
    name = {"InstanceProfileName": work.physical_id}
    for role in work.properties["Roles"]:
        _gone(work, "RemoveRoleFromInstanceProfile", {**name, "RoleName": role})
    _gone(work, "DeleteInstanceProfile", name)


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
    ResourceType(
        name="AWS::IAM::Policy",
        implemented=frozenset({"PolicyName", "PolicyDocument", "Roles", "Users", "Groups"}),
        create=_put_inline,
        update=_put_inline,
        delete=_delete_inline,
        refuse=_refuse_others,
    ),
    ResourceType(
        name="AWS::IAM::ManagedPolicy",
        implemented=frozenset(
            {"ManagedPolicyName", "PolicyDocument", "Path", "Description", "Roles", "Users", "Groups"}
        ),
        create=_create_managed,
        update=_update_managed,
        delete=_delete_managed,
        refuse=_refuse_others,
    ),
    ResourceType(
        name="AWS::IAM::InstanceProfile",
        implemented=frozenset({"InstanceProfileName", "Path", "Roles"}),
        create=_create_profile,
        update=_update_profile,
        delete=_delete_profile,
    ),
)
