"""A web server that answers with what it was asked, as httpbin does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from tests.web_servers import QuietHandler, WebServer


class Echo(QuietHandler):
    """``{"method", "path", "args", "headers", "data"}``; the path ``/status/418`` is answered with that status, and
    ``/slow`` after the client has gone."""

    def answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if parts.path == "/slow":
            self.connection.settimeout(60)
            self.rfile.read(1)
            return
        status = int(parts.path.removeprefix("/status/")) if parts.path.startswith("/status/") else 200
        told = {
            "method": self.command,
            "path": parts.path,
            "args": {name: ",".join(values) for name, values in parse_qs(parts.query, keep_blank_values=True).items()},
            "headers": dict(self.headers.items()),
            "data": body.decode("latin-1"),
        }
        is_binary = parts.path == "/bytes"
        content = b"\xff\xfe\x00" if is_binary else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "image/png" if is_binary else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.send_header("x-amzn-RequestId", "its-own")
        self.send_header("x-of-the-endpoint", "yes")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer


@contextmanager
def echoing() -> Iterator[str]:
    """Its URL, while it runs."""
    server = WebServer(Echo)
    try:
        yield server.url
    finally:
        server.close()
