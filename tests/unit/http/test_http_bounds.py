"""What a connection refuses and bounds: bytes that are no HTTP, heads that are too long, what is sent ahead."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.http.connections import Client, answered, echo, post

from stratolite.http.connection import AHEAD_MAX, HTTP2_PREFACE
from stratolite.http.incoming import WHOLE_BYTES_MAX
from stratolite.http.message import Request, Response
from stratolite.http.reception import HEAD_BYTES_MAX, SEGMENT_BYTES_MAX

HTTP2_SETTINGS = b"\x00\x00\x2a\x04\x00"
"""How a server of HTTP/2 begins: a frame of seven settings."""


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
        b"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nno\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_answered_and_closed(garbage: bytes) -> None:
    client = Client(echo)
    expected = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n"
    assert (await client.send(garbage)).startswith(expected)
    assert client.transport.is_closing()
    # What comes before it is answered first.
    client = Client(echo)
    answer = await client.send(post("/a", b"1") + garbage)
    assert answer.startswith(answered("POST /a ", b"1") + expected)
    assert client.transport.is_closing()


async def test_a_body_that_breaks_off_in_nonsense_is_answered() -> None:
    client = Client(echo)
    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n%b\r\n" % (WHOLE_BYTES_MAX + 1, b"x" * (WHOLE_BYTES_MAX + 1))
    assert await client.send(head + chunk) == b""
    assert (await client.send(b"nonsense\r\n")).startswith(b"HTTP/1.1 400 ")
    assert client.transport.is_closing()


@pytest.mark.parametrize("is_in_pieces", [False, True])
@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * HEAD_BYTES_MAX + b" HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * HEAD_BYTES_MAX + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * HEAD_BYTES_MAX + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * (HEAD_BYTES_MAX + SEGMENT_BYTES_MAX),
    ],
)
async def test_a_head_that_is_too_long_is_answered(head: bytes, is_in_pieces: bool) -> None:
    client = Client(echo)
    answer = b""
    step = 10_000 if is_in_pieces else len(head)
    for start in range(0, len(head), step):
        answer += await client.send(head[start : start + step])
    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert client.transport.is_closing()


async def test_a_head_at_the_limit_is_taken() -> None:
    value = b"x" * (HEAD_BYTES_MAX - 1000)
    client = Client(echo)
    head = b"GET / HTTP/1.1\r\nHost: h\r\nX: " + value + b"\r\n\r\n"
    for start in range(0, len(head), 10_000):
        answer = await client.send(head[start : start + 10_000])
    assert answer == answered("GET / ")
    large = post("/a", b"x" * (WHOLE_BYTES_MAX - 10))
    assert await client.send(large + large) == answered("POST /a ", large[-WHOLE_BYTES_MAX + 10 :]) * 2


async def test_requests_sent_ahead_are_bounded() -> None:
    release = asyncio.Event()

    async def handler(request: Request) -> Response:
        await release.wait()
        return Response(204)

    client = Client(handler)
    await client.send(post("/", b"x") * (AHEAD_MAX + 1))
    assert client.transport.is_reading()
    await client.send(post("/", b"x"))
    assert not client.transport.is_reading()
    release.set()
    for _ in range(AHEAD_MAX):
        await asyncio.sleep(0)
    assert (await client.answer()).count(b"HTTP/1.1 204") == AHEAD_MAX + 2
    assert client.transport.is_reading()


async def test_a_body_sent_ahead_is_bounded() -> None:
    release = asyncio.Event()

    async def handler(request: Request) -> Response:
        await release.wait()
        return Response(200, [], b"%d" % len(await request.stream.read()))

    client = Client(handler)
    size = 3 * WHOLE_BYTES_MAX
    await client.send(post("/", b"x") + b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % size)
    await client.send(b"x" * (WHOLE_BYTES_MAX + 1))
    assert not client.transport.is_reading()
    release.set()
    assert (await client.answer()).endswith(b"\r\n\r\n1")
    assert client.transport.is_reading()
    answer = await client.send(b"x" * (size - WHOLE_BYTES_MAX - 1))
    assert answer.endswith(b"%d" % size)


async def test_one_connection_too_many_is_closed_at_once() -> None:
    client = Client(echo, is_welcome=False)
    assert client.transport.is_closing()
    client.connection.data_received(post("/", b""))
    assert client.connection.work is None


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=60), max_size=4))
def test_random_bytes_are_the_clients_fault(parts: list[bytes]) -> None:
    async def run() -> bytes:
        client = Client(echo)
        return b"".join([await client.send(part) for part in parts])

    answer = asyncio.run(run())
    assert not answer or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 200 ", HTTP2_SETTINGS))


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=60), max_size=4))
def test_random_frames_are_the_clients_fault(parts: list[bytes]) -> None:
    async def run() -> bytes:
        client = Client(echo)
        return b"".join([await client.send(part) for part in (HTTP2_PREFACE, *parts) if not client.transport.closed])

    assert asyncio.run(run()).startswith(HTTP2_SETTINGS)
