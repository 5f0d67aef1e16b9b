"""What the dialects share: quoted words, wildcards, numbers, regular expressions, comparisons."""

import re
from collections.abc import Callable
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.services.logs import api

Predicate = Callable[[Any], bool]

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_REGEX_ALLOWED = re.compile(r"[A-Za-z0-9:_#=@/;,\-\s^$?\[\]{}|\\*+.]*")
_REGEX_ESCAPES = re.compile(r"\\(.)")


def invalid(pattern: str) -> api.InvalidParameterException:
    """The pattern cannot be read."""
    return api.InvalidParameterException(f"Invalid filter pattern: {pattern}")


def regex(source: str, pattern: str) -> re.Pattern[str]:
    """The expression between two percent signs. AWS allows a small language without groups."""
    if not _REGEX_ALLOWED.fullmatch(source):
        raise invalid(pattern)
    for escaped in _REGEX_ESCAPES.findall(source):
        if escaped.isalnum() and escaped not in "dDsSwWbBx":
            raise NotImplementedHere(f"The regular expression \\{escaped} in a filter pattern is not implemented.")
    try:
        return re.compile(source)
    except re.error:
        raise invalid(pattern) from None


def equals(word: str, *, is_quoted: bool) -> Predicate:
    """Equality with a word: by value for numbers, ``*`` for any characters."""
    if not is_quoted and NUMBER.fullmatch(word):
        wanted = float(word)
        return lambda value: number_of(value) == wanted
    if "*" in word:
        compiled = re.compile(".*".join(map(re.escape, word.split("*"))), re.DOTALL)
        # A number or a boolean is matched as it is written: ``{ $.latency = * }`` asks whether there is any.
        return lambda value: (text := text_of(value)) is not None and compiled.fullmatch(text) is not None
    return lambda value: text_of(value) == word


def ordered(sign: str, word: str, pattern: str) -> Predicate:
    """A comparison of numbers: ``<``, ``<=``, ``>``, ``>=``."""
    if not NUMBER.fullmatch(word):
        raise invalid(pattern)
    limit = float(word)

    def holds(value: Any) -> bool:
        number = number_of(value)
        if number is None:
            return False
        if sign == "<":
            return number < limit
        if sign == "<=":
            return number <= limit
        return number > limit if sign == ">" else number >= limit

    return holds


def number_of(value: Any) -> float | None:
    """A number, or a text that is one; None otherwise."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return float(value)
    return None


def text_of(value: Any) -> str | None:
    """A scalar as text; None for what is no scalar."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return None


def unquote(text: str) -> str:
    """The word in quotation marks, with its escapes resolved."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])
