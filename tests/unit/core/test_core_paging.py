"""Pages of a list: together they are the list, and a token that no page gave is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.paging import InvalidToken, page


@given(st.lists(st.integers(), max_size=30), st.integers(1, 10))
def test_pages_are_the_list(items: list[int], size: int) -> None:
    seen: list[int] = []
    token = ""
    for _ in range(len(items) + 1):
        found, token = page(items, size, token)
        seen += found
        if not token:
            break
    assert seen == items


@pytest.mark.parametrize("token", ["x", "!!", "YQ==", "é"])
def test_other_tokens_are_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        page([1], 1, token)
