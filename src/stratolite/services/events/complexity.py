"""How much a pattern with wildcards would cost AWS, which refuses those that cost too much.

AWS's engine follows a text through all wildcards of a key at once. The cost is how many beginnings of them it could
have to follow at the same time, for the worst of texts; more than ten are refused.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (its part on wildcard
complexity), and the engine's own description of its measure in https://github.com/aws/event-ruler.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

COST_MAX = 10
SETS_MAX = 2000
"""How many sets of beginnings are looked at; what needs more is let pass."""

TOO_COMPLEX = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard "
    "character"
)
_ANY = "*"
_TOKEN = re.compile(r"\\(.)|(.)", re.DOTALL)

Place = tuple[int, int]
"""A wildcard by number, and how many of its tokens have been read."""


def is_too_complex(rule: Mapping[str, Any]) -> bool:
    """Whether the wildcards of some key of a pattern cost too much."""
    return any(_costs_too_much([_tokens(text) for text in texts]) for texts in _wildcards(rule))


def _wildcards(rule: Mapping[str, Any]) -> Iterator[list[str]]:
    """The wildcards of each key that has some."""
    for value in rule.values():
        if isinstance(value, dict):
            yield from _wildcards(value)
            continue
        texts: list[str] = []
        for condition in value:
            if isinstance(condition, dict):
                refused = condition.get("anything-but")
                found = condition.get("wildcard", refused.get("wildcard", []) if isinstance(refused, dict) else [])
                listed: list[Any] = found if isinstance(found, list) else [found]
                texts += [text for text in listed if isinstance(text, str)]
                # The alternatives of ``$or`` are patterns of their own.
                yield from _wildcards({key: inner for key, inner in condition.items() if _is_pattern(inner)})
        if texts:
            yield texts


def _is_pattern(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))


def _tokens(text: str) -> list[tuple[bool, str]]:
    """(whether it is a wildcard, character) pairs."""
    return [(found[2] == _ANY, found[1] or found[2]) for found in _TOKEN.finditer(text)]


def _costs_too_much(wildcards: Sequence[Sequence[tuple[bool, str]]]) -> bool:
    alphabet = {character for tokens in wildcards for is_any, character in tokens if not is_any} | {""}
    first = frozenset((number, 0) for number in range(len(wildcards)))
    waiting, seen = [first], {first}
    while waiting and len(seen) < SETS_MAX:
        places = waiting.pop()
        for character in alphabet:
            reached = frozenset(_read(wildcards, places, character))
            if _cost(wildcards, reached) > COST_MAX:
                return True
            if reached and reached not in seen:
                seen.add(reached)
                waiting.append(reached)
    return False


def _read(wildcards: Sequence[Sequence[tuple[bool, str]]], places: frozenset[Place], character: str) -> Iterator[Place]:
    """The places after one more character; the empty one stands for all that no wildcard names."""
    for number, at in places:
        tokens = wildcards[number]
        if at and tokens[at - 1][0]:
            yield number, at
        if at == len(tokens):
            continue
        is_any, wanted = tokens[at]
        if is_any:
            yield number, at + 1
            if at + 1 < len(tokens) and tokens[at + 1][1] == character:
                yield number, at + 2
        elif wanted == character:
            yield number, at + 1


def _cost(wildcards: Sequence[Sequence[tuple[bool, str]]], places: frozenset[Place]) -> int:
    """Each place counts, and each wildcard character that may stand for nothing there."""
    ahead = sum(
        at < len(wildcards[number]) and wildcards[number][at][0] and (number, at + 1) not in places
        for number, at in places
    )
    return len(places) + ahead
