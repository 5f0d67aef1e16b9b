"""Tokens of statements. Knows no grammar."""

import re
from typing import NamedTuple

from stratolite.core.errors import ValidationException

_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)|"(?P<name>(?:[^"]|"")*)"|'(?P<text>(?:[^']|'')*)'"""
    r"""|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<parameter>\?)"""
    r"""|(?P<sign><<|>>|<>|<=|>=|!=|[=<>()\[\]{}.,:*+;-])|(?P<other>\S))""",
    re.ASCII,
)
END = "end"


class Token(NamedTuple):
    """``kind``: word, name (in double quotes), text (in single ones), number, parameter (``?``), sign, end."""

    kind: str
    text: str

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.upper() in words

    def is_sign(self, *signs: str) -> bool:
        return self.kind == "sign" and self.text in signs


def malformed(detail: str) -> ValidationException:
    """The statement is none."""
    return ValidationException(f"Statement wasn't well formed, can't be processed: {detail}")


def tokens(text: str) -> list[Token]:
    """The tokens of a statement, ended by one of kind ``end``. Raises ValidationException."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        assert kind is not None
        inner = match[kind]
        if kind == "other":
            # A quote that nothing closes is answered without a detail.
            raise malformed("" if inner in "\"'" else f"Unexpected character {inner}")
        if kind in ("name", "text"):
            quote = '"' if kind == "name" else "'"
            inner = inner.replace(quote * 2, quote)
        found.append(Token(kind, inner))
    found.append(Token(END, ""))
    return found
