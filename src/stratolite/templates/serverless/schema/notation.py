"""The notation in which shapes are written down: ``*.shape`` files beside this module.

    Timeout = integer(1..900)
    Arn = /^arn:/ | Function                     the first that fits (^ for the one that fits)
    Url = boolean | { authorizer: <"aws_iam">, cors!: [text](1..100) }
    Tags = { /^(?!aws:)/: text(..256), *: any }  members by pattern, and all others; ... for others of any shape
    Topic = { arn: Arn, topicName: text } & needs(arn | topicName)

``text number integer boolean any uri date-time`` are shapes; quoted texts, numbers and ``true`` stand for themselves;
``<"a" "b">`` is one of several values; ``key!`` has to be there; ``(1..9)`` bounds what stands before it; ``unique``
forbids equal elements; ``names`` says what keys have to be; ``tuple[a, b]`` gives each element its own shape; a map
that is ``loose`` lets other values than maps pass; a tilde before a pattern shows the value in the problem. A
definition is read when it is first named, since few files need them all.
"""

import json
import re
from functools import cache
from pathlib import Path

from stratolite.templates.serverless.schema.shape import (
    Anything,
    Boolean,
    Both,
    Choice,
    Constant,
    Mapping,
    Named,
    Number,
    OneOf,
    Sequence,
    Shape,
    Span,
    Text,
    Without,
)

_TOKEN = re.compile(
    r"""
    (?P<skip> \s+ | \#[^\n]* )
    | (?P<text> "[^"\n]*" )
    | (?P<regex> ~?/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]* )
    | (?P<dots> \.\.\.? )
    | (?P<number> -?\d+ )
    | (?P<name> [$A-Za-z_][\w$-]*(?:::\w+)? )
    | (?P<sign> [|^&(){}\[\]<>,:!*] )
    """,
    re.VERBOSE,
)
_DEFINITION = re.compile(r"^([A-Za-z][A-Za-z0-9]*) =", re.MULTILINE)
_WORDS: dict[str, Shape] = {
    "any": Anything(),
    "boolean": Boolean(),
    "uri": Text(form="uri"),
    "date-time": Text(form="date-time"),
}


@cache
def _definitions() -> dict[str, str]:
    """What stands behind each name, unread."""
    found: dict[str, str] = {}
    for file in sorted(Path(__file__).parent.glob("*.shape")):
        text = file.read_text()
        starts = list(_DEFINITION.finditer(text))
        for match, after in zip(starts, [*starts[1:], None], strict=True):
            assert match[1] not in found, f"{match[1]} is defined twice"
            found[match[1]] = text[match.end() : after.start() if after else None]
    return found


@cache
def shape(name: str) -> Shape:
    """The shape that a name is given in the files."""
    return _Reader(_definitions()[name]).whole()


def names() -> list[str]:
    """All names that are defined."""
    return list(_definitions())


class _Reader:
    """A recursive descent over the tokens of one definition."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            assert match is not None, f"unreadable: {text[position : position + 20]!r}"
            if match.lastgroup != "skip":
                self._tokens.append((str(match.lastgroup), match[0].strip()))
            position = match.end()
        self._at = 0

    def whole(self) -> Shape:
        result = self._choice()
        assert self._at == len(self._tokens), f"left over: {self._tokens[self._at :]}"
        return result

    def _peek(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place][1] if place < len(self._tokens) else ""

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self, expected: str | None = None) -> str:
        token = self._peek()
        assert token and expected in (None, token), f"{expected or 'something'} expected, not {token!r}"
        self._at += 1
        return token

    def _taken(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._at += 1
        return True

    def _choice(self) -> Shape:
        shapes = [self._both()]
        sign = self._peek()
        while sign in ("|", "^") and self._taken(sign):
            shapes.append(self._both())
        return shapes[0] if len(shapes) == 1 else Choice(tuple(shapes), only=sign == "^")

    def _both(self) -> Shape:
        first = self._single()
        conditions = []
        while self._taken("&"):
            conditions.append(self._single())
        return Both(first, tuple(conditions)) if conditions else first

    def _single(self) -> Shape:
        kind, token = self._tokens[self._at]
        if kind == "regex":
            return self._text()
        if kind in ("text", "number") or token in ("true", "null"):
            return Constant(json.loads(self._take()))
        if token == "(":
            self._take()
            inner = self._choice()
            self._take(")")
            return inner
        if token == "<":
            return self._values()
        if token == "[":
            return self._sequence()
        if token == "{":
            return self._mapping(loose=False)
        assert kind == "name", f"a shape expected, not {token!r}"
        return self._word(token)

    def _word(self, word: str) -> Shape:
        if word == "text":
            return self._text()
        self._take()
        if word in _WORDS:
            return _WORDS[word]
        if word in ("integer", "number"):
            return Number(word, self._span())
        if word == "loose":
            return self._mapping(loose=True)
        if word == "tuple":
            return self._tuple()
        if word == "needs":
            return self._needs()
        if word == "without":
            self._take("(")
            key = self._take()
            self._take(")")
            return Without(key)
        assert word in _definitions(), f"no shape is named {word}"
        return Named(word, shape)

    def _text(self) -> Shape:
        span = Span()
        if self._taken("text"):
            span = self._span()
        if self._kind() != "regex" or self._peek(1) == ":":
            return Text(span)
        shown, pattern, flags = self._regex()
        return Text(span, pattern, flags, shown)

    def _regex(self) -> tuple[bool, str, str]:
        token = self._take()
        pattern, _, flags = token.removeprefix("~")[1:].rpartition("/")
        return token.startswith("~"), pattern.replace("\\/", "/"), flags

    def _span(self) -> Span:
        if self._peek() != "(" or self._tokens[self._at + 1][0] not in ("number", "dots"):
            return Span()
        self._take("(")
        least = int(self._take()) if self._kind() == "number" else None
        most = least
        if self._taken(".."):
            most = int(self._take()) if self._kind() == "number" else None
        self._take(")")
        return Span(least, most)

    def _values(self) -> Shape:
        self._take("<")
        values = []
        while not self._taken(">"):
            values.append(json.loads(self._take()))
        return OneOf(tuple(values))

    def _sequence(self) -> Shape:
        self._take("[")
        items = self._choice()
        self._take("]")
        span = self._span()
        return Sequence(items, span, self._peek(1) != ":" and self._taken("unique"))

    def _tuple(self) -> Shape:
        self._take("[")
        items = [self._choice()]
        while self._taken(","):
            items.append(self._choice())
        self._take("]")
        return Sequence(tuple(items), self._span())

    def _needs(self) -> Shape:
        self._take("(")
        keys = [self._take()]
        sign = self._peek()
        while sign in ("|", "^") and self._taken(sign):
            keys.append(self._take())
        self._take(")")
        shapes = tuple(Mapping(needed=(key,), rest=Anything(), loose=True) for key in keys)
        return shapes[0] if len(shapes) == 1 else Choice(shapes, only=sign == "^")

    def _mapping(self, *, loose: bool) -> Shape:
        self._take("{")
        members: dict[str, Shape] = {}
        needed: list[str] = []
        patterns: list[tuple[str, Shape]] = []
        rest: Shape | None = None
        while not self._taken("}"):
            if self._taken(","):
                continue
            if self._taken("..."):
                rest = Anything()
            elif self._taken("*"):
                self._take(":")
                rest = self._choice()
            elif self._kind() == "regex":
                _, pattern, _ = self._regex()
                self._take(":")
                patterns.append((pattern, self._choice()))
            else:
                key = self._take()
                if self._taken("!"):
                    needed.append(key)
                self._take(":")
                members[key] = self._choice()
        span = self._span()
        keys = self._single() if self._peek(1) != ":" and self._taken("names") else None
        return Mapping(members, tuple(needed), tuple(patterns), rest, span, keys, loose)
