"""Requests to deployed APIs: from the host and path to the response, or to the WebSocket.

``docs/http-apis.md`` says which API a request means where none is named; ``server/front.py`` asks every service with
deployed APIs where it would arrive, and the highest rank has it.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from stratolite.http.deployed import is_named as claims
from stratolite.http.message import Request, Response
from stratolite.http.upgrade import Upgrade

if TYPE_CHECKING:
    from stratolite.services.apigatewayv2 import Apigatewayv2
    from stratolite.services.apigatewayv2.locate import Place
    from stratolite.services.apigatewayv2.websocket.locate import Nowhere
    from stratolite.services.apigatewayv2.websocket.locate import Place as WebSocketPlace

__all__ = ["answer", "claims", "locate", "locate_websocket", "upgrade"]

DEPLOYED_IN = "apigatewayv2_document"
"""While this table is empty there is no API, and nobody to ask."""


def locate(apigatewayv2: "Apigatewayv2", method: str, path: str, host: str) -> "Place | None":
    """Where a request arrives, or None when there is no such API or stage."""
    found: Place | None = _data_plane()[0](apigatewayv2, method, path, host)
    return found


def answer(apigatewayv2: "Apigatewayv2", request: Request, place: "Place | None") -> Awaitable[Response]:
    """Answer a request that arrived at a place, or nowhere."""
    answering: Awaitable[Response] = _data_plane()[1](apigatewayv2, request, place)
    return answering


def locate_websocket(apigatewayv2: "Apigatewayv2", path: str, host: str) -> "WebSocketPlace | Nowhere | None":
    """Where a request to upgrade arrives, or None when no WebSocket API is meant."""
    from stratolite.services.apigatewayv2.websocket.locate import locate

    return locate(apigatewayv2, path, host)


async def upgrade(
    apigatewayv2: "Apigatewayv2", request: Request, place: "WebSocketPlace | Nowhere"
) -> Upgrade | Response:
    """Connect a client to a WebSocket API, or refuse it."""
    from stratolite.services.apigatewayv2.websocket.connecting import answer

    return await answer(apigatewayv2, request, place)


@cache
def _data_plane() -> tuple[Callable[..., Any], Callable[..., Any]]:
    # This module is imported at start; the data plane when its first request comes.
    from stratolite.services.apigatewayv2 import locate as locating
    from stratolite.services.apigatewayv2.serve import serve

    return locating.locate, serve
