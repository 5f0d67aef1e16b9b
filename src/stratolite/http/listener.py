"""The web server: sockets that we bind ourselves, so that a port in use is a clear message, and their connections."""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from email.utils import formatdate

from stratolite.core.clock import Clock
from stratolite.core.errors import UserError
from stratolite.http.connection import Connection, Shared
from stratolite.http.message import Handler
from stratolite.http.upgrade import Upgrader

BACKLOG = 2048
SHUTDOWN_S_MAX = 3
"""How long open requests may take to finish when the server stops."""
CONNECTIONS_MAX = 4096
"""How many connections may be open; one more is closed at once."""
SWEEP_S = 15
IDLE_SWEEPS_MAX = 6
"""A connection on which nothing was asked for so many sweeps is closed."""


class PortTaken(UserError):
    """Somebody else listens on a port."""

    def __init__(self, host: str, port: int, option: str) -> None:
        super().__init__(
            f"port {port} is in use",
            where=f"{host}:{port}",
            todo=f"Stop what listens there, or choose another port with {option}.",
        )
        self.port = port


def bind(host: str, port: int, *, option: str) -> socket.socket:
    """A bound socket; port 0 takes any free one. Raises PortTaken, and UserError for an address that is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP; with it on, a response of several
    # writes waits 40 ms for the client's delayed acknowledgement.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port, option) from error
        raise UserError(
            f"cannot listen on {host}:{port}: {error.strerror}",
            where=f"{host}:{port}",
            todo=f"Choose another port with {option}, or another address with --host.",
        ) from error
    return sock


class Listener:
    """Serves until it is closed: each socket has its handler, all of them the same ``upgrader``."""

    def __init__(
        self, sockets: Sequence[tuple[socket.socket, Handler]], clock: Clock, upgrader: Upgrader | None = None
    ) -> None:
        self._sockets = sockets
        self._shared = Shared(date=_dates(clock), upgrader=upgrader)
        self._servers: list[asyncio.Server] = []
        self._sweeping: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Listen; requests are answered once this returns."""
        for sock, handler in self._sockets:
            await self.add(sock, handler)
        self._sweep()

    async def add(self, sock: socket.socket, handler: Handler) -> None:
        """Listen at one more socket."""
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(self._factory(handler), sock=sock, backlog=BACKLOG))

    async def close(self) -> None:
        """Stop listening, let open requests finish for a moment, close every connection."""
        for server in self._servers:
            server.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
        work = set(self._shared.left)
        for connection in list(self._shared.connections):
            connection.finish()
            if connection.work is not None:
                work.add(connection.work)
        if work:
            _, late = await asyncio.wait(work, timeout=SHUTDOWN_S_MAX)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        for connection in list(self._shared.connections):
            connection.finish()
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    def _factory(self, handler: Handler) -> Callable[[], asyncio.Protocol]:
        def connected() -> asyncio.Protocol:
            return Connection(handler, self._shared, is_welcome=len(self._shared.connections) < CONNECTIONS_MAX)

        return connected

    def _sweep(self) -> None:
        """Close what has been idle for long: clients that vanish do not always say so."""
        for connection in list(self._shared.connections):
            connection.sweeps += 1
            if connection.sweeps > IDLE_SWEEPS_MAX and connection.is_idle:
                connection.finish()
        self._sweeping = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)


def _dates(clock: Clock) -> Callable[[], str]:
    """Gives the time as the ``date`` header has it, formatted once a second."""
    second, text = -1, ""

    def date() -> str:
        nonlocal second, text
        now_s = clock.now_ms() // 1000
        if now_s != second:
            second, text = now_s, formatdate(now_s, usegmt=True)
        return text

    return date
