"""The HTTP client, against a server that answers with given bytes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from stratolite.http.client import Answer, RequestFailed, request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok"


@asynccontextmanager
async def serving(*pieces: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that reads a request, answers with these pieces and closes; its URL and the requests it got."""
    got: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        got.append(await reader.readuntil(b"\r\n\r\n"))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", got
    for writer in writers:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def ask(url: str, method: str = "POST", **options: float) -> Answer:
    limits = {"timeout_s": 60.0} | options
    bytes_max = int(limits.pop("answer_bytes_max", 1000))
    return await request(
        method, url, [("X-B", "c")], b"body", timeout_s=limits["timeout_s"], answer_bytes_max=bytes_max
    )


async def test_a_request_and_its_answer() -> None:
    async with serving(OK) as (url, got):
        answer = await ask(f"{url}/a%20b?c=d")
    assert (answer.status, answer.body, answer.headers.get("x-a")) == (200, b"ok", "b")
    [head] = got
    host = url.removeprefix("http://")
    assert (
        head
        == (
            f"POST /a%20b?c=d HTTP/1.1\r\nHost: {host}\r\nX-B: c\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"
        ).encode()
    )


@pytest.mark.parametrize(
    ("pieces", "status", "body"),
    [
        ([OK[:20], OK[20:40], OK[40:]], 200, b"ok"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", OK], 200, b"ok"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n" + OK], 200, b"ok"),
        ([b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"], 503, b"no"),
        ([b"HTTP/1.1 200 OK\r\n\r\nto the end"], 200, b"to the end"),
        ([b"HTTP/1.1 204 None\r\n\r\n"], 204, b""),
        ([b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"], 302, b""),
    ],
)
async def test_answers_in_every_form(pieces: list[bytes], status: int, body: bytes) -> None:
    async with serving(*pieces) as (url, _):
        answer = await ask(url)
    assert (answer.status, answer.body) == (status, body)


async def test_an_answer_without_body() -> None:
    async with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") as (url, _):
        assert (await ask(url, "HEAD")).body == b""


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        ([], "not complete"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"], "not complete"),
        ([b"no http\r\n\r\n"], "cannot be reached"),
        ([b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1001], "more than 1000 bytes"),
    ],
)
async def test_what_is_no_answer(pieces: list[bytes], reason: str) -> None:
    async with serving(*pieces) as (url, _):
        with pytest.raises(RequestFailed, match=reason):
            await ask(url)


async def test_an_endpoint_that_says_nothing() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(RequestFailed, match=r"within 0\.05 seconds"):
            await ask(url, timeout_s=0.05)
    with pytest.raises(RequestFailed, match="cannot be reached"):
        await ask(url)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http:///x", "http://127.0.0.1:x/", "nothing"])
async def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(RequestFailed):
        await ask(url)


async def test_fields_do_not_break_out() -> None:
    async with serving(OK) as (url, _):
        with pytest.raises(RequestFailed, match="line break"):
            await request("GET", url, [("X", "a\r\nY: b")], timeout_s=60)
