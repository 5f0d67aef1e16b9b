"""aws-chunked bodies: pieces with their length (and signature) in front, trailers behind.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from collections.abc import AsyncIterator

from stratolite.core.errors import AwsError
from stratolite.http.message import Body, Request

HEADER_BYTES_MAX = 16 * 1024
"""What the line in front of a piece, or all trailers together, may have at most."""


class IncompleteBody(AwsError):
    """The body ended before its last piece."""

    text = "The request body terminated unexpectedly"


class InvalidChunk(AwsError):
    """The body is not aws-chunked, though the request says so."""

    code = "InvalidRequest"
    text = "The request body is not a valid aws-chunked encoding"


def is_chunked(request: Request) -> bool:
    """Whether a request's body is aws-chunked."""
    return request.headers.get("x-amz-content-sha256").startswith("STREAMING-") or "aws-chunked" in request.headers.get(
        "content-encoding"
    )


class ChunkedDecoder:
    """Takes bytes as they come, gives the payload's; ``trailers`` are complete when ``is_done``."""

    def __init__(self) -> None:
        self.trailers: dict[str, str] = {}
        self.is_done = False
        self._buffer = bytearray()
        self._left = 0
        """Payload bytes of the present piece that have not come yet."""
        self._state = "header"

    def feed(self, data: bytes) -> bytes:
        """The payload bytes in ``data``. Raises InvalidChunk."""
        self._buffer += data
        payload = bytearray()
        while self._step(payload):
            pass
        return bytes(payload)

    def end(self) -> None:
        """The body has ended. Raises IncompleteBody unless its last piece has come."""
        if self._state == "trailers" and not self._buffer.strip():
            self.is_done = True
        if not self.is_done:
            raise IncompleteBody

    def _step(self, payload: bytearray) -> bool:
        if self._state == "header":
            return self._header()
        if self._state == "payload":
            piece = self._buffer[: self._left]
            payload += piece
            del self._buffer[: len(piece)]
            self._left -= len(piece)
            if self._left:
                return False
            self._state = "separator"
            return True
        if self._state == "separator":
            if len(self._buffer) < 2:
                return False
            if self._buffer[:2] != b"\r\n":
                raise InvalidChunk
            del self._buffer[:2]
            self._state = "header"
            return True
        return self._state == "trailers" and self._trailer()

    def _header(self) -> bool:
        line = self._line()
        if line is None:
            return False
        size = line.split(b";", 1)[0].strip()
        try:
            self._left = int(size, 16)
        except ValueError as error:
            raise InvalidChunk from error
        if self._left < 0:
            raise InvalidChunk
        self._state = "payload" if self._left else "trailers"
        return True

    def _trailer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if not line:
            self._state = "done"
            self.is_done = True
            return False
        name, colon, value = line.partition(b":")
        if not colon:
            raise InvalidChunk
        self.trailers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
        return True

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > HEADER_BYTES_MAX:
                raise InvalidChunk
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line


async def decoded(body: Body, decoder: ChunkedDecoder) -> AsyncIterator[bytes]:
    """The payload of an aws-chunked body, piece by piece. Raises InvalidChunk, IncompleteBody."""
    async for piece in body:
        payload = decoder.feed(piece)
        if payload:
            yield payload
    decoder.end()
