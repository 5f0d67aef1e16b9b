"""HTTP/2 without TLS, as clients speak it that know beforehand: frames on one side, ``Request`` and ``Response`` on the
other.

AWS's SDKs for JavaScript and Java speak to Kinesis in no other way. A connection is handed over by ``connection.py``
when it begins as HTTP/2 does. Frames, fields and windows are h2's, which is sans I/O and imported when the first such
client comes, as that takes 60 ms. Streams are answered beside each other; of each body about a megabyte is held, and
nothing is sent that the client has no room for. Nothing is pushed.

What a client can make the server hold is bounded: frames (``frames.py``), fields, requests that are answered also when
the client has given up on them (CVE-2023-44487), what it does not read (then nothing more is read of it either). Of
fields that go on and on (CVE-2024-27316), h2 takes 64 frames.

Source: RFC 9113; https://www.kb.cert.org/vuls/id/605641, https://www.kb.cert.org/vuls/id/421644
"""

import asyncio
from collections.abc import Callable, Sequence, Set

from h2.config import H2Configuration
from h2.connection import ConnectionState, H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from stratolite.core.tasks import contain_answer
from stratolite.http.fields import one_line
from stratolite.http.frames import FRAME_BYTES_MAX, Frames
from stratolite.http.incoming import WHOLE_BYTES_MAX, Incoming
from stratolite.http.message import Handler, Headers, Response, fault
from stratolite.http.sending import is_whole
from stratolite.http.upgrade import Upgraded

STREAMS_MAX = 100
"""How many requests of one client are answered at a time; one that sends more ends the connection, or is refused where
the client has given up on some that are still being answered."""
REFUSED_MAX = 100
"""How many requests are refused before the connection ends."""
FIELDS_BYTES_MAX = 64 * 1024
"""What the fields of one request may have together."""
WINDOW_BYTES = 1024 * 1024
"""How much of one body a client sends without being asked for more."""
CONNECTION_WINDOW_BYTES = 16 * WINDOW_BYTES

PREFACE_BYTES = 24
_WINDOW_DEFAULT = 65_535
_CONNECTIONS_OWN = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
_SETTINGS = {
    SettingCodes.MAX_CONCURRENT_STREAMS: STREAMS_MAX,
    SettingCodes.INITIAL_WINDOW_SIZE: WINDOW_BYTES,
    SettingCodes.MAX_HEADER_LIST_SIZE: FIELDS_BYTES_MAX,
    SettingCodes.MAX_FRAME_SIZE: FRAME_BYTES_MAX,
}


class _Stream:
    """One request and its answer."""

    __slots__ = ("incoming", "is_answered", "is_over", "owed", "task")

    def __init__(self, incoming: Incoming) -> None:
        self.incoming = incoming
        self.owed = 0
        """How much of the body has arrived that the client was not told to follow by as much."""
        self.task: asyncio.Task[None] | None = None
        self.is_answered = False
        """Whether the answer is there, and is being sent."""
        self.is_over = False
        """Whether the client wants no more of it."""


class Http2(Upgraded):
    """A connection, from its preface on."""

    def __init__(self, handler: Handler, client: str, date: Callable[[], str]) -> None:
        """``date``: the value of the header field."""
        super().__init__()
        self._handler, self._client, self._date = handler, client, date
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self._h2.local_settings = Settings(client=False, initial_values=_SETTINGS)
        self._h2.decoder.max_header_list_size = FIELDS_BYTES_MAX
        self._frames = Frames(PREFACE_BYTES)
        self._streams: dict[int, _Stream] = {}
        self._room = asyncio.Event()
        """Set when there may be room for more of an answer."""
        self._drained = asyncio.Event()
        """Clear while the client does not take what is sent."""
        self._drained.set()
        self._refused = 0
        """How many requests were refused."""
        self._is_ending = False
        """No further request is taken."""
        self._is_closed = False

    @property
    def is_idle(self) -> bool:  # type: ignore[override]
        return not self._streams

    def begin(self, transport: asyncio.BaseTransport, forget: Callable[[], None]) -> None:
        super().begin(transport, forget)
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(CONNECTION_WINDOW_BYTES - _WINDOW_DEFAULT)
        self._flush()

    def finish(self) -> None:
        """Take no further request, and close when all are answered."""
        self._is_ending = True
        tasks = [stream.task for stream in self._streams.values() if stream.task is not None]
        if tasks and self.work is None:
            self.work = asyncio.get_running_loop().create_task(self._answered(tasks))
        elif not tasks:
            self._close()

    async def _answered(self, tasks: "Sequence[asyncio.Task[None]]") -> None:
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
        self._give_up_all()
        super().connection_lost(error)
        self.resume_writing()

    def pause_writing(self) -> None:
        # Whatever comes may have to be answered, be it by a frame that says that it has come.
        self._drained.clear()
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._drained.set()
        if self._transport is not None:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        self.sweeps = 0
        if self._is_closed:
            return
        if not self._frames.are_short(data):
            self._close(ErrorCodes.FRAME_SIZE_ERROR)
            return
        try:
            self._take_all(self._h2.receive_data(data))
        except ProtocolError:
            # What it is, h2 has ready for the client.
            self._end()
            return
        self._flush()

    def _take_all(self, events: list[Event]) -> None:
        # To h2 a stream is over already that is given up later in the same bytes: nothing may be said of it any more.
        given_up = {event.stream_id for event in events if isinstance(event, StreamReset)}
        for number in given_up:
            stream = self._streams.get(number)
            if stream is not None:
                self._give_up(number, stream)
        for event in events:
            if self._is_closed:
                return
            self._take(event, given_up)

    def _take(self, event: Event, given_up: Set[int]) -> None:
        if isinstance(event, RequestReceived):
            if event.stream_id not in given_up:
                self._begin_stream(event.stream_id, event.headers)
        elif isinstance(event, DataReceived):
            self._take_data(event.stream_id, event.data, event.flow_controlled_length)
        elif isinstance(event, StreamEnded):
            stream = self._streams.get(event.stream_id)
            if stream is not None:
                stream.incoming.complete()
                self._advance(event.stream_id, stream)
        elif isinstance(event, WindowUpdated | RemoteSettingsChanged):
            self._room.set()
        elif isinstance(event, ConnectionTerminated):
            if self._streams:
                # Who takes its leave still wants its answers, and h2 would send no more.
                self._h2.state_machine.state = ConnectionState.SERVER_OPEN
            self.finish()

    # Requests ------------------------------------------------------------------------------------------------

    def _begin_stream(self, number: int, fields: Sequence[tuple[bytes, bytes]]) -> None:
        if self._is_ending or len(self._streams) >= STREAMS_MAX:
            self._h2.reset_stream(number, ErrorCodes.REFUSED_STREAM)
            self._refused += 1
            if self._refused > REFUSED_MAX:
                self._close(ErrorCodes.ENHANCE_YOUR_CALM)
            return
        self._streams[number] = _Stream(_incoming(fields, lambda: self._ask(number)))

    def _take_data(self, number: int, piece: bytes, size: int) -> None:
        if size:
            self._h2.increment_flow_control_window(size)
        stream = self._streams.get(number)
        if stream is None:
            return
        stream.owed += size
        stream.incoming.feed(piece)
        if stream.incoming.size <= WHOLE_BYTES_MAX:
            self._ask(number)
        self._advance(number, stream)

    def _ask(self, number: int) -> None:
        """Let the client send more of a body."""
        stream = self._streams.get(number)
        if stream is not None and stream.owed and not stream.incoming.is_complete and not stream.is_over:
            self._h2.increment_flow_control_window(stream.owed, number)
            stream.owed = 0
            self._flush()

    def _advance(self, number: int, stream: _Stream) -> None:
        if stream.task is None and stream.incoming.is_ready:
            stream.task = asyncio.get_running_loop().create_task(self._answer(number, stream))

    def _give_up(self, number: int, stream: _Stream) -> None:
        """The client is no longer interested."""
        stream.is_over = True
        stream.incoming.abandon()
        self._room.set()
        if stream.task is None:
            del self._streams[number]
        elif stream.is_answered:
            stream.task.cancel()

    def _give_up_all(self) -> None:
        for number, stream in list(self._streams.items()):
            self._give_up(number, stream)

    # Answers -------------------------------------------------------------------------------------------------

    async def _answer(self, number: int, stream: _Stream) -> None:
        incoming = stream.incoming
        try:
            request = incoming.request(self._client)
            answer = await contain_answer(incoming, self._handler, request)
            response = fault() if isinstance(answer, Exception) else answer
            stream.is_answered = True
            if not await is_whole(incoming, self._respond(number, stream, response)):
                # Half an answer must not look like a whole one.
                self._reset(number, stream, ErrorCodes.INTERNAL_ERROR)
            elif not incoming.is_complete:
                self._reset(number, stream, ErrorCodes.NO_ERROR)
        except asyncio.CancelledError:
            # The client has gone, or the server stops before the end. That it refused would say that nothing was done.
            self._reset(number, stream, ErrorCodes.CANCEL)
        finally:
            incoming.discard()
            self._streams.pop(number, None)

    def _reset(self, number: int, stream: _Stream, code: ErrorCodes) -> None:
        if not stream.is_over and self._transport is not None:
            self._h2.reset_stream(number, code)
            self._flush()

    async def _respond(self, number: int, stream: _Stream, response: Response) -> None:
        if stream.is_over:
            return
        body = response.body
        is_bodiless = stream.incoming.method == "HEAD" or body == b"" or response.status in (204, 304)
        self._h2.send_headers(number, self._fields(stream, response), end_stream=is_bodiless)
        self._flush()
        if is_bodiless:
            return
        if isinstance(body, bytes):
            await self._send_piece(number, stream, body, is_end=True)
            return
        async for piece in body:
            await self._send_piece(number, stream, piece)
        self._end_stream(number, stream)

    def _end_stream(self, number: int, stream: _Stream) -> None:
        if not stream.is_over:
            self._h2.end_stream(number)
            self._flush()

    def _fields(self, stream: _Stream, response: Response) -> list[tuple[bytes, bytes]]:
        fields = [(name.lower(), value) for name, value in response.headers if name.lower() not in _CONNECTIONS_OWN]
        if isinstance(response.body, bytes):
            if stream.incoming.method != "HEAD":
                fields = [(name, value) for name, value in fields if name != "content-length"]
            if not any(name == "content-length" for name, _ in fields):
                fields.append(("content-length", str(len(response.body))))
        if not any(name == "date" for name, _ in fields):
            fields.append(("date", self._date()))
        head = [(b":status", str(response.status).encode())]
        return head + [
            (name.encode("latin-1", "replace"), one_line(value).strip().encode("latin-1", "replace"))
            for name, value in fields
        ]

    async def _send_piece(self, number: int, stream: _Stream, piece: bytes, *, is_end: bool = False) -> None:
        """Send a part of a body as the client has room for it."""
        while piece and not stream.is_over:
            room = min(self._h2.local_flow_control_window(number), self._h2.max_outbound_frame_size)
            if room <= 0:
                self._room.clear()
                await self._room.wait()
                continue
            part, piece = piece[:room], piece[room:]
            self._h2.send_data(number, part, end_stream=is_end and not piece)
            self._flush()
            if not self._drained.is_set():
                await self._drained.wait()

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data and self._transport is not None:
            self._transport.write(data)

    # Its end -------------------------------------------------------------------------------------------------

    def _close(self, code: ErrorCodes = ErrorCodes.NO_ERROR) -> None:
        """Tell the client that nothing further is answered, and why."""
        if self._transport is not None and not self._is_closed:
            self._h2.close_connection(code)
            self._end()

    def _end(self) -> None:
        """Send what is left to say, and close."""
        self._is_ending = self._is_closed = True
        self._give_up_all()
        self._flush()
        if self._transport is not None:
            self._transport.close()


def _incoming(fields: Sequence[tuple[bytes, bytes]], resume: Callable[[], None]) -> Incoming:
    """A request by its fields; those that begin with a colon are what HTTP/1.1 says otherwise."""
    said = {name: value for name, value in fields if name.startswith(b":")}
    incoming = Incoming(resume)
    incoming.method = said[b":method"].decode("latin-1")
    incoming.path, _, incoming.query = said.get(b":path", b"/").decode("latin-1").partition("#")[0].partition("?")
    incoming.fields = [(name, value) for name, value in fields if not name.startswith(b":")]
    authority = said.get(b":authority", b"")
    if authority and not any(name == b"host" for name, _ in incoming.fields):
        incoming.fields.insert(0, (b"host", authority))
    incoming.headers = Headers.from_wire(incoming.fields)
    return incoming
