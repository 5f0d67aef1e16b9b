"""A connection that goes on in another protocol than HTTP: what a handler answers then, and who takes the connection.

Owns the way from one to the other. May not: know which protocol it is. Costs nothing where no client asks for it.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from stratolite.core.tasks import contain_answer
from stratolite.http.message import Request, Response, fault

PROTOCOL = "websocket"
"""What clients may ask for: everything else that they offer is passed over, as HTTP has it."""


class Upgraded(ABC, asyncio.Protocol):
    """The protocol after the change. It begins once the client has been told, unless that has gone: then it is lost at
    once. To the listener it is one of its connections, though never an idle one."""

    is_idle = False
    work: "asyncio.Task[None] | None" = None
    sweeps = 0

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._forget: Callable[[], None] = lambda: None

    def begin(self, transport: asyncio.BaseTransport, forget: Callable[[], None]) -> None:
        """The connection is this protocol's from here on. ``forget`` is called once it is no more."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports are no subclasses of it.
        self._forget = forget

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._forget()

    @abstractmethod
    def finish(self) -> None:
        """The server stops: say so to the client, and end."""

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The answer that changes the protocol: 101 with these header fields, and what goes on then."""

    headers: list[tuple[str, str]]
    protocol: Upgraded


Upgrader = Callable[[Request], Awaitable["Upgrade | Response | None"]]
"""What answers a request that asks for ``PROTOCOL``: with a change, with a refusal, or with None for a request that is
to be answered as if it had not asked. It does not raise."""


def is_asked_for(request: Request) -> bool:
    """Whether a request asks for a protocol that is spoken here."""
    return PROTOCOL in (one.strip().lower() for one in request.headers.get("upgrade").split(","))


async def answer_upgrade(request: Request, upgrader: Upgrader) -> Upgrade | Response | None:
    """What a request is answered that asks for a protocol; None when that is to be passed over."""
    if not is_asked_for(request):
        return None
    answer = await contain_answer(f"upgrade of {request.path}", upgrader, request)
    return fault() if isinstance(answer, Exception) else answer


def hand_over(transport: asyncio.Transport, connections: set[Any], left: object, protocol: Upgraded) -> None:
    """Let ``protocol`` have a connection from here on, in place of the one that is ``left``; the listener's
    ``connections`` are told."""
    connections.discard(left)
    connections.add(protocol)
    transport.set_protocol(protocol)
    protocol.begin(transport, lambda: connections.discard(protocol))
