"""EventBridge as other services use it: what they tell of themselves goes to the default bus."""

from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.call import Call
from stratolite.services.events import Events, lookup, routing
from stratolite.services.events.event import event


class EventsPort:
    """The event port."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def put(
        self, call: Call, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()
    ) -> str:
        """Put an event on the default bus of the call's namespace in the current transaction; its id."""
        event_id = self._events.world.entropy.uuid()
        bus = lookup.require_bus(call, self._events, "")
        made = event(call, event_id, source, detail_type, detail, resources=resources)
        routing.route(call, self._events, bus, made)
        return event_id


def ports(events: Events) -> dict[str, object]:
    """What this service offers."""
    return {"event": EventsPort(events)}
