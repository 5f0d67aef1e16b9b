"""``AWS::Events::Archive``."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.events.cfn.properties import given, text

_NAME_LENGTH_MAX = 48


def _request(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    request = given(properties, ("Description", "KmsKeyIdentifier"))
    if properties.get("EventPattern"):
        request["EventPattern"] = text(properties["EventPattern"])
    return {"ArchiveName": name, "RetentionDays": int(properties.get("RetentionDays", 0)), **request}


def _create(work: Work) -> Made:
    name = work.properties.get("ArchiveName") or work.generated_name(_NAME_LENGTH_MAX, "any")
    request = {**_request(work.properties, name), "EventSourceArn": work.properties["SourceArn"]}
    arn = work.operate("CreateArchive", request)["ArchiveArn"]
    return Made(name, {"Arn": arn, "ArchiveName": name})


def _update(work: Work) -> Made:
    # What a template no longer names goes back to its default.
    request = {"Description": "", "EventPattern": "", **_request(work.properties, work.physical_id)}
    arn = work.operate("UpdateArchive", request)["ArchiveArn"]
    return Made(work.physical_id, {"Arn": arn, "ArchiveName": work.physical_id})


def _delete(work: Work) -> None:
    work.unless_gone("DeleteArchive", {"ArchiveName": work.physical_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::Events::Archive",
        implemented=frozenset({"ArchiveName", "SourceArn", "Description", "EventPattern", "RetentionDays"}),
        accepted={"KmsKeyIdentifier": "encryption at rest has no effect that a client can see"},
        create=_create,
        update=_update,
        delete=_delete,
    ),
)
