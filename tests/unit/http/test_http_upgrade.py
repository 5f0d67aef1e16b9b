"""Connections that go on in another protocol, and frames of WebSockets, over a transport that only remembers."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.http.connections import Client, Transport, echo
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

from stratolite.http.message import Headers, Request, Response
from stratolite.http.upgrade import Upgrade, Upgraded
from stratolite.http.websocket import UNTAKEN_BYTES_MAX, Limits, WebSocket, accept_key

ASKED = b"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: %b\r\n\r\n"
LIMITS = Limits(frame_bytes_max=100, message_bytes_max=250)


class Letters(Upgraded):
    """A protocol that remembers what it heard."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = b""
        self.is_lost = False

    def data_received(self, data: bytes) -> None:
        self.heard += data

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.is_lost = True

    def finish(self) -> None:
        assert self._transport is not None
        self._transport.close()


class Going(Transport):
    """A transport that knows whose it is."""

    protocol: Any = None

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol


class Asking(Client):
    """A client of a server with an upgrader."""

    def __init__(self, answer: Upgrade | Response | None) -> None:
        super().__init__(echo)
        self.transport: Going = Going()
        self.connection.connection_made(self.transport)
        self.asked = 0
        self.release = asyncio.Event()
        self.release.set()

        async def upgrader(request: Request) -> Upgrade | Response | None:
            self.asked += 1
            await self.release.wait()
            return answer

        self.shared.upgrader = upgrader


async def test_a_connection_goes_on_in_another_protocol() -> None:
    letters = Letters()
    client = Asking(Upgrade([("Upgrade", "websocket"), ("X", "a\nb")], letters))
    assert await client.send(ASKED % b"websocket") == (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX: a b\r\n\r\n"
    )
    assert client.transport.protocol is letters
    assert client.shared.connections == {letters}
    letters.connection_lost(None)
    assert client.shared.connections == set()


@pytest.mark.parametrize(("protocol", "asked"), [(b"websocket", 1), (b"h2c", 0), (b"h2c, WebSocket", 1)])
async def test_what_nobody_takes_is_answered_as_if_it_had_not_asked(protocol: bytes, asked: int) -> None:
    client = Asking(None)
    answer = await client.send(ASKED % protocol + b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (client.asked, answer.count(b"HTTP/1.1 200 OK")) == (asked, 2)
    assert b"x-asked: GET /ws " in answer and b"x-asked: GET /b " in answer


async def test_a_refusal_leaves_the_connection_open() -> None:
    client = Asking(Response(403, [], b"no"))
    assert b"403 Forbidden" in await client.send(ASKED % b"websocket")
    assert b"200 OK" in await client.send(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")


async def test_behind_another_request_nobody_is_asked() -> None:
    client = Asking(Response(403, [], b"no"))
    answer = await client.send(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n" + ASKED % b"websocket")
    assert (client.asked, answer.count(b"HTTP/1.1 200 OK")) == (0, 2)


@pytest.mark.parametrize("early", [b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n", b"\x81\x80\x00\x00\x00\x00\r\n\r\n"])
async def test_whoever_speaks_too_early_is_refused(early: bytes) -> None:
    letters = Letters()
    client = Asking(Upgrade([], letters))
    client.release.clear()
    assert await client.send(ASKED % b"websocket") == b""
    assert await client.send(early) == b""
    client.release.set()
    assert b"400 Bad Request" in await client.answer()
    assert letters.is_lost and client.transport.closed and client.transport.protocol is None


async def test_whoever_goes_before_the_answer_is_lost() -> None:
    letters = Letters()
    client = Asking(Upgrade([], letters))
    client.release.clear()
    await client.send(ASKED % b"websocket")
    client.connection.connection_lost(None)
    client.release.set()
    assert await client.answer() == b""
    assert letters.is_lost


# WebSockets -----------------------------------------------------------------------------------------------------


class Socket:
    """A WebSocket, its receiver, and its client's end."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.ends: list[tuple[int, str]] = []
        self.touches = 0
        self.pauses = False
        self.transport = Going()
        self.buffered = 0
        self.transport.get_write_buffer_size = lambda: self.buffered  # type: ignore[method-assign]
        self.frames = Connection(ConnectionType.CLIENT)
        self.socket = WebSocket(self, LIMITS)
        self.is_forgotten = False

        def forget() -> None:
            self.is_forgotten = True

        self.socket.begin(self.transport, forget)

    def touched(self) -> None:
        self.touches += 1

    def received(self, text: str) -> None:
        self.heard.append(text)
        if self.pauses:
            self.socket.pause()

    def ended(self, code: int, reason: str) -> None:
        self.ends.append((code, reason))

    def send(self, *events: Event) -> None:
        self.socket.data_received(b"".join(self.frames.send(event) for event in events))

    def is_closed(self) -> bool:
        return self.transport.closed

    def told(self) -> list[Event]:
        """What the client has been sent."""
        sent, self.transport.sent = self.transport.sent, b""
        self.frames.receive_data(sent)
        return [*self.frames.events()]


TEXTS = st.lists(st.text(max_size=20), max_size=5)


@given(messages=TEXTS, cuts=st.lists(st.integers(1, 30), min_size=1, max_size=5))
@settings(max_examples=50)
def test_messages_arrive_whole_wherever_the_bytes_are_cut(messages: list[str], cuts: list[int]) -> None:
    client = Socket()
    data = b"".join(client.frames.send(TextMessage(data=text)) for text in messages)
    place = 0
    while data:
        size = cuts[place % len(cuts)]
        client.socket.data_received(data[:size])
        data = data[size:]
        place += 1
    assert client.heard == messages


@given(
    pieces=st.lists(st.binary(max_size=40), max_size=6),
    opening=st.sampled_from([b"", b"\x81\x85abcd", b"\x88\x82\0\0\0\0"]),
)
@settings(max_examples=200)
async def test_whatever_comes_it_goes_on_or_ends_once(pieces: list[bytes], opening: bytes) -> None:
    client = Socket()
    for piece in (opening, *pieces):
        client.socket.data_received(piece)
    assert len(client.ends) == (0 if client.socket.is_open else 1)
    client.socket.connection_lost(None)
    assert len(client.ends) == 1 and client.is_forgotten


async def test_no_messages_are_taken_while_it_is_paused() -> None:
    client = Socket()
    client.pauses = True
    client.send(*(TextMessage(data=str(number)) for number in range(3)))
    assert (client.heard, client.transport.reading) == (["0"], False)
    client.socket.resume()
    assert client.heard == ["0", "1"]
    client.socket.resume()
    client.socket.resume()
    assert client.heard == ["0", "1", "2"]
    client.socket.resume()
    assert client.transport.reading


async def test_pings_are_answered_and_count() -> None:
    client = Socket()
    client.send(Ping(payload=b"a"))
    assert client.told() == [Pong(payload=b"a")]
    assert (client.touches, client.heard) == (1, [])


async def test_the_client_ends_it() -> None:
    client = Socket()
    client.send(TextMessage(data="a"), CloseConnection(code=4000, reason="bye"))
    assert client.told() == [CloseConnection(code=4000, reason="bye")]
    assert client.is_closed()
    client.socket.connection_lost(None)
    assert (client.heard, client.ends, client.is_forgotten) == (["a"], [(4000, "bye")], True)
    client.socket.send("nobody hears this")
    assert not client.transport.sent


async def test_the_service_ends_it() -> None:
    client = Socket()
    client.socket.close(1000, "done")
    assert client.ends == [(1000, "done")] and not client.is_closed()
    client.send(TextMessage(data="too late"))
    assert client.heard == []
    assert client.told() == [CloseConnection(code=1000, reason="done")]
    client.send(CloseConnection(code=1000, reason="done"))
    assert client.is_closed()
    client.socket.connection_lost(None)
    assert client.ends == [(1000, "done")]


async def test_a_server_that_stops_waits_for_nobody() -> None:
    client = Socket()
    client.socket.finish()
    assert client.ends == [(1001, "Going away")] and not client.is_closed()
    client.socket.finish()
    assert client.is_closed()
    client.socket.connection_lost(None)


async def test_a_client_that_vanishes_has_ended() -> None:
    client = Socket()
    client.socket.connection_lost(ConnectionResetError())
    assert client.ends == [(1006, "")] and not client.socket.is_open


@pytest.mark.parametrize(
    ("event", "code"),
    [(TextMessage(data="x" * 101), 1009), (TextMessage(data="é" * 51), 1009), (BytesMessage(data=b"x"), 1003)],
)
async def test_what_is_not_taken(event: Event, code: int) -> None:
    client = Socket()
    client.send(event)
    (close,) = client.told()
    assert isinstance(close, CloseConnection) and close.code == code
    assert client.ends[0][0] == code and not client.heard
    client.socket.connection_lost(None)


async def test_whoever_takes_nothing_is_full_and_not_heard() -> None:
    client = Socket()
    client.buffered = UNTAKEN_BYTES_MAX
    before = client.socket.is_full
    client.buffered += 1
    assert (before, client.socket.is_full) == (False, True)
    client.socket.pause_writing()
    paused = client.transport.is_reading()
    client.socket.resume_writing()
    assert (paused, client.transport.is_reading()) == (False, True)


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({}, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ({"Connection": "keep-alive, upgrade"}, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ({"Connection": "close"}, ""),
        ({"Sec-WebSocket-Version": "8"}, ""),
        ({"Sec-WebSocket-Key": "c2hvcnQ="}, ""),
        ({"Sec-WebSocket-Key": "no base 64!"}, ""),
    ],
)
def test_keys_are_those_of_the_rfc(change: dict[str, str], answer: str) -> None:
    """https://www.rfc-editor.org/rfc/rfc6455#section-1.3"""
    fields = {
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        **change,
    }
    assert accept_key(Request("GET", "/", headers=Headers(fields.items()))) == answer
