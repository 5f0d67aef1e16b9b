"""The grammar of variables. Sans I/O: a text becomes parts, each a text or a variable with its sources.

What does not look like a variable (``${AWS::Region}``, ``${Table}``, ``${Table.Arn}``) stays a text, since
CloudFormation's Fn::Sub uses the same signs. ``\\${`` writes a literal ``${``.
"""

import re
from dataclasses import dataclass
from typing import Any

NESTING_MAX = 16

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_LITERAL = re.compile(r"(true|false|null|-?\d+(?:\.\d+)?)(?=\s*[,}])")
_SPACE = re.compile(r"\s*")
_LITERALS = {"true": True, "false": False, "null": None}


class Malformed(ValueError):
    """A text that begins as a variable and does not end as one. ``offset`` counts characters from its beginning."""

    def __init__(self, problem: str, offset: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Literal:
    """A quoted text, a number, a boolean or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Source:
    """``name(params):address``. Both may contain variables themselves; None means that they are not written."""

    name: str
    params: "Parts | None"
    address: "Parts | None"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: the sources to ask, in order. ``text`` is how it was written."""

    choices: "tuple[Source | Literal | Variable, ...]"
    text: str


Parts = tuple[str | Variable, ...]


def parse(text: str) -> Parts:
    """The parts of a text, in order; adjacent texts joined, escapes resolved. Raises Malformed."""
    parts, end = _Parser(text).parts(0, "", 0)
    assert end == len(text)
    return parts


def has_variables(text: str) -> bool:
    """Whether parsing could change a text at all."""
    return "${" in text


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text

    def parts(self, start: int, stops: str, depth: int) -> tuple[Parts, int]:
        """Parts from ``start`` up to one of the stop characters or the end; and where that is."""
        found: list[str | Variable] = []
        plain: list[str] = []
        position = start
        text = self._text
        while position < len(text) and text[position] not in stops:
            if text[position] == "\\":
                position = self._backslashes(position, plain)
                continue
            variable = self._variable(position, depth) if text.startswith("${", position) else None
            if variable is None:
                plain.append(text[position])
                position += 1
                continue
            if plain:
                found.append("".join(plain))
                plain.clear()
            found.append(variable[0])
            position = variable[1]
        if plain:
            found.append("".join(plain))
        return tuple(found), position

    def _backslashes(self, position: int, plain: list[str]) -> int:
        end = position
        while end < len(self._text) and self._text[end] == "\\":
            end += 1
        count = end - position
        if not self._text.startswith("${", end):
            plain.append("\\" * count)
            return end
        plain.append("\\" * (count // 2))
        if count % 2:
            plain.append("${")
            return end + 2
        return end

    def _variable(self, start: int, depth: int) -> tuple[Variable, int] | None:
        """The variable at ``start``, and where it ends; None when this is no variable."""
        if depth > NESTING_MAX:
            raise Malformed(f"variables are nested more than {NESTING_MAX} deep", start)
        position = start + 2
        choices: list[Source | Literal | Variable] = []
        while True:
            position = self._skip(position)
            first = not choices
            found = self._source(position, depth) if first else self._fallback(position, depth)
            if found is None:
                return None
            choice, position = found
            choices.append(choice)
            position = self._skip(position)
            sign = self._text[position : position + 1]
            if sign == "}":
                return Variable(tuple(choices), self._text[start : position + 1]), position + 1
            if sign != ",":
                problem = "has no closing brace" if not sign else f"has an unexpected {sign!r}"
                raise Malformed(f"the variable {self._text[start : position + 1]!r} {problem}", start)
            position += 1

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        assert match is not None
        return match.end()

    def _source(self, start: int, depth: int) -> tuple[Source, int] | None:
        name = _NAME.match(self._text, start)
        if name is None:
            return None
        position = name.end()
        params: Parts | None = None
        if self._text.startswith("(", position):
            params, position = self.parts(position + 1, ")", depth + 1)
            if position >= len(self._text):
                raise Malformed(f"the source {name[0]!r} has no closing parenthesis", start)
            position += 1
        if self._text.startswith("::", position):
            return None
        if not self._text.startswith(":", position):
            return None if params is None else (Source(name[0], params, None), position)
        address, position = self.parts(position + 1, ",}", depth + 1)
        return Source(name[0], params, _stripped(address)), position

    def _fallback(self, start: int, depth: int) -> tuple[Source | Literal | Variable, int]:
        text = self._text
        if text[start : start + 1] in ("'", '"'):
            return self._quoted(start)
        literal = _LITERAL.match(text, start)
        if literal is not None:
            word = literal[1]
            value = _LITERALS[word] if word in _LITERALS else (float(word) if "." in word else int(word[:400]))
            return Literal(value), literal.end()
        found = self._variable(start, depth + 1) if text.startswith("${", start) else self._source(start, depth)
        if found is None:
            end = min((at for at in (text.find(sign, start) for sign in ",}") if at >= 0), default=len(text))
            word = text[start:end].strip()
            raise Malformed(f"the fallback {word!r} is neither a source (such as self:x) nor a text in quotes", start)
        return found

    def _quoted(self, start: int) -> tuple[Literal, int]:
        quote = self._text[start]
        value: list[str] = []
        position = start + 1
        while position < len(self._text):
            sign = self._text[position]
            if sign == "\\" and self._text[position + 1 : position + 2] in (quote, "\\"):
                value.append(self._text[position + 1])
                position += 2
                continue
            if sign == quote:
                return Literal("".join(value)), position + 1
            value.append(sign)
            position += 1
        raise Malformed("a text in quotes is not closed", start)


def _stripped(parts: Parts) -> Parts:
    if parts and isinstance(parts[-1], str):
        last = parts[-1].rstrip()
        return (*parts[:-1], last) if last else parts[:-1]
    return parts
