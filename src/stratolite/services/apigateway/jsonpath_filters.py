"""The conditions of JSONPath: ``@.price < 10 && @.category == 'fiction'``.

Source: https://github.com/json-path/JsonPath#filter-operators. Operators that are not here make a path that is none.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Filter = Callable[[Any], bool]
DEPTH_MAX = 20
"""How deep parentheses may be inside each other."""
MISSING = object()
"""What a path gives that names nothing."""
_OPERATOR = re.compile(r"\s*(==|!=|=~|<=|>=|<|>|(?:in|nin|contains)\b)\s*")
_AND, _OR, _CLOSE = (re.compile(rf"\s*{text}") for text in (r"&&", r"\|\|", r"\)"))
_NOT, _OPEN = re.compile(r"\s*!(?!=)"), re.compile(r"\s*\(")
_PATH = re.compile(r"\s*@((?:\.[\w$-]+|\[\s*(?:'[^']*'|\"[^\"]*\"|-?\d+)\s*\])*)")
_PART = re.compile(r"\.([\w$-]+)|\[\s*'([^']*)'\s*\]|\[\s*\"([^\"]*)\"\s*\]|\[\s*(-?\d+)\s*\]")
_TEXT = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\")")
_NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")
_WORD = re.compile(r"\s*(true|false|null)\b")
_REGEX = re.compile(r"\s*/((?:[^/\\]|\\.)*)/(i?)")
_LIST, _COMMA, _LIST_END = (re.compile(rf"\s*{text}") for text in (r"\[", ",", r"\]"))
_WORDS = {"true": True, "false": False, "null": None}

Operand = Callable[[Any], Any]


class FilterInvalid(Exception):
    """The text is no condition that is understood."""


def parse_filter(text: str, position: int) -> tuple[Filter, int]:
    """The condition that begins at a position, and where it ends. Raises FilterInvalid."""
    parser = _Parser(text, position)
    return parser.any_of(), parser.position


class _Parser:
    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self.position = position
        self._depth = 0

    def any_of(self) -> Filter:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise FilterInvalid
        conditions = [self._all_of()]
        while self._take(_OR):
            conditions.append(self._all_of())
        self._depth -= 1
        return lambda item: any(condition(item) for condition in conditions)

    def _all_of(self) -> Filter:
        conditions = [self._one()]
        while self._take(_AND):
            conditions.append(self._one())
        return lambda item: all(condition(item) for condition in conditions)

    def _one(self) -> Filter:
        is_negated = False
        while self._take(_NOT):
            is_negated = not is_negated
        condition = self._within() if self._take(_OPEN) else self._comparison()
        return (lambda item: not condition(item)) if is_negated else condition

    def _within(self) -> Filter:
        condition = self.any_of()
        if not self._take(_CLOSE):
            raise FilterInvalid
        return condition

    def _comparison(self) -> Filter:
        left = self._operand()
        found = self._take(_OPERATOR)
        if found is None:
            return lambda item: left(item) is not MISSING
        compare = _COMPARED[found[1]]
        right = self._operand()
        return lambda item: compare(left(item), right(item))

    def _operand(self) -> Operand:
        path = self._take(_PATH)
        if path is not None:
            keys = [
                int(part[4]) if part[4] else next(each for each in part.groups() if each is not None)
                for part in _PART.finditer(path[1])
            ]
            return lambda item: _below(item, keys)
        value = self._literal()
        return lambda _: value

    def _literal(self) -> Any:
        if (found := self._take(_TEXT)) is not None:
            return found[1] if found[1] is not None else found[2]
        if (found := self._take(_NUMBER)) is not None:
            return float(found[1]) if set(found[1]) & set(".eE") else int(found[1])
        if (found := self._take(_WORD)) is not None:
            return _WORDS[found[1]]
        if (found := self._take(_REGEX)) is not None:
            try:
                return re.compile(found[1], re.IGNORECASE if found[2] else 0)
            except re.error:
                raise FilterInvalid from None
        if self._take(_LIST) is None:
            raise FilterInvalid
        items: list[Any] = []
        while not self._take(_LIST_END):
            if items and not self._take(_COMMA):
                raise FilterInvalid
            self._depth += 1
            if self._depth > DEPTH_MAX:
                raise FilterInvalid
            items.append(self._literal())
            self._depth -= 1
        return items

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self.position)
        if match is not None:
            self.position = match.end()
        return match


def _below(item: Any, keys: list[str | int]) -> Any:
    for key in keys:
        if isinstance(key, int):
            if not isinstance(item, list) or not -len(item) <= key < len(item):
                return MISSING
            item = item[key]
        elif isinstance(item, dict) and key in item:
            item = item[key]
        else:
            return MISSING
    return item


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(left: Any, right: Any) -> bool:
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def ordered(left: Any, right: Any) -> bool:
        are_numbers = _is_number(left) and _is_number(right)
        return (are_numbers or (isinstance(left, str) and isinstance(right, str))) and compare(left, right)

    return ordered


def _among(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(_same(left, each) for each in right)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return _among(right, left)


def _matches(left: Any, right: Any) -> bool:
    return isinstance(left, str) and isinstance(right, re.Pattern) and right.fullmatch(left) is not None


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": _same,
    "!=": lambda left, right: not _same(left, right),
    "=~": _matches,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _among,
    "nin": lambda left, right: not _among(left, right),
    "contains": _contains,
}
