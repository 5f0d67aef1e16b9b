"""A small HTTP load generator: some connections, each with one request under way, for a bounded time."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

REQUESTS_MAX = 200_000
ERRORS_MAX = 100
"""After so many requests that were refused, or cut off (0), a measurement ends."""


@dataclass(frozen=True)
class Rate:
    """What a load measured. Times in milliseconds."""

    per_s: float
    p50_ms: float
    p99_ms: float
    count: int


def request(
    url: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
) -> tuple[str, int, bytes]:
    """Host, port and bytes of a request."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {path} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return parts.hostname or "127.0.0.1", parts.port or 80, "\r\n".join(lines).encode() + body


class _Connection(asyncio.Protocol):
    """Sends the next request when an answer is complete, over a new connection where the server ends one."""

    def __init__(
        self, address: tuple[str, int], messages: list[bytes], until_s: float, times: list[float], errors: list[int]
    ) -> None:
        self.address = address
        self.messages = messages
        self.until_s = until_s
        self.times = times
        self.errors = errors
        self.buffer = bytearray()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.place = 0
        self.sent_s = 0.0
        self.is_over = False
        self.is_renewed = False
        """Whether the server has said that it ends the connection."""
        self.renewal: asyncio.Task[Any] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's transports are no subclasses of it.
        self._send()

    def _send(self) -> None:
        self.sent_s = time.perf_counter()
        self.transport.write(self.messages[self.place % len(self.messages)])
        self.place += 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.buffer[:end]).lower()
        length = self._length(head, end)
        if length is None or len(self.buffer) < length:
            return
        now_s = time.perf_counter()
        self.times.append(now_s - self.sent_s)
        if not head.startswith((b"http/1.1 2", b"http/1.0 2")):
            self.errors.append(int(head[9:12]))
        self.buffer.clear()
        self.is_over = now_s >= self.until_s or len(self.times) >= REQUESTS_MAX or len(self.errors) >= ERRORS_MAX
        self.is_renewed = b"connection: close" in head
        if self.is_over or self.is_renewed:
            self.transport.close()
        else:
            self._send()

    def _length(self, head: bytes, end: int) -> int | None:
        at = head.find(b"content-length:")
        if at >= 0:
            return end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
        if b"transfer-encoding: chunked" in head:
            return len(self.buffer) if self.buffer.endswith(b"0\r\n\r\n") else None
        return end + 4

    def connection_lost(self, error: Exception | None) -> None:
        if self.is_renewed and not self.is_over:
            loop = asyncio.get_running_loop()
            self.renewal = loop.create_task(loop.create_connection(lambda: self, *self.address))
            return
        if not self.is_over:
            self.errors.append(0)
        self.done.set_result(None)


async def _run(host: str, port: int, messages: list[bytes], connections: int, seconds: float) -> Rate:
    times: list[float] = []
    errors: list[int] = []
    loop = asyncio.get_running_loop()
    started_s = time.perf_counter()
    open_ones = []
    for place in range(connections):
        own = messages[place:] + messages[:place]
        _, connection = await loop.create_connection(
            partial(_Connection, (host, port), own, started_s + seconds, times, errors), host, port
        )
        open_ones.append(connection.done)
    await asyncio.wait_for(asyncio.gather(*open_ones), seconds + 60)
    elapsed_s = time.perf_counter() - started_s
    if errors:
        raise RuntimeError(
            f"{len(errors)} of {len(times)} requests to {host}:{port} were refused, one with {errors[0]}"
        )
    ordered = sorted(times)
    return Rate(
        per_s=len(times) / elapsed_s,
        p50_ms=statistics.median(ordered) * 1000,
        p99_ms=ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000,
        count=len(times),
    )


def measure(
    requests: list[tuple[str, int, bytes]], *, connections: int = 16, seconds: float = 4.0, warm_s: float = 1.0
) -> Rate:
    """The rate at which a server answers these requests, after a warm-up.

    Raises RuntimeError when it refuses one, or cuts one off (0): then nothing was measured, of a peer neither.
    """
    host, port, _ = requests[0]
    messages = [message for _, _, message in requests]
    runner = _runner()
    with runner:
        runner.run(_run(host, port, messages, connections, warm_s))
        return runner.run(_run(host, port, messages, connections, seconds))


def _runner() -> asyncio.Runner:
    try:
        import uvloop
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)
