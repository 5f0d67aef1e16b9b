"""Event source mappings: which source's records a function gets.

Answers show what was begun (Creating, Updating ...); ``sources/pollers.py`` does it after the commit.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import ServiceUnavailable
from stratolite.services.lambda_ import Lambda, api, mapping_settings, rules, view
from stratolite.services.lambda_.domain import LATEST, FunctionName
from stratolite.services.lambda_.mapping_store import (
    CREATING,
    DELETING,
    DISABLED,
    DISABLING,
    ENABLING,
    NOT_YET,
    POLLED,
    UPDATING,
    EventSourceMapping,
)
from stratolite.services.lambda_.names import function_name, invalid, not_found
from stratolite.services.lambda_.sources.pollers import SOURCES

LISTED_MAX = 100
MAPPINGS_MAX = 1000
"""How many mappings one cloud has."""
ABSENT = "The resource you requested does not exist."


def create_event_source_mapping(
    call: Call, lambda_: Lambda, request: api.CreateEventSourceMappingRequest
) -> api.EventSourceMappingConfiguration:
    """Give a source's records to a function. Raises ServiceUnavailable at the limit of mappings here."""
    service = mapping_settings.check_source(request)
    name = _function(call, lambda_, request["FunctionName"])
    defaults = mapping_settings.OF_QUEUES if service == "sqs" else mapping_settings.OF_STREAMS
    settings = _settings(lambda_, name, request["EventSourceArn"], defaults, request)
    tags = request.get("Tags", {})
    rules.check_tags(tags)
    mapping = EventSourceMapping(
        uuid=lambda_.world.entropy.uuid(),
        function=name,
        source_arn=request["EventSourceArn"],
        settings=settings,
        state=CREATING if request.get("Enabled", True) else DISABLED,
        modified_ms=call.now_ms,
        last_result=NOT_YET,
        tags=tags,
    )
    _check_only(lambda_, mapping)
    if lambda_.mappings.count() >= MAPPINGS_MAX:
        raise ServiceUnavailable(f"There are {MAPPINGS_MAX} event source mappings.")
    lambda_.mappings.put(mapping)
    SOURCES[service].begin(lambda_, mapping)
    return view.event_source_mapping(mapping)


def update_event_source_mapping(
    call: Call, lambda_: Lambda, request: api.UpdateEventSourceMappingRequest
) -> api.EventSourceMappingConfiguration:
    """Change; what is not named stays. It acts when the batches that are running have ended."""
    old = _require(call, lambda_, request["UUID"])
    if old.state == DELETING:
        raise api.ResourceInUseException("Cannot update the event source mapping because it is in use.")
    name = _function(call, lambda_, request["FunctionName"]) if "FunctionName" in request else old.function
    settings = _settings(lambda_, name, old.source_arn, old.settings, request)
    was_polled = old.state in POLLED
    if request.get("Enabled", was_polled):
        state = UPDATING if was_polled else ENABLING
    else:
        state = DISABLING if was_polled or old.state == DISABLING else DISABLED
    mapping = replace(old, function=name, settings=settings, state=state, modified_ms=call.now_ms)
    _check_only(lambda_, mapping)
    lambda_.mappings.put(mapping)
    # One that is not polled is changed at once, which AWS's answer does not show.
    return view.event_source_mapping(replace(mapping, state=UPDATING) if state == DISABLED else mapping)


def delete_event_source_mapping(
    call: Call, lambda_: Lambda, request: api.DeleteEventSourceMappingRequest
) -> api.EventSourceMappingConfiguration:
    """Begin no further batch; the mapping is gone when those that are running have ended."""
    mapping = _require(call, lambda_, request["UUID"])
    if mapping.state == DELETING:
        raise api.ResourceInUseException("Cannot delete the event source mapping because it is in use.")
    mapping = replace(mapping, state=DELETING)
    lambda_.mappings.put(mapping)
    return view.event_source_mapping(mapping)


def get_event_source_mapping(
    call: Call, lambda_: Lambda, request: api.GetEventSourceMappingRequest
) -> api.EventSourceMappingConfiguration:
    """One mapping."""
    return view.event_source_mapping(_require(call, lambda_, request["UUID"]))


def list_event_source_mappings(
    call: Call, lambda_: Lambda, request: api.ListEventSourceMappingsRequest
) -> api.ListEventSourceMappingsResponse:
    """Mappings in order of UUID: all, those of a source, those of a function, those of both."""
    limit = min(request.get("MaxItems", LISTED_MAX), LISTED_MAX)
    arn = request.get("EventSourceArn")
    name = function_name(call, request["FunctionName"]) if "FunctionName" in request else None
    found = [
        mapping
        for mapping in lambda_.mappings.mappings(call.account, call.region, request.get("Marker", ""))
        if arn in (None, mapping.source_arn) and (name is None or _is_same(mapping.function, name))
    ]
    answer: api.ListEventSourceMappingsResponse = {
        "EventSourceMappings": [view.event_source_mapping(mapping) for mapping in found[:limit]]
    }
    if len(found) > limit:
        answer["NextMarker"] = found[limit - 1].uuid
    return answer


def _require(call: Call, lambda_: Lambda, uuid: str) -> EventSourceMapping:
    mapping = lambda_.mappings.mapping(uuid)
    if mapping is None or (mapping.function.account, mapping.function.region) != (call.account, call.region):
        raise not_found(ABSENT)
    return mapping


def _function(call: Call, lambda_: Lambda, text: str) -> FunctionName:
    """Recorded: ``test_event_source_mapping_exceptions``; the qualifier stays as it was given, as recorded in
    ``test_function_name_variations``."""
    name = function_name(call, text)
    try:
        lambda_.store.require_version(name)
    except api.ResourceNotFoundException:
        raise invalid("Function does not exist") from None
    if name.account != call.account:
        raise api.AccessDeniedException()
    return name


def _settings(
    lambda_: Lambda, name: FunctionName, arn: str, old: Mapping[str, Any], request: Mapping[str, Any]
) -> dict[str, Any]:
    if arn.split(":")[2] != "sqs":
        return mapping_settings.of_stream(lambda_.world, arn, old, request)
    timeout_s = lambda_.store.require_version(name).settings["Timeout"]
    return mapping_settings.of_queue(lambda_.world, arn, old, request, timeout_s)


def _check_only(lambda_: Lambda, mapping: EventSourceMapping) -> None:
    """A function and a source have one mapping. Recorded: ``test_duplicate_event_source_mappings``, one a kind.

    One that is being deleted does not count, so that nobody has to wait for the end of its last batch.
    """
    place = mapping.function
    for other in lambda_.mappings.mappings(place.account, place.region):
        if other.uuid == mapping.uuid or other.source_arn != mapping.source_arn or other.state == DELETING:
            continue
        if not _is_same(other.function, place):
            continue
        shown = f"{place.name}:{place.qualifier}" if place.qualifier else place.name
        advice = f"Please update or delete the existing mapping with UUID {other.uuid}"
        if mapping.service == "sqs":
            raise api.ResourceConflictException(
                f'An event source mapping with SQS arn (" {mapping.source_arn} ") and function (" {shown} ") '
                f"already exists. {advice}"
            )
        raise api.ResourceConflictException(
            f'The event source arn (" {mapping.source_arn} ") and function (" {shown} ") provided mapping '
            f"already exists. {advice}"
        )


def _is_same(one: FunctionName, other: FunctionName) -> bool:
    return one.with_qualifier(one.qualifier or LATEST) == other.with_qualifier(other.qualifier or LATEST)
