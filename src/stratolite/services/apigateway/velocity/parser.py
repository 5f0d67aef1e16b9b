"""Template text to nodes: a recursive descent over the text, one pass."""

import re
from collections.abc import Callable

from stratolite.services.apigateway.velocity.nodes import (
    Body,
    Define,
    Foreach,
    If,
    Interpolated,
    Leave,
    ListLiteral,
    Literal,
    Macro,
    MacroCall,
    MapLiteral,
    Member,
    Node,
    Operation,
    Range,
    Reference,
    Set,
)

DEPTH_MAX = 100
"""How deep blocks and expressions may nest."""

_TEXT = re.compile(r"[^$#\\]+")
_COMMENT = re.compile(r"##[^\n]*\n?|#\*.*?\*#", re.DOTALL)
_REFERENCE = re.compile(r"\$!?(\{?)([A-Za-z_][A-Za-z0-9_-]*)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_DIRECTIVE = re.compile(r"#(?:\{([A-Za-z]+)\}|([A-Za-z_][A-Za-z0-9_]*))")
_LINE_END = re.compile(r"[ \t]*\r?\n")
_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SINGLE = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
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
_ENDS = frozenset({"end", "else", "elseif"})


class TemplateInvalid(Exception):
    """The text is no template. The message says what was expected and where."""


def parse(text: str) -> Body:
    """The nodes of a template. Raises TemplateInvalid."""
    parser = _Parser(text)
    body = parser.body()
    if parser.position < len(text):
        raise parser.expected("the end of the template")
    return body


class _Parser:
    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.position = 0
        self._depth = depth

    # Text and directives ---------------------------------------------------------------------------------------

    def body(self) -> Body:
        """Nodes up to the end, or up to a directive that ends a block."""
        self._enter()
        nodes: list[Node] = []
        while self.position < len(self.text):
            if self._peek_directive() in _ENDS:
                break
            nodes.append(self._node())
        self._depth -= 1
        return tuple(nodes)

    def _node(self) -> Node:
        text, start = self.text, self.position
        match = _TEXT.match(text, start)
        if match:
            self.position = match.end()
            return Literal(match.group())
        if text[start] == "\\":
            escaped = text[start + 1 : start + 2]
            self.position += 2 if escaped in ("$", "#") else 1
            return Literal(escaped if escaped in ("$", "#") else "\\")
        if text[start] == "$":
            reference = self._reference()
            if reference is not None:
                return reference
        else:
            comment = _COMMENT.match(text, start)
            if comment:
                self.position = comment.end()
                return Literal("")
            directive = self._directive()
            if directive is not None:
                return directive
        self.position = start + 1
        return Literal(text[start])

    def _peek_directive(self) -> str:
        match = _DIRECTIVE.match(self.text, self.position)
        return (match.group(1) or match.group(2)) if match else ""

    def _directive(self) -> Node | None:
        match = _DIRECTIVE.match(self.text, self.position)
        if match is None:
            return None
        name = match.group(1) or match.group(2)
        known: dict[str, Callable[[], Node]] = {
            "set": self._set,
            "if": self._if,
            "foreach": self._foreach,
            "define": self._define,
            "macro": self._macro,
            "stop": lambda: self._leave(everything=True),
            "break": lambda: self._leave(everything=False),
        }
        start = self.position
        self.position = match.end()
        if name in known:
            return known[name]()
        if self.text[self.position : self.position + 1] != "(":
            self.position = start
            return None
        self.position += 1
        arguments = self._macro_arguments()
        return MacroCall(name, arguments, self.text[start : self.position])

    def _set(self) -> Node:
        self._open("(")
        target = self._reference()
        if target is None:
            raise self.expected("a reference")
        self._open("=")
        value = self._expression()
        self._open(")")
        self._line_end()
        return Set(target, value)

    def _if(self) -> Node:
        branches: list[tuple[Node, Body]] = []
        condition: Node = self._condition()
        while True:
            branches.append((condition, self.body()))
            match = _DIRECTIVE.match(self.text, self.position)
            if match is None:
                raise self.expected("#end")
            self.position = match.end()
            name = match.group(1) or match.group(2)
            if name == "end":
                self._line_end()
                return If(tuple(branches))
            if name == "elseif":
                condition = self._condition()
            else:
                self._line_end()
                condition = Literal(True)

    def _condition(self) -> Node:
        self._open("(")
        condition = self._expression()
        self._open(")")
        self._line_end()
        return condition

    def _foreach(self) -> Node:
        self._open("(")
        name = self._plain_reference()
        self._space()
        if not self.text.startswith("in", self.position):
            raise self.expected("in")
        self.position += 2
        items = self._expression()
        self._open(")")
        self._line_end()
        return Foreach(name, items, self._block())

    def _define(self) -> Node:
        self._open("(")
        name = self._plain_reference()
        self._open(")")
        self._line_end()
        return Define(name, self._block())

    def _macro(self) -> Node:
        self._open("(")
        self._space()
        match = _IDENTIFIER.match(self.text, self.position)
        if match is None:
            raise self.expected("a name")
        self.position = match.end()
        parameters = []
        while True:
            self._space()
            if self.text.startswith(")", self.position):
                break
            parameters.append(self._plain_reference())
        self.position += 1
        self._line_end()
        return Macro(match.group(), tuple(parameters), self._block())

    def _macro_arguments(self) -> Body:
        arguments: list[Node] = []
        while True:
            self._space()
            if self.text.startswith(")", self.position):
                self.position += 1
                return tuple(arguments)
            if self.text.startswith(",", self.position):
                self.position += 1
                continue
            arguments.append(self._primary())

    def _leave(self, *, everything: bool) -> Node:
        self._line_end()
        return Leave(everything)

    def _block(self) -> Body:
        body = self.body()
        if self._peek_directive() != "end":
            raise self.expected("#end")
        match = _DIRECTIVE.match(self.text, self.position)
        assert match is not None
        self.position = match.end()
        self._line_end()
        return body

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
        match = re.compile(r"!|not\b").match(self.text, self.position)
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
            return Interpolated(_interpolated(match.group(1).replace('\\"', '"'), self._depth))
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


def _interpolated(text: str, depth: int) -> Body:
    parser = _Parser(text, depth)
    body = parser.body()
    if parser.position < len(text):
        raise parser.expected("the end of the string")
    return body
