"""Tokens of statements. Knows no grammar."""

import re
from typing import NamedTuple

from stratolite.core.errors import ValidationException

_TOKEN = re.compile(
    r"""(?:\s|--[^\n]*|/\*.*?\*/)*(?:(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)|"(?P<name>(?:[^"]|"")*)"|'(?P<text>(?:[^']|'')*)'"""
    r"""|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<parameter>\?)"""
    r"""|(?P<sign><<|>>|<>|<=|>=|!=|[=<>()\[\]{}.,:*+;-])|(?P<end>\Z)|(?P<other>.))""",
    re.ASCII | re.DOTALL,
)
_NUMBER = re.compile(r"[0-9]*\.?(?P<fraction>[0-9]*)(?:[eE](?P<exponent>[+-]?[0-9]+))?", re.ASCII)
INT32_MAX = (1 << 31) - 1
END = "end"


class Token(NamedTuple):
    """``kind``: word, name (in double quotes), text (in single ones), number, parameter (``?``), sign, end."""

    kind: str
    text: str
    place: str = ""
    """``<line>:<column>:<length>``, as errors tell it."""

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.upper() in words

    def is_sign(self, *signs: str) -> bool:
        return self.kind == "sign" and self.text in signs


def malformed(detail: str) -> ValidationException:
    """The statement is none. What cannot even be read is told without a detail."""
    return ValidationException(f"Statement wasn't well formed, can't be processed: {detail}")


def tokens(text: str) -> list[Token]:
    """The tokens of a statement, ended by one of kind ``end``. Raises ValidationException."""
    found: list[Token] = []
    position = 0
    while not found or found[-1].kind != END:
        match = _TOKEN.match(text, position)
        assert match is not None and match.lastgroup is not None, "any character is a token"
        kind, inner, position = match.lastgroup, match[match.lastgroup], match.end()
        if kind == "other" or (kind == "number" and not _is_readable(inner)):
            raise malformed("")
        if kind in ("name", "text"):
            quote = '"' if kind == "name" else "'"
            inner = inner.replace(quote * 2, quote)
        found.append(Token(kind, inner, _place(text, match.start(kind), match.end(kind))))
    return found


def _place(text: str, start: int, end: int) -> str:
    line = text.count("\n", 0, start) + 1
    return f"{line}:{start - text.rfind(chr(10), 0, start)}:{end - start}"


def _is_readable(number: str) -> bool:
    """Whether a number's exponent, and what it leaves behind the point, fit into 32 bits."""
    match = _NUMBER.fullmatch(number)
    assert match is not None, "a number has digits, a point and an exponent"
    exponent = match["exponent"] or "0"
    if len(exponent) > len(str(INT32_MAX)) + 1:
        return False
    return abs(int(exponent)) <= INT32_MAX and abs(len(match["fraction"]) - int(exponent)) <= INT32_MAX
