"""Connections: made when first used, reused by every invocation, renewed after a freeze, closed at shutdown.

A function is frozen between invocations, for minutes at times, and what is at the other end of its connections does
not wait: load balancers forget them after 350 s, servers close them, and a gateway may drop them without a word, so
that the next request waits for its time-out. A ``Connection`` knows when it was used last. After ``idle_s_max`` it is
checked, or made anew, before anybody gets it.

``aws`` makes clients of AWS's services with bounds that fit a function: botocore waits 60 s for a connection and 60 s
for an answer, and a function that does has run out of its own time. Nothing is imported before a connection is used.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (freeze, shutdown phase),
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html (350 s of idleness).
"""

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import FrameType
from typing import Any, Generic, TypeVar

T = TypeVar("T")

IDLE_S_MAX = 60.0
"""How long a connection may rest before it is looked at: well below the 350 s after which AWS's NAT forgets it."""
CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 5.0
ATTEMPTS_MAX = 3
"""Requests in all, the first one included."""
AWS_CONNECTIONS_MAX = 64
"""Different clients (service, region, options) that one environment keeps."""
_EXTENSION_API = "/2020-01-01/extension"
_EXTENSION_NAME = "stratolite-patterns-shutdown"

_open: "dict[int, Connection[Any]]" = {}
_registering = threading.Lock()


class Connection(Generic[T]):
    """A connection that is made when it is first called for: ``table = connection()``.

    ``make`` makes it. ``check`` is asked after ``idle_s_max`` seconds without use whether it still works; when it
    answers False or raises, the connection is closed and made anew. Without ``check`` it is made anew each time.
    ``close`` is called at shutdown and before it is made anew. All three run in one thread at a time.
    """

    def __init__(
        self,
        make: Callable[[], T],
        *,
        check: Callable[[T], object] | None = None,
        close: Callable[[T], object] | None = None,
        idle_s_max: float = IDLE_S_MAX,
        name: str = "",
    ) -> None:
        self.name = name or getattr(make, "__qualname__", repr(make))
        self._make = make
        self._check = check
        self._close = close
        self._idle_s_max = idle_s_max
        self._lock = threading.RLock()
        self._held: tuple[T] | None = None
        self._used_s = (0.0, 0.0)
        self._replaced: list[T] = []

    def __repr__(self) -> str:
        return f"<Connection {self.name}, {'open' if self._held else 'not open'}>"

    def __call__(self) -> T:
        """The connection. Raises what ``make`` raises; the next call tries again."""
        if self._replaced:
            return self._replaced[-1]
        held, now_s = self._held, _now_s()
        if held is not None and not self._has_rested(now_s):
            self._used_s = now_s
            return held[0]
        with self._lock:
            if self._held is not None and self._has_rested(now_s) and not self._works(self._held[0]):
                self.close()
            if self._held is None:
                self._held = (self._make(),)
                _remember(self)
            self._used_s = _now_s()
            return self._held[0]

    def close(self) -> None:
        """Close it, if it is open. It is made anew when it is next called for."""
        with self._lock:
            held, self._held = self._held, None
            _open.pop(id(self), None)
            if held is not None and self._close is not None:
                # What is broken may not close either, and there is nothing more to be lost.
                with contextlib.suppress(Exception):
                    self._close(held[0])

    @contextlib.contextmanager
    def replaced(self, other: T) -> Iterator[T]:
        """Give ``other`` to whoever calls, for a test."""
        self._replaced.append(other)
        try:
            yield other
        finally:
            self._replaced.pop()

    def _has_rested(self, now_s: tuple[float, float]) -> bool:
        # While an environment is frozen one of the clocks may stand still, so both are asked.
        rested_s = max(now_s[0] - self._used_s[0], now_s[1] - self._used_s[1])
        return rested_s > self._idle_s_max

    def _works(self, held: T) -> bool:
        if self._check is None:
            return False
        try:
            return self._check(held) is not False
        except Exception as error:  # noqa: BLE001 - whatever a check raises, the connection cannot be relied on
            # Imported here: nothing that costs a start is needed before a connection fails.
            import logging

            text = "the connection %s is made anew, since its check failed: %s: %s"
            logging.getLogger("stratolite_patterns").info(text, self.name, type(error).__name__, error)
            return False


def aws(
    service: str,
    *,
    region: str | None = None,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    read_timeout_s: float = READ_TIMEOUT_S,
    attempts_max: int = ATTEMPTS_MAX,
    idle_s_max: float = IDLE_S_MAX,
    **config: Any,
) -> Connection[Any]:
    """The client of one of AWS's services. Whoever asks for the same gets the same connection.

    ``read_timeout_s`` has to be longer than what is called may take: a synchronous Invoke, a long poll. At worst a call
    lasts ``attempts_max`` times both time-outs and the pauses between them. ``config`` are further settings of
    ``botocore.config.Config``. After a rest the client is kept and its sockets are replaced, which costs a handshake,
    not the 20 ms and more of a new client.
    """
    key = tuple(sorted(config.items(), key=lambda pair: pair[0]))
    return _aws(service, region, connect_timeout_s, read_timeout_s, attempts_max, idle_s_max, key)


def client_of(given: Any, service: str) -> Any:
    """The client that a pattern was given, or that what it was given makes; without either, the one of ``aws``."""
    if given is None:
        return aws(service)()
    return given() if callable(given) else given


@lru_cache(AWS_CONNECTIONS_MAX)
def _aws(
    service: str,
    region: str | None,
    connect_timeout_s: float,
    read_timeout_s: float,
    attempts_max: int,
    idle_s_max: float,
    config: tuple[tuple[str, Any], ...],
) -> Connection[Any]:
    def make() -> Any:
        import boto3
        from botocore.config import Config

        settings = {
            "connect_timeout": connect_timeout_s,
            "read_timeout": read_timeout_s,
            "retries": {"total_max_attempts": attempts_max, "mode": "standard"},
            "tcp_keepalive": True,
            **dict(config),
        }
        # The default session makes clients in one thread at a time only.
        with _registering:
            return boto3.client(service, region_name=region, config=Config(**settings))

    def drop_sockets(client: Any) -> bool:
        client.close()
        return True

    return Connection(make, check=drop_sockets, close=drop_sockets, idle_s_max=idle_s_max, name=service)


def close_all() -> None:
    """Close every open connection. They are made anew when they are next called for."""
    for connection in list(_open.values()):
        connection.close()


def close_at_shutdown(*, extension: bool = True) -> None:
    """Close every connection when the environment is shut down (SIGTERM), and then do what was done before.

    Call it while the function's module is imported. Lambda sends SIGTERM only to environments in which an extension is
    registered, and kills all others; so one that hears of nothing is registered, unless ``extension`` is False because
    there is one already. Outside Lambda there is none to register with, and the signal alone is handled. The time for
    closing is 500 ms, 300 ms where there are external extensions.

    Raises RuntimeError when Lambda refuses the extension, which it does after the init phase, and ValueError from
    ``signal.signal`` outside the main thread.
    """
    before = signal.getsignal(signal.SIGTERM)

    def shut_down(number: int, frame: FrameType | None) -> None:
        close_all()
        if callable(before):
            before(number, frame)
        elif before is not signal.SIG_IGN:
            sys.exit(0)

    signal.signal(signal.SIGTERM, shut_down)
    runtime_api = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if extension and runtime_api:
        _register_extension(runtime_api)


def _register_extension(runtime_api: str) -> None:
    """Register an internal extension for no events: with one, Lambda tells the runtime before it ends it."""
    from http.client import HTTPConnection

    connection = HTTPConnection(runtime_api)
    headers = {"Lambda-Extension-Name": _EXTENSION_NAME, "Content-Type": "application/json"}
    connection.request("POST", f"{_EXTENSION_API}/register", b'{"events": []}', headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    if answer.status != 200:
        raise RuntimeError(
            f"Lambda refused the extension of close_at_shutdown(): {answer.status} {text}."
            " Call it while the function's module is imported, or pass extension=False"
        )
    identifier = answer.headers["Lambda-Extension-Identifier"]

    def wait() -> None:
        # The init phase ends when every extension asks for its next event. This one never gets any.
        with contextlib.suppress(OSError):
            connection.request(
                "GET", f"{_EXTENSION_API}/event/next", headers={"Lambda-Extension-Identifier": identifier}
            )
            connection.getresponse()

    threading.Thread(target=wait, name=_EXTENSION_NAME, daemon=True).start()


def _remember(connection: "Connection[Any]") -> None:
    if not _open:
        # At the end of a script or a test the interpreter closes them.
        atexit.unregister(close_all)
        atexit.register(close_all)
    _open[id(connection)] = connection


def _now_s() -> tuple[float, float]:
    return time.monotonic(), time.time()
