"""JSON tokens with their positions, because AWS quotes the line and column where a filter policy or pattern went wrong.

AWS reads them with a streaming parser, and the columns that it reports are where that parser stood: after the opening
quote of a string, after the last character of a number or literal, after a bracket.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LITERALS = {"true": True, "false": False, "null": None}
_WORD = re.compile(r"[A-Za-z0-9_$]+")

_REDACTED = (
    "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: {column}]"
)

DEPTH_MAX = 100
NUMBER_LENGTH_MAX = 1000


class RuleSyntaxError(Exception):
    """The rule is not JSON; the message is the parser's, as it tells it of a text that it does not show."""

    def __init__(self, text: str, column: int) -> None:
        super().__init__(f"{text}{_REDACTED.format(column=column)}")
        self.text = text
        self.column = column


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: ``{ } [ ]``, ``name``, ``string``, ``number`` or ``literal``."""

    kind: str
    value: Any
    text: str
    column: int
    """Where the parser stands when it has come to this token (from 1)."""
    column_read: int
    """Where it stands once it has read the token's text."""


def whole(text: str) -> str:
    """A text of which UTF-8 can be made: halves of surrogate pairs, which JSON can write, become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def tokens(source: str) -> list[Token]:
    """The tokens of a JSON object. Raises RuleSyntaxError with AWS's text."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._tokens: list[Token] = []

    def read(self) -> list[Token]:
        self._value(0)
        self._space()
        if self._at < len(self._source):
            raise self._unexpected("Expected end of input")
        return self._tokens

    def _value(self, depth: int) -> None:
        self._space()
        if depth > DEPTH_MAX:
            raise self._fail("Document nesting depth exceeds the maximum allowed")
        first = self._source[self._at : self._at + 1]
        if first == "{":
            self._object(depth)
        elif first == "[":
            self._array(depth)
        elif first == '"':
            text = self._string()
            self._tokens.append(Token("string", text[0], text[0], text[1] + 1, self._at + 1))
        elif first == "-" or first.isdigit():
            self._number()
        else:
            self._literal()

    def _object(self, depth: int) -> None:
        self._punctuation("{")
        self._space()
        if self._source[self._at : self._at + 1] == "}":
            self._punctuation("}")
            return
        while True:
            self._space()
            if self._source[self._at : self._at + 1] != '"':
                raise self._unexpected("was expecting double-quote to start field name")
            name, _ = self._string()
            self._space()
            if self._source[self._at : self._at + 1] != ":":
                raise self._unexpected("was expecting a colon to separate field name and value")
            self._at += 1
            place = len(self._tokens)
            self._value(depth + 1)
            # The parser looks at the value before it hands the name out.
            value = self._tokens[place]
            self._tokens.insert(place, Token("name", name, name, value.column, value.column))
            self._space()
            if not self._goes_on("}"):
                return

    def _array(self, depth: int) -> None:
        self._punctuation("[")
        self._space()
        if self._source[self._at : self._at + 1] == "]":
            self._punctuation("]")
            return
        while True:
            self._value(depth + 1)
            self._space()
            if not self._goes_on("]"):
                return

    def _goes_on(self, end: str) -> bool:
        mark = self._source[self._at : self._at + 1]
        if mark == ",":
            self._at += 1
            return True
        if mark == end:
            self._punctuation(end)
            return False
        kind = "Object" if end == "}" else "Array"
        raise self._unexpected(f"was expecting comma to separate {kind} entries")

    def _punctuation(self, mark: str) -> None:
        self._at += 1
        self._tokens.append(Token(mark, mark, mark, self._at + 1, self._at + 1))

    def _string(self) -> tuple[str, int]:
        start = self._at
        found = _STRING.match(self._source, start)
        if not found:
            self._at = len(self._source)
            raise self._fail("Unexpected end-of-input in a String value")
        self._at = found.end()
        return whole(json.loads(found.group())), start + 1

    def _number(self) -> None:
        found = _NUMBER.match(self._source, self._at)
        if not found:
            raise self._unexpected("No digit following minus sign")
        self._at = found.end()
        text = found.group()
        if len(text) > NUMBER_LENGTH_MAX:
            raise self._fail(
                f"Number value length ({len(text)}) exceeds the maximum allowed ({NUMBER_LENGTH_MAX}, from "
                "`StreamReadConstraints.getMaxNumberLength()`)"
            )
        self._tokens.append(Token("number", json.loads(text), text, self._at + 1, self._at + 1))

    def _literal(self) -> None:
        found = _WORD.match(self._source, self._at)
        if not found:
            if self._at >= len(self._source):
                raise self._fail("Unexpected end-of-input")
            raise self._unexpected(
                "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
            )
        self._at = found.end()
        text = found.group()
        if text not in _LITERALS:
            raise self._fail(
                f"Unrecognized token '{text}': was expecting (JSON String, Number, Array, Object or token 'null', "
                "'true' or 'false')"
            )
        self._tokens.append(Token("literal", _LITERALS[text], text, self._at + 1, self._at + 1))

    def _space(self) -> None:
        found = _SPACE.match(self._source, self._at)
        assert found is not None
        self._at = found.end()

    def _unexpected(self, wanted: str) -> RuleSyntaxError:
        mark = self._source[self._at : self._at + 1]
        if not mark:
            return self._fail(f"Unexpected end-of-input: {wanted}")
        error = f"Unexpected character ({_described(mark)}): {wanted}"
        self._at += 1
        return RuleSyntaxError(error, self._at)

    def _fail(self, text: str) -> RuleSyntaxError:
        return RuleSyntaxError(text, self._at + 1)


def _described(mark: str) -> str:
    code = ord(mark)
    if code < 32 or 127 <= code < 160:
        return f"(CTRL-CHAR, code {code})"
    return f"'{mark}' (code {code} / {code:#x})" if code > 255 else f"'{mark}' (code {code})"
