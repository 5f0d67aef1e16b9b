"""HTTP/2 on one connection, over a transport that only remembers, with h2 as the client. Source: RFC 9113."""

from collections.abc import AsyncIterator
from typing import TypeVar

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, StreamReset
from tests.unit.http.connections import Client

from stratolite.http.message import BrokenOff, Handler, Request, Response

E = TypeVar("E", bound=Event)
HEAD = [(":method", "GET"), (":path", "/a"), (":scheme", "http"), (":authority", "h")]


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

    def ask(self) -> int:
        """Begin a request; the number of its stream."""
        number = self.h2.get_next_available_stream_id()
        self.h2.send_headers(number, HEAD, end_stream=True)
        return number


def only(kind: type[E], events: list[Event]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


async def test_whoever_answers_may_break_off(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"abc"
        raise BrokenOff("the function failed")

    async def handler(request: Request) -> Response:
        return Response(200, [], body())

    client = Client2(handler)
    await client.exchange()
    number = client.ask()
    events = await client.exchange()
    assert [event.data for event in only(DataReceived, events)] == [b"abc"]
    (reset,) = only(StreamReset, events)
    assert (reset.stream_id, reset.error_code) == (number, ErrorCodes.INTERNAL_ERROR)
    assert not client.transport.closed
    (record,) = caplog.records
    assert (record.getMessage(), record.exc_info) == ("the answer to GET /a broke off: the function failed", None)
