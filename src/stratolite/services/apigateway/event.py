"""The event of a Lambda proxy integration (payload format 1.0), as AWS sends it.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from stratolite.core.clock import clf_time
from stratolite.http.fields import port_of
from stratolite.http.message import Request
from stratolite.services.apigateway.exchange import Exchange, Pairs

# API Gateway does not hand these on (recorded: test_apigateway_header_remapping_aws[AWS_PROXY]).
DROPPED = frozenset(
    {
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
        # Ours to set: what the client sent in them is merged below.
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    }
)
# These arrive in this case, whatever the client wrote.
RECASED = {"authorization": "Authorization", "host": "Host", "user-agent": "User-Agent"}
# A viewer at a desk, in the country where the region is; who needs another sends the header.
EDGE = (
    ("CloudFront-Forwarded-Proto", "https"),
    ("CloudFront-Is-Desktop-Viewer", "true"),
    ("CloudFront-Is-Mobile-Viewer", "false"),
    ("CloudFront-Is-SmartTV-Viewer", "false"),
    ("CloudFront-Is-Tablet-Viewer", "false"),
    ("CloudFront-Viewer-ASN", "16509"),
    ("CloudFront-Viewer-Country", "US"),
)


_BY_EDGE, _DIRECT = object(), object()
"""Where the shapes of headers are kept."""
_encode = msgspec.json.Encoder().encode

# Bytes that no JSON has in it mark what is left open in a frame.
_MARK, _MARK_NUMBER = b"\x00", b"\x01"
_OPEN, _OPEN_TEXT, _OPEN_NUMBER = msgspec.Raw(_MARK), msgspec.Raw(b'"%b"' % _MARK), msgspec.Raw(_MARK_NUMBER)


def encoded(exchange: Exchange) -> bytes:
    """The event as JSON. Absent things are null, as in AWS's events, never empty.

    Most of it is the same for all requests to a place: filled into a frame, the rest costs 4 µs instead of 10.
    """
    place = exchange.place
    if not place.event_frame:
        place.event_frame = _frame(exchange)
    single, many = _headers(exchange)
    query = exchange.query if exchange.request.query else None
    body, is_base64 = encoded_body(exchange) if exchange.body else (None, False)
    return place.event_frame % (
        single,
        many,
        _encode({name: values[-1] for name, values in query.items()}) if query else b"null",
        _encode(query) if query else b"null",
        exchange.extended_id.encode(),
        clf_time(exchange.now_ms // 1000).encode(),
        exchange.now_ms,
        exchange.request_id.encode(),
        _identity(exchange),
        b"" if exchange.authorizer is None else b',"authorizer":%b' % _encode(exchange.authorizer),
        b"null" if body is None else _encode(body),
        b"true" if is_base64 else b"false",
    )


def _frame(exchange: Exchange) -> bytes:
    """The event with ``%b`` for what a request has of its own."""
    context = exchange.make_context(_OPEN_TEXT, _OPEN_TEXT, _OPEN_NUMBER, _OPEN_TEXT, _OPEN)
    # Behind its last member is room for ``authorizer``, which is not there at all where nobody was asked.
    context["apiId"] = msgspec.Raw(_encode(context["apiId"]) + _MARK)
    event = {
        "resource": exchange.route.resource_path,
        "path": exchange.place.event_path,
        "httpMethod": exchange.request.method,
        "headers": _OPEN,
        "multiValueHeaders": _OPEN,
        "queryStringParameters": _OPEN,
        "multiValueQueryStringParameters": _OPEN,
        "pathParameters": exchange.path_parameters or None,
        "stageVariables": exchange.stage.variables,
        "requestContext": context,
        "body": _OPEN,
        "isBase64Encoded": _OPEN,
    }
    return _encode(event).replace(b"%", b"%%").replace(_MARK, b"%b").replace(_MARK_NUMBER, b"%d")


def _identity(exchange: Exchange) -> bytes:
    """``requestContext.identity``, which the next request with the same headers has, too."""
    if exchange.caller is not None:
        return _encode(exchange.identity)
    derived = exchange.request.headers.derived
    key = (_identity, exchange.api_key, exchange.api_key_id) if exchange.api_key else _identity
    identity: bytes | None = derived.get(key)
    if identity is None:
        identity = derived[key] = _encode(exchange.identity)
    return identity


def authorizer_encoded(exchange: Exchange, method_arn: str) -> bytes:
    """The event of an authorizer of type REQUEST as JSON: the same request without its body; absent things are empty.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    """
    single, many = (msgspec.json.decode(each) or {} for each in _headers(exchange))
    if "content-length" in exchange.request.headers:
        single["Content-Length"] = exchange.request.headers.get("content-length")
        many["Content-Length"] = exchange.request.headers.all("content-length")
    context = exchange.context
    if exchange.route.method["apiKeyRequired"] and "x-api-key" in exchange.request.headers:
        identity = {**context["identity"], "apiKey": exchange.request.headers.get("x-api-key")}
        context = {**context, "identity": identity}
    query = exchange.query
    return _encode(
        {
            "type": "REQUEST",
            "methodArn": method_arn,
            "resource": exchange.route.resource_path,
            "path": exchange.place.event_path,
            "httpMethod": exchange.request.method,
            "headers": single,
            "multiValueHeaders": many,
            "queryStringParameters": {name: values[-1] for name, values in query.items()},
            "multiValueQueryStringParameters": query,
            "pathParameters": exchange.path_parameters,
            "stageVariables": exchange.stage.variables or {},
            "requestContext": context,
        }
    )


class _Shape(NamedTuple):
    """The headers that reach the function as far as they come of the client's alone: all but those with our ids."""

    single: bytes
    """The beginning of the JSON object."""
    many: bytes
    vias: bytes
    """What stands before our own in the list of Via."""
    single_end: bytes
    many_end: bytes


def _headers(exchange: Exchange) -> tuple[bytes, bytes]:
    """``headers`` and ``multiValueHeaders`` of the event."""
    request = exchange.request
    if exchange.is_trial:
        return _headers_of_trial(exchange)
    derived, is_edge = request.headers.derived, exchange.stage.is_edge
    key = _BY_EDGE if is_edge else _DIRECT
    shape = derived.get(key)
    if shape is None:
        # With the next request of its connection that has the same headers, a client's cost 5 µs less.
        shape = derived[key] = _shape(request, is_edge=is_edge)
    trace = _encode(exchange.trace_id)
    if not is_edge:
        own = b'"X-Amzn-Trace-Id":%b' % trace
        return shape.single + own + shape.single_end, b'%b"X-Amzn-Trace-Id":[%b]%b' % (
            shape.many,
            trace,
            shape.many_end,
        )
    request_id = exchange.request_id
    via = f'"1.1 {request_id.replace("-", "")}.cloudfront.net (CloudFront)"'.encode()
    visit = f'"{exchange.extended_id}{request_id}=="'.encode()
    return (
        b'%b"Via":%b,"X-Amz-Cf-Id":%b,"X-Amzn-Trace-Id":%b%b' % (shape.single, via, visit, trace, shape.single_end),
        b'%b"Via":[%b%b],"X-Amz-Cf-Id":[%b],"X-Amzn-Trace-Id":[%b]%b'
        % (shape.many, shape.vias, via, visit, trace, shape.many_end),
    )


def _headers_of_trial(exchange: Exchange) -> tuple[bytes, bytes]:
    """Nothing is added on the way, because there is none."""
    headers = exchange.headers
    if not headers:
        return b"null", b"null"
    return _encode({name: values[-1] for name, values in headers.items()}), _encode(headers)


def _shape(request: Request, *, is_edge: bool) -> _Shape:
    headers: Pairs = {}
    for (name, value), (sent, _) in zip(request.headers.fields, request.headers.as_sent, strict=True):
        if name not in DROPPED:
            headers.setdefault(RECASED.get(name) or sent, []).append(value)
    vias: list[str] = []
    if is_edge:
        headers = {name: [value] for name, value in EDGE if name.lower() not in request.headers} | headers
        vias = headers.pop("Via", [])
        headers.pop("X-Amz-Cf-Id", None)
    behind = request.headers.get("x-forwarded-for")
    last = {
        "X-Forwarded-For": f"{behind}, {request.client}" if behind else request.client,
        "X-Forwarded-Port": port_of(request),
        "X-Forwarded-Proto": request.scheme,
    }
    return _Shape(
        single=_begun({name: values[-1] for name, values in headers.items()}),
        many=_begun(headers),
        vias=b"".join(b"%b," % _encode(value) for value in vias),
        single_end=b",%b" % _encode(last)[1:],
        many_end=b",%b" % _encode({name: [value] for name, value in last.items()})[1:],
    )


def _begun(fields: Mapping[str, Any]) -> bytes:
    """A JSON object to which members are to be added."""
    return _encode(fields)[:-1] + b"," if fields else b"{"


def encoded_body(exchange: Exchange) -> tuple[str | None, bool]:
    """The body as text, or in base 64 when its type is one of the API's binary types; null when there is none."""
    if not exchange.body:
        return None, False
    if exchange.stage.is_binary(exchange.request.headers.get("content-type", "application/json")):
        return base64.b64encode(exchange.body).decode(), True
    return exchange.body.decode("utf-8", "replace"), False
