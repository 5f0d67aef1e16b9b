"""JSON messages: ``{ $.level = "ERROR" && ($.latency > 100 || $.user.name NOT EXISTS) }``.

Selectors are ``$.a.b``, ``$.a[0]``, ``$.a[*].b`` and ``$['a key']``. Conditions compare (``= != < <= > >=``), ask
(``IS TRUE``, ``IS FALSE``, ``IS NULL``, ``EXISTS``, ``NOT EXISTS``) and join with ``&&``, ``||`` and parentheses.
A comparison is about a value: where the selector leads to an array or an object, it does not hold, whatever it says.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from stratolite.services.logs.filters.values import Predicate, equals, invalid, ordered, regex, unquote

DEPTH_MAX = 32
"""How deep parentheses may nest."""

Found = Callable[[Any], bool]
Step = str | int
ANY = -1
"""The step ``[*]``."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<selector>\$(?:\.[\w\-]+|\[\d+\]|\[\*\]|\.?\['[^']*'\]|\.?\["[^"]*"\])+)
    |(?P<join>&&|\|\|) |(?P<paren>[()]) |(?P<sign>!=|<=|>=|=|<|>)
    |(?P<quoted>"(?:[^"\\]|\\.)*") |(?P<regex>%[^%]*%)
    |(?P<word>[^\s()&|"%=<>!]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([\w\-]+)|\[(\d+)\]|(\[\*\])|\.?\['([^']*)'\]|\.?\["([^"]*)"\]""")
_MISSING = object()


def document_reader(text: str) -> Callable[[str], Any]:
    """Gives the document of a message that matches, None for others; what is not JSON never matches.

    Raises InvalidParameterException.
    """
    if not text.endswith("}"):
        raise invalid(text)
    holds = _Reader(text).read()

    def read(message: str) -> Any:
        try:
            document = msgspec.json.decode(message)
        except (msgspec.DecodeError, RecursionError):
            return None
        return document if isinstance(document, dict | list) and holds(document) else None

    return read


def document_field(selector: str) -> Callable[[Any], Any] | None:
    """Gives the value that a selector leads to in a document, or None; None for what is no selector."""
    token = _TOKEN.fullmatch(selector)
    if token is None or token.lastgroup != "selector":
        return None
    steps = _steps(selector)
    return lambda document: next(iter(_select(document, steps)), None)


class _Reader:
    """Reads one pattern: alternatives of conjunctions of conditions."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._scan(text[1:-1])
        self._next = 0

    def read(self) -> Found:
        holds = self._any(0)
        if self._next != len(self._tokens):
            raise invalid(self._text)
        return holds

    def _scan(self, inner: str) -> list[tuple[str, str]]:
        tokens, position = [], 0
        inner = inner.rstrip()
        while position < len(inner):
            token = _TOKEN.match(inner, position)
            if token is None or token.lastgroup is None:
                raise invalid(self._text)
            tokens.append((token.lastgroup, token.group(token.lastgroup)))
            position = token.end()
        return tokens

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def _take(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise invalid(self._text)
        self._next += 1
        return text

    def _any(self, depth: int) -> Found:
        parts = [self._all(depth)]
        while self._peek() == ("join", "||"):
            self._next += 1
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else lambda document: any(part(document) for part in parts)

    def _all(self, depth: int) -> Found:
        parts = [self._one(depth)]
        while self._peek() == ("join", "&&"):
            self._next += 1
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else lambda document: all(part(document) for part in parts)

    def _one(self, depth: int) -> Found:
        if self._peek() != ("paren", "("):
            return self._condition()
        if depth == DEPTH_MAX:
            raise invalid(self._text)
        self._next += 1
        holds = self._any(depth + 1)
        if self._take("paren") != ")":
            raise invalid(self._text)
        return holds

    def _condition(self) -> Found:
        steps = _steps(self._take("selector"))
        kind, word = self._peek()
        self._next += 1
        if kind == "sign":
            return self._comparison(steps, word)
        if kind != "word":
            raise invalid(self._text)
        if word.upper() == "EXISTS":
            return lambda document: bool(_select(document, steps))
        if word.upper() == "NOT" and self._take("word").upper() == "EXISTS":
            return lambda document: not _select(document, steps)
        if word.upper() == "IS":
            wanted = {"TRUE": True, "FALSE": False, "NULL": None}.get(self._take("word").upper(), _MISSING)
            if wanted is not _MISSING:
                return lambda document: any(value is wanted for value in _select(document, steps))
        raise invalid(self._text)

    def _comparison(self, steps: tuple[Step, ...], sign: str) -> Found:
        kind, word = self._peek()
        if kind not in ("quoted", "regex", "word"):
            raise invalid(self._text)
        self._next += 1
        holds = self._value(kind, word, sign)
        if sign != "!=":
            return lambda document: any(holds(value) for value in _select(document, steps))

        def differs(document: Any) -> bool:
            values = [value for value in _select(document, steps) if not isinstance(value, dict | list)]
            return bool(values) and not any(holds(value) for value in values)

        return differs

    def _value(self, kind: str, word: str, sign: str) -> Predicate:
        if sign not in ("=", "!="):
            return ordered(sign, word, self._text)
        if kind == "regex":
            compiled = regex(word[1:-1], self._text)
            return lambda value: isinstance(value, str) and compiled.search(value) is not None
        return equals(unquote(word), is_quoted=True) if kind == "quoted" else equals(word, is_quoted=False)


def _steps(selector: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    for key, index, star, single, double in _STEP.findall(selector[1:]):
        if star:
            steps.append(ANY)
        elif index:
            steps.append(int(index))
        else:
            steps.append(key or single or double)
    return tuple(steps)


def _select(document: Any, steps: tuple[Step, ...]) -> list[Any]:
    """The values that a selector leads to; more than one only after ``[*]``."""
    values = [document]
    for step in steps:
        reached: list[Any] = []
        for value in values:
            if isinstance(step, str):
                if isinstance(value, dict) and step in value:
                    reached.append(value[step])
            elif isinstance(value, list):
                reached.extend(value if step == ANY else value[step : step + 1])
        values = reached
    return values
