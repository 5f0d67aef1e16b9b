"""``AWS::IAM::Policy`` (inline ones) and ``AWS::IAM::ManagedPolicy``, of roles, users and groups."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.clock import iso8601
from stratolite.core.errors import AwsError, ValidationError
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.iam.cfn.properties import gone, text

_BEARERS = {"Roles": "Role", "Users": "User", "Groups": "Group"}
"""What of a policy's properties names whom, by the noun that operations and their members have of it."""


def _bearers(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who has the policy: ("Role", name), ("User", name) and so on."""
    return [(noun, name) for key, noun in _BEARERS.items() for name in properties.get(key) or ()]


def _put_inline(work: Work) -> Made:
    name, document = work.properties["PolicyName"], text(work.properties["PolicyDocument"])
    bearers = _bearers(work.properties)
    for noun, bearer in bearers:
        work.operate(f"Put{noun}Policy", {f"{noun}Name": bearer, "PolicyName": name, "PolicyDocument": document})
    old = work.previous.get("PolicyName", name)
    for noun, bearer in _bearers(work.previous):
        if (noun, bearer) not in bearers or old != name:
            gone(work, f"Delete{noun}Policy", {f"{noun}Name": bearer, "PolicyName": old})
    physical_id = work.physical_id or work.generated_name(128, "any")
    return Made(physical_id, {"Id": physical_id}, problem="" if bearers else _NOBODY)


_NOBODY = "At least one of [Groups,Roles,Users] must be non-empty."


def _delete_inline(work: Work) -> None:
    bearers = _bearers(work.properties)
    if not bearers:
        # On AWS too, such a policy cannot be made, and not be deleted either.
        raise ValidationError(_NOBODY)
    for noun, bearer in bearers:
        gone(work, f"Delete{noun}Policy", {f"{noun}Name": bearer, "PolicyName": work.properties["PolicyName"]})


def _create_managed(work: Work) -> Made:
    request: dict[str, Any] = {
        "PolicyName": work.properties.get("ManagedPolicyName") or work.generated_name(128, "any"),
        "PolicyDocument": text(work.properties["PolicyDocument"]),
        **{key: work.properties[key] for key in ("Path", "Description") if key in work.properties},
    }
    policy = work.operate("CreatePolicy", request)["Policy"]
    for noun, bearer in _bearers(work.properties):
        work.operate(f"Attach{noun}Policy", {f"{noun}Name": bearer, "PolicyArn": policy["Arn"]})
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
        document = text(work.properties["PolicyDocument"])
        work.operate("CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": True})
    wanted, had = _bearers(work.properties), _bearers(work.previous)
    for noun, bearer in wanted:
        work.operate(f"Attach{noun}Policy", {f"{noun}Name": bearer, "PolicyArn": arn})
    for noun, bearer in had:
        if (noun, bearer) not in wanted:
            gone(work, f"Detach{noun}Policy", {f"{noun}Name": bearer, "PolicyArn": arn})
    return _managed(work.operate("GetPolicy", {"PolicyArn": arn})["Policy"])


def _delete_managed(work: Work) -> None:
    arn = work.physical_id
    for noun, bearer in _bearers(work.properties):
        gone(work, f"Detach{noun}Policy", {f"{noun}Name": bearer, "PolicyArn": arn})
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


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::IAM::Policy",
        implemented=frozenset({"PolicyName", "PolicyDocument", "Roles", "Users", "Groups"}),
        create=_put_inline,
        update=_put_inline,
        delete=_delete_inline,
    ),
    ResourceType(
        name="AWS::IAM::ManagedPolicy",
        implemented=frozenset(
            {"ManagedPolicyName", "PolicyDocument", "Path", "Description", "Roles", "Users", "Groups"}
        ),
        create=_create_managed,
        update=_update_managed,
        delete=_delete_managed,
    ),
)
