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
    start = place_of(token)
    end = start + size
    return found[start:end], token_of(end) if end < len(found) else ""


def token_of(place: int) -> str:
    """The token that names a place."""
    return base64.b64encode(str(place).encode()).decode()


def place_of(token: str) -> int:
    """The place that a token names; 0 without one. Raises InvalidToken."""
    if not token:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError):
        raise InvalidToken(token) from None
