"""What arrives on a connection, made into requests: HTTP/1.1 in bytes on one side, ``Incoming`` on the other.

Owns the parser (httptools') and the bounds of heads. May not: know the transport, or who answers. It is a part of the
connection, and not beside it, for the parser calls it several times in each request.
"""

from abc import ABC, abstractmethod
from collections import deque

import httptools

from stratolite.http.incoming import Incoming
from stratolite.http.message import Headers

HEAD_BYTES_MAX = 64 * 1024
"""What the request line and the header fields of one request may have together (431 beyond)."""
SEGMENT_BYTES_MAX = 256 * 1024
"""What an event loop reads at a time, at most: the end of another request may come before a head."""
SHARED_HEAD_BYTES_MAX = 16 * 1024
"""A head up to this size is kept for the next request that has the same."""


class TooLong(Exception):
    """The head of a request is over its limit."""


class Reception(ABC):
    """Requests in the order in which they come. A subclass takes them from ``_ahead``."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._segment_bytes = 0
        self._head_bytes = 0
        """Bytes of the segments in which the head that is being received began and went on."""
        self._is_in_head = False
        self._is_past_head = False
        """The parser is told again what its predecessor was told: how long the body is."""
        self._incoming = Incoming(self._wanted)
        """The request that is being received."""
        self._ahead: deque[Incoming] = deque()
        """Requests that are not begun: the first may still be arriving."""
        self._fields: list[tuple[bytes, bytes]] = []
        self._headers = Headers()
        """What ``_fields`` of the last request are. Most clients send the same with the next: it has them for 0.2 µs
        instead of 3, together with what services have made of them."""
        self._is_between = True
        """Whether the next byte begins a request."""
        self._begun = 0
        """How many requests began in this segment."""

    @abstractmethod
    def _wanted(self) -> None:
        """The handler wants more of the current body."""

    @abstractmethod
    def _begin_upgrade(self) -> None:
        """The request that has arrived asks for another protocol: answer it apart, if it is its turn."""

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self._parser.feed_data(data)
                break
            except httptools.HttpParserUpgrade as upgrade:
                # Unless it goes on in another protocol, it is answered as it is, and its body and the next follow.
                self._begin_upgrade()
                self._parser = httptools.HttpRequestParser(self)
                self._repeat_framing()
                data = data[upgrade.args[0] :]
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX + SEGMENT_BYTES_MAX:
                raise TooLong

    def _repeat_framing(self) -> None:
        """Tell a new parser of the body that its predecessor takes for another protocol."""
        framing = self._incoming.framing
        if framing:
            self._is_past_head = True
            self._parser.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n")
            self._is_past_head = False

    # The parser's side ---------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._is_past_head:
            return
        self._url = b""
        self._is_between = False
        self._begun += 1
        self._is_in_head = True
        self._head_bytes = 0
        self._incoming = Incoming(self._wanted)

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_past_head:
            return
        self._incoming.fields.append((name, value))

    def on_headers_complete(self) -> None:
        if self._is_past_head:
            return
        self._is_in_head = False
        incoming = self._incoming
        if self._head_bytes + self._segment_bytes > HEAD_BYTES_MAX:
            size = len(self._url) + sum(len(name) + len(value) + 4 for name, value in incoming.fields)
            if size > HEAD_BYTES_MAX:
                raise TooLong
        parser = self._parser
        incoming.method = parser.get_method().decode("latin-1")
        incoming.minor = parser.get_http_version()
        # A client of HTTP/1.0 may not know that a connection can go on.
        incoming.keeps_alive = incoming.minor == "1.1" and parser.should_keep_alive()
        if self._url[:1] == b"/":
            path, _, query = self._url.partition(b"#")[0].partition(b"?")
        else:
            # As a proxy is asked: http://host/path.
            url = httptools.parse_url(self._url)
            path, query = url.path or b"/", url.query or b""
            if path[:1] != b"/":
                raise httptools.HttpParserInvalidURLError
        incoming.path, incoming.query = path.decode("latin-1"), query.decode("latin-1")
        if incoming.fields == self._fields:
            incoming.headers = self._headers
        else:
            incoming.headers = Headers.from_wire(incoming.fields)
            if self._head_bytes + self._segment_bytes <= SHARED_HEAD_BYTES_MAX:
                self._fields, self._headers = incoming.fields, incoming.headers
        incoming.expects_continue = incoming.headers.get("expect").lower() == "100-continue"
        self._ahead.append(incoming)

    def on_body(self, piece: bytes) -> None:
        self._incoming.feed(piece)

    def on_message_complete(self) -> None:
        # The parser takes the body of a request to upgrade for another protocol.
        is_upgrade = self._parser.should_upgrade()
        if not (is_upgrade and self._incoming.framing):
            self._incoming.complete()
        self._is_between = not is_upgrade
