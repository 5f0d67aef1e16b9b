"""The listener: dates by the clock, idle connections closed, the number of connections bounded, a clean end."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import pytest

from stratolite.core.clock import MovableClock
from stratolite.http import listener as listener_module
from stratolite.http.listener import IDLE_SWEEPS_MAX, Listener, bind
from stratolite.http.message import Request, Response

REQUEST = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


async def handler(request: Request) -> Response:
    return Response(200, [], b"ok")


@contextlib.asynccontextmanager
async def listening(clock: MovableClock) -> AsyncIterator[tuple[Listener, int]]:
    sock = bind("127.0.0.1", 0, option="--port")
    port = sock.getsockname()[1]
    listener = Listener([(sock, handler)], clock)
    await listener.start()
    yield listener, port
    await listener.close()


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    writer.write(REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(2) == b"ok"
    return head.decode()


async def test_dates_go_by_the_clock() -> None:
    clock = MovableClock(1_700_000_000_000)
    async with listening(clock) as (_, port), connected(port) as (reader, writer):
        assert "date: Tue, 14 Nov 2023 22:13:20 GMT\r\n" in await ask(reader, writer)
        clock.advance(61)
        found = re.search(r"date: (.*)\r\n", await ask(reader, writer))
        assert found is not None and found[1] == "Tue, 14 Nov 2023 22:14:21 GMT"


async def test_idle_connections_are_closed_and_others_are_not() -> None:
    async with (
        listening(MovableClock()) as (listener, port),
        connected(port) as (quiet, quiet_writer),
        connected(port) as (busy, busy_writer),
    ):
        await ask(quiet, quiet_writer)
        for _ in range(IDLE_SWEEPS_MAX + 1):
            await ask(busy, busy_writer)
            listener._sweep()
        assert await quiet.read() == b""
        await ask(busy, busy_writer)


async def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener_module, "CONNECTIONS_MAX", 1)
    async with listening(MovableClock()) as (_, port), connected(port) as (first, first_writer):
        await ask(first, first_writer)
        async with connected(port) as (second, _):
            with contextlib.suppress(ConnectionError):
                assert await second.read() == b""
        await ask(first, first_writer)


async def test_a_closed_listener_listens_no_more() -> None:
    async with listening(MovableClock()) as (listener, port), connected(port) as (reader, writer):
        await ask(reader, writer)
        await listener.close()
        assert await reader.read() == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
