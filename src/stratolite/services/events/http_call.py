"""Calls of API destinations: one HTTP request, authorized by the destination's connection.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html (headers, five seconds, which
statuses are tried again) and .../eb-target-connection.html (how a connection authorizes).
"""

import asyncio
import base64
import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from stratolite.delivery.retry import DeliveryFailed
from stratolite.services.events import Events, http_client, oauth, target_input
from stratolite.services.events.domain import Connection, Delivery, Destination
from stratolite.services.events.http_client import HttpCall

UNAUTHORIZED = frozenset({401, 407})
"""Statuses after which a token is asked for anew."""
RETRIED = frozenset({401, 407, 409, 429})
"""Statuses below 500 after which a call is tried again."""


async def deliver(events: Events, delivery: Delivery) -> None:
    """Call the API destination that a delivery's target names. Raises DeliveryFailed."""
    destination = events.connections.destination_by_arn(delivery.target["Arn"])
    if destination is None:
        raise DeliveryFailed("NO_RESOURCE: The API destination does not exist.", retry=False)
    connection = events.connections.connection_by_arn(destination.connection_arn)
    if connection is None or connection.state != "AUTHORIZED":
        is_waiting = connection is not None and connection.state == "AUTHORIZING"
        raise DeliveryFailed("NO_RESOURCE: The connection of the API destination is not authorized.", retry=is_waiting)
    wait_s = events.pace.wait_s(destination.arn, destination.rate_limit, events.world.clock.now_ms())
    if wait_s:
        raise DeliveryFailed("THROTTLING: The rate of the API destination is used up.", delay_s=wait_s)
    token = await oauth.token(events, connection) if connection.kind == oauth.KIND else ""
    parameters = _filled(delivery.target.get("HttpParameters", {}), delivery)
    request = prepare(destination, connection, parameters, delivery.body, token)
    try:
        status, _ = await asyncio.to_thread(http_client.send, request, events.world.settings.detour)
    except TimeoutError as error:
        raise DeliveryFailed(f"TIMEOUT: {request.url} did not answer in time") from error
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryFailed(f"CONNECTION_FAILURE: {error}") from error
    if status in UNAUTHORIZED:
        events.tokens.pop(connection.arn, None)
    if status >= 300:
        retry = status >= 500 or status in RETRIED
        raise DeliveryFailed(f"ERROR_FROM_TARGET: The API destination answered {status}.", retry=retry)


def prepare(
    destination: Destination, connection: Connection, target: Mapping[str, Any], body: str, token: str = ""
) -> HttpCall:
    """The request of a call: what the connection says wins over what the target says. ``token``: OAuth's."""
    url = destination.endpoint
    for value in target.get("PathParameterValues", []):
        url = url.replace("*", quote(value, safe=""), 1)
    parameters = connection.parameters
    invocation = parameters.get("InvocationHttpParameters", {})
    added = http_client.pairs(invocation.get("QueryStringParameters", []))
    url = http_client.with_query(url, {**target.get("QueryStringParameters", {}), **added})
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Amazon/EventBridge/ApiDestinations",
        "Range": "bytes=0-1048575",
        **target.get("HeaderParameters", {}),
        **http_client.pairs(invocation.get("HeaderParameters", [])),
        **_authorization(parameters, token),
    }
    return HttpCall(destination.method, url, headers, _with(body, invocation.get("BodyParameters", [])).encode())


def _filled(parameters: Mapping[str, Any], delivery: Delivery) -> dict[str, Any]:
    """The parameters of a target: values that are paths are what these find in the event, before it is transformed."""
    if not parameters:
        return {}
    event = json.loads(delivery.event)
    return {
        name: {key: target_input.dynamic(value, event) for key, value in given.items()}
        if isinstance(given, Mapping)
        else [target_input.dynamic(value, event) for value in given]
        for name, given in parameters.items()
    }


def _authorization(parameters: Mapping[str, Any], token: str) -> dict[str, str]:
    if token:
        return {"Authorization": f"Bearer {token}"}
    if "BasicAuthParameters" in parameters:
        basic = parameters["BasicAuthParameters"]
        pair = f"{basic['Username']}:{basic['Password']}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    key = parameters["ApiKeyAuthParameters"]
    return {key["ApiKeyName"]: key["ApiKeyValue"]}


def _with(body: str, added: list[Mapping[str, Any]]) -> str:
    """A JSON object with the connection's own members; other bodies stay as they are."""
    document = json.loads(body) if added and body.lstrip().startswith("{") else None
    if not isinstance(document, dict):
        return body
    return json.dumps(document | http_client.pairs(added), separators=(",", ":"))
