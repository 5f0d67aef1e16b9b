"""One WebSocket: frames in bytes on one side, whole messages of text on the other.

Frames are wsproto's, which is imported when the first client comes (30 ms). What a client can make the server hold is
bounded: a frame, a message, what it does not take of what is sent to it. Pings are answered here. Binary messages are
not taken: this is the WebSocket of API Gateway.
Source: https://www.rfc-editor.org/rfc/rfc6455
"""

import asyncio
import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Protocol

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Message, Ping, TextMessage

from stratolite.http.message import Request
from stratolite.http.upgrade import Upgraded

VERSION = "13"
NORMAL, GOING_AWAY, UNSUPPORTED, TOO_BIG = 1000, 1001, 1003, 1009
NO_STATUS, ABNORMAL = 1005, 1006
"""Codes that no frame carries: a close frame without a code, and no close frame at all."""
NO_STATUS_REASON = "Client-side close frame status not set"
"""What API Gateway says of the former."""
CLOSE_S_MAX = 5
"""How long a client may take to confirm that the connection is to be closed."""
UNTAKEN_BYTES_MAX = 1024 * 1024
"""What may wait for a client that reads too slowly."""
REASON_BYTES_MAX = 123
KEY_BYTES = 16
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may send, in bytes."""

    frame_bytes_max: int
    message_bytes_max: int


class Receiver(Protocol):
    """Who hears what a client does. None of it waits."""

    def touched(self) -> None:
        """Something came: a message, a part of one, a ping."""

    def received(self, text: str) -> None:
        """A whole message."""

    def ended(self, code: int, reason: str) -> None:
        """Nothing more can be sent or will be received: once, whoever ended it."""


def accept_key(request: Request) -> str:
    """What the server answers to the key of a client; empty for a request that is no WebSocket handshake."""
    headers = request.headers
    connection = (one.strip().lower() for one in headers.get("connection").split(","))
    if request.method != "GET" or "upgrade" not in connection:
        return ""
    key = headers.get("sec-websocket-key")
    try:
        is_key = len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key or headers.get("sec-websocket-version") != VERSION:
        return ""
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


class WebSocket(Upgraded):
    """The server's side of one."""

    def __init__(self, receiver: Receiver, limits: Limits) -> None:
        super().__init__()
        self._receiver = receiver
        self._limits = limits
        self._frames = Connection(ConnectionType.SERVER)
        self._parts: list[str] = []
        """Of the message that is arriving."""
        self._frame_bytes = 0
        self._message_bytes = 0
        self._is_paused = False
        self._is_ended = False
        self._deadline: asyncio.TimerHandle | None = None

    # The transport's side ------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._frames.state in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):
            self._frames.receive_data(data)
            self._pump()

    def connection_lost(self, error: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(error)
        self._end(ABNORMAL, "")

    def pause_writing(self) -> None:
        # A client that takes nothing is not listened to either: it could go on asking for answers to its pings.
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None and not self._is_paused:
            self._transport.resume_reading()

    # The service's side --------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        return not self._is_ended and self._transport is not None

    @property
    def is_full(self) -> bool:
        """Whether the client has to take something before more can be sent to it."""
        return self._transport is not None and self._transport.get_write_buffer_size() > UNTAKEN_BYTES_MAX

    def send(self, text: str) -> None:
        """Send a message; one to a client that has gone is lost."""
        if self.is_open:
            self._write(TextMessage(data=text))

    def close(self, code: int, reason: str = "") -> None:
        """End it: nothing that still comes is a message."""
        if not self.is_open:
            return
        assert self._transport is not None
        self._end(code, reason)
        self._write(CloseConnection(code=code, reason=reason))
        self._deadline = asyncio.get_running_loop().call_later(CLOSE_S_MAX, self._transport.abort)
        self._transport.resume_reading()

    def pause(self) -> None:
        """Take no more messages for now."""
        if self.is_open and not self._is_paused:
            self._is_paused = True
            assert self._transport is not None
            self._transport.pause_reading()

    def resume(self) -> None:
        """Take messages again."""
        if not self._is_paused:
            return
        self._is_paused = False
        if self.is_open:
            assert self._transport is not None
            self._transport.resume_reading()
            self._pump()

    def finish(self) -> None:
        if self._is_ended and self._transport is not None:
            # Asked again: the client has had its time to confirm.
            self._transport.close()
        self.close(GOING_AWAY, "Going away")

    # Frames --------------------------------------------------------------------------------------------------

    def _pump(self) -> None:
        """Take what has arrived, as long as more is wanted. What is left waits in the frames' buffer."""
        for event in self._frames.events():
            if isinstance(event, CloseConnection):
                self._closed(event)
                return
            if self._is_ended:
                continue
            self._receiver.touched()
            if isinstance(event, Message):
                self._take(event)
            elif isinstance(event, Ping):
                self._write(event.response())
            if self._is_paused and not self._is_ended:
                return

    def _take(self, event: Event) -> None:
        if isinstance(event, BytesMessage):
            self.close(UNSUPPORTED, "Binary frames are not supported")
            return
        assert isinstance(event, TextMessage)
        text = event.data
        size = len(text) if text.isascii() else len(text.encode())
        self._frame_bytes += size
        self._message_bytes += size
        if self._frame_bytes > self._limits.frame_bytes_max or self._message_bytes > self._limits.message_bytes_max:
            self._parts.clear()
            self.close(TOO_BIG, "Message too long")
            return
        self._parts.append(text)
        if event.frame_finished:
            self._frame_bytes = 0
        if event.message_finished:
            whole = "".join(self._parts)
            self._parts.clear()
            self._message_bytes = 0
            self._receiver.received(whole)

    def _closed(self, event: CloseConnection) -> None:
        """The client says that it ends, or confirms that it does; or what it sends are no frames."""
        if self._transport is None:
            return
        if self._frames.state is ConnectionState.REMOTE_CLOSING:
            self._end(event.code, NO_STATUS_REASON if event.code == NO_STATUS else event.reason or "")
            self._write(event.response())
        elif self._frames.state is ConnectionState.OPEN:
            reason = (event.reason or "").encode()[:REASON_BYTES_MAX].decode(errors="ignore")
            self._end(event.code, reason)
            self._write(CloseConnection(code=event.code, reason=reason))
        self._transport.close()

    def _write(self, event: Event) -> None:
        assert self._transport is not None
        self._transport.write(self._frames.send(event))

    def _end(self, code: int, reason: str) -> None:
        if not self._is_ended:
            self._is_ended = True
            self._receiver.ended(int(code), reason)
