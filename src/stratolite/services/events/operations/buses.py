"""Event buses: made, shown, changed, listed, deleted. The default bus is always there."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere, ValidationException
from stratolite.services.events import Events, api, rules
from stratolite.services.events.domain import DEFAULT, Bus
from stratolite.services.events.lookup import require_bus

_KEPT = ("KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")
"""Encryption at rest has no effect that a client can see. A bus's dead letters are events that a key of KMS could not
encrypt or decrypt, of which there are none here; its logs may only be off.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-logs.html
"""


def create_event_bus(call: Call, events: Events, request: api.CreateEventBusRequest) -> api.CreateEventBusResponse:
    """Make a bus (``test_create_list_describe_delete_custom_event_buses``)."""
    name = request["Name"]
    if "EventSourceName" in request:
        # No partner sends events to this machine.
        raise api.ResourceNotFoundException(f"Event source {request['EventSourceName']} does not exist.")
    _refuse(request)
    if "/" in name:
        raise ValidationException("Event bus name must not contain '/'.")
    arn = call.arn("events", f"event-bus/{name}")
    if name == DEFAULT or events.store.bus(arn) is not None:
        raise api.ResourceAlreadyExistsException(f"Event bus {name} already exists.")
    bus = Bus(
        arn,
        call.account,
        call.region,
        name,
        request.get("Description", ""),
        _settings(request),
        (),
        rules.tags(request.get("Tags", [])),
        call.now_ms,
        call.now_ms,
    )
    events.store.put_bus(bus)
    result: api.CreateEventBusResponse = {"EventBusArn": arn, **bus.settings}  # type: ignore[typeddict-item]
    if bus.description:
        result["Description"] = bus.description
    return result


def describe_event_bus(
    call: Call, events: Events, request: api.DescribeEventBusRequest
) -> api.DescribeEventBusResponse:
    """A bus, the default one unless another is named."""
    bus = require_bus(call, events, request.get("Name", DEFAULT))
    return {**_shown(bus), **bus.settings}  # type: ignore[typeddict-item]


def update_event_bus(call: Call, events: Events, request: api.UpdateEventBusRequest) -> api.UpdateEventBusResponse:
    """Change what is said of a bus."""
    _refuse(request)
    bus = require_bus(call, events, request.get("Name", DEFAULT))
    changed = replace(
        bus,
        description=request.get("Description", bus.description),
        settings=_settings({**bus.settings, **request}),
        modified_ms=call.now_ms,
    )
    events.store.put_bus(changed)
    named = {"Arn": bus.arn, "Name": bus.name, **changed.settings}
    result: api.UpdateEventBusResponse = {**named}  # type: ignore[typeddict-item]
    if changed.description:
        result["Description"] = changed.description
    return result


def delete_event_bus(call: Call, events: Events, request: api.DeleteEventBusRequest) -> None:
    """Delete a bus (``test_delete_default_event_bus``); its rules have to be deleted first."""
    if request["Name"] == DEFAULT:
        raise ValidationException("Cannot delete event bus default.")
    bus = require_bus(call, events, request["Name"])
    if events.store.rules(bus.arn, limit=1):
        raise ValidationException("Event bus can't be deleted since it has rules.")
    events.store.delete_bus(bus.arn)


def list_event_buses(call: Call, events: Events, request: api.ListEventBusesRequest) -> api.ListEventBusesResponse:
    """Buses in order of name, a page at a time."""
    require_bus(call, events, DEFAULT)
    limit = request.get("Limit", rules.PAGE_MAX)
    found = events.store.buses(call, request.get("NamePrefix", ""), request.get("NextToken", ""), limit + 1)
    result: api.ListEventBusesResponse = {"EventBuses": [_shown(bus) for bus in found[:limit]]}
    if len(found) > limit:
        result["NextToken"] = found[limit - 1].name
    return result


def _refuse(request: Mapping[str, Any]) -> None:
    if request.get("LogConfig", {}).get("Level", "OFF") != "OFF":
        raise NotImplementedHere("LogConfig of an event bus is not implemented by this version of Stratolite.")


def _settings(request: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are kept; one that is given as empty is taken away."""
    return {name: request[name] for name in _KEPT if request.get(name)}


def _shown(bus: Bus) -> api.EventBus:
    shown: api.EventBus = {
        "Name": bus.name,
        "Arn": bus.arn,
        "CreationTime": bus.created_ms / 1000,
        "LastModifiedTime": bus.modified_ms / 1000,
    }
    if bus.description:
        shown["Description"] = bus.description
    if bus.statements:
        shown["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": bus.statements}, separators=(",", ":"))
    return shown
