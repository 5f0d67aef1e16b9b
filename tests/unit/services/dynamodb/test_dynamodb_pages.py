"""How full a page is: the arithmetic that dynalite's tests found in DynamoDB's own answers."""

from typing import Any

import pytest

from stratolite.services.dynamodb.domain import ItemKey
from stratolite.services.dynamodb.pages import PAGE_BYTES_MAX, Page, row_bytes
from stratolite.services.dynamodb.store import Found, encode


@pytest.mark.parametrize(
    ("item", "size"),
    [
        # 2 for the row, 18 for its only chunk, the sort key there in place of its attribute.
        ({"a": {"S": "x"}}, 2 + 18 + 3),
        ({"a": {"S": "x"}, "b": {"S": "sort"}}, 2 + 18 + 3 + 4),
        ({"a": {"S": "x"}, "a long name": {"N": "123"}}, 2 + 18 + 3 + 1 + 4),
        ({"a": {"S": "x" * 127}}, 2 + 18 + 1 + 127 + 1),
        ({"a": {"S": "x" * 128}}, 2 + 18 + 1 + 128 + 2),
        ({"a": {"S": "x" * 4000}}, 2 + 2 * 18 + 1 + 4000 + 2),
        ({"a": {"NULL": True}, "c": {"BOOL": True}}, 2 + 18 + 1 + 0 + 1 + 1),
        ({"a": {"SS": ["a", "bc"]}}, 2 + 18 + 1 + 1 + 3 + 2),
        ({"a": {"L": [{"S": "x"}]}}, 2 + 18 + 1 + 3 + 1 + 2),
        ({"a": {"M": {"name": {"S": "x"}}}}, 2 + 18 + 1 + 3 + 2 + 2),
    ],
)
def test_rows(item: Any, size: int) -> None:
    assert row_bytes(item, "b") == size


@pytest.mark.parametrize("text_bytes", [10, 2000, 40_000, 300_000])
def test_a_page_is_full_when_its_rows_say_so(text_bytes: int) -> None:
    item = {"a": {"S": "x"}, "b": {"S": "sort"}, "t": {"S": "y" * text_bytes}}
    found = Found(ItemKey(b"", b"sort"), ItemKey(b"", b"sort"), 0, encode(item))
    page = Page("b")
    rows = 0
    while not page.is_full:
        page.add(found)
        rows += 1
    size = row_bytes(item, "b")
    assert (rows - 1) * size < PAGE_BYTES_MAX <= rows * size
