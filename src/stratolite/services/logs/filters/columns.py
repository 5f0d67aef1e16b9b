"""Space-delimited messages: ``[ip, user, ..., status = 4*, bytes > 1000]``.

Words in brackets or quotation marks are one column. A message matches when it has as many columns as the pattern
(``...`` stands for any number) and every condition holds. A comma at the end stands for a column without a name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from stratolite.services.logs.filters.values import Predicate, equals, invalid, ordered, regex, unquote

COLUMNS_MAX = 1024
_FIELD = re.compile(r'"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)')
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|%[^%]*%|[^,"%]+|,')
_CONDITION = re.compile(r'\s*(\w+)\s*(!=|<=|>=|=|<|>)\s*("(?:[^"\\]|\\.)*"|%[^%]*%|[^\s&|]+)\s*')
_JOIN = re.compile(r"&&|\|\|")
_NAME = re.compile(r"\w+")
_SELECTOR = re.compile(r"\$\w+")
ELLIPSIS = "..."


class Columns(NamedTuple):
    """The columns of a message that matches."""

    named: Mapping[str, str]
    """By name, ``$ip``; those that the pattern has no name for by place, ``$3``."""
    fields: Sequence[str]


def column_reader(text: str) -> Callable[[str], Columns | None]:
    """Gives the columns of a message that matches, None for others. Raises InvalidParameterException."""
    if not text.endswith("]"):
        raise invalid(text)
    if not text[1:-1].strip():
        # No column is asked for: AWS takes it, and everything has that.
        return lambda message: Columns({}, ())
    names = _split(text[1:-1])
    if len(names) > COLUMNS_MAX or names.count(ELLIPSIS) > 1 or "" in names[:-1]:
        raise invalid(text)
    skip = names.index(ELLIPSIS) if ELLIPSIS in names else None
    columns = [name for name in names if name != ELLIPSIS]
    conditions = [_column(name, text) for name in columns]
    labels = [_NAME.match(name) for name in columns]

    def read(message: str) -> Columns | None:
        fields = [_value(field) for field in _FIELD.finditer(message)]
        places = _chosen(len(fields), len(columns), skip)
        if places is None or not all(holds(fields[place]) for holds, place in zip(conditions, places, strict=True)):
            return None
        named = {place: f"${label.group()}" for label, place in zip(labels, places, strict=True) if label}
        return Columns({named.get(place, f"${place + 1}"): field for place, field in enumerate(fields)}, fields)

    return read


def column_field(selector: str) -> Callable[[Columns], str | None] | None:
    """Gives the column that ``$name`` or ``$1`` stands for, None where there is none; None for what is no selector."""
    if not _SELECTOR.fullmatch(selector):
        return None
    place = int(selector[1:]) - 1 if selector[1:].isdecimal() else -1

    def field(columns: Columns) -> str | None:
        found = columns.named.get(selector)
        if found is None and 0 <= place < len(columns.fields):
            return columns.fields[place]
        return found

    return field


def _split(inner: str) -> list[str]:
    names = [""]
    for piece in _PIECE.findall(inner):
        if piece == ",":
            names.append("")
        else:
            names[-1] += piece
    return [name.strip() for name in names]


def _chosen(found: int, count: int, skip: int | None) -> Sequence[int] | None:
    """The places of the columns that a pattern speaks of, among those that were found."""
    if skip is None:
        return range(count) if found == count else None
    if found < count:
        return None
    return [*range(skip), *range(found - (count - skip), found)]


def _value(field: re.Match[str]) -> str:
    return next((group for group in field.groups() if group is not None), "")


def _column(text: str, pattern: str) -> Predicate:
    """``name``, ``name = value`` or several of those joined by ``&&`` and ``||`` (and binds tighter)."""
    if not text or _NAME.fullmatch(text):
        return lambda value: True
    alternatives: list[list[Predicate]] = [[]]
    position = 0
    while True:
        condition = _CONDITION.match(text, position)
        if condition is None:
            raise invalid(pattern)
        alternatives[-1].append(_compare(condition.group(2), condition.group(3), pattern))
        position = condition.end()
        if position == len(text):
            break
        join = _JOIN.match(text, position)
        if join is None:
            raise invalid(pattern)
        if join.group() == "||":
            alternatives.append([])
        position = join.end()
    return lambda value: any(all(holds(value) for holds in group) for group in alternatives)


def _compare(sign: str, word: str, pattern: str) -> Predicate:
    if sign not in ("=", "!="):
        return ordered(sign, word, pattern)
    if word.startswith("%"):
        compiled = regex(word[1:-1], pattern)
        holds: Predicate = lambda value: compiled.search(value) is not None  # noqa: E731
    elif word.startswith('"'):
        holds = equals(unquote(word), is_quoted=True)
    else:
        holds = equals(word, is_quoted=False)
    return holds if sign == "=" else lambda value: not holds(value)
