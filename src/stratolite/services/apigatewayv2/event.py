"""The events that functions behind an HTTP API see: payload formats 1.0 and 2.0, and those of authorizers.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
Format 2.0 leaves out what is not there, format 1.0 says null. Both have the decoded path with the stage's name, and a
``content-length`` even where nothing was sent.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from stratolite.core.clock import clf_time
from stratolite.http.fields import cookies, joined, port_of, query_pairs
from stratolite.http.message import Request
from stratolite.services.apigatewayv2.exchange import Exchange

DROPPED = frozenset({"connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
"""Fields about the connection."""
_OURS = frozenset({"content-length", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"})
_RECASED = {"host": "Host", "user-agent": "User-Agent"}
"""In format 1.0 these arrive in this case, whatever the client wrote (an event in milliHQ/terraform-aws-next-js#31)."""
TEXT_TYPES = frozenset({"application/javascript", "application/json", "application/xml"})
"""Besides ``text/*``, the types whose bodies arrive as they are; all others, and bodies without a type, in base 64
(measured on AWS: ministackorg/ministack#766)."""

_encode = msgspec.json.Encoder().encode


# Bytes that no JSON has in it mark what is left open in a frame.
_MARK, _MARK_NUMBER = b"\x00", b"\x01"
_OPEN, _OPEN_TEXT, _OPEN_NUMBER = msgspec.Raw(_MARK), msgspec.Raw(b'"%b"' % _MARK), msgspec.Raw(_MARK_NUMBER)


def encoded(exchange: Exchange, version: str) -> bytes:
    """The event of the function behind the route, as JSON."""
    body, is_base64 = encoded_body(exchange.request, exchange.body) if exchange.body else (None, False)
    if version == "2.0":
        return _two(exchange, body, is_base64)
    return _encode({**_one(exchange), "body": body, "isBase64Encoded": is_base64})


def authorizer_encoded(exchange: Exchange, version: str, arn: str, identity: Sequence[str]) -> bytes:
    """The event of an authorizer: the same request without its body."""
    if version == "2.0":
        event = msgspec.json.decode(_two(exchange, None, is_base64=False))
        del event["isBase64Encoded"]
        event |= {"type": "REQUEST", "routeArn": arn, "identitySource": list(identity) or None}
    else:
        source = ",".join(identity) or None
        event = {
            **_one(exchange),
            "type": "REQUEST",
            "methodArn": arn,
            "identitySource": source,
            "authorizationToken": source,
        }
    return _encode(event)


def encoded_body(request: Request, body: bytes) -> tuple[str | None, bool]:
    """The body as text or in base 64, and which; None when there is none."""
    if not body:
        return None, False
    media_type = request.headers.get("content-type").partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in TEXT_TYPES:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def _two(exchange: Exchange, body: str | None, is_base64: bool) -> bytes:
    """An event of format 2.0.

    Most of it is the same for all requests to a place: filled into a frame, the rest costs 6 µs instead of 12.
    """
    request, place = exchange.request, exchange.place
    frame = place.event_frame
    if not frame or exchange.is_path_mapped:
        frame = _frame(exchange)
        if not exchange.is_path_mapped:
            place.event_frame = frame
    query = _encode(request.query) if request.query else b'""'
    if "cookie" in request.headers and (sent := cookies(request)):
        query += b',"cookies":%b' % _encode(sent)
    begin, rest, client = _shape(request)
    trace = _encode(exchange.ids.shown)
    headers = b'%b"content-length":"%d","x-amzn-trace-id":%b,%b' % (begin, len(exchange.body), trace, rest)
    if request.query and (pairs := joined(query_pairs(request.query))):
        headers += b',"queryStringParameters":%b' % _encode(pairs)
    end = b"true" if is_base64 else b"false"
    return frame % (
        query,
        headers,
        b"" if exchange.authorizer is None else b',"authorizer":%b' % _encode(exchange.authorizer),
        client,
        exchange.request_id.encode(),
        clf_time(exchange.now_ms // 1000).encode(),
        exchange.now_ms,
        end if body is None else b'%b,"body":%b' % (end, _encode(body)),
    )


def _frame(exchange: Exchange) -> bytes:
    """The event with ``%b`` for what a request has of its own, and for what may follow that."""
    request, stage, place = exchange.request, exchange.stage, exchange.place
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": exchange.route.key,
        "rawPath": exchange.path,
        "rawQueryString": _OPEN,
        "headers": _OPEN,
        "requestContext": {
            "accountId": stage.stage.account,
            # Behind it is room for ``authorizer``, which is not there at all where nobody was asked.
            "apiId": msgspec.Raw(_encode(stage.api_id) + _MARK),
            "domainName": place.host,
            "domainPrefix": place.domain_prefix,
            "http": {"method": request.method, "path": exchange.path, "protocol": "HTTP/1.1", "sourceIp": _OPEN},
            "requestId": _OPEN_TEXT,
            "routeKey": exchange.route.key,
            "stage": stage.name,
            "time": _OPEN_TEXT,
            "timeEpoch": _OPEN_NUMBER,
        },
    }
    if place.parameters:
        event["pathParameters"] = place.parameters
    if stage.stage.variables:
        event["stageVariables"] = stage.stage.variables
    event["isBase64Encoded"] = _OPEN
    return _encode(event).replace(b"%", b"%%").replace(_MARK, b"%b").replace(_MARK_NUMBER, b"%d")


class _Shape(NamedTuple):
    """What format 2.0 has of a client's headers alone. Names are in lower case, values of one name joined; cookies are
    shown apart."""

    begin: bytes
    """Of ``headers``."""
    end: bytes
    client: bytes
    """``sourceIp`` and what follows it."""


def _shape(request: Request) -> _Shape:
    derived = request.headers.derived
    shape: _Shape | None = derived.get(_Shape)
    if shape is None:
        # With the next request of its connection that has the same headers, it is made already.
        fields = request.headers.fields
        sent = joined(field for field in fields if field[0] not in DROPPED | _OURS and field[0] != "cookie")
        agent = _encode(request.headers.get("user-agent"))
        shape = derived[_Shape] = _Shape(
            begin=_encode(sent)[:-1] + (b"," if sent else b""),
            end=_encode(_forwarded(request))[1:],
            client=b'%b,"userAgent":%b' % (_encode(request.client), agent),
        )
    return shape


def _forwarded(request: Request) -> dict[str, str]:
    behind = request.headers.get("x-forwarded-for")
    return {
        "x-forwarded-for": f"{behind}, {request.client}" if behind else request.client,
        "x-forwarded-port": port_of(request),
        "x-forwarded-proto": request.scheme,
    }


def _one(exchange: Exchange) -> dict[str, Any]:
    request, stage = exchange.request, exchange.stage
    single, many = _headers_one(exchange)
    query: dict[str, list[str]] = {}
    for name, value in query_pairs(request.query):
        query.setdefault(name, []).append(value)
    resource = exchange.route.key.partition(" ")[2] or exchange.route.key
    domain = exchange.place.domain
    path = exchange.path if domain is None else f"{domain.prefix}{exchange.place.path}"
    context = {
        "accountId": stage.stage.account,
        "apiId": stage.api_id,
        "authorizer": _authorizer_one(exchange),
        "domainName": exchange.place.host,
        "domainPrefix": exchange.place.domain_prefix,
        "extendedRequestId": exchange.request_id,
        "httpMethod": request.method,
        "identity": _identity(exchange),
        "path": path,
        "protocol": "HTTP/1.1",
        "requestId": exchange.request_id,
        "requestTime": clf_time(exchange.now_ms // 1000),
        "requestTimeEpoch": exchange.now_ms,
        "resourceId": None,
        "resourcePath": resource,
        "stage": stage.name,
    }
    return {
        "version": "1.0",
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        "headers": single,
        "multiValueHeaders": many,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "requestContext": context,
        "pathParameters": exchange.place.parameters or None,
        "stageVariables": stage.stage.variables or None,
    }


def _headers_one(exchange: Exchange) -> tuple[msgspec.Raw, msgspec.Raw]:
    """``headers`` and ``multiValueHeaders``."""
    request = exchange.request
    derived = request.headers.derived
    shape: tuple[bytes, bytes] | None = derived.get(_headers_one)
    if shape is None:
        headers: dict[str, list[str]] = {}
        for (name, value), (sent, _) in zip(request.headers.fields, request.headers.as_sent, strict=True):
            if name not in DROPPED and name not in _OURS:
                headers.setdefault(_RECASED.get(name) or sent, []).append(value)
        headers |= {name.title(): [value] for name, value in _forwarded(request).items()}
        single = _encode({name: values[-1] for name, values in headers.items()})
        shape = derived[_headers_one] = (single[:-1], _encode(headers)[:-1])
    length, trace = len(exchange.body), _encode(exchange.ids.shown)
    return (
        msgspec.Raw(b'%b,"Content-Length":"%d","X-Amzn-Trace-Id":%b}' % (shape[0], length, trace)),
        msgspec.Raw(b'%b,"Content-Length":["%d"],"X-Amzn-Trace-Id":[%b]}' % (shape[1], length, trace)),
    )


def _identity(exchange: Exchange) -> Mapping[str, Any]:
    request = exchange.request
    signer = (exchange.authorizer or {}).get("iam") or {}
    return {
        "accessKey": signer.get("accessKey"),
        "accountId": signer.get("accountId"),
        "caller": signer.get("callerId"),
        "cognitoAmr": None,
        "cognitoAuthenticationProvider": None,
        "cognitoAuthenticationType": None,
        "cognitoIdentityId": None,
        "cognitoIdentityPoolId": None,
        "principalOrgId": None,
        "sourceIp": request.client,
        "user": signer.get("userId"),
        "userAgent": request.headers.get("user-agent"),
        "userArn": signer.get("userArn"),
    }


def _authorizer_one(exchange: Exchange) -> Mapping[str, Any]:
    given = exchange.authorizer or {}
    if "lambda" in given:
        shown = dict(given["lambda"] or {})
        return {**shown, "principalId": exchange.principal_id} if exchange.principal_id else shown
    found: Mapping[str, Any] = given.get("jwt") or {"claims": None, "scopes": None}
    return found
