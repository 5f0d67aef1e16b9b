"""RESP: requests come in whichever pieces, answers are what the protocol's specification says.

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.elasticache.resp import Fault, ProtocolError, Push, Requests, Text, encode


def encoded(request: list[bytes]) -> bytes:
    return b"*%d\r\n" % len(request) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in request)


@given(st.lists(st.lists(st.binary(max_size=20), min_size=1, max_size=4), max_size=4), st.integers(1, 7))
def test_requests_come_in_pieces(requests: list[list[bytes]], size: int) -> None:
    whole = b"".join(map(encoded, requests))
    reader, found = Requests(), []
    for start in range(0, len(whole), size):
        reader.feed(whole[start : start + size])
        while (request := reader.next()) is not None:
            found.append(request)
    assert found == requests


def test_a_line_is_a_request_too() -> None:
    reader = Requests()
    reader.feed(b"\r\nPING\r\nset a  b\n")
    assert [reader.next(), reader.next(), reader.next()] == [[b"PING"], [b"set", b"a", b"b"], None]


@pytest.mark.parametrize(
    "bad",
    [b"*x\r\n", b"*1\r\nx\r\n", b"*1\r\n$x\r\n", b"*1\r\n$-5\r\n", b"*99999999\r\n", b"*1\r\n$999999999999\r\n"],
)
def test_what_is_no_request_is_refused(bad: bytes) -> None:
    reader = Requests()
    reader.feed(bad)
    with pytest.raises(ProtocolError):
        reader.next()


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    reader = Requests()
    reader.feed(b"x" * 100_000)
    with pytest.raises(ProtocolError):
        reader.next()


@pytest.mark.parametrize(
    ("value", "second", "third"),
    [
        (None, b"$-1\r\n", b"_\r\n"),
        (Text(b"OK"), b"+OK\r\n", b"+OK\r\n"),
        (b"a\r\n", b"$3\r\na\r\n\r\n", b"$3\r\na\r\n\r\n"),
        (7, b":7\r\n", b":7\r\n"),
        (True, b":1\r\n", b"#t\r\n"),
        (1.5, b"$3\r\n1.5\r\n", b",1.5\r\n"),
        (float("inf"), b"$3\r\ninf\r\n", b",inf\r\n"),
        ([1, [b"a"]], b"*2\r\n:1\r\n*1\r\n$1\r\na\r\n", b"*2\r\n:1\r\n*1\r\n$1\r\na\r\n"),
        ({b"a": 1}, b"*2\r\n$1\r\na\r\n:1\r\n", b"%1\r\n$1\r\na\r\n:1\r\n"),
        ({1}, b"*1\r\n:1\r\n", b"~1\r\n:1\r\n"),
        (Push([1]), b"*1\r\n:1\r\n", b">1\r\n:1\r\n"),
        (Fault("ERR no\nway"), b"-ERR no way\r\n", b"-ERR no way\r\n"),
    ],
)
def test_answers_in_both_versions(value: object, second: bytes, third: bytes) -> None:
    assert (encode(value, 2), encode(value, 3)) == (second, third)


def test_what_resp_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError):
        encode(object(), 2)
