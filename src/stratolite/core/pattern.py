"""Content patterns: the matching that SNS filter policies, EventBridge patterns and Lambda filter criteria share.

A *pattern* is a mapping from keys to lists of *conditions* (alternatives), to further mappings, and under ``$or`` to
lists of alternative patterns. It matches a document when every key matches. Within an array of objects all keys of one
sub-pattern must match in the same element. Services parse their own dialect into these values, with their own error
texts; what is here only matches, and cannot fail.

Sources: https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Scalar = str | int | float | bool | None
Predicate = Callable[[Scalar], bool]

OR = "$or"


@dataclass(frozen=True, slots=True)
class Exists:
    """``{"exists": true|false}``: about the presence of a leaf, not about its value."""

    wanted: bool


Condition = Predicate | Exists


@dataclass(frozen=True, slots=True)
class Pattern:
    """Keys to conditions or sub-patterns, and groups of alternatives; all must match."""

    leaves: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    nested: Mapping[str, "Pattern"] = field(default_factory=dict)
    alternatives: tuple[tuple["Pattern", ...], ...] = ()


def matches(pattern: Pattern, document: Any) -> bool:
    """Whether a document (decoded JSON) matches. Arrays match when any of their elements does."""
    if isinstance(document, list):
        return any(matches(pattern, element) for element in document) if document else _absent(pattern)
    if not isinstance(document, Mapping):
        return _absent(pattern)
    return (
        all(_leaf(conditions, _values(document, key)) for key, conditions in pattern.leaves.items())
        and all(_nested(inner, document.get(key, _MISSING)) for key, inner in pattern.nested.items())
        and all(any(matches(inner, document) for inner in group) for group in pattern.alternatives)
    )


def equal(wanted: Scalar) -> Predicate:
    """The same JSON value: numbers by value, and a boolean is no number."""
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return numeric([("=", wanted)])
    kind = _kind(wanted)
    return lambda value: _kind(value) == kind and value == wanted


def prefix(text: str, *, ignore_case: bool = False) -> Predicate:
    folded = text.casefold() if ignore_case else text
    return lambda value: isinstance(value, str) and (value.casefold() if ignore_case else value).startswith(folded)


def suffix(text: str, *, ignore_case: bool = False) -> Predicate:
    folded = text.casefold() if ignore_case else text
    return lambda value: isinstance(value, str) and (value.casefold() if ignore_case else value).endswith(folded)


def equals_ignore_case(text: str) -> Predicate:
    folded = text.casefold()
    return lambda value: isinstance(value, str) and value.casefold() == folded


def wildcard(text: str) -> Predicate:
    """``*`` stands for any characters; ``\\*`` for itself."""
    parts = re.split(r"(\\.|\*)", text)
    source = "".join(".*" if part == "*" else re.escape(part[1:] if part[:1] == "\\" else part) for part in parts)
    compiled = re.compile(source, re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def numeric(bounds: Sequence[tuple[str, float]]) -> Predicate:
    """Every bound holds: ``[(">=", 0), ("<", 10)]``. Numbers are told apart by six digits after the point.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (its part on
    numeric matching).
    """
    places = [(_COMPARE[sign], _place(limit)) for sign, limit in bounds]

    def holds(value: Scalar) -> bool:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        place = _place(value)
        return all(compare(place, limit) for compare, limit in places)

    return holds


def cidr(text: str) -> Predicate:
    """An IP address of a network, from the one that ``text`` names upwards: ``10.0.0.5/24`` begins with its fifth.

    Raises ValueError when ``text`` is no network.
    """
    lowest = ipaddress.ip_interface(text)

    def inside(value: Scalar) -> bool:
        if not isinstance(value, str):
            return False
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return False
        return address in lowest.network and int(address) >= int(lowest.ip)

    return inside


def anything_but(refused: Sequence[Predicate]) -> Predicate:
    """A value that none of the predicates accepts."""
    return lambda value: not any(predicate(value) for predicate in refused)


def nest(document: Any) -> Any:
    """A key with dots is the same as nested keys: ``{"a.b": 1}`` reads as ``{"a": {"b": 1}}``."""
    if isinstance(document, list):
        return [nest(element) for element in document]
    if not isinstance(document, dict):
        return document
    result: dict[str, Any] = {}
    for key, value in document.items():
        *path, last = key.split(".") if key.strip(".") else [key]
        inner = nest(value)
        for part in [last, *reversed(path)]:
            inner = {part: inner}
        _add(result, inner)
    return result


def _add(known: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Adds members to an object: what both have as objects is one object, else the later one stays."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(known.get(key), dict):
            _add(known[key], value)
        else:
            known[key] = value


_MISSING = object()
_COMPARED_MAX = 5_000_000_000
_PARTS = 1_000_000
"""Up to five billion, numbers are compared by their millionths; beyond, as they are."""


def _place(value: float) -> float:
    place = _PARTS * (_COMPARED_MAX + value)
    return int(place) if -_COMPARED_MAX <= value <= _COMPARED_MAX else place


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda value, limit: value == limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}


def _kind(value: Scalar) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _values(document: Mapping[str, Any], key: str) -> list[Scalar] | None:
    """The scalars that a leaf has, arrays flattened; None when there is no such leaf."""
    value = document.get(key, _MISSING)
    if value is _MISSING or isinstance(value, Mapping):
        return None
    if not isinstance(value, list):
        return [value]
    flat: list[Scalar] = []
    waiting = list(value)
    while waiting:
        element = waiting.pop(0)
        if isinstance(element, list):
            waiting[:0] = element
        elif not isinstance(element, Mapping):
            flat.append(element)
    return flat


def _leaf(conditions: Sequence[Condition], values: list[Scalar] | None) -> bool:
    for condition in conditions:
        if isinstance(condition, Exists):
            if condition.wanted == bool(values):
                return True
        elif values and any(condition(value) for value in values):
            return True
    return False


def _nested(pattern: Pattern, document: Any) -> bool:
    return _absent(pattern) if document is _MISSING else matches(pattern, document)


def _absent(pattern: Pattern) -> bool:
    """Whether a pattern matches where there is nothing: only when all that it asks is absence."""
    return (
        all(any(isinstance(c, Exists) and not c.wanted for c in conditions) for conditions in pattern.leaves.values())
        and all(_absent(inner) for inner in pattern.nested.values())
        and all(any(_absent(inner) for inner in group) for group in pattern.alternatives)
    )
