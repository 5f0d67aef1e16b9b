"""Space-delimited messages: ``[ip, user, ..., status = 4*, bytes > 1000]``.

Words in brackets or quotation marks are one column. A message matches when it has as many columns as the pattern
(``...`` stands for any number) and every condition holds.
"""

import re
from collections.abc import Callable, Sequence

from stratolite.services.logs.filters.values import Predicate, equals, invalid, ordered, regex, unquote

COLUMNS_MAX = 1024
_FIELD = re.compile(r'"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)')
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|%[^%]*%|[^,"%]+|,')
_CONDITION = re.compile(r'\s*(\w+)\s*(!=|<=|>=|=|<|>)\s*("(?:[^"\\]|\\.)*"|%[^%]*%|[^\s&|]+)\s*')
_JOIN = re.compile(r"&&|\|\|")
ELLIPSIS = "..."


def column_matcher(text: str) -> Callable[[str], bool]:
    """A predicate over messages. Raises InvalidParameterException."""
    if not text.endswith("]"):
        raise invalid(text)
    if not text[1:-1].strip():
        # No column is asked for: AWS takes it, and everything has that.
        return lambda message: True
    names = _split(text[1:-1])
    if len(names) > COLUMNS_MAX or names.count(ELLIPSIS) > 1 or "" in names:
        raise invalid(text)
    skip = names.index(ELLIPSIS) if ELLIPSIS in names else None
    columns = [_column(name, text) for name in names if name != ELLIPSIS]

    def matches(message: str) -> bool:
        fields = [_value(field) for field in _FIELD.finditer(message)]
        chosen = _chosen(fields, len(columns), skip)
        return chosen is not None and all(holds(field) for holds, field in zip(columns, chosen, strict=True))

    return matches


def _split(inner: str) -> list[str]:
    names = [""]
    for piece in _PIECE.findall(inner):
        if piece == ",":
            names.append("")
        else:
            names[-1] += piece
    return [name.strip() for name in names]


def _chosen(fields: Sequence[str], count: int, skip: int | None) -> Sequence[str] | None:
    if skip is None:
        return fields if len(fields) == count else None
    if len(fields) < count:
        return None
    tail = count - skip
    return [*fields[:skip], *fields[len(fields) - tail :]]


def _value(field: re.Match[str]) -> str:
    return next((group for group in field.groups() if group is not None), "")


def _column(text: str, pattern: str) -> Predicate:
    """``name``, ``name = value`` or several of those joined by ``&&`` and ``||`` (and binds tighter)."""
    if re.fullmatch(r"\w+", text):
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
