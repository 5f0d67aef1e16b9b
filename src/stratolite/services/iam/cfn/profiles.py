"""``AWS::IAM::InstanceProfile``."""

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.iam.cfn.properties import gone


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
        gone(work, "RemoveRoleFromInstanceProfile", {**name, "RoleName": role})
    gone(work, "DeleteInstanceProfile", name)


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::IAM::InstanceProfile",
        implemented=frozenset({"InstanceProfileName", "Path", "Roles"}),
        create=_create_profile,
        update=_update_profile,
        delete=_delete_profile,
    ),
)
