"""Archives: made, shown, changed, listed, deleted."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.events import Events, api, archiving, rules
from stratolite.services.events.domain import Archive
from stratolite.services.events.lookup import require_bus


def create_archive(call: Call, events: Events, request: api.CreateArchiveRequest) -> api.CreateArchiveResponse:
    """Keep the events of a bus from now on (``test_create_list_describe_update_delete_archive``)."""
    name = request["ArchiveName"]
    if request.get("EventPattern"):
        rules.pattern(request["EventPattern"])
    bus = require_bus(call, events, request["EventSourceArn"])
    arn = call.arn("events", f"archive/{name}")
    if events.archives.archive(arn) is not None:
        raise api.ResourceAlreadyExistsException(f"Archive {name} already exists.")
    archive = Archive(
        arn,
        call.account,
        call.region,
        name,
        bus.arn,
        request.get("Description", ""),
        request.get("EventPattern", ""),
        request.get("RetentionDays", 0),
        request.get("KmsKeyIdentifier", ""),
        call.now_ms,
    )
    events.archives.put_archive(archive)
    events.store.touch(bus.arn)
    return {"ArchiveArn": arn, "State": "ENABLED", "CreationTime": call.now_ms / 1000}


def update_archive(call: Call, events: Events, request: api.UpdateArchiveRequest) -> api.UpdateArchiveResponse:
    """Change what an archive keeps, or how long (``test_update_archive_error_unknown_archive``)."""
    if not request.keys() & {"EventPattern", "RetentionDays", "Description", "KmsKeyIdentifier"}:
        raise ValidationException("At least one of EventPattern, RetentionDays or Description must be provided.")
    if request.get("EventPattern"):
        rules.pattern(request["EventPattern"])
    archive = _require(call, events, request["ArchiveName"])
    changed = replace(
        archive,
        description=request.get("Description", archive.description),
        pattern=request.get("EventPattern", archive.pattern),
        retention_days=request.get("RetentionDays", archive.retention_days),
        kms_key=request.get("KmsKeyIdentifier", archive.kms_key),
    )
    events.archives.put_archive(changed)
    events.store.touch(archive.bus_arn)
    if changed.retention_days != archive.retention_days:
        archiving.replan_expiry(call, events, changed)
    return {"ArchiveArn": archive.arn, "State": "ENABLED", "CreationTime": archive.created_ms / 1000}


def describe_archive(call: Call, events: Events, request: api.DescribeArchiveRequest) -> api.DescribeArchiveResponse:
    """An archive."""
    archive = _require(call, events, request["ArchiveName"])
    shown: api.DescribeArchiveResponse = {"ArchiveArn": archive.arn, **_shown(archive)}  # type: ignore[typeddict-item]
    if archive.description:
        shown["Description"] = archive.description
    if archive.pattern:
        shown["EventPattern"] = archive.pattern
    if archive.kms_key:
        shown["KmsKeyIdentifier"] = archive.kms_key
    return shown


def delete_archive(call: Call, events: Events, request: api.DeleteArchiveRequest) -> None:
    """Delete an archive with all that is in it."""
    archive = _require(call, events, request["ArchiveName"])
    if archive.expiry:
        events.world.outbox.end(archive.expiry)
    events.archives.delete_archive(archive.arn)
    events.store.touch(archive.bus_arn)


def list_archives(call: Call, events: Events, request: api.ListArchivesRequest) -> api.ListArchivesResponse:
    """Archives in order of name, a page at a time, by one of: prefix, bus, state."""
    if len(request.keys() & {"NamePrefix", "EventSourceArn", "State"}) > 1:
        raise ValidationException(
            "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix."
        )
    bus_arn = require_bus(call, events, request["EventSourceArn"]).arn if "EventSourceArn" in request else ""
    limit = request.get("Limit", rules.PAGE_MAX)
    found: list[Archive] = []
    if request.get("State", "ENABLED") == "ENABLED":
        found = events.archives.archives(
            call, request.get("NamePrefix", ""), bus_arn, request.get("NextToken", ""), limit + 1
        )
    result: api.ListArchivesResponse = {"Archives": [_shown(archive) for archive in found[:limit]]}
    if len(found) > limit:
        result["NextToken"] = found[limit - 1].name
    return result


def _require(call: Call, events: Events, name: str) -> Archive:
    archive = events.archives.archive(call.arn("events", f"archive/{name}"))
    if archive is None:
        raise api.ResourceNotFoundException(f"Archive {name} does not exist.")
    return archive


def _shown(archive: Archive) -> api.Archive:
    return {
        "ArchiveName": archive.name,
        "EventSourceArn": archive.bus_arn,
        "State": "ENABLED",
        "RetentionDays": archive.retention_days,
        "SizeBytes": archive.size_bytes,
        "EventCount": archive.events,
        "CreationTime": archive.created_ms / 1000,
    }
