"""The events that functions behind a WebSocket API see.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html,
apigateway-websocket-api-lambda-auth.html beside it (for authorizers, which see the fields about the connection too);
for messages, events that people log.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from stratolite.core.clock import clf_time
from stratolite.http.fields import port_of, query_pairs
from stratolite.http.message import Request
from stratolite.services.apigatewayv2.domain import Stage
from stratolite.services.apigatewayv2.websocket.client import Moment
from stratolite.services.apigatewayv2.websocket.stage import CONNECT, DISCONNECT

_DROPPED = frozenset({"connection", "content-length", "upgrade"})
"""Fields about the connection, which only authorizers see."""
_OURS = frozenset({"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"})

_encode = msgspec.json.Encoder().encode


def connect(moment: Moment, stage: Stage, request: Request) -> bytes:
    """A client wants to connect."""
    fields = [each for each in request.headers.as_sent if each[0].lower() not in _DROPPED]
    event = {
        **_request(moment, request, fields),
        "requestContext": _context(moment, CONNECT, "CONNECT"),
        **_variables(stage),
        "isBase64Encoded": False,
    }
    return _encode(event)


def authorizer(moment: Moment, stage: Stage, request: Request, arn: str) -> bytes:
    """Whether a client may connect is asked."""
    event = {
        "type": "REQUEST",
        "methodArn": arn,
        **_request(moment, request, [*request.headers.as_sent, ("content-length", "0")]),
        "stageVariables": stage.variables,
        "requestContext": _context(moment, CONNECT, "CONNECT"),
    }
    return _encode({"queryStringParameters": {}, "multiValueQueryStringParameters": {}, **event})


def message(moment: Moment, stage: Stage, route_key: str, message_id: str, body: str) -> bytes:
    """A client says something."""
    event = {
        "requestContext": _context(moment, route_key, "MESSAGE", messageId=message_id),
        **_variables(stage),
        "body": body,
        "isBase64Encoded": False,
    }
    return _encode(event)


def disconnect(moment: Moment, stage: Stage, code: int, reason: str) -> bytes:
    """A client is gone."""
    headers = {"Host": moment.client.host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    event = {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "requestContext": _context(
            moment, DISCONNECT, "DISCONNECT", disconnectStatusCode=code, disconnectReason=reason
        ),
        **_variables(stage),
        "isBase64Encoded": False,
    }
    return _encode(event)


def _request(moment: Moment, request: Request, fields: list[tuple[str, str]]) -> dict[str, Any]:
    headers: dict[str, list[str]] = {}
    for name, value in fields:
        if name.lower() not in _OURS:
            headers.setdefault("Host" if name.lower() == "host" else name, []).append(value)
    behind = request.headers.get("x-forwarded-for")
    headers |= {
        "X-Amzn-Trace-Id": [moment.ids.shown],
        "X-Forwarded-For": [f"{behind}, {request.client}" if behind else request.client],
        "X-Forwarded-Port": [port_of(request)],
        "X-Forwarded-Proto": [request.scheme],
    }
    query: dict[str, list[str]] = {}
    for name, value in query_pairs(request.query):
        query.setdefault(name, []).append(value)
    shown: dict[str, Any] = {"headers": _last(headers), "multiValueHeaders": headers}
    if query:
        shown |= {"queryStringParameters": _last(query), "multiValueQueryStringParameters": query}
    return shown


def _last(many: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in many.items()}


def _variables(stage: Stage) -> dict[str, Any]:
    return {"stageVariables": stage.variables} if stage.variables else {}


def _context(moment: Moment, route_key: str, kind: str, **own: Any) -> dict[str, Any]:
    client = moment.client
    identity = dict(client.signer)
    if client.user_agent:
        identity["userAgent"] = client.user_agent
    context = {
        "routeKey": route_key,
        **own,
        "eventType": kind,
        "extendedRequestId": moment.request_id,
        "requestTime": clf_time(moment.now_ms // 1000),
        "messageDirection": "IN",
        "stage": client.stage,
        "connectedAt": client.connected_ms,
        "requestTimeEpoch": moment.now_ms,
        "identity": {**identity, "sourceIp": client.source_ip},
        "requestId": moment.request_id,
        "domainName": client.domain,
        "connectionId": client.connection_id,
        "apiId": client.api_id,
    }
    if client.authorizer is not None:
        context["authorizer"] = client.authorizer
    return context
