"""CloudFormation's ``AWS::SSM::Parameter``.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
"""

from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work

NAME_LENGTH_MAX = 255
_KEPT = ("Type", "Value", "Description", "AllowedPattern", "DataType", "Tier")


def _request(work: Work, name: str) -> dict[str, Any]:
    return {"Name": name, **{key: work.properties[key] for key in _KEPT if key in work.properties}}


def _made(work: Work, name: str) -> Made:
    return Made(name, {"Type": work.properties["Type"], "Value": work.properties["Value"]})


def _generated_name(work: Work) -> str:
    """``CFN-<logical id>-<seed>``, as recorded (``resource_providers/ssm/test_parameter.json``): without the stack."""
    seed = work.generated_name(NAME_LENGTH_MAX, "any").rpartition("-")[2]
    return f"CFN-{work.logical_id}-{seed}"


def _create(work: Work) -> Made:
    name = work.properties.get("Name") or _generated_name(work)
    tags = [{"Key": key, "Value": value} for key, value in (work.properties.get("Tags") or {}).items()]
    work.operate("PutParameter", {**_request(work, name), **({"Tags": tags} if tags else {})})
    return _made(work, name)


def _update(work: Work) -> Made:
    work.operate("PutParameter", {**_request(work, work.physical_id), "Overwrite": True})
    wanted, had = work.properties.get("Tags") or {}, work.previous.get("Tags") or {}
    resource = {"ResourceType": "Parameter", "ResourceId": work.physical_id}
    if gone := sorted(set(had) - set(wanted)):
        work.operate("RemoveTagsFromResource", {**resource, "TagKeys": gone})
    if wanted and wanted != had:
        tags = [{"Key": key, "Value": value} for key, value in wanted.items()]
        work.operate("AddTagsToResource", {**resource, "Tags": tags})
    return _made(work, work.physical_id)


def _delete(work: Work) -> None:
    work.unless_gone("DeleteParameter", {"Name": work.physical_id}, ("ParameterNotFound",))


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::SSM::Parameter",
        implemented=frozenset({"Name", "Tags", *_KEPT}),
        create=_create,
        update=_update,
        delete=_delete,
    ),
)
