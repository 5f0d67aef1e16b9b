"""What a target gets of an event: all of it, a constant, what a path names, or what a template makes of it.

Templates that begin with a quotation mark are texts: values lose their quotation marks in them. In other templates,
which are JSON, a placeholder stands for a JSON value, or for a part of the string that it is in.

Paths have dots, brackets, and wildcards, whose result is a list; other syntax of JSONPath is refused.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html, and the recorded
entries ``test_input_transformer_nested_keys_replacement`` and ``test_put_events_with_input_transformer...``.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from stratolite.services.events.event import dumps

RESERVED = (
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event",
    "aws.events.event.json",
    "aws.events.event.ingestion-time",
)
_PLACEHOLDER = re.compile(r"<([\w.-]+)>")
_TOKEN = re.compile(r'<([\w.-]+)>|\\.|"')
_PATH = re.compile(r"\$(\.[^.\[\]]+|\[(\d+|\*)\]|\['[^']+'\])*")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\*)\]|\['([^']+)'\]")
_ABSENT = object()


class NoInput(Exception):
    """Nothing can be made of the event; the message says why."""


def is_path(text: str) -> bool:
    """Whether a text is a path of the kind that inputs know."""
    return _PATH.fullmatch(text) is not None


def placeholders(template: str) -> list[str]:
    """The names in angle brackets."""
    return _PLACEHOLDER.findall(template)


def text_at(event: Mapping[str, Any], path: str) -> str:
    """What a path finds in an event, as text; empty when that is nothing."""
    found = _find(event, path)
    return "" if found is _ABSENT or found is None else _plain(found)


def dynamic(value: str, event: Mapping[str, Any]) -> str:
    """A target's parameter, which may be a path: then it is what that finds in the event, as text.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html#dynamic-path-parameters
    """
    return text_at(event, value) if value.startswith("$.") and is_path(value) else value


def make(target: Mapping[str, Any], event: Mapping[str, Any], source: str, context: Mapping[str, str]) -> str:
    """What a target gets. ``source``: the event's JSON; ``context``: the reserved variables that are texts.

    Raises NoInput.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        found = _find(event, target["InputPath"])
        if found is _ABSENT:
            raise NoInput(f"The path {target['InputPath']} finds nothing in the event.")
        return source if found is event else dumps(found)
    transformer = target.get("InputTransformer")
    return source if transformer is None else _transform(transformer, event, context)


def _transform(transformer: Mapping[str, Any], event: Mapping[str, Any], context: Mapping[str, str]) -> str:
    values: dict[str, Any] = {name: _find(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    values |= {name: "" for name, value in values.items() if value is _ABSENT or value is None}
    values |= context
    values["aws.events.event"] = _without_detail(event)
    values["aws.events.event.json"] = event
    template = transformer["InputTemplate"]
    if template.lstrip().startswith('"'):
        return _PLACEHOLDER.sub(lambda found: _plain(values[found[1]]), template)
    return _json(template, values)


def _json(template: str, values: Mapping[str, Any]) -> str:
    in_string = False

    def replaced(found: re.Match[str]) -> str:
        nonlocal in_string
        if found[1] is None:
            in_string ^= found[0] == '"'
            return found[0]
        value = values[found[1]]
        return dumps(value)[1:-1] if in_string and isinstance(value, str) else dumps(value)

    text = _TOKEN.sub(replaced, template)
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoInput("The input template does not give JSON.") from error
    return text


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value).replace('"', "")


def _without_detail(event: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "account", "detail-type", "time", "source", "region", "resources", "version")
    return {("detailType" if name == "detail-type" else name): event.get(name) for name in names}


def _find(event: Mapping[str, Any], path: str) -> Any:
    found: list[Any] = [event]
    is_list = False
    for key, number, quoted in _STEP.findall(path):
        if "*" in (key, number):
            found, is_list = [inner for one in found for inner in _members(one)], True
        elif number:
            found = [one[int(number)] for one in found if isinstance(one, list) and int(number) < len(one)]
        else:
            name = key or quoted
            found = [one[name] for one in found if isinstance(one, Mapping) and name in one]
    if is_list:
        return found
    return found[0] if found else _ABSENT


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()
