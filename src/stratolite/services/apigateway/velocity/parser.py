"""Template text to nodes: a recursive descent over the text, one pass."""

import re
from collections.abc import Callable

from stratolite.services.apigateway.velocity.expressions import DEPTH_MAX, Expressions, TemplateInvalid
from stratolite.services.apigateway.velocity.nodes import (
    Body,
    Define,
    Foreach,
    If,
    Leave,
    Literal,
    Macro,
    MacroCall,
    Node,
    Set,
)

_TEXT = re.compile(r"[^$#\\]+")
_COMMENT = re.compile(r"##[^\n]*\n?|#\*.*?\*#", re.DOTALL)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_DIRECTIVE = re.compile(r"#(?:\{([A-Za-z]+)\}|([A-Za-z_][A-Za-z0-9_]*))")
_UNPARSED = re.compile(r"#\[\[(.*?)\]\]#", re.DOTALL)
_ESCAPES = re.compile(r"\\{2,}(?=[$#]!?\{?[A-Za-z_])")
_ENDS = frozenset({"end", "else", "elseif"})


def parse(text: str) -> Body:
    """The nodes of a template. Raises TemplateInvalid."""
    parser = _Parser(text)
    body = parser.body()
    if parser.position < len(text):
        raise parser.expected("the end of the template")
    return body


class _Parser(Expressions):
    """Text and directives."""

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
            escapes = _ESCAPES.match(text, start)
            if escapes:
                # Two of them are one; one more makes text of the reference or directive that follows.
                halves, more = divmod(len(escapes.group()), 2)
                self.position = escapes.end() + more
                return Literal("\\" * halves + text[escapes.end() : self.position])
            escaped = text[start + 1 : start + 2]
            self.position += 2 if escaped in ("$", "#") else 1
            return Literal(escaped if escaped in ("$", "#") else "\\")
        if text[start] == "$":
            reference = self._reference()
            if reference is not None:
                return reference
        else:
            unparsed = _UNPARSED.match(text, start)
            if unparsed:
                self.position = unparsed.end()
                return Literal(unparsed.group(1))
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

    def interpolated(self, text: str) -> Body:
        inner = _Parser(text, self._depth)
        body = inner.body()
        if inner.position < len(text):
            raise inner.expected("the end of the string")
        return body


__all__ = ["DEPTH_MAX", "TemplateInvalid", "parse"]
