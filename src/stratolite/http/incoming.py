"""A request while it arrives: its head, and a body that is handed on whole or piece by piece."""

import asyncio
from collections.abc import AsyncIterator, Callable

from stratolite.http.hosts import scheme_of
from stratolite.http.message import NO_BODY, Body, Headers, Request

WHOLE_BYTES_MAX = 64 * 1024
"""A body up to this size is waited for and handed on whole; of a larger one no more than about as much is held."""


class ClientGone(asyncio.CancelledError):
    """The client left before its body was complete.

    It cancels whoever works for the client: it is no fault, so that nothing which reports faults catches it.
    """


class Incoming:
    """One request. The connection feeds it, the handler reads it."""

    # What most requests never set is the class's own: a request costs 0.5 µs less.
    method = ""
    path = "/"
    query = ""
    minor = "1.1"
    headers: Headers
    """``fields``, once all have arrived."""
    scheme = ""
    """What the client speaks, once that was asked."""
    keeps_alive = True
    expects_continue = False
    is_complete = False
    is_gone = False
    is_broken = False
    """Its body ended too soon, or is no HTTP."""
    is_unwanted = False
    """Answered already: what still arrives is thrown away."""
    size = 0
    """Bytes of the body that wait to be read."""
    _arrived: asyncio.Future[None] | None = None

    def __init__(self, resume: Callable[[], None]) -> None:
        """``resume`` is called when more of the body can be taken, and tells a client that waits to go on."""
        self.fields: list[tuple[bytes, bytes]] = []
        """The header fields as the client wrote them."""
        self._pieces: list[bytes] = []
        self._resume = resume

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def again(self) -> "Incoming":
        """The same request, once more: it has no body."""
        other = Incoming(self._resume)
        other.method, other.path, other.query, other.minor = self.method, self.path, self.query, self.minor
        other.fields, other.headers, other.scheme = self.fields, self.headers, self.scheme
        other.is_complete = True
        return other

    @property
    def is_bodiless(self) -> bool:
        """Whether it is whole, and its head is all there is."""
        return self.is_complete and not self._pieces and self.keeps_alive

    @property
    def framing(self) -> bytes:
        """The header fields that say how long the body is; empty when there is none."""
        return b"".join(
            b"%b: %b\r\n" % (name, value)
            for name, value in self.fields
            if name.lower() == b"transfer-encoding" or (name.lower() == b"content-length" and value != b"0")
        )

    def feed(self, piece: bytes) -> None:
        if not self.is_unwanted:
            self._pieces.append(piece)
            self.size += len(piece)
            self._tell()

    def complete(self) -> None:
        self.is_complete = True
        self._tell()

    def abandon(self) -> None:
        """The client is gone."""
        self.is_gone = True
        self._tell()

    def discard(self) -> None:
        """It has been answered: nobody reads the rest."""
        self.is_unwanted = True
        self._pieces.clear()
        self.size = 0

    @property
    def is_ready(self) -> bool:
        """Whether the handler can begin."""
        return self.is_complete or self.size > WHOLE_BYTES_MAX or self.expects_continue

    def request(self, client: str) -> Request:
        """What the handler is given."""
        if not self.scheme:
            self.scheme = scheme_of(self.headers.get("host"))
        body = b""
        if not self.is_complete:
            stream = Body(self._stream())
        elif self._pieces:
            body = b"".join(self._pieces)
            stream = Body(whole=body)
        else:
            stream = NO_BODY
        return Request(self.method, self.path, self.query, self.headers, body, stream, client, self.scheme)

    async def _stream(self) -> AsyncIterator[bytes]:
        while True:
            if self._pieces:
                piece = b"".join(self._pieces)
                self._pieces.clear()
                self.size = 0
                yield piece
            if self.is_complete and not self._pieces:
                return
            if self.is_gone:
                raise ClientGone
            if not self._pieces:
                self._resume()
                self._arrived = asyncio.get_running_loop().create_future()
                await self._arrived

    def _tell(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)
