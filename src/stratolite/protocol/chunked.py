"""The aws-chunked encoding: bodies in pieces, each with its length, perhaps a signature, and trailers at the end.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

import re
from collections.abc import AsyncIterator

from stratolite.core.errors import AwsError
from stratolite.http.message import Body, Request

LINE_BYTES_MAX = 16 * 1024
TRAILERS_MAX = 32
STREAMING_PREFIX = "STREAMING-"
_SIZE = re.compile(rb"[0-9a-fA-F]{1,15}")


class IncompleteBody(AwsError):
    """The body ended before its last piece."""

    text = "The request body terminated unexpectedly"


class InvalidChunk(AwsError):
    """A piece does not have the form of the encoding."""

    code = "InvalidRequest"
    text = "The body is not of the aws-chunked encoding."


class ChunkedDecoder:
    """Takes bytes as they arrive and gives the data among them. ``trailers`` fills on the way.

    The signatures of pieces are not checked, as the signature of the request is not.
    """

    def __init__(self) -> None:
        self.trailers: dict[str, str] = {}
        self.is_complete = False
        self._line = bytearray()
        self._left = 0
        self._state = self._size

    def feed(self, data: bytes) -> list[bytes]:
        """The data of the pieces, without a limit of its own. Raises InvalidChunk."""
        out: list[bytes] = []
        position = 0
        while position < len(data):
            if self._state == self._data:
                taken = data[position : position + self._left]
                out.append(taken)
                position += len(taken)
                self._left -= len(taken)
                if not self._left:
                    self._state = self._end
                continue
            end = data.find(b"\n", position)
            self._line += data[position : len(data) if end < 0 else end]
            if len(self._line) > LINE_BYTES_MAX:
                raise InvalidChunk
            if end < 0:
                break
            position = end + 1
            line = bytes(self._line).rstrip(b"\r")
            self._line.clear()
            self._state(line)
        return out

    def finish(self) -> None:
        """Raises IncompleteBody unless the last piece has come."""
        # A body may end right after its last piece, without the empty line that ought to follow.
        if not self.is_complete and self._state != self._trailer:
            raise IncompleteBody

    def _size(self, line: bytes) -> None:
        size = line.partition(b";")[0].strip()
        if _SIZE.fullmatch(size) is None:
            raise InvalidChunk
        self._left = int(size, 16)
        self._state = self._data if self._left else self._trailer

    def _data(self, line: bytes) -> None:
        raise AssertionError("data is no line")

    def _end(self, line: bytes) -> None:
        if line:
            raise InvalidChunk
        self._state = self._size

    def _trailer(self, line: bytes) -> None:
        if not line:
            # The signature of trailers may follow an empty line of its own.
            self.is_complete = True
            return
        name, colon, value = line.partition(b":")
        if not colon or len(self.trailers) >= TRAILERS_MAX:
            raise InvalidChunk
        self.trailers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()


class ChunkedBody(Body):
    """A body without its chunked encoding. ``trailers`` is complete once the body has been read."""

    def __init__(self, encoded: Body, announced: str = "") -> None:
        self._decoder = ChunkedDecoder()
        self.announced = [name.strip().lower() for name in announced.split(",") if name.strip()]
        """The names of the trailers that the request promises."""
        super().__init__(self._decoded(encoded))

    @property
    def trailers(self) -> dict[str, str]:
        return self._decoder.trailers

    async def _decoded(self, encoded: Body) -> AsyncIterator[bytes]:
        async for piece in encoded:
            for data in self._decoder.feed(piece):
                yield data
        self._decoder.finish()


def body_of(request: Request) -> Body:
    """The request's stream, decoded when it is chunked; one whose digest is signed is not, whatever else is said."""
    digest = request.headers.get("x-amz-content-sha256")
    if digest:
        is_chunked = digest.startswith(STREAMING_PREFIX)
    else:
        encodings = request.headers.get("content-encoding").split(",")
        is_chunked = any(part.strip().lower() == "aws-chunked" for part in encodings)
    return ChunkedBody(request.stream, request.headers.get("x-amz-trailer")) if is_chunked else request.stream
