"""Calls of API destinations: one HTTP request, authorized by the destination's connection.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html (headers, five seconds, which
statuses are tried again) and .../eb-target-connection.html (how a connection authorizes).
"""

import asyncio
import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from stratolite.delivery.retry import DeliveryFailed
from stratolite.services.events import Events
from stratolite.services.events.domain import Connection, Delivery, Destination

TIMEOUT_S = 5
RETRIED = frozenset({401, 407, 409, 429})
"""Statuses below 500 after which a call is tried again."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


async def deliver(events: Events, delivery: Delivery) -> None:
    """Call the API destination that a delivery's target names. Raises DeliveryFailed."""
    destination = events.connections.destination_by_arn(delivery.target["Arn"])
    if destination is None:
        raise DeliveryFailed("NO_RESOURCE: The API destination does not exist.", retry=False)
    connection = events.connections.connection_by_arn(destination.connection_arn)
    if connection is None or connection.state != "AUTHORIZED":
        raise DeliveryFailed("NO_RESOURCE: The connection of the API destination is not authorized.", retry=False)
    wait_s = events.pace.wait_s(destination.arn, destination.rate_limit, events.world.clock.now_ms())
    if wait_s:
        raise DeliveryFailed("THROTTLING: The rate of the API destination is used up.", delay_s=wait_s)
    request = prepare(destination, connection, delivery.target.get("HttpParameters", {}), delivery.input)
    try:
        status = await asyncio.to_thread(_send, request)
    except TimeoutError as error:
        raise DeliveryFailed(f"TIMEOUT: {request.url} did not answer within {TIMEOUT_S} s") from error
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryFailed(f"CONNECTION_FAILURE: {error}") from error
    if status >= 300:
        retry = status >= 500 or status in RETRIED
        raise DeliveryFailed(f"ERROR_FROM_TARGET: The API destination answered {status}.", retry=retry)


def prepare(destination: Destination, connection: Connection, target: Mapping[str, Any], body: str) -> HttpCall:
    """The request of a call: what the connection says wins over what the target says."""
    url = destination.endpoint
    for value in target.get("PathParameterValues", []):
        url = url.replace("*", quote(value, safe=""), 1)
    parameters = connection.parameters
    invocation = parameters.get("InvocationHttpParameters", {})
    query = dict(target.get("QueryStringParameters", {}))
    query |= {one["Key"]: one.get("Value", "") for one in invocation.get("QueryStringParameters", [])}
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Amazon/EventBridge/ApiDestinations",
        "Range": "bytes=0-1048575",
        **target.get("HeaderParameters", {}),
        **{one["Key"]: one.get("Value", "") for one in invocation.get("HeaderParameters", [])},
        **_authorization(parameters),
    }
    return HttpCall(destination.method, url, headers, _with(body, invocation.get("BodyParameters", [])).encode())


def _authorization(parameters: Mapping[str, Any]) -> dict[str, str]:
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
    return json.dumps(document | {one["Key"]: one.get("Value", "") for one in added}, separators=(",", ":"))


def _send(request: HttpCall) -> int:
    parts = urlsplit(request.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(request.method, path, body=request.body, headers=dict(request.headers))
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
