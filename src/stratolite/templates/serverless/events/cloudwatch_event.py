"""The event ``cloudwatchEvent``: rules by pattern on the default bus, as they were written before ``eventBridge``.

Source: https://www.serverless.com/framework/docs-providers-aws-events-cloudwatch-event.
"""

from collections.abc import Sequence

from stratolite.templates.javascript import json_text, truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import CLOUDWATCH_EVENT, check_kind
from stratolite.templates.serverless.rules import check_inputs, permission, transformer


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Rules and permissions."""
    counts: dict[str, int] = {}
    for event in events:
        if not isinstance(event.settings, dict) or not truthy(event.settings.get("event")):
            raise refusal("the event 'cloudwatchEvent' lacks 'event'", event.at, "Write the pattern below 'event:'.")
        check_kind(event.settings, CLOUDWATCH_EVENT, event.at, "cloudwatchEvent")
        check_inputs(event, "cloudwatchEvent")
        number = counts[event.function.key] = counts.get(event.function.key, 0) + 1
        _make(work, event, number)


def _make(work: Compilation, event: Event, number: int) -> None:
    settings, function = event.settings, event.function
    given = settings.get("input")
    target = {
        "Input": (json_text(given) if isinstance(given, dict) else str(given)) if truthy(given) else None,
        "InputPath": settings.get("inputPath") or None,
        "InputTransformer": transformer(settings.get("inputTransformer")),
        "Arn": function.target,
        "Id": naming.cloudwatch_event_target(function.key),
    }
    properties = {
        "EventPattern": settings["event"],
        "State": "DISABLED" if settings.get("enabled") is False else "ENABLED",
        "Description": settings.get("description") or None,
        "Name": settings.get("name") or None,
        "Targets": [{name: value for name, value in target.items() if value is not None}],
    }
    rule = naming.cloudwatch_event_rule(function.key, number)
    work.merge(rule, "AWS::Events::Rule", properties, depends_on=function.depends_on)
    name = naming.cloudwatch_event_permission(function.key, number)
    permission(work, name, function, {"Fn::GetAtt": [rule, "Arn"]}, merged=True)
