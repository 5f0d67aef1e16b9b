"""JSONPath as mapping templates and expressions use it, in the dialect of Jayway's library, which API Gateway has.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html,
https://github.com/json-path/JsonPath. Filters (``[?(...)]``) are read by ``jsonpath_filters.py``.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from stratolite.services.apigateway.jsonpath_filters import Filter, FilterInvalid, parse_filter

PATH_LENGTH_MAX = 1024
PATHS_CACHED_MAX = 512
_QUOTED = r"'[^']*'|\"[^\"]*\""
_STEP = re.compile(
    r"(?P<descend>\.\.)(?P<deep>[\w-]+|\*)"
    r"|\.(?P<function>[a-z]+)\(\)$"
    r"|\.(?P<name>[\w$-]+|\*)"
    rf"|\[\s*(?P<names>(?:{_QUOTED})(?:\s*,\s*(?:{_QUOTED}))*)\s*\]"
    r"|\[\s*(?P<slice>-?\d*\s*:\s*-?\d*)\s*\]"
    r"|\[\s*(?P<indexes>-?\d+(?:\s*,\s*-?\d+)*)\s*\]"
    r"|\[\s*(?P<every>\*)\s*\]"
)
_FILTER = re.compile(r"(?P<descend>\.\.)?\[\s*\?\s*\(")
_FILTER_END = re.compile(r"\s*\)\s*\]")

Step = tuple[str, Any]
"""What is done to each value, and with what."""


def find(value: Any, path: str) -> Any:
    """What a path names: one value, or a list when the path may have several; None when there is nothing, or the path
    is none."""
    steps = _steps(path)
    if steps is None:
        return None
    found, many = [value], False
    for kind, key in steps:
        if kind == "function":
            return _FUNCTIONS[key](found if many else found[0] if found else None)
        many = many or kind in _MANY
        found = [each for item in found for each in _TAKEN[kind](item, key)]
    if many:
        return found
    return found[0] if found else None


@lru_cache(PATHS_CACHED_MAX)
def _steps(path: str) -> list[Step] | None:
    if len(path) > PATH_LENGTH_MAX:
        return None
    position = 1 if path[:1] == "$" else 0
    if position == 0 and path[:1] not in (".", "["):
        path = f".{path}" if path else path
    steps: list[Step] = []
    while position < len(path):
        opened = _FILTER.match(path, position)
        if opened is not None:
            try:
                condition, position = parse_filter(path, opened.end())
            except FilterInvalid:
                return None
            closed = _FILTER_END.match(path, position)
            if closed is None:
                return None
            steps.append(("deep filter" if opened["descend"] else "filter", condition))
            position = closed.end()
            continue
        match = _STEP.match(path, position)
        if match is None or (match["function"] and match["function"] not in _FUNCTIONS):
            return None
        steps.append(_step(match))
        position = match.end()
    return steps


def _step(match: re.Match[str]) -> Step:
    if match["descend"]:
        return "descend", match["deep"]
    if match["function"]:
        return "function", match["function"]
    if match["every"] or match["name"] == "*":
        return "every", None
    if match["slice"]:
        first, _, last = match["slice"].partition(":")
        return "slice", slice(*(int(each) if each.strip() else None for each in (first, last)))
    if match["indexes"]:
        indexes = [int(each) for each in match["indexes"].split(",")]
        return ("key", indexes[0]) if len(indexes) == 1 else ("indexes", indexes)
    if match["names"]:
        names = [each[1:-1] for each in re.findall(_QUOTED, match["names"])]
        return ("key", names[0]) if len(names) == 1 else ("names", names)
    return "key", match["name"]


def _has(item: Any, key: Any) -> bool:
    if isinstance(key, int):
        return isinstance(item, list) and -len(item) <= key < len(item)
    return isinstance(item, dict) and key in item


def _children(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []


def _everything(item: Any) -> list[Any]:
    """A value and all below it. JSON that was parsed is never deeper than the parser's own limit."""
    found: list[Any] = []
    waiting = [item]
    while waiting:
        each = waiting.pop(0)
        found.append(each)
        waiting += _children(each)
    return found


def _descend(item: Any, key: str) -> list[Any]:
    """Every value of a name at any depth."""
    found: list[Any] = []
    for each in _everything(item):
        if key == "*":
            found += _children(each)
        elif isinstance(each, dict) and key in each:
            found.append(each[key])
    return found


def _filtered(item: Any, condition: Filter) -> list[Any]:
    """The elements of a list for which a condition holds; an object itself, when it holds for that."""
    candidates = item if isinstance(item, list) else [item] if isinstance(item, dict) else []
    return [each for each in candidates if condition(each)]


_TAKEN: Mapping[str, Callable[[Any, Any], list[Any]]] = {
    "descend": _descend,
    "every": lambda item, _: _children(item),
    "filter": _filtered,
    "deep filter": lambda item, condition: [
        found for each in _everything(item) if isinstance(each, list) for found in _filtered(each, condition)
    ],
    "indexes": lambda item, keys: [item[key] for key in keys if _has(item, key)],
    "key": lambda item, key: [item[key]] if _has(item, key) else [],
    "names": lambda item, keys: [{key: item[key] for key in keys if key in item}] if isinstance(item, dict) else [],
    "slice": lambda item, wanted: item[wanted] if isinstance(item, list) else [],
}
_MANY = frozenset({"descend", "every", "filter", "deep filter", "indexes", "slice"})
"""Steps after which there may be several values."""


def _length(value: Any) -> Any:
    return len(value) if isinstance(value, list | dict | str) else None


def _numbers(value: Any) -> list[float]:
    items = value if isinstance(value, list) else []
    return [each for each in items if isinstance(each, int | float) and not isinstance(each, bool)]


_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "avg": lambda value: sum(found) / len(found) if (found := _numbers(value)) else None,
    "keys": lambda value: list(value) if isinstance(value, dict) else None,
    "length": _length,
    "max": lambda value: max(_numbers(value), default=None),
    "min": lambda value: min(_numbers(value), default=None),
    "size": _length,
    "sum": lambda value: sum(found) if (found := _numbers(value)) else None,
}
"""What may stand at the end of a path."""
