"""Pages of a list, and the token of the next one."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from stratolite.services.secretsmanager import api

T = TypeVar("T")
SIZE_DEFAULT = 100


def page(found: Sequence[T], size: int, token: str) -> tuple[Sequence[T], str]:
    """(the page that a token names, the token of the next or nothing). Raises InvalidNextTokenException."""
    start = 0
    if token:
        try:
            start = int(base64.b64decode(token, validate=True))
        except (binascii.Error, ValueError):
            raise api.InvalidNextTokenException("Invalid NextToken.") from None
    end = start + size
    return found[start:end], base64.b64encode(str(end).encode()).decode() if end < len(found) else ""
