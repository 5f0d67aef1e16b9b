"""The grammar of variables. Sans I/O: a text becomes parts, each a text or a variable with its sources.

What does not look like a variable (``${AWS::Region}``, ``${Table}``, ``${Table.Arn}``) stays a text, since
CloudFormation's Fn::Sub uses the same signs; a variable inside of it is one all the same. ``\\${`` writes a literal
``${``. A variable begins with a source in small letters directly after the brace; fallbacks follow after commas, and a
literal can only be the last.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from stratolite.templates.javascript import numeral

NESTING_MAX = 32
CHARACTERS_MAX = 1_000_000

_TYPE_START = frozenset("abcdefghijklmnopqrstuvwxyz")
_WORD = re.compile(r"[a-zA-Z0-9.-]*")
_WORD_OR_SPACE = re.compile(r"[a-zA-Z0-9. -]*")
_TYPE = re.compile(r"[a-z][a-zA-Z0-9]*(\.[a-zA-Z0-9-]+)?$")
_SPACES = re.compile(" *")
_TRIMMED = " \t\n\r\v\f\u00a0\ufeff"


class Malformed(ValueError):
    """A text that begins as a variable and does not end as one. The message is the Serverless Framework's."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out: a text, a number, a boolean or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Source:
    """``name(params):address``. An address or a parameter is a literal, or parts where it has variables of its own."""

    name: str
    params: "tuple[Given, ...] | None"
    address: "Given | None"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: the sources to ask, in order."""

    choices: "tuple[Source | Literal, ...]"


Parts = tuple[str | Variable, ...]
Given = Literal | Parts


def parse(text: str) -> Parts:
    """The parts of a text, in order; adjacent texts joined, escapes resolved. Raises Malformed."""
    if "${" not in text:
        return (text,) if text else ()
    if len(text) > CHARACTERS_MAX:
        raise Malformed(f"a text with variables has at most {CHARACTERS_MAX} characters")
    return _Parser(text).outside()


class _Row:
    """Parts in the making."""

    def __init__(self) -> None:
        self.parts: list[str | Variable] = []

    def add(self, part: str | Variable) -> None:
        if isinstance(part, str) and self.parts and isinstance(self.parts[-1], str):
            self.parts[-1] += part
        elif part != "":
            self.parts.append(part)

    def trimmed(self) -> Parts:
        if self.parts and isinstance(self.parts[-1], str):
            last = self.parts.pop()
            assert isinstance(last, str)
            self.add(last.rstrip(_TRIMMED))
        return tuple(self.parts)


class _Parser:
    """Positions are indexes into the text; each method gives where it ended."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._depth = 0

    def _at(self, position: int) -> str:
        return self._text[position : position + 1]

    def outside(self) -> Parts:
        row = _Row()
        position = 0
        while position < len(self._text):
            sign = self._text[position]
            if sign == "\\":
                position = self._backslashes(position, row)
            elif sign == "$":
                position = self._dollar(position, row, foreign=True)
            else:
                row.add(sign)
                position += 1
        return tuple(row.parts)

    def _backslashes(self, start: int, row: _Row) -> int:
        end = start
        while self._at(end) == "\\":
            end += 1
        count = end - start
        if not self._text.startswith("${", end):
            # A dollar that is escaped begins nothing, though its backslash stays.
            end += count % 2 if self._at(end) == "$" else 0
            row.add(self._text[start:end])
            return end
        row.add("\\" * (count // 2))
        if count % 2:
            row.add("${")
            return end + 2
        return end

    def _dollar(self, start: int, row: _Row, *, foreign: bool) -> int:
        """What a dollar begins: a variable, a text of CloudFormation's where that may stand, or nothing."""
        end = start + 1
        while self._at(end) == "$":
            end += 1
        if self._at(end) != "{":
            # The sign after a dollar is passed over, whatever it is.
            row.add(self._text[start : end + 1])
            return end + 1
        self._depth += 1
        if self._depth > NESTING_MAX:
            raise Malformed(f'Variables are nested more than {NESTING_MAX} deep in "{self._text}"')
        found, position = self._variable(end + 1, foreign)
        if found is not None:
            row.add(found)
        else:
            row.add(self._text[start:position])
            position = self._foreign(position, row)
        self._depth -= 1
        return position

    def _foreign(self, position: int, row: _Row) -> int:
        """The rest of something in braces that is no variable."""
        while position < len(self._text):
            sign = self._text[position]
            if sign == "$":
                position = self._dollar(position, row, foreign=True)
                continue
            row.add(sign)
            position += 1
            if sign == "}":
                break
        return position

    def _variable(self, start: int, foreign: bool) -> tuple[Variable | None, int]:
        """The variable whose brace opened before ``start``. None, and how far it was read, when it is none."""
        if self._at(start) not in _TYPE_START:
            if not foreign and start < len(self._text):
                raise self._invalid("type", start)
            return self._none(start, foreign)
        end = self._word_end(start)
        sign = self._at(end)
        if sign == ":" and self._at(self._skip(end + 1)) == ":" and foreign:
            return None, self._skip(end + 1) + 1
        if sign not in (":", "("):
            if not foreign and sign:
                raise self._invalid("type", start)
            return self._none(end, foreign)
        source, position = self._source(start, end)
        choices: list[Source | Literal] = [source]
        while self._at(position) == ",":
            choice, position = self._fallback(self._skip(position + 1))
            choices.append(choice)
        return Variable(tuple(choices)), position + 1

    def _none(self, position: int, foreign: bool) -> tuple[None, int]:
        if not foreign:
            raise self._unclosed()
        return None, position

    def _word_end(self, position: int) -> int:
        match = _WORD.match(self._text, position)
        assert match is not None
        return match.end()

    def _skip(self, position: int) -> int:
        match = _SPACES.match(self._text, position)
        assert match is not None
        return match.end()

    def _invalid(self, what: str, position: int) -> Malformed:
        return Malformed(f'Invalid variable {what} at index {position} in "{self._text}"')

    def _unclosed(self) -> Malformed:
        return Malformed(f"Missing variable closing bracket in {self._text}")

    def _source(self, start: int, end: int) -> tuple[Source, int]:
        """The source whose name is ``text[start:end]``; ends at a comma or a closing brace."""
        name = self._text[start:end]
        params: tuple[Given, ...] | None = None
        if self._at(end) == "(":
            params, position = self._params(end + 1)
            position = self._skip(position)
            if self._at(position) in (",", "}") and position < len(self._text):
                return Source(name, params, None), position
            if self._at(position) != ":":
                raise self._invalid("address", position) if position < len(self._text) else self._unclosed()
            end = position
        address, position = self._address(self._skip(end + 1), params is None)
        return Source(name, params, address), position

    def _params(self, position: int) -> tuple[tuple[Given, ...], int]:
        """Parameters up to the closing parenthesis; ends after it."""
        params: list[Given] = []
        while True:
            position = self._skip(position)
            sign = self._at(position)
            if not sign:
                raise self._unclosed()
            if sign == "}":
                raise self._invalid("param", position)
            if sign == ")":
                return tuple(params), position + 1
            if sign == ",":
                params.append(Literal(None))
                position += 1
                continue
            param, position = self._param(position)
            if param is not None:
                params.append(param)
            if self._at(position) == ",":
                position += 1

    def _param(self, start: int) -> tuple[Given | None, int]:
        """One parameter; ends at a comma or a closing parenthesis."""
        if self._at(start) in ("'", '"'):
            value, position = self._quoted(start)
            if self._at(position) in (")", ",") and position < len(self._text):
                return Literal(value), position
            raise self._invalid("param", start) if position < len(self._text) else self._unclosed()
        row = _Row()
        position = self._until(start, "),", "}", row)
        if self._at(position) == "}":
            raise self._invalid("param", start)
        parts = row.trimmed()
        if any(isinstance(part, Variable) for part in parts):
            return parts, position
        text = "".join(part for part in parts if isinstance(part, str))
        if not text:
            return (None if self._at(position) == ")" else Literal(None)), position
        known, value = _literal(text)
        return Literal((value or None) if known else text), position

    def _address(self, start: int, bare: bool) -> tuple[Given | None, int]:
        """An address; ends at a comma or a closing brace."""
        sign = self._at(start)
        if sign == ":":
            raise self._invalid("address", start)
        if sign in ("'", '"'):
            value, position = self._quoted(start)
            if self._at(position) in (",", "}") and position < len(self._text):
                return Literal(value), position
            raise self._invalid("address", start) if position < len(self._text) else self._unclosed()
        row = _Row()
        position = self._until(start, ",}", "", row)
        parts = row.trimmed()
        if any(isinstance(part, Variable) for part in parts):
            return parts, position
        text = "".join(part for part in parts if isinstance(part, str))
        return (Literal(text) if text else None), position

    def _until(self, position: int, ends: str, refused: str, row: _Row) -> int:
        """Collect text and variables up to one of ``ends`` or ``refused``."""
        while position < len(self._text):
            sign = self._text[position]
            if sign in ends or sign in refused:
                return position
            if sign == "$":
                position = self._dollar(position, row, foreign=False)
            else:
                row.add(sign)
                position += 1
        raise self._unclosed()

    def _fallback(self, start: int) -> tuple[Source | Literal, int]:
        """A further source, or a literal with which the variable has to end."""
        sign = self._at(start)
        if not sign:
            raise self._unclosed()
        if sign in ("'", '"'):
            value, position = self._quoted(start)
            if position >= len(self._text):
                raise self._unclosed()
            if self._at(position) != "}":
                raise self._invalid("source", start)
            return Literal(value), position
        match = _WORD_OR_SPACE.match(self._text, start)
        assert match is not None
        position = match.end()
        sign = self._at(position)
        if position == start or sign not in ("", ":", "(", "}"):
            raise self._invalid("source", start)
        if not sign:
            raise self._unclosed()
        word = self._text[start:position]
        if sign == "}":
            known, value = _literal(word.strip(_TRIMMED))
            if not known:
                raise Malformed(f'Invalid literal source "{word.strip()}" at index {start} in "{self._text}"')
            return Literal(value), position
        if not _TYPE.match(word):
            raise self._invalid("source", start)
        return self._source(start, position)

    def _quoted(self, start: int) -> tuple[Any, int]:
        """A text in quotes; ends after it and the spaces that follow."""
        quote = self._text[start]
        end = start + 1
        while self._at(end) != quote:
            if end >= len(self._text):
                raise self._unclosed()
            end += 2 if quote == '"' and self._text[end] == "\\" else 1
        raw = self._text[start : end + 1]
        end = self._skip(end + 1)
        if quote == "'":
            return raw[1:-1], end
        try:
            return json.loads(raw), end
        except json.JSONDecodeError as error:
            raise Malformed(
                f'Invalid string literal at index {start} in "{self._text}": {error.msg.lower()}'
            ) from error


def _literal(word: str) -> tuple[bool, Any]:
    """Whether a word is a literal, and its value."""
    if word in ("true", "false", "null"):
        return True, {"true": True, "false": False, "null": None}[word]
    value = numeral(word)
    return value is not None, value
