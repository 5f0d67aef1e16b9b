"""Selection expressions: ``$request.body.action``, ``${request.body.service}/${request.body.action}``, ``\\$default``.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

_PART = re.compile(r"\\\$|\$\{([^}]*)\}|\$([A-Za-z_][\w.\[\]-]*[\w\]])")
_BODY = re.compile(r"request\.body((?:\.[\w-]+|\[\d+\])*)")
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")


class Unselectable(ValueError):
    """An expression has a variable that selects nothing here."""


Selection = Callable[[Any], str | None]
"""What an expression gives for a message that was read as JSON; None where one of its variables has no value."""


def compiled(expression: str) -> Selection:
    """An expression, read. Raises Unselectable for variables other than ``request.body`` and what is below it."""
    literals: list[str] = []
    paths: list[list[str | int]] = []
    end = 0
    text = ""
    for match in _PART.finditer(expression):
        text += expression[end : match.start()]
        end = match.end()
        if match[0] == r"\$":
            text += "$"
            continue
        literals.append(text)
        text = ""
        paths.append(_path(match[1] or match[2] or ""))
    literals.append(text + expression[end:])

    def select(body: Any) -> str | None:
        parts = [literals[0]]
        for path, literal in zip(paths, literals[1:], strict=True):
            value = _value(body, path)
            if value is None:
                return None
            parts += (value, literal)
        return "".join(parts)

    return select


def read(message: str) -> Any:
    """A message as JSON; None for one that is none."""
    try:
        return msgspec.json.decode(message)
    except (msgspec.DecodeError, RecursionError):
        return None


def _path(variable: str) -> list[str | int]:
    found = _BODY.fullmatch(variable)
    if found is None:
        raise Unselectable(variable)
    return [int(step[2]) if step[2] else step[1] for step in _STEP.finditer(found[1])]


def _value(body: Any, path: list[str | int]) -> str | None:
    for step in path:
        if isinstance(step, int):
            body = body[step] if isinstance(body, list) and step < len(body) else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    if isinstance(body, str):
        return body
    if body is None or isinstance(body, dict | list):
        return None
    return msgspec.json.encode(body).decode()
