"""Pages of a list that is at hand whole, and the token of the next one: a place in it, opaque to clients."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class InvalidToken(ValueError):
    """A token that no page gave."""


def page(found: Sequence[T], size: int, token: str) -> tuple[Sequence[T], str]:
    """(the page that a token names, the token of the next or nothing). Raises InvalidToken."""
    start = 0
    if token:
        try:
            start = int(base64.b64decode(token, validate=True))
        except (binascii.Error, ValueError):
            raise InvalidToken(token) from None
    end = start + size
    return found[start:end], base64.b64encode(str(end).encode()).decode() if end < len(found) else ""
