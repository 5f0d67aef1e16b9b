"""Names in one line, for people: no more of them than one reads."""

from collections.abc import Sequence


def listed(names: Sequence[str], most: int) -> str:
    """``a, b and 3 more``, with at most so many by their names."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
