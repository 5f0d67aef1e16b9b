"""HTTP/2 without TLS, as clients speak it that know beforehand: frames on one side, ``Request`` and ``Response`` on the
other.

AWS's SDKs for JavaScript and Java speak to Kinesis in no other way. A connection is handed over by ``connection.py``
when it begins with ``PREFACE``. Streams are answered beside each other; of each body about a megabyte is held, and
nothing is sent that the client has no room for. Priorities are passed over, nothing is pushed.

Source: RFC 9113.
"""

import asyncio
import struct
from collections.abc import Callable

from stratolite.core.tasks import contain
from stratolite.http import hpack
from stratolite.http.incoming import WHOLE_BYTES_MAX, Incoming
from stratolite.http.message import Handler, Headers, Response
from stratolite.http.upgrade import Upgraded

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client sends first."""
STREAMS_MAX = 100
"""How many requests of one client are answered at a time."""
FRAME_BYTES_MAX = 16 * 1024
"""The largest frame that either side sends, unless the client takes larger ones, which it is not sent."""
WINDOW_BYTES = 1024 * 1024
"""How much of one body a client sends without being asked for more."""
CONNECTION_WINDOW_BYTES = 16 * WINDOW_BYTES

_DATA, _HEADERS, _PRIORITY, _RESET, _SETTINGS, _PUSH, _PING, _GOAWAY, _WINDOW, _CONTINUATION = range(10)
_END_STREAM, _ACK, _END_HEADERS, _PADDED, _PRIORITISED = 0x1, 0x1, 0x4, 0x8, 0x20
_NO_ERROR, _PROTOCOL_ERROR, _INTERNAL_ERROR, _FLOW_ERROR, _SIZE_ERROR, _REFUSED = 0, 1, 2, 3, 6, 7
_STREAMS_SETTING, _WINDOW_SETTING = 3, 4
_WINDOW_DEFAULT, _WINDOW_MAX = 65_535, 2**31 - 1
_HEAD_BYTES = 9
_CONNECTIONS_OWN = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
_FAULT = Response(500, [("content-type", "text/plain")], b"Internal Server Error")


class _ClientsFault(Exception):
    """Something that no client may send: the connection ends. ``code``: one of the errors above."""

    def __init__(self, code: int = _PROTOCOL_ERROR) -> None:
        super().__init__(code)
        self.code = code


class _Stream:
    """One request and its answer."""

    __slots__ = ("incoming", "is_answered", "is_over", "owed", "task", "window")

    def __init__(self, incoming: Incoming, window: int) -> None:
        self.incoming = incoming
        self.window = window
        """How much the client takes of the answer now."""
        self.owed = 0
        """How much of the body has arrived that the client was not told to follow by as much."""
        self.task: asyncio.Task[None] | None = None
        self.is_answered = False
        """Whether the answer is there, and is being sent."""
        self.is_over = False


class Http2(Upgraded):
    """A connection, from behind its preface on."""

    def __init__(self, handler: Handler, client: str, scheme: Callable[[str], str], date: Callable[[], str]) -> None:
        """``scheme``: what a host is spoken to in; ``date``: the value of the header field."""
        super().__init__()
        self._handler, self._client, self._scheme, self._date = handler, client, scheme, date
        self._waiting = bytearray()
        self._decoder = hpack.Decoder()
        self._streams: dict[int, _Stream] = {}
        self._latest = 0
        """The highest stream that the client has begun."""
        self._block: tuple[int, int, bytearray] | None = None
        """The stream, flags and beginning of fields that go on in the next frame."""
        self._window = self._window_of_streams = _WINDOW_DEFAULT
        self._room = asyncio.Event()
        """Set when there may be room for more of an answer."""
        self._is_ending = False

    @property
    def is_idle(self) -> bool:  # type: ignore[override]
        return not self._streams

    def begin(self, transport: asyncio.BaseTransport, forget: Callable[[], None]) -> None:
        super().begin(transport, forget)
        settings = struct.pack(">HIHI", _STREAMS_SETTING, STREAMS_MAX, _WINDOW_SETTING, WINDOW_BYTES)
        self._send(_SETTINGS, 0, 0, settings)
        self._send(_WINDOW, 0, 0, struct.pack(">I", CONNECTION_WINDOW_BYTES - _WINDOW_DEFAULT))

    def finish(self) -> None:
        """Take no further request, and close when all are answered."""
        if not self._is_ending:
            self._end(_NO_ERROR)
        tasks = [stream.task for stream in self._streams.values() if stream.task is not None]
        if tasks and self.work is None:
            self.work = asyncio.get_running_loop().create_task(self._answered(tasks))
        elif not tasks:
            self._close()

    async def _answered(self, tasks: "list[asyncio.Task[None]]") -> None:
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        self._close()

    # The transport's side ------------------------------------------------------------------------------------

    def connection_lost(self, error: Exception | None) -> None:
        self._is_ending = True
        for stream in list(self._streams.values()):
            self._give_up(stream)
        super().connection_lost(error)

    def pause_writing(self) -> None:
        """The windows of HTTP/2 hold back a client that does not read."""

    def data_received(self, data: bytes) -> None:
        self.sweeps = 0
        self._waiting += data
        try:
            while self._transport is not None and self._take():
                pass
        except (_ClientsFault, hpack.HpackError) as error:
            self._end(getattr(error, "code", _PROTOCOL_ERROR))
            self._close()

    def _take(self) -> bool:
        """Take a frame; whether there was a whole one."""
        waiting = self._waiting
        if len(waiting) < _HEAD_BYTES:
            return False
        size = int.from_bytes(waiting[:3], "big")
        if size > FRAME_BYTES_MAX:
            raise _ClientsFault(_SIZE_ERROR)
        if len(waiting) < _HEAD_BYTES + size:
            return False
        kind, flags, number = waiting[3], waiting[4], int.from_bytes(waiting[5:9], "big") & _WINDOW_MAX
        payload = bytes(waiting[_HEAD_BYTES : _HEAD_BYTES + size])
        del waiting[: _HEAD_BYTES + size]
        if self._block is not None and (kind != _CONTINUATION or number != self._block[0]):
            raise _ClientsFault
        try:
            self._on_frame(kind, flags, number, payload)
        except (struct.error, IndexError):
            raise _ClientsFault(_SIZE_ERROR) from None
        return True

    def _on_frame(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        if kind == _DATA:
            self._on_data(number, _unpadded(flags, payload), len(payload), is_end=bool(flags & _END_STREAM))
        elif kind == _HEADERS:
            block = _unpadded(flags, payload)
            self._on_block(number, flags, block[5:] if flags & _PRIORITISED else block)
        elif kind == _CONTINUATION:
            if self._block is None:
                raise _ClientsFault
            _, first_flags, begun = self._block
            if len(begun) + len(payload) > hpack.FIELDS_BYTES_MAX:
                raise _ClientsFault
            self._on_block(number, first_flags | flags & _END_HEADERS, bytes(begun) + payload)
        elif kind == _RESET:
            stream = self._streams.get(number)
            if stream is not None:
                self._give_up(stream)
        elif kind == _SETTINGS and not flags & _ACK:
            self._on_settings(payload)
        elif kind == _PING and not flags & _ACK:
            self._send(_PING, _ACK, 0, payload)
        elif kind == _WINDOW:
            self._on_window(number, struct.unpack(">I", payload)[0] & _WINDOW_MAX)
        elif kind == _PUSH:
            raise _ClientsFault

    def _on_settings(self, payload: bytes) -> None:
        for name, value in struct.iter_unpack(">HI", payload):
            if name == _WINDOW_SETTING:
                if value > _WINDOW_MAX:
                    raise _ClientsFault(_FLOW_ERROR)
                for stream in self._streams.values():
                    stream.window += value - self._window_of_streams
                self._window_of_streams = value
        self._send(_SETTINGS, _ACK, 0)
        self._room.set()

    def _on_window(self, number: int, more: int) -> None:
        if not number:
            self._window += more
        elif number in self._streams:
            self._streams[number].window += more
        self._room.set()

    # Requests ------------------------------------------------------------------------------------------------

    def _on_block(self, number: int, flags: int, block: bytes) -> None:
        if not flags & _END_HEADERS:
            self._block = (number, flags, bytearray(block))
            return
        self._block = None
        # Also those of requests that are refused, as later ones refer to them.
        fields = self._decoder.decode(block)
        stream = self._streams.get(number)
        if stream is not None:
            # Fields behind a body say nothing that is asked for here.
            stream.incoming.complete()
            self._advance(number, stream)
            return
        if not number % 2 or number <= self._latest:
            raise _ClientsFault
        self._latest = number
        if self._is_ending or len(self._streams) >= STREAMS_MAX:
            self._send(_RESET, 0, number, struct.pack(">I", _REFUSED))
            return
        stream = _Stream(_incoming(fields, lambda: self._ask(number)), self._window_of_streams)
        self._streams[number] = stream
        if flags & _END_STREAM:
            stream.incoming.complete()
        self._advance(number, stream)

    def _on_data(self, number: int, piece: bytes, size: int, *, is_end: bool) -> None:
        if number > self._latest or not number:
            raise _ClientsFault
        self._send(_WINDOW, 0, 0, struct.pack(">I", size)) if size else None
        stream = self._streams.get(number)
        if stream is None:
            return
        stream.owed += size
        stream.incoming.feed(piece)
        if is_end:
            stream.incoming.complete()
        elif stream.incoming.size <= WHOLE_BYTES_MAX:
            self._ask(number)
        self._advance(number, stream)

    def _ask(self, number: int) -> None:
        """Let the client send more of a body."""
        stream = self._streams.get(number)
        if stream is not None and stream.owed and not stream.incoming.is_complete:
            self._send(_WINDOW, 0, number, struct.pack(">I", stream.owed))
            stream.owed = 0

    def _advance(self, number: int, stream: _Stream) -> None:
        if stream.task is None and stream.incoming.is_ready:
            stream.task = asyncio.get_running_loop().create_task(self._answer(number, stream))

    def _give_up(self, stream: _Stream) -> None:
        """The client is no longer interested."""
        stream.is_over = True
        stream.incoming.abandon()
        self._room.set()
        if stream.task is not None and stream.is_answered:
            stream.task.cancel()
        if stream.task is None:
            self._streams = {number: one for number, one in self._streams.items() if one is not stream}

    # Answers -------------------------------------------------------------------------------------------------

    async def _answer(self, number: int, stream: _Stream) -> None:
        incoming = stream.incoming
        try:
            request = incoming.request(self._client, self._scheme(incoming.headers.get("host")))
            response = await contain(f"{incoming.method} {incoming.path}", self._handler(request))
            if isinstance(response, Exception):
                response = _FAULT
            stream.is_answered = True
            fault = await contain("sending a response", self._respond(number, stream, response))
            if fault is not None and not stream.is_over:
                # Half an answer must not look like a whole one.
                self._send(_RESET, 0, number, struct.pack(">I", _INTERNAL_ERROR))
            elif not incoming.is_complete and not stream.is_over:
                self._send(_RESET, 0, number, struct.pack(">I", _NO_ERROR))
        except asyncio.CancelledError:
            # The client has gone, or the server stops before the end.
            if not stream.is_over:
                self._send(_RESET, 0, number, struct.pack(">I", _REFUSED))
        finally:
            incoming.discard()
            self._streams.pop(number, None)

    async def _respond(self, number: int, stream: _Stream, response: Response) -> None:
        body = response.body
        fields = [(name.lower(), value) for name, value in response.headers if name.lower() not in _CONNECTIONS_OWN]
        if isinstance(body, bytes):
            if stream.incoming.method != "HEAD":
                fields = [(name, value) for name, value in fields if name != "content-length"]
            if not any(name == "content-length" for name, _ in fields):
                fields.append(("content-length", str(len(body))))
        if not any(name == "date" for name, _ in fields):
            fields.append(("date", self._date()))
        block = hpack.encode(
            [
                (b":status", str(response.status).encode()),
                *((name.encode("latin-1", "replace"), _one_line(value)) for name, value in fields),
            ]
        )
        is_bodiless = stream.incoming.method == "HEAD" or body == b"" or response.status in (204, 304)
        self._send_block(number, block, _END_STREAM if is_bodiless else 0)
        if is_bodiless:
            return
        if isinstance(body, bytes):
            await self._send_piece(number, stream, body, _END_STREAM)
            return
        async for piece in body:
            await self._send_piece(number, stream, piece)
            if stream.is_over:
                return
        self._send(_DATA, _END_STREAM, number)

    def _send_block(self, number: int, block: bytes, flags: int) -> None:
        first, rest = block[:FRAME_BYTES_MAX], block[FRAME_BYTES_MAX:]
        self._send(_HEADERS, flags | (0 if rest else _END_HEADERS), number, first)
        while rest:
            part, rest = rest[:FRAME_BYTES_MAX], rest[FRAME_BYTES_MAX:]
            self._send(_CONTINUATION, 0 if rest else _END_HEADERS, number, part)

    async def _send_piece(self, number: int, stream: _Stream, piece: bytes, flags: int = 0) -> None:
        """Send a part of a body as the client has room for it. ``flags``: those of its end."""
        while piece and not stream.is_over:
            room = min(self._window, stream.window, FRAME_BYTES_MAX)
            if room <= 0:
                self._room.clear()
                await self._room.wait()
                continue
            part, piece = piece[:room], piece[room:]
            self._window -= len(part)
            stream.window -= len(part)
            self._send(_DATA, 0 if piece else flags, number, part)

    def _send(self, kind: int, flags: int, number: int, payload: bytes = b"") -> None:
        if self._transport is not None:
            head = len(payload).to_bytes(3, "big") + bytes([kind, flags]) + number.to_bytes(4, "big")
            self._transport.write(head + payload)

    # Its end -------------------------------------------------------------------------------------------------

    def _end(self, code: int) -> None:
        """Tell the client that nothing further is answered."""
        self._is_ending = True
        self._send(_GOAWAY, 0, 0, struct.pack(">II", self._latest, code))

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _unpadded(flags: int, payload: bytes) -> bytes:
    if not flags & _PADDED:
        return payload
    padding = payload[0]
    if padding >= len(payload):
        raise _ClientsFault
    return payload[1 : len(payload) - padding]


def _incoming(fields: list[hpack.Field], resume: Callable[[], None]) -> Incoming:
    """A request by its fields; those that begin with a colon are what HTTP/1.1 says otherwise."""
    said = {name: value for name, value in fields if name.startswith(b":")}
    method, path = said.get(b":method"), said.get(b":path")
    if not method or not path:
        raise _ClientsFault
    incoming = Incoming(resume)
    incoming.method = method.decode("latin-1")
    target, _, query = path.decode("latin-1").partition("#")[0].partition("?")
    incoming.path, incoming.query = target, query
    incoming.fields = [(name, value) for name, value in fields if not name.startswith(b":")]
    authority = said.get(b":authority", b"")
    if authority and not any(name == b"host" for name, _ in incoming.fields):
        incoming.fields.insert(0, (b"host", authority))
    incoming.headers = Headers.from_wire(incoming.fields)
    return incoming


def _one_line(value: str) -> bytes:
    """A field's value without what no value may have."""
    kept = (character if character == "\t" or character >= " " else " " for character in value)
    return "".join(kept).encode("latin-1", "replace")
