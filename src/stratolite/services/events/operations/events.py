"""Putting events, and comparing one with a pattern."""

import json
from dataclasses import replace

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.core.trace import with_lineage
from stratolite.services.events import Events, api, event_pattern, routing, rules
from stratolite.services.events.domain import DEFAULT
from stratolite.services.events.event import event
from stratolite.services.events.lookup import find_bus


def put_events(call: Call, events: Events, request: api.PutEventsRequest) -> api.PutEventsResponse:
    """Put events on buses; each entry succeeds or fails of its own.

    An event for a bus that is not there is accepted and lost (``test_put_events_nonexistent_event_bus``).
    """
    if "EndpointId" in request:
        raise NotImplementedHere("Global endpoints are not implemented by this version of Stratolite.")
    rules.batch(request["Entries"])
    results = [_put(call, events, entry) for entry in request["Entries"]]
    return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}


def test_event_pattern(
    call: Call, events: Events, request: api.TestEventPatternRequest
) -> api.TestEventPatternResponse:
    """Whether an event matches a pattern."""
    rules.pattern(request["EventPattern"])
    document = rules.event_document(request["Event"])
    return {"Result": event_pattern.matches(event_pattern.parse(request["EventPattern"]), document)}


def _put(call: Call, events: Events, entry: api.PutEventsRequestEntry) -> api.PutEventsResultEntry:
    refused = rules.entry_refused(entry)
    if refused is not None:
        return {"ErrorCode": refused[0], "ErrorMessage": refused[1]}
    event_id = events.world.entropy.uuid()
    bus = find_bus(call, events, entry.get("EventBusName", DEFAULT))
    if bus is not None:
        time_s = entry.get("Time")
        made = event(
            call,
            event_id,
            entry["Source"],
            entry["DetailType"],
            json.loads(entry["Detail"]),
            resources=entry.get("Resources", []),
            time_ms=None if time_s is None else round(time_s * 1000),
        )
        # A bus does not carry a lineage: Lambda sees no loop that leads through it.
        traced = replace(call, trace_id=with_lineage(entry.get("TraceHeader", call.trace_id), {}))
        routing.route(traced.within(bus.account, bus.region), events, bus, made)
    return {"EventId": event_id}
