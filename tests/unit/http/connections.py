"""A client and a transport that only remembers, for connections without sockets."""

import asyncio
from typing import cast

from stratolite.http.connection import Connection, Shared
from stratolite.http.message import Handler, Request, Response

DATE = "Tue, 14 Nov 2023 22:13:20 GMT"


class Transport(asyncio.Transport):
    """Remembers what was written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("10.0.0.1", 1234)})
        self.sent = b""
        self.closed = False
        self.reading = True
        self.protocol: asyncio.Protocol | None = None
        """What the connection went on in."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.sent += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def is_reading(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = cast(asyncio.Protocol, protocol)


class Client:
    """A connection and its client's end."""

    def __init__(self, handler: Handler, *, is_welcome: bool = True) -> None:
        self.shared = Shared(date=lambda: DATE)
        self.transport = Transport()
        self.connection = Connection(handler, self.shared, is_welcome=is_welcome)
        self.connection.connection_made(self.transport)

    async def send(self, data: bytes) -> bytes:
        """Send bytes, let everything happen, and take what was answered."""
        (self.transport.protocol or self.connection).data_received(data)
        return await self.answer()

    async def answer(self) -> bytes:
        for _ in range(10):
            await asyncio.sleep(0)
        sent, self.transport.sent = self.transport.sent, b""
        return sent.replace(f"date: {DATE}\r\n".encode(), b"")


async def echo(request: Request) -> Response:
    """Answers with what it was asked."""
    body = await request.stream.read()
    return Response(200, [("x-asked", f"{request.method} {request.path} {request.query}")], body)


def answered(asked: str, body: bytes = b"", more: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nx-asked: {asked}\r\ncontent-length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def post(path: str, body: bytes, headers: str = "") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: h\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body
