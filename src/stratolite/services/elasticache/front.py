"""The door of a cache whose clients may come with or without TLS: one port, told apart by the first byte.

Part of the programs that serve a cache (``keeper.py``, ``fallback.py``), never of the cloud itself. A TLS connection
begins with 0x16, which no Redis command does. Costs a system call for each connection, and nothing for what follows.
"""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable

HANDSHAKE = 0x16
BACKLOG = 511
NEEDS_TLS = (
    b"-ERR this cache is encrypted in transit, as on AWS: connect with TLS (rediss://, ssl=True, tls: {})"
    b" or set TransitEncryptionMode to preferred\r\n"
)
_OVERLOADED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
Factory = Callable[[], asyncio.Protocol]


def context(certificate: str, key: str) -> ssl.SSLContext:
    """What a server needs to speak TLS; the two are paths of PEM files."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    return made


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1. Raises OSError when the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


class Front:
    """Accepts connections and gives each a protocol of ``factory``, inside TLS where the client wants that."""

    def __init__(
        self, listening: socket.socket, factory: Factory, tls: ssl.SSLContext | None, *, is_plain_allowed: bool
    ) -> None:
        self._listening = listening
        self._factory = factory
        self._tls = tls
        self._is_plain_allowed = is_plain_allowed
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Accept until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listening)
            except OSError as error:
                if error.errno in _OVERLOADED:
                    # Others may end first; the kernel keeps those who wait.
                    await asyncio.wait([asyncio.ensure_future(asyncio.Event().wait())], timeout=0.1)
                continue
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = loop.create_task(self._welcome(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _welcome(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            wants_tls = await _first_byte(connection) == HANDSHAKE
            if wants_tls and self._tls is None:
                connection.close()
            elif wants_tls or self._is_plain_allowed:
                await loop.connect_accepted_socket(self._factory, connection, ssl=self._tls if wants_tls else None)
            else:
                await loop.sock_sendall(connection, NEEDS_TLS)
                connection.close()
        except (OSError, ssl.SSLError):
            # A client that left, or one that does not trust the certificate.
            connection.close()


async def _first_byte(connection: socket.socket) -> int:
    """What a client begins with, left where it is; -1 when it ends without a word. Raises OSError."""
    loop = asyncio.get_running_loop()
    while True:
        with contextlib.suppress(BlockingIOError):
            seen = connection.recv(1, socket.MSG_PEEK)
            return seen[0] if seen else -1
        readable = asyncio.Event()
        loop.add_reader(connection.fileno(), readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(connection.fileno())
