"""An HTTP/1.1 client for what the cloud sends to the outside: one request, one answer, one connection.

A request has one time limit for all of it, and an answer one size limit: no endpoint can hold a delivery for ever, or
fill memory. Redirects are answers like any other. TLS is checked against the machine's own certificates. Parsing is
httptools'; a request costs what its connection costs.
"""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httptools

from stratolite.http.detour import Detour
from stratolite.http.message import Headers

ANSWER_BYTES_MAX = 1024 * 1024
"""What an answer may have, head included, unless the caller allows less or more."""
SEGMENT_BYTES_MAX = 64 * 1024
_PORTS = {"http": 80, "https": 443}


class RequestFailed(Exception):
    """There is no answer: no connection, no time left, bytes that are no HTTP, or too many of them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


async def request(
    method: str,
    url: str,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    *,
    timeout_s: float,
    answer_bytes_max: int = ANSWER_BYTES_MAX,
    is_verified: bool = True,
    detour: Detour | None = None,
) -> Answer:
    """Send one request and wait for its answer. ``content-length`` and ``connection`` are the client's own, and so is
    ``host`` where it is not among the headers. ``is_verified``: whether the server's certificate has to be good.
    ``detour``: where requests to AWS's hosts go instead.

    Raises RequestFailed.
    """
    asked = url
    try:
        if detour is not None:
            url, headers = detour.taken(url, headers)
        async with asyncio.timeout(timeout_s):
            return await _exchange(method, url, headers, body, answer_bytes_max, is_verified)
    except TimeoutError as error:
        raise RequestFailed(f"{asked} gave no answer within {timeout_s:g} seconds") from error
    except (OSError, ValueError, httptools.HttpParserError) as error:
        raise RequestFailed(f"{asked} cannot be reached: {error or type(error).__name__}") from error


async def _exchange(
    method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes, answer_bytes_max: int, is_verified: bool
) -> Answer:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("it is no http or https URL")
    reader, writer = await asyncio.open_connection(
        parts.hostname,
        parts.port or _PORTS[parts.scheme],
        ssl=_context(is_verified) if parts.scheme == "https" else None,
    )
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = parts.netloc.rpartition("@")[2]
        writer.write(_head(method, target, host, headers, len(body)) + body)
        await writer.drain()
        return await _read(reader, answer_bytes_max, has_body=method != "HEAD")
    finally:
        writer.close()


def _context(is_verified: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _head(method: str, target: str, host: str, headers: Sequence[tuple[str, str]], body_bytes: int) -> bytes:
    lines = [f"{method} {target} HTTP/1.1"]
    if not any(name.lower() == "host" for name, _ in headers):
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body_bytes or method not in ("GET", "HEAD"):
        lines.append(f"Content-Length: {body_bytes}")
    lines.append("Connection: close")
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header field has a line break")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _read(reader: asyncio.StreamReader, bytes_max: int, *, has_body: bool) -> Answer:
    arriving = _Arriving(has_body=has_body)
    size = 0
    while not arriving.is_complete:
        segment = await reader.read(SEGMENT_BYTES_MAX)
        if not segment:
            break
        size += len(segment)
        if size > bytes_max:
            raise ValueError(f"its answer has more than {bytes_max} bytes")
        arriving.feed(segment)
    return arriving.answer()


class _Arriving:
    """An answer while it arrives. Informational ones (100 Continue) may go before it."""

    def __init__(self, *, has_body: bool) -> None:
        self._has_body = has_body
        self._fields: list[tuple[str, str]] = []
        self._pieces: list[bytes] = []
        self._status = 0
        self.is_complete = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, segment: bytes) -> None:
        """Take what has arrived. Raises HttpParserError."""
        self._parser.feed_data(segment)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self._fields.clear()
            return
        self._status = status
        self.is_complete = not self._has_body

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        self.is_complete = bool(self._status)

    def answer(self) -> Answer:
        """The answer; one without a length ends with its connection."""
        headers = Headers(self._fields)
        is_cut = not self.is_complete and ("content-length" in headers or "transfer-encoding" in headers)
        if not self._status or is_cut:
            raise ValueError("its answer is not complete")
        return Answer(self._status, headers, b"".join(self._pieces))
