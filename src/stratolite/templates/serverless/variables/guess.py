"""What a setting of the provider will be, told before variables are resolved: the stage decides which files are read.

No source is asked: of ``${opt:stage, self:custom.stage, 'dev'}`` the first that the file itself holds is taken.
"""

from typing import Any

from stratolite.templates.document import Map
from stratolite.templates.serverless.variables.expression import Literal, Malformed, Source, parse
from stratolite.templates.serverless.variables.tree import member

STEPS_MAX = 10


def guess(document: Map, name: str) -> str:
    """The stage or the region that a file writes; empty where it cannot be told."""
    return _text(document, _at(document, ["provider", name]), 0)


def _at(document: Map, keys: list[str]) -> Any:
    value: Any = document
    for key in keys:
        value = member(value, key)
    return value


def _text(document: Map, value: Any, steps: int) -> str:
    if not isinstance(value, str) or steps > STEPS_MAX:
        return ""
    if "${" not in value:
        return value
    try:
        parts = parse(value)
    except Malformed:
        return ""
    if len(parts) != 1 or isinstance(parts[0], str):
        return ""
    for choice in parts[0].choices:
        found = _chosen(document, choice, steps)
        if found:
            return found
    return ""


def _chosen(document: Map, choice: Source | Literal, steps: int) -> str:
    if isinstance(choice, Literal):
        return choice.value if isinstance(choice.value, str) else ""
    address = choice.address.value if isinstance(choice.address, Literal) else None
    if choice.name != "self" or not isinstance(address, str):
        return ""
    return _text(document, _at(document, address.split(".")), steps + 1)
