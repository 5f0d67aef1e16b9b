"""A web server that subscribes: it remembers what was posted to it, and answers as a test wants."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Posted:
    """One request."""

    def __init__(self, path: str, headers: dict[str, str], body: str) -> None:
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def document(self) -> dict[str, Any]:
        """The body as JSON."""
        document: dict[str, Any] = json.loads(self.body)
        return document


class Listener:
    """A running server."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.statuses: list[int] = []
        """What it answers, one after the other; 200 when nothing is left."""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                listener.posted.append(Posted(self.path, dict(self.headers.items()), body))
                status = listener.statuses.pop(0) if listener.statuses else 200
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/sns-endpoint"

    def of_type(self, kind: str) -> list[Posted]:
        """The requests of one message type."""
        return [one for one in self.posted if one.headers["x-amz-sns-message-type"] == kind]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def listening() -> Iterator[Listener]:
    """A server for the length of a test."""
    listener = Listener()
    try:
        yield listener
    finally:
        listener.close()
