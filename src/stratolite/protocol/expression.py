"""The models' regular expressions, which are Java's, as Python's.

Source: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/regex/Pattern.html
"""

import re
import sys
import unicodedata
import warnings
from functools import cache
from itertools import groupby

from stratolite.core.errors import StratoliteError

PLANE_ZERO_MAX = 0xFFFF
_SURROGATES = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_PROPERTY = re.compile(r"\\p\{(\w+)\}|\\p([A-Z])")
_POSIX = {
    "ASCII": r"\x00-\x7f",
    "Alnum": "A-Za-z0-9",
    "Alpha": "A-Za-z",
    "Digit": "0-9",
    "Graph": r"\x21-\x7e",
    "Lower": "a-z",
    "Print": r"\x20-\x7e",
    "Punct": r"!-/:-@\[-`{-~",
    "Space": r" \t\n\x0b\f\r",
    "Upper": "A-Z",
    "IsAlphabetic": "L",
}


class UnreadableExpression(StratoliteError):
    """An expression of a model that has no counterpart in Python: ``patches.json`` has to give one."""


@cache
def compiled(source: str) -> re.Pattern[str]:
    """An expression ready to use with ``fullmatch``. Raises UnreadableExpression."""
    text = _SURROGATES.sub(_code_point, source)
    text = re.sub(r"\(\?<([A-Za-z])", r"(?P<\1", text)
    text = _properties(text)
    # Java reads a hyphen after a class such as \w as itself.
    text = re.sub(r"(\\[wdsWDS])-(?=[^\]])", r"\1\\-", text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(text)
    except re.error as error:
        raise UnreadableExpression(f"{source}: {error}") from error


def _code_point(found: re.Match[str]) -> str:
    high, low = int(found[1], 16), int(found[2], 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


def _properties(text: str) -> str:
    """``\\p{L}`` as the characters of that category, in brackets unless it stands in brackets already."""
    parts: list[str] = []
    is_inside, at = False, 0
    while at < len(text):
        found = _PROPERTY.match(text, at)
        if found:
            characters = _characters(found[1] or found[2])
            parts.append(characters if is_inside else f"[{characters}]")
            at = found.end()
            continue
        width = 2 if text[at] == "\\" else 1
        if width == 1 and text[at] in "[]":
            is_inside = text[at] == "["
        parts.append(text[at : at + width])
        at += width
    return "".join(parts)


@cache
def _characters(name: str) -> str:
    """The characters of a category as ranges. Beyond plane zero all count as letters."""
    ranges = _POSIX.get(name, name)
    if len(ranges) > 2:
        return ranges
    spans = [(first, last) for category, first, last in _spans() if category.startswith(ranges)]
    if ranges == "L":
        spans.append((PLANE_ZERO_MAX + 1, sys.maxunicode))
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in spans)


@cache
def _spans() -> list[tuple[str, int, int]]:
    """The categories of plane zero: each run of characters of one category, from its first to its last. Takes 15 ms."""
    spans, first = [], 0
    for category, run in groupby(map(unicodedata.category, map(chr, range(PLANE_ZERO_MAX + 1)))):
        end = first + sum(1 for _ in run)
        spans.append((category, first, end - 1))
        first = end
    return spans
