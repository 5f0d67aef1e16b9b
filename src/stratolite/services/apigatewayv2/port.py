"""The clients of WebSocket APIs, as ``apigatewaymanagementapi`` reaches them."""

from typing import TYPE_CHECKING

from stratolite.core.ports.connections import Connected

if TYPE_CHECKING:
    from stratolite.services.apigatewayv2 import Apigatewayv2
    from stratolite.services.apigatewayv2.websocket.live import Live


class Apigatewayv2Port:
    """Implements ``core.ports.connections.ConnectionPort``."""

    def __init__(self, apigatewayv2: "Apigatewayv2") -> None:
        self._connections = apigatewayv2.connections

    def find(self, connection_id: str) -> Connected | None:
        live = self._connections.find(connection_id)
        if live is None:
            return None
        client = live.client
        return Connected(client.account, client.source_ip, client.user_agent, client.connected_ms, live.active_ms)

    def send(self, connection_id: str, text: str) -> bool:
        live = self._live(connection_id)
        if live.socket.is_full:
            return False
        live.send(text)
        return True

    def close(self, connection_id: str) -> None:
        self._connections.dismiss(self._live(connection_id))

    def _live(self, connection_id: str) -> "Live":
        live = self._connections.find(connection_id)
        assert live is not None, "whoever asks has found it, and has not waited since"
        return live


def ports(apigatewayv2: "Apigatewayv2") -> dict[str, object]:
    """What this service offers."""
    return {"connection": Apigatewayv2Port(apigatewayv2)}
