"""Names in one line, for people: no more of them than one reads."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

LIKENESS_MIN = 0.8
"""How like a word must be to one that may be meant by it: one slip in a word of five letters."""


def listed(names: Sequence[str], most: int) -> str:
    """``a, b and 3 more``, with at most so many by their names."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def nearest(word: str, known: Iterable[str]) -> str:
    """The one among known words that may be meant by one that is not known; empty where none is like it."""
    folded = {each.lower(): each for each in known if each != word}
    close = get_close_matches(word.lower(), folded, 1, LIKENESS_MIN)
    return folded[close[0]] if close else ""
