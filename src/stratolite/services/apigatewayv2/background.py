"""What is delivered later: ``$disconnect`` to the functions of WebSocket APIs."""

from typing import TYPE_CHECKING

from stratolite.delivery.outbox import Entry
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.apigatewayv2.websocket import disconnecting

if TYPE_CHECKING:
    from stratolite.services.apigatewayv2 import Apigatewayv2


def kinds(apigatewayv2: "Apigatewayv2") -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""

    async def disconnect(entry: Entry) -> Effect | None:
        return await disconnecting.deliver(apigatewayv2, entry)

    return (Kind(disconnecting.KIND, disconnect, disconnecting.AGAIN),)
