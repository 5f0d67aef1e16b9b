"""The Lambda Runtime API, version 2018-06-01, as one sandbox sees it.

An ``asyncio.Protocol`` over httptools: the built-in bootstraps speak it on a socket pair that they inherit, everybody
else (AWS's runtime interface clients, custom runtimes) on a listening socket of the environment's own. This module
knows HTTP and the API's rules about bodies; what an environment makes of them is behind ``RuntimeApi``.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; answers that the page does not spell out are
those of AWS's runtime interface emulator. A warm exchange costs the server about 15 µs.
"""

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol, cast
from urllib.parse import unquote

import httptools

from stratolite.engine.model import RESPONSE_BYTES_MAX, STREAM_BYTES_MAX
from stratolite.engine.stream import ResponseStream

BASE = b"/2018-06-01/runtime"
NEXT = BASE + b"/invocation/next"
INIT_ERROR = BASE + b"/init/error"
INVOCATION = BASE + b"/invocation/"

REASONS = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
}
ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'
OTHER_APIS = (b"/2020-01-01/extension/", b"/2022-07-01/telemetry", b"/2020-08-15/logs")
HEADER_BYTES_MAX = 64 * 1024
GET_NEXT = b"GET " + NEXT + b" HTTP/1.1\r\nHost: runtime\r\n\r\n"
# How the built-in bootstraps answer, word for word, with GET_NEXT after the body; the parser would take 15 µs for it.
USUAL = re.compile(
    rb"POST /2018-06-01/runtime/invocation/([0-9A-Za-z-]{1,64})/response HTTP/1\.1\r\nHost: runtime\r\n"
    rb"Content-Type: ([!-~]{1,128})\r\nContent-Length: ([0-9]{1,5})\r\n\r\n"
)
CONNECTIONS_MAX = 64
"""Connections that one sandbox may hold open to its Runtime API."""


class Refused(Exception):
    """A request that the API's rules forbid."""

    def __init__(self, status: int, error_type: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error_type = error_type
        self.text = text


def invalid_request_id() -> Refused:
    return Refused(400, "InvalidRequestID", "Invalid request ID")


class RuntimeApi(Protocol):
    """What an environment does with the requests of its sandbox. The methods raise Refused."""

    def take_next(self, connection: "RuntimeConnection") -> None:
        """The runtime waits: answer with ``connection.send_event`` now or later."""

    def take_response(self, request_id: str, body: bytes, content_type: str) -> None:
        """The function's answer."""

    def begin_stream(self, request_id: str, content_type: str) -> ResponseStream | None:
        """The function's answer begins, and comes in pieces: where to, or None to have it collected."""

    def take_oversized_response(self, request_id: str, bytes_max: int) -> None:
        """The function's answer was over the limit."""

    def take_error(self, request_id: str, body: bytes, error_type: str) -> None:
        """The function failed; the body is the error object."""

    def take_cut_stream(self, request_id: str) -> None:
        """The connection ended in the middle of a streamed answer."""

    def take_init_error(self, body: bytes, error_type: str) -> None:
        """The runtime could not load the function."""

    def take_extension_request(
        self,
        connection: "RuntimeConnection",
        method: bytes,
        path: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> None:
        """A request to the Extensions API, or to one of those beside it."""


class RuntimeConnection(asyncio.Protocol):
    """One connection of a sandbox."""

    def __init__(self, api: RuntimeApi, connections: set["RuntimeConnection"]) -> None:
        self._api = api
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._header_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._body_bytes_max = RESPONSE_BYTES_MAX
        self._stream: ResponseStream | None = None
        self._streamed_id = ""
        self._refusal: Refused | None = None
        self._unsent = b""
        self._is_reading = False
        self._awaits_event = False
        self._is_between = True
        """Whether the next byte begins a request."""

    # asyncio.Protocol ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports are no subclasses of it.
        self._connections.add(self)
        if len(self._connections) > CONNECTIONS_MAX:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._connections.discard(self)
        if self._stream is not None:
            self._stream.on_room = None
            self._stream = None
            self._api.take_cut_stream(self._streamed_id)

    def data_received(self, data: bytes) -> None:
        self._is_reading = True
        try:
            if not (self._is_between and self._is_usual(data)):
                self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            self.close()
            raise  # A fault of ours, not of the sandbox's.
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._send(
                400, b'{"errorMessage":"HTTP request detected as truncated","errorType":"TruncatedHTTPRequest"}\n'
            )
            self._flush()
            self.close()
        finally:
            self._is_reading = False
        if self._stream is not None and self._stream.is_full and self._transport is not None:
            self._transport.pause_reading()
            self._stream.on_room = self._go_on_reading
        # A runtime that asks for the next event in the same breath has no use for the answers before that event:
        # they leave together, and wake it once.
        if self._unsent and not self._awaits_event:
            self._flush()

    def _go_on_reading(self) -> None:
        if self.is_open and self._transport is not None:
            self._transport.resume_reading()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # httptools -------------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._is_between = False
        self._url = b""
        self._headers = {}
        self._header_bytes = 0
        self._body = []
        self._body_bytes = 0
        self._body_bytes_max = RESPONSE_BYTES_MAX
        self._refusal = None

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > HEADER_BYTES_MAX:
            self.close()
            return
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        if self._headers.get(b"lambda-runtime-function-response-mode", b"").lower() != b"streaming":
            return
        request_id, action = invocation_of(self._url.partition(b"?")[0])
        if self._parser.get_method() != b"POST" or action != b"response":
            return
        try:
            self._stream = self._api.begin_stream(request_id, self._content_type())
        except Refused as refused:
            self._refusal = refused
        if self._stream is not None:
            self._streamed_id = request_id
            self._body_bytes_max = STREAM_BYTES_MAX

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        # What is over the limit is read to its end, so that the runtime gets an answer, but not kept.
        if self._refusal is not None or self._body_bytes > self._body_bytes_max:
            self._body = []
            if self._stream is not None:
                self._stream = None
                self._api.take_oversized_response(self._streamed_id, self._body_bytes_max)
                self._refusal = self._too_large()
        elif self._stream is not None:
            self._stream.write(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        self._is_between = True
        self._stream = None
        try:
            if self._refusal is not None:
                raise self._refusal
            self._dispatch(self._parser.get_method(), self._url.partition(b"?")[0])
        except Refused as refused:
            self._refuse(refused)

    # The API ---------------------------------------------------------------------------------------------------

    def _is_usual(self, data: bytes) -> bool:
        """Whether this was a built-in bootstrap's answer and its request for the next event, and is done with."""
        usual = USUAL.match(data)
        if usual is None:
            return False
        request_id, content_type, size = usual.groups()
        start, end = usual.end(), len(data) - len(GET_NEXT)
        if end - start != int(size) or not data.endswith(GET_NEXT):
            return False
        try:
            self._api.take_response(request_id.decode(), data[start:end], content_type.decode())
            self._unsent += ACCEPTED
        except Refused as refused:
            self._refuse(refused)
        try:
            self._awaits_event = True
            self._api.take_next(self)
        except Refused as refused:
            self._refuse(refused)
        return True

    def _refuse(self, refused: Refused) -> None:
        self._awaits_event = False
        error = {"errorMessage": refused.text, "errorType": refused.error_type}
        self._send(refused.status, json.dumps(error, separators=(",", ":")).encode() + b"\n")

    def _dispatch(self, method: bytes, path: bytes) -> None:
        if path == NEXT and method == b"GET":
            self._awaits_event = True
            self._api.take_next(self)
            return
        if path.startswith(OTHER_APIS):
            self._api.take_extension_request(self, method, path, self._headers, b"".join(self._body))
            return
        if method != b"POST":
            raise Refused(404, "NotFound", "404 page not found")
        body = b"".join(self._body)
        error_type = self._headers.get(b"lambda-runtime-function-error-type", b"").decode("latin-1")
        if path == INIT_ERROR:
            self._api.take_init_error(body, error_type)
            self._write(ACCEPTED)
            return
        request_id, action = invocation_of(path)
        if action not in (b"response", b"error"):
            raise Refused(404, "NotFound", "404 page not found")
        self._take(request_id, action, body, error_type)
        self._write(ACCEPTED)

    def _take(self, request_id: str, action: bytes, body: bytes, error_type: str) -> None:
        mode = self._headers.get(b"lambda-runtime-function-response-mode", b"").lower()
        if mode not in (b"", b"streaming"):
            raise Refused(400, "InvalidFunctionResponseMode", "Invalid function response mode")
        if self._body_bytes > self._body_bytes_max:
            self._api.take_oversized_response(request_id, self._body_bytes_max)
            raise self._too_large()
        # A streamed response that fails midway says so in the trailers, which the parser delivers as headers.
        if action == b"error" or (error_type and mode):
            self._api.take_error(request_id, self._error_body() or body, error_type)
        else:
            self._api.take_response(request_id, body, self._content_type())

    def _too_large(self) -> Refused:
        text = f"Exceeded maximum allowed payload size ({self._body_bytes_max} bytes)."
        return Refused(413, "RequestEntityTooLarge", text)

    def _content_type(self) -> str:
        return self._headers.get(b"content-type", b"application/json").decode("latin-1")

    def _error_body(self) -> bytes:
        """The error object that comes after a streamed response."""
        try:
            return base64.b64decode(self._headers.get(b"lambda-runtime-function-error-body", b""), validate=True)
        except binascii.Error:
            return b""

    def send_event(self, headers: str, payload: bytes) -> None:
        """Answer ``next`` with an invocation. ``headers``: its own, as lines."""
        self._awaits_event = False
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(payload)}\r\n\r\n"
        self._write(head.encode() + payload)

    def answer(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Answer a request of an extension, now or later."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        self._send(status, json.dumps(body, separators=(",", ":")).encode() + b"\n", lines)

    def _send(self, status: int, body: bytes, lines: str = "") -> None:
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\n{lines}"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        self._write(head.encode() + body)

    def _write(self, data: bytes) -> None:
        self._unsent += data
        if not self._is_reading:
            self._flush()

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, b""
        if self._transport is not None:
            self._transport.write(unsent)


def invocation_of(path: bytes) -> tuple[str, bytes]:
    """The request id and the action of an invocation's path; empty for any other."""
    request_id, _, action = path.removeprefix(INVOCATION).partition(b"/")
    return (unquote(request_id.decode("latin-1")), action) if path.startswith(INVOCATION) else ("", b"")
