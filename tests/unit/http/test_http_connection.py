"""HTTP/1.1 on one connection, over a transport that only remembers: every split of the bytes gives the same answers."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.http.connections import Client, answered, echo, post

from stratolite.http.incoming import WHOLE_BYTES_MAX, ClientGone
from stratolite.http.message import BrokenOff, Request, Response

CHUNKED = (
    b"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n"
)
SEVERAL = post("/a?x=1", b"one") + b"GET //b//?q#f HTTP/1.1\r\nHost: h\r\n\r\n" + CHUNKED + post("/%2F", b"")
SEVERAL_ANSWERED = (
    answered("POST /a x=1", b"one") + answered("GET //b// q") + answered("POST /c ", b"abcde") + answered("POST /%2F ")
)


@settings(max_examples=200)
@given(st.lists(st.integers(0, len(SEVERAL)), max_size=6))
def test_every_split_gives_the_same_answers(places: list[int]) -> None:
    async def run() -> bytes:
        client = Client(echo)
        cuts = [0, *sorted(places), len(SEVERAL)]
        return b"".join([await client.send(SEVERAL[a:b]) for a, b in itertools.pairwise(cuts)])

    assert asyncio.run(run()) == SEVERAL_ANSWERED


PIECES = [
    b"GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n",
    post("/c", b"body"),
    post("/d", b""),
    post("/e", b"GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n"),
    b"POST /f HTTP/1.1\r\nHost: h\r\nUpgrade: no\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nhi",
]
"""Segments that come again: whole requests, and the beginnings and ends of some."""
SEGMENTS = [*PIECES, PIECES[4][:-34], PIECES[4][-34:], PIECES[0] + PIECES[0], CHUNKED]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(SEGMENTS), max_size=8), st.integers(1, 4))
def test_a_segment_that_comes_again_means_what_it_meant(segments: list[bytes], times: int) -> None:
    """What is remembered of the last one must not take the body of another for a request."""
    sent = [segment for segment in segments for _ in range(times)]

    async def run(pieces: list[bytes]) -> bytes:
        client = Client(echo)
        answers = [await client.send(piece) for piece in pieces if not client.transport.closed]
        return b"".join(answers)

    # Byte by byte nothing ever comes again.
    assert asyncio.run(run(sent)) == asyncio.run(run([bytes([byte]) for byte in b"".join(sent)]))


async def test_a_request_is_handed_on_as_it_was_sent() -> None:
    seen: list[Request] = []

    async def handler(request: Request) -> Response:
        seen.append(request)
        return Response(204)

    client = Client(handler)
    head = b"PUT /a%20b?c=%C3%A9 HTTP/1.1\r\nHOST: Example:80\r\nX-Two: 1\r\nx-two: 2\r\nX-Latin: \xe9\r\n\r\n"
    assert await client.send(head) == b"HTTP/1.1 204 No Content\r\n\r\n"
    [request] = seen
    assert (request.method, request.path, request.query) == ("PUT", "/a%20b", "c=%C3%A9")
    assert (request.host, request.client, request.scheme) == ("Example:80", "10.0.0.1", "http")
    assert request.headers.all("x-two") == ["1", "2"]
    assert request.headers.get("x-latin") == "é"
    assert request.headers.as_sent[0] == ("HOST", "Example:80")


async def test_an_absolute_address_is_taken_by_its_path() -> None:
    client = Client(echo)
    assert await client.send(b"GET http://other/a?b HTTP/1.1\r\nHost: h\r\n\r\n") == answered("GET /a b")
    assert await client.send(b"GET http://other HTTP/1.1\r\nHost: h\r\n\r\n") == answered("GET / ")


async def test_head_has_the_length_and_no_body() -> None:
    async def handler(request: Request) -> Response:
        return Response(200, [], b"12345")

    client = Client(handler)
    assert await client.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n") == b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"

    async def stored(request: Request) -> Response:
        return Response(200, [("content-length", "77")])

    client = Client(stored)
    assert await client.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n") == b"HTTP/1.1 200 OK\r\ncontent-length: 77\r\n\r\n"


@pytest.mark.parametrize("status", [204, 304])
async def test_some_statuses_have_no_body(status: int) -> None:
    async def handler(request: Request) -> Response:
        return Response(status, [("etag", '"x"')], b"not sent")

    answer = await Client(handler).send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer.endswith(b'etag: "x"\r\n\r\n') and b"content-length" not in answer


@pytest.mark.parametrize(
    ("request_line", "more", "is_closed"),
    [
        ("GET / HTTP/1.1", "", False),
        ("GET / HTTP/1.1", "Connection: close\r\n", True),
        ("GET / HTTP/1.0", "", True),
        ("GET / HTTP/1.0", "Connection: keep-alive\r\n", True),
    ],
)
async def test_a_connection_goes_on_unless_it_was_said(request_line: str, more: str, is_closed: bool) -> None:
    client = Client(echo)
    answer = await client.send(f"{request_line}\r\nHost: h\r\n{more}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert client.transport.is_closing() == is_closed == (b"connection: close" in answer)


async def test_headers_that_would_break_the_answer_are_mended() -> None:
    async def handler(request: Request) -> Response:
        fields = [("x-a", "one\r\nX-Evil: 1"), ("x b", "gone"), ("x\nc", "gone"), ("x-d", "ä\x00€"), ("x-e", "a\tb")]
        ours = [("Content-Length", "999"), ("Transfer-Encoding", "chunked"), ("Connection", "keep-alive")]
        return Response(200, [*fields, *ours], b"body")

    answer = await Client(handler).send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    head = "HTTP/1.1 200 OK\r\nx-a: one  X-Evil: 1\r\nx-d: ä ?\r\nx-e: a\tb\r\ncontent-length: 4\r\n\r\nbody"
    assert answer == head.encode("latin-1")


async def test_a_status_that_has_no_name() -> None:
    async def handler(request: Request) -> Response:
        return Response(799, [("date", "a date of its own")])

    client = Client(handler)
    expected = b"HTTP/1.1 799 \r\ndate: a date of its own\r\ncontent-length: 0\r\n\r\n"
    assert await client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n") == expected


async def test_a_client_that_asks_is_told_to_go_on_when_the_body_is_wanted() -> None:
    client = Client(echo)
    head = b"PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    assert await client.send(head) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert await client.send(b"abc") == answered("PUT /a ", b"abc")
    assert await client.send(post("/b", b"")) == answered("POST /b ")


async def test_a_client_that_asks_may_be_told_no() -> None:
    async def refuse(request: Request) -> Response:
        return Response(403)

    client = Client(refuse)
    head = b"PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    assert await client.send(head) == b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    assert client.transport.is_closing()


async def test_a_client_that_asks_and_does_not_wait() -> None:
    client = Client(echo)
    whole = b"PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\nabc"
    assert await client.send(whole) == answered("PUT /a ", b"abc")


async def test_a_large_body_is_streamed_as_fast_as_it_is_read() -> None:
    wanted: asyncio.Queue[None] = asyncio.Queue()
    pieces: list[int] = []

    async def handler(request: Request) -> Response:
        assert request.body == b""
        async for piece in request.stream:
            pieces.append(len(piece))
            await wanted.get()
        return Response(200, [], b"%d" % sum(pieces))

    client = Client(handler)
    piece = b"x" * (WHOLE_BYTES_MAX + 1)
    await client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (3 * len(piece)))
    assert client.connection.work is None
    await client.send(piece)
    for count in (1, 2):
        # It has been read, and is being worked on: no more is taken from the client meanwhile.
        assert pieces == [len(piece)] * count
        assert not client.transport.is_reading()
        wanted.put_nowait(None)
        await client.answer()
        assert client.transport.is_reading()
        await client.send(piece)
    wanted.put_nowait(None)
    assert (await client.answer()).endswith(b"\r\n\r\n%d" % (3 * len(piece)))


async def test_what_is_not_read_of_a_body_is_thrown_away() -> None:
    async def refuse(request: Request) -> Response:
        return Response(413 if request.method == "PUT" else 200)

    client = Client(refuse)
    piece = b"x" * (WHOLE_BYTES_MAX + 1)
    head = b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (2 * len(piece))
    assert (await client.send(head + piece)).startswith(b"HTTP/1.1 413 ")
    assert await client.send(piece) == b""
    assert (await client.send(post("/", b""))).startswith(b"HTTP/1.1 200 ")


async def test_a_client_that_sends_no_more_still_hears_its_answers() -> None:
    release = asyncio.Event()

    async def handler(request: Request) -> Response:
        await release.wait()
        return await echo(request)

    client = Client(handler)
    await client.send(post("/a", b"1") + post("/b", b"2") + b"GET /half")
    assert client.connection.eof_received()
    release.set()
    assert await client.answer() == answered("POST /a ", b"1") + answered("POST /b ", b"2")
    assert client.transport.is_closing()
    idle = Client(handler)
    assert not idle.connection.eof_received() and idle.transport.is_closing()


async def test_a_body_that_ends_too_soon_is_answered() -> None:
    client = Client(echo)
    whole = post("/", b"x" * (WHOLE_BYTES_MAX + 9))
    await client.send(whole[:-1])
    assert client.connection.eof_received()
    assert (await client.answer()).startswith(b"HTTP/1.1 400 ")
    assert client.transport.is_closing()


async def test_a_client_that_leaves_cancels_the_reading_of_its_body() -> None:
    ends: list[BaseException] = []

    async def handler(request: Request) -> Response:
        try:
            await request.stream.read()
        except asyncio.CancelledError as error:
            ends.append(error)
            raise
        return Response()

    client = Client(handler)
    await client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n" + b"x" * (WHOLE_BYTES_MAX + 1))
    client.connection.connection_lost(None)
    client.transport.closed = True
    await client.answer()
    assert [type(error) for error in ends] == [ClientGone]
    assert client.connection.work is None
    assert client.shared.left == set() and client.shared.connections == set()


async def test_a_client_that_leaves_does_not_stop_what_it_asked_for() -> None:
    release = asyncio.Event()
    done: list[str] = []

    async def handler(request: Request) -> Response:
        await release.wait()
        done.append("done")
        return Response()

    client = Client(handler)
    await client.send(post("/", b"x"))
    client.connection.connection_lost(ConnectionResetError())
    client.transport.closed = True
    release.set()
    assert await client.answer() == b""
    assert done == ["done"]


async def test_there_is_nothing_to_upgrade_to() -> None:
    """Java's client asks for HTTP/2 with every first request; the answer is HTTP/1.1, and the connection goes on."""
    client = Client(echo)
    upgrade = (
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAA\r\n"
    )
    assert await client.send(post("/a", b"one", upgrade)) == answered("POST /a ", b"one")
    assert await client.send(post("/b", b"two", upgrade) + post("/c", b"")) == (
        answered("POST /b ", b"two") + answered("POST /c ")
    )
    websocket = b"GET /d HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert await client.send(websocket) == answered("GET /d ")
    # In pieces, and in chunks.
    answer = b""
    chunked = CHUNKED.replace(b"Host: h\r\n", b"Host: h\r\n" + upgrade.encode())
    for byte in chunked + post("/e", b"e"):
        answer += await client.send(bytes([byte]))
    assert answer == answered("POST /c ", b"abcde") + answered("POST /e ", b"e")


def pieces(*parts: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            await asyncio.sleep(0)
            yield part

    async def handler(request: Request) -> Response:
        fields = [("content-length", str(sum(map(len, parts))))] if request.query == "length" else []
        return Response(200, fields, body())

    return handler


async def test_an_answer_in_pieces() -> None:
    client = Client(pieces(b"abc", b"", b"de"))
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert await client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n") == chunked
    whole = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde"
    assert await client.send(b"GET /?length HTTP/1.1\r\nHost: h\r\n\r\n") == whole
    assert await client.send(b"HEAD /?length HTTP/1.1\r\nHost: h\r\n\r\n") == whole[:-5]
    assert not client.transport.is_closing()
    old = await client.send(b"GET / HTTP/1.0\r\nHost: h\r\n\r\n")
    assert old == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabcde" and client.transport.is_closing()


async def test_an_answer_waits_for_a_slow_client() -> None:
    client = Client(pieces(b"abc", b"de"))
    client.connection.pause_writing()
    assert (await client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")).endswith(b"3\r\nabc\r\n")
    assert await client.answer() == b""
    client.connection.resume_writing()
    assert await client.answer() == b"2\r\nde\r\n0\r\n\r\n"


async def test_an_answer_that_breaks_off_is_not_mistaken_for_a_whole_one(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"abc"
        raise OSError("the file is gone")

    async def handler(request: Request) -> Response:
        return Response(200, [], body())

    client = Client(handler)
    answer = await client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer.endswith(b"3\r\nabc\r\n") and client.transport.is_closing()
    assert "the file is gone" in caplog.text


async def test_whoever_answers_may_break_off(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"abc"
        raise BrokenOff("the function failed")

    async def handler(request: Request) -> Response:
        return Response(200, [], body())

    client = Client(handler)
    answer = await client.send(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer.endswith(b"3\r\nabc\r\n") and client.transport.is_closing()
    (record,) = caplog.records
    assert (record.getMessage(), record.exc_info) == ("the answer to GET /a broke off: the function failed", None)


async def test_a_fault_of_the_handler_is_logged_and_answered(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: Request) -> Response:
        raise ZeroDivisionError

    client = Client(handler)
    answer = await client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500 ") and b"ZeroDivision" not in answer
    assert "ZeroDivisionError" in caplog.text
    assert not client.transport.is_closing()


async def test_a_server_that_stops_says_so() -> None:
    async def handler(request: Request) -> Response:
        await asyncio.Event().wait()
        return Response()

    client = Client(handler)
    await client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    client.connection.finish()
    assert not client.transport.is_closing()
    assert client.connection.work is not None
    client.connection.work.cancel()
    assert (await client.answer()).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert client.transport.is_closing()
    idle = Client(handler)
    assert idle.connection.is_idle
    idle.connection.finish()
    assert idle.transport.is_closing()


async def test_a_large_body_that_arrives_at_once_leaves_the_connection_open_for_the_next() -> None:
    client = Client(echo)
    body = b"x" * (WHOLE_BYTES_MAX + 1)
    assert await client.send(post("/large", body)) == answered("POST /large ", body)
    assert client.transport.reading
    assert await client.send(post("/next", b"n")) == answered("POST /next ", b"n")
