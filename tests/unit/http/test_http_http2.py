"""HTTP/2 on one connection, over a transport that only remembers, with h2 as the client. Source: RFC 9113."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, Event, ResponseReceived, StreamReset
from h2.frame_buffer import CONTINUATION_BACKLOG
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.http.connections import Client, echo

from stratolite.http.connection import HTTP2_PREFACE
from stratolite.http.frames import FRAME_BYTES_MAX, Frames
from stratolite.http.http2 import (
    FIELDS_BYTES_MAX,
    PREFACE_BYTES,
    REFUSED_MAX,
    STREAMS_MAX,
    WINDOW_BYTES,
    Http2,
)
from stratolite.http.incoming import WHOLE_BYTES_MAX
from stratolite.http.message import BrokenOff, Handler, Request, Response

E = TypeVar("E", bound=Event)
HEAD = [(":method", "GET"), (":path", "/a"), (":scheme", "http"), (":authority", "h")]
HEADERS, PING, GOAWAY, CONTINUATION = 1, 6, 7, 9
END_HEADERS = 4


class Client2:
    """A connection, and a client that speaks HTTP/2 to it."""

    def __init__(self, handler: Handler) -> None:
        self.h2 = H2Connection(H2Configuration(client_side=True))
        self.h2.initiate_connection()
        self._client = Client(handler)
        self.transport = self._client.transport

    async def exchange(self) -> list[Event]:
        """Send what is to be sent; what has come of it."""
        return self.h2.receive_data(await self._client.send(self.h2.data_to_send()))

    async def send(self, data: bytes) -> list[Event]:
        """Send these bytes; what has come of them."""
        return self.h2.receive_data(await self._client.send(data))

    def ask(self, *fields: tuple[str, str], is_end: bool = True) -> int:
        """Begin a request; the number of its stream."""
        number = self.h2.get_next_available_stream_id()
        self.h2.send_headers(number, [*HEAD, *fields], end_stream=is_end)
        return number

    def resume(self) -> None:
        """Take what the connection has sent."""
        assert self.transport.protocol is not None
        self.transport.protocol.resume_writing()

    def pause(self) -> None:
        """Take no more of what the connection sends."""
        assert self.transport.protocol is not None
        self.transport.protocol.pause_writing()


async def connected(handler: Handler = echo) -> Client2:
    client = Client2(handler)
    await client.exchange()
    return client


def waiting(until: asyncio.Event) -> tuple[list[str], Callable[[Request], Awaitable[Response]]]:
    """A handler that answers later, and the paths that it has been asked for."""
    asked: list[str] = []

    async def handler(request: Request) -> Response:
        asked.append(request.path)
        await until.wait()
        return Response(200, [], b"ok")

    return asked, handler


def frame(kind: int, flags: int, number: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + number.to_bytes(4) + payload


def only(kind: type[E], events: list[Event]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


async def test_whoever_answers_may_break_off(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"abc"
        raise BrokenOff("the function failed")

    async def handler(request: Request) -> Response:
        return Response(200, [], body())

    client = await connected(handler)
    number = client.ask()
    events = await client.exchange()
    assert [event.data for event in only(DataReceived, events)] == [b"abc"]
    (reset,) = only(StreamReset, events)
    assert (reset.stream_id, reset.error_code) == (number, ErrorCodes.INTERNAL_ERROR)
    assert not client.transport.closed
    (record,) = caplog.records
    assert (record.getMessage(), record.exc_info) == ("the answer to GET /a broke off: the function failed", None)


# What a client gives up on -------------------------------------------------------------------------------------------


async def test_a_request_that_is_given_up_at_once_is_none() -> None:
    """And the others of its connection are answered."""
    asked, handler = waiting(asyncio.Event())
    client = await connected(handler)
    for is_end in (True, False):
        number = client.ask(is_end=is_end)
        if not is_end:
            client.h2.send_data(number, b"x")
        client.h2.reset_stream(number)
        await client.exchange()
    assert (asked, client.transport.closed) == ([], False)


async def test_a_body_that_is_given_up_with_its_last_bytes() -> None:
    _, handler = waiting(release := asyncio.Event())
    client = await connected(handler)
    number = client.ask(("expect", "100-continue"), is_end=False)
    other = client.ask()
    await client.exchange()
    client.h2.send_data(number, b"x")
    client.h2.reset_stream(number)
    assert only(ConnectionTerminated, await client.exchange()) == []
    release.set()
    assert [event.stream_id for event in only(ResponseReceived, await client.exchange())] == [other]


async def test_requests_that_are_given_up_count_until_they_are_answered() -> None:
    """CVE-2023-44487: a client that begins requests and resets them at once has no more of them than another."""
    asked, handler = waiting(release := asyncio.Event())
    client = await connected(handler)
    for _ in range(STREAMS_MAX):
        number = client.ask()
        await client.exchange()
        client.h2.reset_stream(number)
    for _ in range(REFUSED_MAX):
        number = client.ask()
        (reset,) = only(StreamReset, await client.exchange())
        assert (reset.stream_id, reset.error_code) == (number, ErrorCodes.REFUSED_STREAM)
    assert (len(asked), client.transport.closed) == (STREAMS_MAX, False)
    release.set()
    await client.exchange()
    release.clear()
    for _ in range(STREAMS_MAX):
        number = client.ask()
        await client.exchange()
        client.h2.reset_stream(number)
    assert len(asked) == 2 * STREAMS_MAX, "when some are answered there is room again"
    client.ask()
    (end,) = only(ConnectionTerminated, await client.exchange())
    assert (end.error_code, client.transport.closed) == (ErrorCodes.ENHANCE_YOUR_CALM, True)


async def test_as_many_requests_as_a_client_was_told_of() -> None:
    asked, handler = waiting(asyncio.Event())
    client = await connected(handler)
    for _ in range(STREAMS_MAX):
        client.ask()
    await client.exchange()
    assert (len(asked), client.transport.closed) == (STREAMS_MAX, False)
    block = client.h2.encoder.encode(HEAD)
    (end,) = only(ConnectionTerminated, await client.send(frame(HEADERS, END_HEADERS | 1, 2 * STREAMS_MAX + 1, block)))
    assert client.transport.closed and end.error_code == ErrorCodes.PROTOCOL_ERROR


async def test_who_takes_its_leave_still_gets_its_answers(caplog: pytest.LogCaptureFixture) -> None:
    _, handler = waiting(release := asyncio.Event())
    client = await connected(handler)
    number = client.ask()
    goes = client.h2.data_to_send() + frame(GOAWAY, 0, 0, bytes(8))
    assert (only(ResponseReceived, await client.send(goes)), client.transport.closed) == ([], False)
    release.set()
    events = await client.send(b"")
    assert [event.stream_id for event in only(ResponseReceived, events)] == [number]
    assert client.transport.closed and caplog.records == []


async def test_a_server_that_stops_does_not_say_that_nothing_was_done() -> None:
    asked, handler = waiting(asyncio.Event())
    client = await connected(handler)
    number = client.ask()
    await client.exchange()
    protocol = client.transport.protocol
    assert isinstance(protocol, Http2)
    protocol.finish()
    assert protocol.work is not None
    await client.exchange()
    protocol.work.cancel()
    (reset,) = only(StreamReset, await client.exchange())
    assert (asked, reset.stream_id, reset.error_code) == (["/a"], number, ErrorCodes.CANCEL)
    assert client.transport.closed


# What a client sends -------------------------------------------------------------------------------------------------


async def test_a_frame_that_is_too_long_is_refused_by_its_head() -> None:
    client = await connected()
    await client.send(frame(PING, 0, 0, bytes(8)) + frame(200, 0, 0, bytes(FRAME_BYTES_MAX)))
    assert not client.transport.closed, "of a kind that nobody knows"
    (end,) = only(ConnectionTerminated, await client.send((FRAME_BYTES_MAX + 1).to_bytes(3)))
    assert (end.error_code, client.transport.closed) == (ErrorCodes.FRAME_SIZE_ERROR, True)


@given(
    st.lists(st.integers(0, 40).map(lambda size: frame(200, 0, 0, bytes(size))), max_size=6),
    st.lists(st.integers(1, 40), min_size=1, max_size=8),
    st.booleans(),
)
def test_every_split_finds_the_heads_of_frames(frames: list[bytes], steps: list[int], is_one_too_long: bool) -> None:
    data = HTTP2_PREFACE + b"".join(frames) + (b"\0\x40\x01" if is_one_too_long else b"\0\x40\0")
    found, at = Frames(PREFACE_BYTES), 0
    while at < len(data):
        size = steps[at % len(steps)]
        if not found.are_short(data[at : at + size]):
            assert is_one_too_long and at + size >= len(data)
            return
        at += size
    assert not is_one_too_long


@pytest.mark.parametrize("more", [0, 1])
async def test_fields_up_to_their_limit(more: int) -> None:
    client = await connected()
    size = FIELDS_BYTES_MAX + more - sum(len(name) + len(value) + 32 for name, value in HEAD) - len("x") - 32
    client.ask(("x", "v" * size))
    events = await client.exchange()
    ends = [event.error_code for event in only(ConnectionTerminated, events)]
    assert ends == ([ErrorCodes.ENHANCE_YOUR_CALM] if more else [])
    assert len(only(ResponseReceived, events)) == 1 - more


@pytest.mark.parametrize("more", [0, 1])
async def test_fields_do_not_go_on_for_ever(more: int) -> None:
    """CVE-2024-27316."""
    client = await connected()
    block = client.h2.encoder.encode(HEAD)
    sent = frame(HEADERS, 1, 1, block) + frame(CONTINUATION, 0, 1) * (CONTINUATION_BACKLOG - 2 + more)
    assert await client.send(sent) == []
    answer = await client._client.send(frame(CONTINUATION, END_HEADERS, 1))
    assert client.transport.closed == bool(more)
    assert answer[3] == (GOAWAY if more else HEADERS)


@pytest.mark.parametrize("field", [("x", "a\r\nhost: other"), ("x\r\ny", "a"), ("host", "other")])
async def test_fields_hide_no_others(field: tuple[str, str]) -> None:
    """CVE-2025-57804, CVE-2026-71554: they may be sent on in HTTP/1.1."""
    client = await connected()
    block = client.h2.encoder.encode([*HEAD, field])
    events = await client.send(frame(HEADERS, END_HEADERS | 1, 1, block))
    assert only(ResponseReceived, events) == [] and client.transport.closed


async def test_a_body_that_nobody_reads_is_no_longer_than_its_window() -> None:
    _, handler = waiting(asyncio.Event())
    client = await connected(handler)
    number, sent = client.ask(is_end=False), 0
    while room := min(client.h2.local_flow_control_window(number), client.h2.max_outbound_frame_size):
        client.h2.send_data(number, bytes(room))
        sent += room
        await client.exchange()
        assert sent <= WINDOW_BYTES + WHOLE_BYTES_MAX + FRAME_BYTES_MAX
    assert sent >= WINDOW_BYTES


# What a client does not read -----------------------------------------------------------------------------------------


async def test_an_answer_waits_for_a_slow_client() -> None:
    """Whatever room its windows have."""
    pieces: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(3):
            pieces.append(number)
            yield b"abc"

    async def handler(request: Request) -> Response:
        return Response(200, [], body())

    client = await connected(handler)
    client.pause()
    client.ask()
    assert [event.data for event in only(DataReceived, await client.exchange())] == [b"abc"]
    assert await client.exchange() == [] and pieces == [0]
    client.resume()
    assert [event.data for event in only(DataReceived, await client.exchange())][:2] == [b"abc", b"abc"]


async def test_nothing_more_is_taken_of_a_client_that_does_not_read() -> None:
    """Each of its pings would be answered (CVE-2019-9512)."""
    client = await connected()
    client.pause()
    assert not client.transport.reading
    client.resume()
    assert client.transport.reading
