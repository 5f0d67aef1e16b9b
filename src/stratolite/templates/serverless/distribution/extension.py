"""How two descriptions of one part of a distribution become one: lists are joined, all else stays as it was first."""

from typing import Any


def extend(before: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Extend ``before``, and give it."""
    for key, value in more.items():
        old = before.get(key)
        if isinstance(old, list):
            both = [*old, *(value if isinstance(value, list) else [value])]
            before[key] = [one for index, one in enumerate(both) if one not in both[:index]]
        elif isinstance(old, dict):
            if isinstance(value, dict):
                extend(old, value)
        elif old is None:
            before[key] = value
    return before
