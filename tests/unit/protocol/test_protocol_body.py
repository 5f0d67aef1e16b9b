"""Whole bodies: limits, and what SDKs compress."""

import asyncio
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import RequestEntityTooLarge
from stratolite.http.message import Body, Headers, Request
from stratolite.protocol.body import InvalidCompression, read_whole, unpacked


def read(
    body: bytes, *, unpacks: bool = True, bytes_max: int = 1000, encoding: str = "gzip", operation: str = ""
) -> Request:
    request = Request("POST", "/", headers=Headers([("Content-Encoding", encoding)]), stream=Body(whole=body))
    asyncio.run(read_whole(request, bytes_max, unpacks=unpacks, operation=operation))
    return request


@given(st.binary(max_size=500))
def test_a_compressed_body_is_unpacked(data: bytes) -> None:
    request = read(gzip.compress(data))
    assert request.body == data
    assert "content-encoding" not in request.headers and request.headers.as_sent == []


def test_a_body_may_be_of_several_members() -> None:
    assert read(gzip.compress(b"one ") + gzip.compress(b"two")).body == b"one two"
    with pytest.raises(RequestEntityTooLarge):
        read(gzip.compress(bytes(999)) + gzip.compress(bytes(2)))


def test_the_user_s_own_bytes_stay_as_they_are() -> None:
    packed = gzip.compress(b"data")
    request = read(packed, unpacks=False)
    assert request.body == packed and request.headers.get("content-encoding") == "gzip"
    assert read(packed, encoding="identity").body == packed


@pytest.mark.parametrize(
    "body",
    [b"", b"data", gzip.compress(b"data", mtime=0)[:-1], gzip.compress(b"data", mtime=0) + b"x", b"\x1f\x8b"],
    ids=["empty", "plain", "cut", "more", "head"],
)
def test_what_is_no_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidCompression) as refused:
        read(body)
    assert (refused.value.status, refused.value.code) == (400, "SerializationException")


def test_a_body_may_not_grow_beyond_its_limit() -> None:
    assert len(read(gzip.compress(bytes(1000))).body) == 1000
    with pytest.raises(RequestEntityTooLarge, match="smaller than 1000 bytes") as refused:
        read(gzip.compress(bytes(1001)))
    assert refused.value.status == 413
    with pytest.raises(RequestEntityTooLarge):
        read(bytes(1001), encoding="")
    with pytest.raises(RequestEntityTooLarge, match="1000 bytes for the Invoke operation"):
        read(bytes(1001), encoding="", operation="Invoke")
    with pytest.raises(RequestEntityTooLarge):
        unpacked(gzip.compress(bytes(10_000_000)), 1000)
