"""A request, a response, and bodies that may be larger than memory.

Header names are lower case. ``path`` is percent-encoded as it came over the wire, because signatures, S3 keys
and API Gateway's proxy events all depend on the exact bytes.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, KeysView, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from stratolite.core.errors import RequestEntityTooLarge

BODY_BYTES_MAX = 64 * 1024 * 1024
"""What a body that is held in memory may have at most; services set lower limits of their own."""


def too_large(bytes_max: int) -> RequestEntityTooLarge:
    """The error for a body over its limit."""
    return RequestEntityTooLarge(f"Request must be smaller than {bytes_max} bytes")


@lru_cache(1024)
def _lower(name: bytes) -> str:
    """The name of a field as it is looked for; nearly all that come are of some dozens."""
    return name.decode("latin-1").lower()


class Headers:
    """Header fields: names lower case, order and repetition kept. Nobody changes them: requests may share them."""

    __slots__ = ("_first", "_sent", "derived", "fields")

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        sent = list(fields)
        self.fields: list[tuple[str, str]] = [(name.lower(), value) for name, value in sent]
        self._sent: Sequence[tuple[bytes, object]] = [(name.encode("latin-1"), value) for name, value in sent]
        # Backwards, so that the first of several values stays.
        self._first: dict[str, str] = dict(reversed(self.fields))
        self.derived: dict[object, Any] = {}
        """What others make of these fields and of whose they are, client and scheme, and want to find again with the
        next request that has them: only requests of one connection share them."""

    @classmethod
    def from_wire(cls, sent: list[tuple[bytes, bytes]]) -> "Headers":
        """From names, as the client wrote them, and values."""
        headers = cls.__new__(cls)
        headers.fields = [(_lower(name), value.decode("latin-1")) for name, value in sent]
        headers._sent = sent
        headers._first = dict(reversed(headers.fields))
        headers.derived = {}
        return headers

    @property
    def as_sent(self) -> list[tuple[str, str]]:
        """The fields with their names in the client's own case."""
        return [(name.decode("latin-1"), value) for (name, _), (_, value) in zip(self._sent, self.fields, strict=True)]

    @property
    def names(self) -> KeysView[str]:
        """The (lower-case) names that are there."""
        return self._first.keys()

    def get(self, name: str, default: str = "") -> str:
        """The first value of a (lower-case) name."""
        return self._first.get(name, default)

    def all(self, name: str) -> list[str]:
        """Every value of a (lower-case) name, in order."""
        return [value for key, value in self.fields if key == name]

    def adding(self, name: str, value: str) -> "Headers":
        """These fields and one more."""
        return Headers([*self.as_sent, (name, value)])

    def without(self, name: str) -> "Headers":
        """The fields of other (lower-case) names."""
        return Headers([(sent, value) for sent, value in self.as_sent if sent.lower() != name])

    def __contains__(self, name: str) -> bool:
        return name in self._first


class Body:
    """A request body that arrives in pieces: read whole up to a limit, or iterate."""

    def __init__(self, pieces: AsyncIterable[bytes] | None = None, *, whole: bytes | None = None) -> None:
        self._pieces = pieces
        self._whole = b"" if pieces is None and whole is None else whole

    @property
    def whole(self) -> bytes | None:
        """All of it, when it is in memory already."""
        return self._whole

    async def read(self, bytes_max: int = BODY_BYTES_MAX) -> bytes:
        """All of it. Raises RequestEntityTooLarge beyond ``bytes_max``; reads no further than that."""
        if self._whole is None:
            assert self._pieces is not None
            parts: list[bytes] = []
            size = 0
            async for piece in self._pieces:
                size += len(piece)
                if size > bytes_max:
                    raise too_large(bytes_max)
                parts.append(piece)
            self._whole = b"".join(parts)
        if len(self._whole) > bytes_max:
            raise too_large(bytes_max)
        return self._whole

    def __aiter__(self) -> AsyncIterator[bytes]:
        if self._whole is not None:
            return _Once(self._whole)
        assert self._pieces is not None
        return aiter(self._pieces)


NO_BODY = Body()
"""The body of every request that has none."""


class _Once:
    """One piece, if it is not empty. A generator costs five times as much, as the event loop keeps account of them."""

    __slots__ = ("_left",)

    def __init__(self, piece: bytes) -> None:
        self._left = piece

    def __aiter__(self) -> "_Once":
        return self

    async def __anext__(self) -> bytes:
        piece, self._left = self._left, b""
        if not piece:
            raise StopAsyncIteration
        return piece


class Request(Struct):
    """One HTTP request. ``body`` is in memory; ``stream`` gives the same bytes piece by piece.

    The edge reads the body before it hands the request on, unless the route asks for the stream.
    """

    method: str
    path: str
    """Percent-encoded, beginning with ``/``, without the query."""
    query: str = ""
    """Percent-encoded, without the ``?``."""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    stream: Body = field(default_factory=Body)
    client: str = "127.0.0.1"
    scheme: str = "http"

    @property
    def host(self) -> str:
        """The Host header, port included."""
        return self.headers.get("host")


ResponseBody = bytes | AsyncIterable[bytes]
"""Pieces that cannot go on raise ``BrokenOff``."""
BODILESS = frozenset({204, 304})
"""Statuses whose answers have no body."""


class BrokenOff(Exception):
    """An answer that had begun will not be whole, and whose fault that is: nobody's here. The connection logs it, and
    breaks off, so that the client sees that something is missing."""


class Response(Struct):
    """One HTTP response. A body of pieces needs its ``content-length`` set when it is known."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: ResponseBody = b""


def fault() -> Response:
    """What a client hears of a fault of ours."""
    return Response(500, [("content-type", "application/json")], b'{"message":"Internal server error"}')


Handler = Callable[[Request], Awaitable[Response]]
"""What answers a request. What it raises is a fault of ours: the connection reports it, and answers ``fault``."""
