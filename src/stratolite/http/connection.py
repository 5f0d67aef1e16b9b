"""One client's connection: HTTP/1.1 in bytes on one side, ``Request`` and ``Response`` on the other.

Requests of a connection are answered one after the other. What a client can make the server hold is bounded: the head
of a request, the part of a body that nobody has read yet, requests that are sent ahead, a response that is not taken.
Bytes that are no HTTP are answered with 400, and the connection is closed. Requests are read in ``reception.py``; one
and its answer cost about 25 microseconds together; one that comes again byte by byte is spared the parser.
"""

import asyncio
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass, field
from typing import cast

import httptools

from stratolite.core.tasks import contain_answer
from stratolite.http.head import head, refused, switching
from stratolite.http.incoming import WHOLE_BYTES_MAX, Incoming
from stratolite.http.message import BODILESS, Handler, Response, fault
from stratolite.http.reception import SHARED_HEAD_BYTES_MAX, Reception, TooLong
from stratolite.http.sending import is_whole
from stratolite.http.upgrade import Upgrade, Upgraded, Upgrader, answer_upgrade, hand_over

AHEAD_MAX = 16
"""How many requests a client may send before the first is answered; reading pauses beyond."""
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client sends first that knows that it may speak HTTP/2."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(slots=True)
class Shared:
    """What the connections of one server share."""

    date: Callable[[], str]
    """The value of the ``date`` header."""
    upgrader: Upgrader | None = None
    """What answers requests that ask for another protocol."""
    connections: "set[Connection | Upgraded]" = field(default_factory=set)
    left: "set[asyncio.Task[None]]" = field(default_factory=set)
    """What works on for clients that have gone."""


class Connection(Reception, asyncio.Protocol):
    """An asyncio protocol. ``shared`` is told of its beginning and end."""

    def __init__(self, handler: Handler, shared: Shared, *, is_welcome: bool = True) -> None:
        super().__init__()
        self._handler = handler
        self._shared = shared
        self._is_welcome = is_welcome
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._task: asyncio.Task[None] | None = None
        """It answers ``_current``."""
        self._client = ""
        self._current: Incoming | None = None
        """The request that is being answered."""
        self._last: bytes | None = None
        """The last segment, where it was one request without a body and nothing else. A client that sends the very same
        again, as one that polls does, is spared the parser."""
        self._is_paused = False
        """Whether nothing more is read for now."""
        self._drained: asyncio.Future[None] | None = None
        """Set while the client does not take what is sent."""
        self._refusal = 0
        """The status that ends the connection, once bytes have come that are no request."""
        self._is_ended = False
        """The client sends nothing more; it may still be reading."""
        self._is_closing = False
        self.sweeps = 0
        """How often the owner has looked since something arrived."""

    # The transport's side ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports are no subclasses of it.
        peer = transport.get_extra_info("peername")
        self._client = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        self._shared.connections.add(self)
        if not self._is_welcome:
            self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._shared.connections.discard(self)
        self._is_closing = True
        self._ahead.clear()
        if self._current is not None:
            self._current.abandon()
        if self._task is not None and not self._task.done():
            self._shared.left.add(self._task)
            self._task.add_done_callback(self._shared.left.discard)
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        self.sweeps = 0
        if self._is_closing or self._refusal:
            return
        if data == self._last:
            self._incoming = incoming = self._incoming.again()
            if self._current is None and not self._ahead:
                self._begin(incoming)
            else:
                self._ahead.append(incoming)
                self._advance()
            return
        self._last = None
        self._segment_bytes, self._begun = len(data), 0
        began_between = self._is_between
        try:
            self._feed(data)
        except TooLong:
            self._refuse(431)
        except httptools.HttpParserError as error:
            if began_between and self._current is None and not self._ahead and data.startswith(HTTP2_PREFACE):
                self._go_on_in_http2(data)
                return
            self._refuse(431 if isinstance(error.__context__, TooLong) else 400)
        if began_between and self._is_between and self._begun == 1 and len(data) <= SHARED_HEAD_BYTES_MAX:
            self._last = data if self._incoming.is_bodiless else None
        self._advance()

    def eof_received(self) -> bool:
        """Whether the connection stays open for answers."""
        self._is_ended = True
        self._break_off()
        self._advance()
        return not self._is_closing

    def pause_writing(self) -> None:
        if self._drained is None:
            self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    # One request after the other -----------------------------------------------------------------------------

    def _advance(self) -> None:
        """Begin the next request if it is ready and its turn has come; read no more than can be held."""
        if self._current is None:
            if self._ahead and self._ahead[0].is_ready:
                self._begin(self._ahead.popleft())
            elif self._refusal:
                self._write_whole(Incoming(self._wanted), *refused(self._refusal))
                self._close()
            elif self._is_ended:
                self._close()
        if self._incoming.size > WHOLE_BYTES_MAX or len(self._ahead) > AHEAD_MAX:
            self._transport.pause_reading()
            self._is_paused = True

    def _read_on(self) -> None:
        """What had to wait for room may come now."""
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    def _begin(self, incoming: Incoming) -> None:
        self._current = incoming
        self._task = self._loop.create_task(self._answer(incoming))

    def _begin_upgrade(self) -> None:
        """The request that has arrived asks for another protocol: answer it apart, if it is its turn."""
        upgrader, incoming = self._shared.upgrader, self._incoming
        if upgrader is not None and self._current is None and [*self._ahead] == [incoming] and incoming.is_complete:
            self._ahead.clear()
            self._current = incoming
            self._task = self._loop.create_task(self._answer_upgrade(incoming, upgrader))

    async def _answer_upgrade(self, incoming: Incoming, upgrader: Upgrader) -> None:
        request = incoming.request(self._client)
        answer: Upgrade | Response | None
        try:
            answer = await answer_upgrade(request, upgrader)
        except asyncio.CancelledError:
            # The server stops before it is answered.
            incoming.keeps_alive = False
            answer = refused(503)[0]
        if answer is None:
            await self._answer(incoming)
        elif isinstance(answer, Upgrade):
            self._go_on(incoming, answer)
        else:
            assert isinstance(answer.body, bytes)
            self._write_whole(incoming, answer, answer.body)
            self._done(incoming)

    def _go_on(self, incoming: Incoming, upgrade: Upgrade) -> None:
        """Hand the connection over to another protocol."""
        if self._ahead or self._refusal or self._is_ended or self._is_closing:
            # The client has gone, or has sent what it may not send before it is answered.
            upgrade.protocol.connection_lost(None)
            self._current = None
            if not self._is_closing:
                self._write_whole(incoming, *refused(400))
                self._close()
            return
        self._transport.write(switching(upgrade))
        hand_over(self._transport, self._shared.connections, self, upgrade.protocol)

    def _go_on_in_http2(self, data: bytes) -> None:
        """The client speaks HTTP/2, and has begun to."""
        from stratolite.http.http2 import Http2

        protocol = Http2(self._handler, self._client, self._shared.date)
        hand_over(self._transport, self._shared.connections, self, protocol)
        protocol.data_received(data)

    def _wanted(self) -> None:
        """The handler wants more of the current body."""
        current = self._current
        if current is not None and current.expects_continue:
            current.expects_continue = False
            self._transport.write(CONTINUE)
        if not self._is_closing:
            self._read_on()

    async def _answer(self, incoming: Incoming) -> None:
        try:
            request = incoming.request(self._client)
            answer = await contain_answer(incoming, self._handler, request)
            response = fault() if isinstance(answer, Exception) else answer
        except asyncio.CancelledError:
            # The client has gone and hears nothing; or its body broke off; or the server stops before the end.
            incoming.keeps_alive = False
            response = refused(400 if incoming.is_broken else 503)[0]
        if incoming.expects_continue and not incoming.is_complete:
            # A client that is told no instead of to go on may or may not send its body: only a new connection is clear.
            incoming.keeps_alive = False
        body = response.body
        if isinstance(body, bytes):
            self._write_whole(incoming, response, body)
        elif not await self._sent(incoming, response, body):
            # Half an answer must not look like a whole one.
            self.abort()
        self._done(incoming)

    def _done(self, incoming: Incoming) -> None:
        self._current = None
        if self._is_closing:
            return
        if not incoming.keeps_alive:
            self._close()
            return
        # Also one that was read whole: what it held must not count against the next one.
        incoming.discard()
        self._read_on()
        if self._ahead or self._refusal or self._is_ended:
            self._advance()

    # Writing -------------------------------------------------------------------------------------------------

    def _write_whole(self, incoming: Incoming, response: Response, body: bytes) -> None:
        if self._is_closing:
            return
        date = self._shared.date()
        if response.status in BODILESS:
            self._transport.write(head(incoming, response, date, ""))
        elif incoming.method == "HEAD":
            self._transport.write(head(incoming, response, date, f"content-length: {len(body)}\r\n", keep_length=True))
        else:
            self._transport.write(head(incoming, response, date, f"content-length: {len(body)}\r\n") + body)

    async def _sent(self, incoming: Incoming, response: Response, body: AsyncIterable[bytes]) -> bool:
        """Send a body of pieces; whether all of it was sent."""
        try:
            return await is_whole(incoming, self._write_pieces(incoming, response, body))
        except asyncio.CancelledError:
            return False

    async def _write_pieces(self, incoming: Incoming, response: Response, body: AsyncIterable[bytes]) -> None:
        has_length = any(name.lower() == "content-length" for name, _ in response.headers)
        is_bodiless = response.status in BODILESS or incoming.method == "HEAD"
        is_chunked = not has_length and not is_bodiless and incoming.minor == "1.1"
        if not has_length and not is_bodiless and not is_chunked:
            # The end of the connection is the end of the body then.
            incoming.keeps_alive = False
        framing = "transfer-encoding: chunked\r\n" if is_chunked else ""
        if not self._is_closing:
            self._transport.write(head(incoming, response, self._shared.date(), framing, keep_length=has_length))
        if is_bodiless:
            return
        async for piece in body:
            if self._is_closing:
                return
            if piece:
                self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
            if self._drained is not None:
                await self._drained
        if is_chunked and not self._is_closing:
            self._transport.write(b"0\r\n\r\n")

    def _refuse(self, status: int) -> None:
        """The bytes that came are no request: what came before them is answered, then the connection ends."""
        self._refusal = status
        self._break_off()

    def _break_off(self) -> None:
        """The request that is being received will never be whole."""
        if self._ahead and not self._ahead[-1].is_complete:
            self._ahead.pop()
        elif self._current is not None and not self._current.is_complete:
            self._current.is_broken = True
            self._current.abandon()

    # Its end -------------------------------------------------------------------------------------------------

    def _close(self) -> None:
        self._is_closing = True
        self._ahead.clear()
        if self._current is not None:
            self._current.abandon()
        self._transport.close()

    @property
    def is_idle(self) -> bool:
        return self._current is None

    @property
    def work(self) -> "asyncio.Task[None] | None":
        """What answers the current request; None when nothing is being answered."""
        return self._task if self._task is not None and not self._task.done() else None

    def finish(self) -> None:
        """Close as soon as nothing is being answered."""
        if self._current is None:
            self._close()
        else:
            self._current.keeps_alive = False

    def abort(self) -> None:
        """Close at once."""
        self._is_closing = True
        self._transport.abort()
