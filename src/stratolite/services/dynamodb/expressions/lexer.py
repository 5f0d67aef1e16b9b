"""Tokens of expressions. Knows no grammar."""

import re
from typing import NamedTuple

from stratolite.core.errors import ValidationException

EXPRESSION_BYTES_MAX = 4096

_TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Za-z][A-Za-z0-9_]*)|(?P<alias>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)|(?P<number>[0-9]+)"
    r"|(?P<sign><>|<=|>=|[=<>()\[\].,+\-])|(?P<other>\S))",
    re.ASCII,
)
END = "end"


class Token(NamedTuple):
    """``kind``: word, alias (``#x``), value (``:x``), number, sign, other (of no language), end."""

    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.upper() in words


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, ended by one of kind ``end``. Raises ValidationException when it is too long."""
    if not text:
        raise ValidationException("The expression can not be empty;")
    size = len(text.encode())
    if size > EXPRESSION_BYTES_MAX:
        raise ValidationException(f"Expression size has exceeded the maximum allowed size; expression size: {size}")
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        assert kind is not None
        found.append(Token(kind, match[kind], match.start(kind), match.end(kind)))
    found.append(Token(END, "<EOF>", len(text), len(text)))
    return found


def syntax_error(text: str, found: list[Token], position: int) -> ValidationException:
    """DynamoDB's syntax error: the token, and the text from the token before it to the one after it."""
    token = found[position]
    first = found[max(position - 1, 0)]
    last = found[min(position + 1, len(found) - 1)]
    near = text[first.start : last.end].strip()
    return ValidationException(f'Syntax error; token: "{token.text}", near: "{near}"')
