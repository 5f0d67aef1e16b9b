"""What a Python function sends to AWS's hosts reaches the local cloud, whatever library sends it.

SDKs follow AWS_ENDPOINT_URL until code names an endpoint. So the name is caught where all libraries pass (urllib3,
http.client, httpx, aiohttp, asyncio): ``socket.getaddrinfo`` gives hosts of AWS an address that nobody has, a
connection to that address becomes one to the local cloud, and TLS with it is not spoken. The request itself arrives as
it was made, with its Host header and its signature. Nothing is loaded for that, and nothing costs before a name is
looked up. Only HTTP's own ports are caught: a database on ``rds.amazonaws.com`` is the application's own affair.

Runs in Python 3.7 and later, and imports nothing of Stratolite.
"""

from __future__ import annotations

import importlib
import importlib.util
import socket
import sys
from collections.abc import Callable
from typing import Any

DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".on.aws")
PORTS = frozenset({80, 443, "80", "443", "http", "https"})
ADDRESSES = {socket.AF_INET: "127.65.87.83", socket.AF_INET6: "100::4157:53"}
"""Nobody has these: the first is this machine's like all of 127.0.0.0/8, the second is for packets to be discarded."""
WANT_READ = 2
"""``ssl.SSL_ERROR_WANT_READ``."""
ENDPOINT_ARGUMENT = 6
"""Which of the arguments of botocore's ``create_client`` is the endpoint."""


class Redirect:
    """The way to one local cloud. ``real`` are hosts that are left alone; ``*`` stands for all of them."""

    def __init__(self, endpoint: str, real: list[str]) -> None:
        host, _, port = endpoint.partition("://")[2].rstrip("/").rpartition(":")
        self.endpoint = endpoint
        self.place = ("127.0.0.1" if host == "localhost" else host.strip("[]"), int(port))
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.real = frozenset(real)
        self.caught: set[str] = set()
        """The hosts that were looked up, and are here."""

    def catches(self, host: object, port: object) -> bool:
        """Whether what is sent to a host comes here instead."""
        name = as_name(host)
        return name.endswith(DOMAINS) and port in PORTS and name not in self.real and "*" not in self.real

    def install(self) -> None:
        """From now on. What is loaded later is changed when it is."""
        self.catch_names()
        self.catch_connections()
        when_loaded("ssl", self.speak_plainly)
        if "botocore.session" not in sys.modules:
            when_loaded("botocore.session", self.tell_old_sdk)

    def catch_names(self) -> None:
        look_up = socket.getaddrinfo

        def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
            if self.catches(host, port):
                self.caught.add(as_name(host))
                host, family = ADDRESSES[self.family], self.family
            return look_up(host, port, family, type, proto, flags)

        socket.getaddrinfo = getaddrinfo

    def catch_connections(self) -> None:
        """Some libraries look up a name alone, and connect to its address at the port that they had before."""
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
        nobody = ADDRESSES[self.family]

        def here(address: Any) -> Any:
            return self.place if isinstance(address, tuple) and address[0] == nobody else address

        socket.socket.connect = lambda one, address: connect(one, here(address))  # type: ignore[method-assign]
        socket.socket.connect_ex = lambda one, address: connect_ex(one, here(address))  # type: ignore[method-assign]

    def speak_plainly(self, ssl: Any) -> None:
        """The local cloud has no certificate of AWS's. Makers of custom resources, too, answer by HTTPS whatever the
        address says (crhelper and older copies of cfnresponse)."""
        wrap_socket, wrap_bio = ssl.SSLContext.wrap_socket, ssl.SSLContext.wrap_bio

        def plain_socket(context: Any, sock: Any, *arguments: Any, **named: Any) -> Any:
            if self.is_here(sock):
                return PlainSocket(sock, context, named.get("server_hostname") or "")
            return wrap_socket(context, sock, *arguments, **named)

        def plain_bio(context: Any, incoming: Any, outgoing: Any, *arguments: Any, **named: Any) -> Any:
            # Its socket is not known here. The arguments are `server_side` and `server_hostname`.
            host = as_name(named.get("server_hostname") or (arguments[1] if len(arguments) > 1 else ""))
            if host in self.caught:
                return PlainObject(incoming, outgoing, context, host, ssl.SSLWantReadError)
            return wrap_bio(context, incoming, outgoing, *arguments, **named)

        ssl.SSLContext.wrap_socket, ssl.SSLContext.wrap_bio = plain_socket, plain_bio

    def is_here(self, sock: Any) -> bool:
        """Whether a socket is connected to the local cloud."""
        try:
            return tuple(sock.getpeername()[:2]) == self.place
        except (OSError, TypeError, AttributeError):
            return False

    def tell_old_sdk(self, session: Any) -> None:
        """A botocore that a function brings along may be too old to know AWS_ENDPOINT_URL (before 1.31)."""
        if hasattr(importlib.import_module("botocore.configprovider"), "ConfiguredEndpointProvider"):
            return
        create_client = session.Session.create_client

        def create_client_here(session: Any, *arguments: Any, **named: Any) -> Any:
            if len(arguments) < ENDPOINT_ARGUMENT and named.get("endpoint_url") is None:
                named["endpoint_url"] = self.endpoint
            return create_client(session, *arguments, **named)

        session.Session.create_client = create_client_here


class Plain:
    """What clients ask of TLS, answered for a connection without it."""

    context: Any
    server_hostname: str
    server_side = False
    session = None
    session_reused = False

    def getpeercert(self, binary_form: bool = False) -> Any:
        name = self.server_hostname
        return b"" if binary_form else {"subject": ((("commonName", name),),), "subjectAltName": (("DNS", name),)}

    def version(self) -> str:
        return "TLSv1.3"

    def cipher(self) -> tuple[str, str, int]:
        return "TLS_AES_128_GCM_SHA256", "TLSv1.3", 128

    def selected_alpn_protocol(self) -> str:
        return "http/1.1"

    def nothing(self, *_: Any) -> None:
        return None

    shared_ciphers = compression = selected_npn_protocol = get_channel_binding = do_handshake = nothing


class PlainSocket(Plain, socket.socket):
    """Stands for an ``ssl.SSLSocket``, and takes the place of the socket that is handed to it, as that does."""

    def __init__(self, sock: Any, context: Any, host: str) -> None:
        timeout = sock.gettimeout()
        super().__init__(sock.family, sock.type, sock.proto, sock.detach())
        self.settimeout(timeout)
        self.context, self.server_hostname = context, host

    def pending(self) -> int:
        return 0

    def read(self, count: int = 1024, buffer: Any = None) -> Any:
        return self.recv(count) if buffer is None else self.recv_into(buffer, count)

    def write(self, data: Any) -> int:
        return self.send(data)

    def unwrap(self) -> Any:
        return self


class PlainObject(Plain):
    """Stands for an ``ssl.SSLObject``: what goes in comes out as it is."""

    def __init__(self, incoming: Any, outgoing: Any, context: Any, host: str, want_read: type[Exception]) -> None:
        self.incoming, self.outgoing, self.want_read = incoming, outgoing, want_read
        self.context, self.server_hostname = context, host

    def pending(self) -> int:
        pending: int = self.incoming.pending
        return pending

    def read(self, count: int = 1024, buffer: Any = None) -> Any:
        if not self.incoming.pending and not self.incoming.eof:
            raise self.want_read(WANT_READ, "The operation did not complete (read)")
        data = self.incoming.read(count)
        if buffer is None:
            return data
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> int:
        written: int = self.outgoing.write(data)
        return written

    def unwrap(self) -> None:
        return None


def as_name(host: object) -> str:
    """A host name as libraries hand it on: text or bytes, or something else, which is none."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii", "replace")
    return host.lower().rstrip(".") if isinstance(host, str) else ""


class ImportWatcher:
    """Waits for a module that a function loads, and changes it then."""

    def __init__(self, name: str, change: Callable[[Any], None]) -> None:
        self.name = name
        self.change = change

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """A step of the import system: hands the module on with a loader that changes it."""
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module
            spec.loader.exec_module = lambda module: self.load(load, module)  # type: ignore[method-assign]
        return spec

    def load(self, load: Callable[[Any], None], module: Any) -> None:
        load(module)
        self.change(module)


def when_loaded(name: str, change: Callable[[Any], None]) -> None:
    """Change a module: now, or once it is loaded."""
    if name in sys.modules:
        change(sys.modules[name])
    else:
        sys.meta_path.insert(0, ImportWatcher(name, change))
