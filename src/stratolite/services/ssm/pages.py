"""Pages of a list, with this service's refusal of a wrong token."""

from collections.abc import Sequence
from typing import TypeVar

from stratolite.core import paging
from stratolite.services.ssm import api

T = TypeVar("T")


def page(found: Sequence[T], size: int, token: str) -> tuple[Sequence[T], str]:
    """(the page that a token names, the token of the next or nothing). Raises InvalidNextToken."""
    try:
        return paging.page(found, size, token)
    except paging.InvalidToken:
        raise api.InvalidNextToken("The specified token is invalid.") from None
