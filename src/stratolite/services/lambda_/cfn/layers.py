"""``AWS::Lambda::LayerVersion``."""

from stratolite.core.resource_types import Made, ResourceType, Work


def _create(work: Work) -> Made:
    made = work.operate("PublishLayerVersion", {"LayerName": work.logical_id, **work.properties})
    return Made(made["LayerVersionArn"], {"LayerVersionArn": made["LayerVersionArn"]})


def _update(work: Work) -> Made:
    """Every property of a version needs a replacement: nothing is left to update."""
    return Made(work.physical_id, {"LayerVersionArn": work.physical_id})


def _delete(work: Work) -> None:
    layer, _, number = work.physical_id.rpartition(":")
    work.operate("DeleteLayerVersion", {"LayerName": layer, "VersionNumber": int(number)})


RESOURCE_TYPES = (
    ResourceType(
        "AWS::Lambda::LayerVersion",
        implemented=frozenset(
            {"CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description", "LayerName", "LicenseInfo"}
        ),
        create=_create,
        update=_update,
        delete=_delete,
    ),
)
