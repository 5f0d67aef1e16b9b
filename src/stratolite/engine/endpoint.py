"""Where one environment serves its Runtime API: a listening socket of its own, and a pair for the built-in runtimes."""

import asyncio
import socket

from stratolite.engine.runtime_api import RuntimeApi, RuntimeConnection

BACKLOG = 16


class Endpoint:
    """The sockets of one environment. Made before its process, because that is told the port."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._connections: set[RuntimeConnection] = set()
        self._server: asyncio.Server | None = None
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.port: int = self._listener.getsockname()[1]

    async def serve(self) -> None:
        """Take connections."""
        self._server = await asyncio.get_running_loop().create_server(self._connection, sock=self._listener)

    async def channel(self) -> socket.socket:
        """The other end of a connection, for a process to inherit; the caller closes its own descriptor of it."""
        ours, theirs = socket.socketpair()
        try:
            await asyncio.get_running_loop().create_unix_connection(self._connection, sock=ours)
        except BaseException:
            theirs.close()
            raise
        return theirs

    def close(self) -> None:
        """Drop every connection. Harmless when it was closed."""
        if self._server is not None:
            self._server.close()
        else:
            self._listener.close()
        for connection in list(self._connections):
            connection.close()

    def _connection(self) -> RuntimeConnection:
        return RuntimeConnection(self._api, self._connections)
