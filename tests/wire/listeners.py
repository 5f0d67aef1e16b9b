"""A web server that subscribes: it remembers what was posted to it, and answers as a test wants."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.web_servers import QuietHandler, WebServer


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


class Listener(WebServer):
    """A running server."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.statuses: list[int] = []
        """What it answers, one after the other; 200 when nothing is left."""
        listener = self

        class Handler(QuietHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                listener.posted.append(Posted(self.path, dict(self.headers.items()), body))
                self.answer_with(listener.statuses.pop(0) if listener.statuses else 200)

        super().__init__(Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{super().url}/sns-endpoint"

    def of_type(self, kind: str) -> list[Posted]:
        """The requests of one message type."""
        return [one for one in self.posted if one.headers["x-amz-sns-message-type"] == kind]


@contextmanager
def listening() -> Iterator[Listener]:
    """A server for the length of a test."""
    listener = Listener()
    try:
        yield listener
    finally:
        listener.close()
