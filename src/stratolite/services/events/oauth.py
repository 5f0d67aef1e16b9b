"""OAuth connections: client credentials are exchanged for a token, which calls then carry.

AWS does not say how it writes the exchange. It is RFC 6749's here (section 4.4): a form with ``grant_type``,
``client_id`` and ``client_secret``, to which the connection's OAuthHttpParameters add, or which they change. Tokens are
kept in memory alone: a cloud that starts again asks for new ones.
"""

import asyncio
import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from stratolite.core.call import Call
from stratolite.delivery.retry import DeliveryFailed
from stratolite.services.events import Events, http_client
from stratolite.services.events.domain import Connection
from stratolite.services.events.http_client import HttpCall

AUTHORIZE = "events.authorize"
KIND = "OAUTH_CLIENT_CREDENTIALS"


def plan(call: Call, events: Events, connection: Connection) -> None:
    """Plan to authorize a connection."""
    events.tokens.pop(connection.arn, None)
    events.world.outbox.put(call, AUTHORIZE, b"", target=connection.arn)


async def token(events: Events, connection: Connection) -> str:
    """The token of a connection, exchanged for its credentials unless it is known. Raises DeliveryFailed."""
    known = events.tokens.get(connection.arn)
    if known is None:
        known = await _exchange(exchange(connection.parameters["OAuthParameters"]))
        events.tokens[connection.arn] = known
    return known


def exchange(parameters: Mapping[str, Any]) -> HttpCall:
    """The request that asks for a token."""
    client, more = parameters["ClientParameters"], parameters.get("OAuthHttpParameters", {})
    form = {
        "grant_type": "client_credentials",
        "client_id": client["ClientID"],
        "client_secret": client["ClientSecret"],
        **http_client.pairs(more.get("BodyParameters", [])),
    }
    query = http_client.pairs(more.get("QueryStringParameters", []))
    method, body = parameters["HttpMethod"], b""
    if method == "GET":
        query = {**form, **query}
    else:
        body = urlencode(form).encode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        **http_client.pairs(more.get("HeaderParameters", [])),
    }
    return HttpCall(method, http_client.with_query(parameters["AuthorizationEndpoint"], query), headers, body)


async def _exchange(request: HttpCall) -> str:
    try:
        status, body = await asyncio.to_thread(http_client.send, request)
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryFailed(f"CONNECTION_FAILURE: {error}") from error
    try:
        found = json.loads(body)["access_token"] if status < 300 else None
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, str):
        raise DeliveryFailed(f"SDK_CLIENT_ERROR: {request.url} answered {status} and no token.")
    return found
