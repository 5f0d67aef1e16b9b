"""What all events share that become rules of EventBridge."""

from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.service import Function

INPUTS = ("input", "inputPath", "inputTransformer")


def permission(work: Compilation, name: str, function: Function, source_arn: Any, *, merged: bool = False) -> None:
    """EventBridge's permission to invoke a function for a rule."""
    properties = {
        "FunctionName": function.target,
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
        "SourceArn": source_arn,
    }
    (work.merge if merged else work.put)(name, "AWS::Lambda::Permission", properties, depends_on=function.depends_on)


def transformer(settings: Any) -> dict[str, Any] | None:
    """An InputTransformer as a rule has it."""
    if not truthy(settings):
        return None
    paths = settings.get("inputPathsMap")
    template = {"InputTemplate": settings.get("inputTemplate")}
    return {**template, "InputPathsMap": paths} if truthy(paths) else template


def check_inputs(event: Event, kind: str) -> None:
    """Raises UserError when a target's input is said in two ways."""
    given = [name for name in INPUTS if truthy(event.settings.get(name))]
    if len(given) > 1:
        raise refusal(f"the event {kind!r} has {' and '.join(given)}", event.mark(given[1]), "Keep one of them.")
