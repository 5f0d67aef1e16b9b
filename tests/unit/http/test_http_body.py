"""Bodies: whole ones and those that arrive in pieces are read alike."""

from collections.abc import AsyncIterator

import pytest

from stratolite.core.errors import RequestEntityTooLarge
from stratolite.http.message import Body


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_whole_body_is_one_piece_and_an_empty_one_is_none() -> None:
    body = Body(whole=b"whole")
    assert [piece async for piece in body] == [b"whole"]
    assert [piece async for piece in body] == [b"whole"], "what is in memory can be read again"
    assert [piece async for piece in Body(whole=b"")] == []
    assert [piece async for piece in Body()] == []


async def test_pieces_come_as_they_arrive() -> None:
    assert [piece async for piece in Body(pieces(b"a", b"bc"))] == [b"a", b"bc"]


async def test_a_body_that_was_read_whole_stays() -> None:
    body = Body(pieces(b"a", b"bc"))
    assert await body.read() == b"abc"
    assert [piece async for piece in body] == [b"abc"]


async def test_a_body_is_read_no_further_than_it_may_be_long() -> None:
    taken: list[bytes] = []

    async def counted() -> AsyncIterator[bytes]:
        for _ in range(10):
            taken.append(b"12345")
            yield b"12345"

    with pytest.raises(RequestEntityTooLarge):
        await Body(counted()).read(8)
    assert len(taken) == 2
    with pytest.raises(RequestEntityTooLarge):
        await Body(whole=b"123456789").read(8)
