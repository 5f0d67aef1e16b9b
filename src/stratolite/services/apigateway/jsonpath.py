"""JSONPath as mapping templates and expressions use it: names, indexes, wildcards, descent.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
Filters (``[?(...)]``) are not understood and find nothing.
"""

import re
from typing import Any

PATH_LENGTH_MAX = 1024
_STEP = re.compile(
    r"(?P<descend>\.\.)(?P<deep>[\w-]+|\*)"
    r"|\.(?P<name>[\w$-]+|\*)"
    r"|\[\s*(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<index>-?\d+)|(?P<every>\*))\s*\]"
)


def find(value: Any, path: str) -> Any:
    """What a path names: one value, or a list when the path has a wildcard; None when there is nothing."""
    steps = _steps(path)
    if steps is None:
        return None
    found, many = [value], False
    for kind, key in steps:
        if kind == "descend":
            found, many = [each for item in found for each in _descend(item, key)], True
        elif kind == "every":
            found, many = [each for item in found for each in _children(item)], True
        else:
            found = [item[key] for item in found if _has(item, key)]
    if many:
        return found
    return found[0] if found else None


def _steps(path: str) -> list[tuple[str, Any]] | None:
    if len(path) > PATH_LENGTH_MAX:
        return None
    position = 1 if path[:1] == "$" else 0
    if position == 0 and path[:1] not in (".", "["):
        path = f".{path}" if path else path
    steps: list[tuple[str, Any]] = []
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            return None
        steps.append(_step(match))
        position = match.end()
    return steps


def _step(match: re.Match[str]) -> tuple[str, Any]:
    if match["descend"]:
        return ("descend", match["deep"])
    if match["every"] or match["name"] == "*":
        return ("every", None)
    if match["index"]:
        return ("key", int(match["index"]))
    return ("key", next(each for each in (match["name"], match["single"], match["double"]) if each is not None))


def _has(item: Any, key: Any) -> bool:
    if isinstance(key, int):
        return isinstance(item, list) and -len(item) <= key < len(item)
    return isinstance(item, dict) and key in item


def _children(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []


def _descend(item: Any, key: str) -> list[Any]:
    """Every value of a name at any depth. JSON that was parsed is never deeper than the parser's own limit."""
    found: list[Any] = []
    waiting = [item]
    while waiting:
        each = waiting.pop(0)
        if key == "*":
            found += _children(each)
        elif isinstance(each, dict) and key in each:
            found.append(each[key])
        waiting += _children(each)
    return found
