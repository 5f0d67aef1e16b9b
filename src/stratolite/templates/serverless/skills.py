"""Skills of Alexa's, which call functions by permissions that carry the skill's id."""

import re
from collections import Counter
from collections.abc import Sequence

from stratolite.core.warning import Kind
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import ALEXA, check_kind
from stratolite.templates.serverless.lodash import upper_first

_LINE_END = re.compile(r"\\n|\\r")
"""Ends of lines that were escaped."""


def permit(work: Compilation, events: Sequence[Event], kind: str, principal: str) -> None:
    """A permission for each event. ``kind`` is the event's."""
    numbers: Counter[str] = Counter()
    for event in events:
        if event.settings is None:
            what = f"the event {kind!r} names no skill, and nothing is made for it: write its 'appId'"
            work.warn(what, event.at, Kind.MISTAKE, about="events")
            continue
        function = event.function
        numbers[function.key] += 1
        app, enabled = _read(event, kind)
        properties = {
            "FunctionName": function.target,
            "Action": "lambda:InvokeFunction" if enabled else "lambda:DisableInvokeFunction",
            "Principal": principal,
            "EventSourceToken": _LINE_END.sub("", app),
        }
        name = naming.skill_permission(function.key, upper_first(kind), numbers[function.key])
        work.merge(name, "AWS::Lambda::Permission", properties, depends_on=function.depends_on)


def _read(event: Event, kind: str) -> tuple[str, bool]:
    """The skill's id, and whether it may call."""
    if isinstance(event.settings, str):
        return event.settings, True
    if not isinstance(event.settings, dict):
        raise refusal(f"the event {kind!r} takes a skill's id or a map", event.at, "Write 'appId: amzn1.ask.skill...'.")
    check_kind(event.settings, ALEXA, event.at, kind)
    app = event.settings.get("appId")
    if not isinstance(app, str) or not app:
        raise refusal(f"the event {kind!r} lacks 'appId'", event.at, "It is the id of the skill.")
    return app, event.settings.get("enabled") is not False
