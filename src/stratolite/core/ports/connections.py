"""The clients of WebSocket APIs, as other services reach them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Connected:
    """A client of a WebSocket API."""

    account: str
    """Whose API it is."""
    source_ip: str
    user_agent: str
    connected_ms: int
    active_ms: int
    """When something last came from it or went to it."""


class ConnectionPort(Protocol):
    """The clients of WebSocket APIs, by the ids of their connections. Nothing of it is in a transaction: a client that
    has been told something has been told it."""

    def find(self, connection_id: str) -> Connected | None:
        """Who is connected; None for somebody who is gone, or not there yet."""

    def send(self, connection_id: str, text: str) -> bool:
        """Send a message to somebody who is connected; False while he takes none of what was sent before."""

    def close(self, connection_id: str) -> None:
        """End the connection of somebody who is connected."""
