"""A streamed response on its way from a function to whoever invoked it, piece by piece, before the outcome is known.

The invoker makes a ``ResponseStream``, hangs it on its ``Invocation`` and reads it while the invocation runs:

    invocation = Invocation(request_id, payload, stream=(stream := ResponseStream()))
    running = asyncio.ensure_future(engine.invoke(spec, invocation))
    async for piece in stream: ...
    outcome = await running

Everything that the function answers comes this way, also the answer of one that does not stream; the outcome's payload
is then empty, or the error object of a function that failed (before its first piece or after it). A reader that is slow
makes the function wait, one that goes away (``abandon``) does not: as on AWS it runs on, and its pieces are dropped.
Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

import asyncio
from collections import deque
from collections.abc import Callable

BUFFER_BYTES_MAX = 256 * 1024
"""How much may wait for the reader before the function is made to wait; one read from its socket may be added."""


class ResponseStream:
    """Pieces in order, between one writer and one reader of the same event loop."""

    def __init__(self, buffer_bytes_max: int = BUFFER_BYTES_MAX) -> None:
        self.content_type = ""
        """The function's own, known when the stream has begun."""
        self.has_begun = False
        self.on_room: Callable[[], None] | None = None
        """Called once when a stream that was full has room again; the writer's to set."""
        self._buffer_bytes_max = buffer_bytes_max
        self._pieces: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._is_closed = False
        self._is_abandoned = False
        self._reader: asyncio.Future[None] | None = None

    # The writer's side -----------------------------------------------------------------------------------------

    def begin(self, content_type: str) -> None:
        """The function answers; only the first beginning counts, and none after the end."""
        if not self.has_begun and not self._is_closed:
            self.has_begun = True
            self.content_type = content_type
            self._wake()

    def write(self, piece: bytes) -> None:
        """Pass a piece on. Nothing is refused: whoever writes looks at ``is_full`` and waits for ``on_room``.

        What comes after the end, as when the invoker's patience was at its own, is dropped.
        """
        if piece and not self._is_abandoned and not self._is_closed:
            self._pieces.append(piece)
            self._waiting_bytes += len(piece)
            self._wake()

    @property
    def is_full(self) -> bool:
        """Whether the writer should wait."""
        return self._waiting_bytes >= self._buffer_bytes_max

    def close(self) -> None:
        """Nothing more will come. Harmless when it was closed."""
        self._is_closed = True
        self.on_room = None
        self._wake()

    # The reader's side -----------------------------------------------------------------------------------------

    async def begun(self) -> bool:
        """Wait until the function answers; False when it never will."""
        while not self.has_begun and not self._is_closed:
            await self._news()
        return self.has_begun

    async def read(self) -> bytes:
        """Everything that has come since the last read, as soon as there is any; empty at the end."""
        while not self._pieces and not self._is_closed:
            await self._news()
        data = b"".join(self._pieces)
        self._empty()
        return data

    def __aiter__(self) -> "ResponseStream":
        return self

    async def __anext__(self) -> bytes:
        """The next piece, cut as the function cut it."""
        while not self._pieces and not self._is_closed:
            await self._news()
        if not self._pieces:
            raise StopAsyncIteration
        piece = self._pieces.popleft()
        self._waiting_bytes -= len(piece)
        self._room()
        return piece

    def abandon(self) -> None:
        """The reader has gone away."""
        self._is_abandoned = True
        self._empty()

    # Both ------------------------------------------------------------------------------------------------------

    def _empty(self) -> None:
        self._pieces.clear()
        self._waiting_bytes = 0
        self._room()

    def _room(self) -> None:
        if not self.is_full and self.on_room is not None:
            on_room, self.on_room = self.on_room, None
            on_room()

    async def _news(self) -> None:
        assert self._reader is None, "a stream has one reader"
        self._reader = asyncio.get_running_loop().create_future()
        try:
            await self._reader
        finally:
            self._reader = None

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
