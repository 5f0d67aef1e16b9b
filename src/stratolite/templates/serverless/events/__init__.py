"""Events: what calls the functions. One module a kind of event, one line in ``EVENTS`` for each.

A module has ``make(work, events)``: it gets all events of its kind, in the order of the file, and adds resources.
"""

from collections.abc import Callable, Sequence

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind, without
from stratolite.templates.document import Map, mark_of
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.distribution.cache_policies import make_cache_policies
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.events import (
    activemq,
    alb,
    alexa_skill,
    alexa_smart_home,
    cloud_front,
    cloudwatch_event,
    cloudwatch_log,
    cognito_user_pool,
    event_bridge,
    http,
    http_api,
    iot,
    iot_fleet_provisioning,
    kafka,
    msk,
    rabbitmq,
    s3,
    schedule,
    sns,
    sqs,
    stream,
    websocket,
)
from stratolite.templates.serverless.service import Function

Make = Callable[[Compilation, Sequence[Event]], None]
# In this order, since some add statements to the default role.
EVENTS: dict[str, Make] = {
    "schedule": schedule.make,
    "s3": s3.make,
    "http": http.make,
    "websocket": websocket.make,
    "sns": sns.make,
    "stream": stream.make,
    "kafka": kafka.make,
    "activemq": activemq.make,
    "rabbitmq": rabbitmq.make,
    "msk": msk.make,
    "alb": alb.make,
    "alexaSkill": alexa_skill.make,
    "alexaSmartHome": alexa_smart_home.make,
    "iot": iot.make,
    "iotFleetProvisioning": iot_fleet_provisioning.make,
    "cloudwatchEvent": cloudwatch_event.make,
    "cloudwatchLog": cloudwatch_log.make,
    "cognitoUserPool": cognito_user_pool.make,
    "eventBridge": event_bridge.make,
    "sqs": sqs.make,
    "cloudFront": cloud_front.make,
    "httpApi": http_api.make,
}
AWS_ALONE = frozenset(
    {"activemq", "alb", "alexaSkill", "alexaSmartHome", "cloudFront"}
    | {"iot", "iotFleetProvisioning", "kafka", "msk", "rabbitmq"}
)
"""Kinds of which nothing here causes any: compiled for AWS, left out where a service is only run."""


def make_events(work: Compilation) -> None:
    """The resources of all events.

    Those that nothing here causes are kept in ``work.unmade_events``; where a service is only run they are left out,
    and told in one warning.
    """
    found: dict[str, list[Event]] = {kind: [] for kind in EVENTS}
    unmade: list[tuple[str, Event]] = []
    for function in work.service.functions.values():
        for kind, event in _read(work, function):
            is_unmade = kind not in EVENTS or is_of_aws_alone(kind, event)
            if is_unmade:
                unmade.append((kind, event))
            if not is_unmade or not work.is_lenient:
                found[kind].append(event)
    work.unmade_events += [(_called(kind, event), str(event.at)) for kind, event in unmade]
    if unmade and work.is_lenient:
        work.warn(_told(work.unmade_events), kind=Kind.LEFT_OUT, about="events")
    make_cache_policies(work, [*found["cloudFront"], *(event for kind, event in unmade if kind == "cloudFront")])
    for kind, events in found.items():
        if events:
            EVENTS[kind](work, events)
    if unmade and work.is_lenient:
        _draft(work, unmade)


def is_of_aws_alone(kind: str, event: Event) -> bool:
    """Whether nothing here causes an event: by its kind, or as one of a pool that exists elsewhere."""
    if kind == "cognitoUserPool":
        return cognito_user_pool.exists(event.settings)
    return kind in AWS_ALONE


def _called(kind: str, event: Event) -> str:
    return f"{kind} of {event.function.key}"


def _told(left_out: Sequence[tuple[str, str]]) -> str:
    """One warning for all events that are left out."""
    lines = [f"\n  {called}  {where}" for called, where in left_out]
    what = "1 event is" if len(left_out) == 1 else f"{len(left_out)} events are"
    return f"{what} of a kind that is not run here yet, and left out:{''.join(lines)}"


def _draft(work: Compilation, left_out: Sequence[tuple[str, Event]]) -> None:
    """What events that are left out would have made, since others may refer to it, into ``work.unmade``."""
    by_kind: dict[str, list[Event]] = {}
    for kind, event in left_out:
        if kind in EVENTS and event.settings not in (None, "", False):
            by_kind.setdefault(kind, []).append(event)
    draft = work.draft()
    for kind, events in by_kind.items():
        try:
            EVENTS[kind](draft, events)
        except UserError as error:
            consequence = "a deployment to AWS is refused for it"
            work.warnings.append(without(error, consequence, Kind.REFUSED_BY_AWS, "events"))
    work.unmade |= {name: one for name, one in draft.resources.items() if name not in work.resources}
    work.resources |= work.unmade


def _is_nothing(work: Compilation, element: Map) -> bool:
    """Whether an event names its kind and nothing below it, as where its settings are not indented: nothing is made.

    The Serverless Framework makes nothing of it, either, so that the application runs on AWS without that event.
    """
    kinds = [kind for kind in element if kind in EVENTS]
    if len(kinds) != 1 or kinds[0] in AWS_ALONE or element[kinds[0]] not in (None, "", False):
        return False
    todo = "Indent them below its name." if len(element) > 1 else f"Write '- {kinds[0]}: ...'."
    what = f"the event {kinds[0]!r} has no settings: it is left out"
    work.warn(what, mark_of(element, kinds[0]), Kind.LEFT_OUT, about="events", todo=todo)
    return True


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
    if isinstance(element, str) and element in AWS_ALONE and work.is_lenient:
        return [(element, Event(function, None, at, index + 1))]
    if element == "alexaSkill":
        # As it was written before skills had to be named.
        return [(element, Event(function, None, at, index + 1))]
    if isinstance(element, str) and element in EVENTS:
        raise refusal(f"the event {element!r} has no settings", at, f"Write '- {element}: ...'.")
    if not isinstance(element, Map) or not element:
        raise refusal(f"an event of the function {function.key!r} is not a map", at, "Write '- http: GET /users'.")
    if work.is_lenient and _is_nothing(work, element):
        return []
    events = []
    for kind, settings in element.items():
        where = mark_of(element, kind)
        if (kind not in EVENTS or kind in AWS_ALONE) and work.is_lenient and len(element) == 1:
            # One of a plugin, or one that has no settings: whatever it is, it is told.
            events.append((kind, Event(function, settings, where, index + 1)))
            continue
        if kind not in EVENTS and work.is_lenient and any(other in EVENTS for other in element):
            what = f"{kind!r} stands beside an event and is none: it has no effect"
            work.warn(what, where, Kind.MISTAKE, about="events", todo="Indent it below the name of the event.")
            continue
        if kind not in EVENTS:
            known = ", ".join(sorted(EVENTS))
            todo = f"Indent the settings of an event below its name. The kinds of events are: {known}."
            raise refusal(f"there is no event {kind!r}", where, todo)
        if settings in (None, "", False):
            todo = "Indent them below its name." if len(element) > 1 else f"Write '- {kind}: ...'."
            raise refusal(f"the event {kind!r} has no settings", where, todo)
        events.append((kind, Event(function, settings, where, index + 1)))
    return events
