"""Events: what calls the functions. One module a kind of event, one line in ``EVENTS`` for each.

A module has ``make(work, events)``: it gets all events of its kind, in the order of the file, and adds resources.
"""

from collections.abc import Callable, Sequence

from stratolite.templates.document import Map, mark_of
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.events import (
    cloudwatch_event,
    cloudwatch_log,
    cognito_user_pool,
    event_bridge,
    http,
    http_api,
    s3,
    schedule,
    sns,
    sqs,
    stream,
)
from stratolite.templates.serverless.service import Function

# In this order, since some add statements to the default role.
EVENTS: dict[str, Callable[[Compilation, Sequence[Event]], None]] = {
    "schedule": schedule.make,
    "s3": s3.make,
    "http": http.make,
    "sns": sns.make,
    "stream": stream.make,
    "cloudwatchEvent": cloudwatch_event.make,
    "cloudwatchLog": cloudwatch_log.make,
    "cognitoUserPool": cognito_user_pool.make,
    "eventBridge": event_bridge.make,
    "sqs": sqs.make,
    "httpApi": http_api.make,
}
LATER = frozenset(
    {"activemq", "alb", "alexaSkill", "alexaSmartHome", "cloudFront"}
    | {"iot", "iotFleetProvisioning", "kafka", "msk", "rabbitmq"}
    | {"websocket"}
)
"""Kinds that the Serverless Framework has and that are not compiled yet: refused by name."""
LEFT_OUT = "of a kind that is not run here yet, and left out"
LATER_SETTINGS = frozenset(
    {"alb", "apiGateway.websocketApiId", "cloudFront", "kinesis"}
    | {"logs.websocket", "websocket", "websocketsApiName", "websocketsApiRouteSelectionExpression"}
    | {"websocketsDescription"}
)
"""Settings of ``provider`` and of functions that those kinds alone read: without them they change nothing."""


def make_events(work: Compilation) -> None:
    """The resources of all events.

    Raises UserError for kinds that are not compiled; where the rest may run without them, they are told in one warning.
    """
    found: dict[str, list[Event]] = {kind: [] for kind in EVENTS}
    left_out: list[tuple[str, Event]] = []
    for function in work.service.functions.values():
        for kind, event in _read(work, function):
            if (kind not in EVENTS or _is_of_others(kind, event)) and work.is_lenient:
                left_out.append((kind, event))
            elif kind in LATER:
                todo = f"These are: {', '.join(EVENTS)}. Take the event out to run the rest of the service."
                raise refusal(f"the event {kind!r} is not compiled yet", event.at, todo)
            else:
                found[kind].append(event)
    if left_out:
        work.warn(_told(left_out))
    for kind, events in found.items():
        if events:
            EVENTS[kind](work, events)


def _is_of_others(kind: str, event: Event) -> bool:
    """Whether what the event comes of is not run here: a stream of Kinesis, a pool that exists elsewhere."""
    if kind == "cognitoUserPool":
        return cognito_user_pool.exists(event.settings)
    return kind == "stream" and stream.service_of(event.settings) == "kinesis"


def _told(left_out: list[tuple[str, Event]]) -> str:
    """One warning for all events that are left out."""
    one = len(left_out) == 1
    lines = [
        f"\n  {kind}{' (Kinesis)' if kind == 'stream' else ''} of {event.function.key}  {event.at}"
        for kind, event in left_out
    ]
    what = "1 event is" if one else f"{len(left_out)} events are"
    return f"{what} {LEFT_OUT}:{''.join(lines)}"


def _read(work: Compilation, function: Function) -> list[tuple[str, Event]]:
    written = function.settings.get("events")
    if written is None:
        return []
    if not isinstance(written, list):
        raise refusal(
            f"the events of the function {function.key!r} have to be a list",
            function.mark("events"),
            "Write each as an element, as in '- http: GET /users'.",
        )
    events: list[tuple[str, Event]] = []
    for index, element in enumerate(written):
        events += _element(work, function, index, element)
    return events


def _element(work: Compilation, function: Function, index: int, element: object) -> list[tuple[str, Event]]:
    at = function.mark("events", index)
    if isinstance(element, str) and element in LATER and work.is_lenient:
        return [(element, Event(function, None, at, index + 1))]
    if isinstance(element, str) and element in (EVENTS.keys() | LATER):
        raise refusal(f"the event {element!r} has no settings", at, f"Write '- {element}: ...'.")
    if not isinstance(element, Map) or not element:
        raise refusal(f"an event of the function {function.key!r} is not a map", at, "Write '- http: GET /users'.")
    events = []
    for kind, settings in element.items():
        where = mark_of(element, kind)
        if kind not in EVENTS and work.is_lenient and len(element) == 1:
            # One of a plugin, or one that has no settings: whatever it is, it is told.
            events.append((kind, Event(function, settings, where, index + 1)))
            continue
        if kind not in EVENTS and kind not in LATER:
            known = ", ".join(sorted(EVENTS.keys() | LATER))
            todo = f"Indent the settings of an event below its name. The kinds of events are: {known}."
            raise refusal(f"there is no event {kind!r}", where, todo)
        if settings in (None, "", False):
            todo = "Indent them below its name." if len(element) > 1 else f"Write '- {kind}: ...'."
            raise refusal(f"the event {kind!r} has no settings", where, todo)
        events.append((kind, Event(function, settings, where, index + 1)))
    return events
