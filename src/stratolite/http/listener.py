"""The web server: uvicorn on sockets that we bind ourselves, so that a port in use is a clear message.

uvicorn lower-cases header names, as ASGI asks; Lambda functions see them as the client wrote them, so the names on the
wire are handed on beside the ASGI scope. Importing this module imports uvicorn (about 60 ms).
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Iterator

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stratolite.core.errors import UserError
from stratolite.http.asgi import Application, application
from stratolite.http.message import Handler

BACKLOG = 2048
SHUTDOWN_S_MAX = 3
"""How long open requests may take to finish when the server stops."""


class _Protocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol; keeps header names as they were sent."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._names: list[bytes] = []
        self.scope["header_names"] = self._names  # type: ignore[typeddict-unknown-key]

    def on_header(self, name: bytes, value: bytes) -> None:
        self._names.append(name)
        super().on_header(name, value)


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to its owner."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int, *, option: str) -> socket.socket:
    """A bound socket; port 0 takes any free one. Raises UserError, naming ``option``, when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP; with it on, a response whose head and
    # body are two writes waits 40 ms for the client's delayed acknowledgement.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        in_use = error.errno == errno.EADDRINUSE
        raise UserError(
            f"port {port} is in use" if in_use else f"cannot listen on {host}:{port}: {error.strerror}",
            where=f"{host}:{port}",
            todo=f"Stop what listens there, or choose another port with {option}.",
        ) from error
    return sock


class Listener:
    """Serves until it is closed. ``handler_of`` gives the handler for the local port of a request."""

    def __init__(self, sockets: list[socket.socket], handler_of: Callable[[int], Handler]) -> None:
        self._sockets = sockets
        app: Application = application(handler_of)
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=SHUTDOWN_S_MAX,
            )
        )
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; requests are answered once this returns."""
        started = asyncio.get_running_loop().create_task(self._server.serve(self._sockets))
        self._serving = started
        while not self._server.started:
            if started.done():
                started.result()
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Stop listening, let open requests finish for a moment, close every connection."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
            self._serving = None
