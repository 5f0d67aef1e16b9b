"""References and expressions of templates: what may stand between a directive's parentheses."""

import re
from abc import ABC, abstractmethod

from stratolite.services.apigateway.velocity.nodes import (
    Body,
    Interpolated,
    ListLiteral,
    Literal,
    MapLiteral,
    Member,
    Node,
    Operation,
    Range,
    Reference,
)

DEPTH_MAX = 100
"""How deep blocks and expressions may nest."""

_REFERENCE = re.compile(r"\$!?(\{?)([A-Za-z_][A-Za-z0-9_-]*)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SINGLE = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_LINE_END = re.compile(r"[ \t]*\r?\n")
_NOT = re.compile(r"!|not\b")
_OPERATORS: tuple[re.Pattern[str], ...] = (
    re.compile(r"(\|\||or\b)"),
    re.compile(r"(&&|and\b)"),
    re.compile(r"(==|!=|eq\b|ne\b)"),
    re.compile(r"(<=|>=|<|>|le\b|ge\b|lt\b|gt\b)"),
    re.compile(r"([+-])"),
    re.compile(r"([*/%])"),
)
_WORDS = {
    "or": "||",
    "and": "&&",
    "eq": "==",
    "ne": "!=",
    "le": "<=",
    "ge": ">=",
    "lt": "<",
    "gt": ">",
}


class TemplateInvalid(Exception):
    """The text is no template. The message says what was expected and where."""


class Expressions(ABC):
    """Reads references and expressions at ``position`` of a text, and moves it behind them."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.position = 0
        self._depth = depth

    @abstractmethod
    def interpolated(self, text: str) -> Body:
        """The nodes of a string in double quotes, which is a template itself."""

    # References ----------------------------------------------------------------------------------------------

    def _plain_reference(self) -> str:
        self._space()
        reference = self._reference()
        if reference is None or reference.members:
            raise self.expected("a reference")
        return reference.name

    def _reference(self) -> Reference | None:
        self._space_in_directive()
        match = _REFERENCE.match(self.text, self.position)
        if match is None:
            return None
        start = self.position
        self.position = match.end()
        members: list[Member] = []
        while (member := self._member()) is not None:
            members.append(member)
        if match.group(1):
            if not self.text.startswith("}", self.position):
                self.position = start
                return None
            self.position += 1
        return Reference(match.group(2), tuple(members))

    def _member(self) -> Member | None:
        text = self.text
        if text.startswith("[", self.position):
            start = self.position
            self.position += 1
            try:
                index = self._expression()
                self._open("]")
            except TemplateInvalid:
                # Text that only looks like an index, as in "$name[...".
                self.position = start
                return None
            return Member("", (index,))
        if not text.startswith(".", self.position):
            return None
        match = _IDENTIFIER.match(text, self.position + 1)
        if match is None:
            return None
        self.position = match.end()
        if not text.startswith("(", self.position):
            return Member(match.group())
        self.position += 1
        return Member(match.group(), self._list(")"))

    # Expressions ---------------------------------------------------------------------------------------------

    def _expression(self, level: int = 0) -> Node:
        if level == len(_OPERATORS):
            return self._unary()
        self._enter()
        left = self._expression(level + 1)
        while True:
            self._space()
            match = _OPERATORS[level].match(self.text, self.position)
            if match is None:
                self._depth -= 1
                return left
            self.position = match.end()
            operator = _WORDS.get(match.group(1), match.group(1))
            left = Operation(operator, left, self._expression(level + 1))

    def _unary(self) -> Node:
        self._space()
        match = _NOT.match(self.text, self.position)
        if match:
            self._enter()
            self.position = match.end()
            operand = self._unary()
            self._depth -= 1
            return Operation("!", None, operand)
        return self._primary()

    def _primary(self) -> Node:
        self._space()
        text, start = self.text, self.position
        if text.startswith("$", start):
            reference = self._reference()
            if reference is None:
                raise self.expected("a reference")
            return reference
        if text.startswith("(", start):
            self.position += 1
            inner = self._expression()
            self._open(")")
            return inner
        if text.startswith("[", start):
            self.position += 1
            return self._list_or_range()
        if text.startswith("{", start):
            self.position += 1
            return self._map()
        return self._constant()

    def _constant(self) -> Node:
        text, start = self.text, self.position
        if match := _NUMBER.match(text, start):
            self.position = match.end()
            return Literal(float(match.group()) if "." in match.group() else int(match.group()))
        if match := _SINGLE.match(text, start):
            self.position = match.end()
            return Literal(match.group(1))
        if match := _DOUBLE.match(text, start):
            self.position = match.end()
            return Interpolated(self.interpolated(match.group(1).replace('\\"', '"')))
        match = _IDENTIFIER.match(text, start)
        if match and match.group() in ("true", "false", "null"):
            self.position = match.end()
            return Literal({"true": True, "false": False, "null": None}[match.group()])
        raise self.expected("a value")

    def _list_or_range(self) -> Node:
        items = self._list("]", range_allowed=True)
        if len(items) == 1 and isinstance(items[0], Range):
            return items[0]
        return ListLiteral(items)

    def _list(self, end: str, *, range_allowed: bool = False) -> Body:
        items: list[Node] = []
        self._space()
        while not self.text.startswith(end, self.position):
            item = self._expression()
            self._space()
            if range_allowed and not items and self.text.startswith("..", self.position):
                self.position += 2
                item = Range(item, self._expression())
            items.append(item)
            self._space()
            if self.text.startswith(",", self.position):
                self.position += 1
                self._space()
            elif not self.text.startswith(end, self.position):
                raise self.expected(f"{end} or ,")
        self.position += 1
        return tuple(items)

    def _map(self) -> Node:
        entries: list[tuple[Node, Node]] = []
        self._space()
        while not self.text.startswith("}", self.position):
            key = self._expression()
            self._open(":")
            entries.append((key, self._expression()))
            self._space()
            if self.text.startswith(",", self.position):
                self.position += 1
                self._space()
            elif not self.text.startswith("}", self.position):
                raise self.expected("} or ,")
        self.position += 1
        return MapLiteral(tuple(entries))

    # Small steps ---------------------------------------------------------------------------------------------

    def _space(self) -> None:
        match = _SPACE.match(self.text, self.position)
        assert match is not None
        self.position = match.end()

    def _space_in_directive(self) -> None:
        if not self.text.startswith("$", self.position):
            self._space()

    def _open(self, token: str) -> None:
        self._space()
        if not self.text.startswith(token, self.position):
            raise self.expected(token)
        self.position += len(token)

    def _line_end(self) -> None:
        match = _LINE_END.match(self.text, self.position)
        if match:
            self.position = match.end()

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise TemplateInvalid(f"The template nests deeper than {DEPTH_MAX} levels.")

    def expected(self, what: str) -> TemplateInvalid:
        """What was expected, and where."""
        line = self.text.count("\n", 0, self.position) + 1
        column = self.position - self.text.rfind("\n", 0, self.position)
        return TemplateInvalid(f"line {line}, column {column}: expected {what}")
