"""The event of a Lambda proxy integration (payload format 1.0), as AWS sends it.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64

import msgspec

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


_EDGE_NAMES = frozenset(name.lower() for name, _ in EDGE)
_encode = msgspec.json.Encoder().encode
# Encoded once, without their last bracket.
_EDGE_SINGLE = _encode(dict(EDGE))[:-1]
_EDGE_MANY = _encode({name: [value] for name, value in EDGE})[:-1]


def encoded(exchange: Exchange) -> bytes:
    """The event as JSON. Absent things are null, as in AWS's events, never empty."""
    headers, is_from_edge = forwarded(exchange)
    single = _encode({name: values[-1] for name, values in headers.items()})
    many = _encode(headers)
    if is_from_edge:
        single, many = b"%b,%b" % (_EDGE_SINGLE, single[1:]), b"%b,%b" % (_EDGE_MANY, many[1:])
    query = exchange.query
    body, is_base64 = encoded_body(exchange)
    return _encode(
        {
            "resource": exchange.route.resource_path,
            "path": exchange.path,
            "httpMethod": exchange.request.method,
            "headers": msgspec.Raw(single),
            "multiValueHeaders": msgspec.Raw(many),
            "queryStringParameters": {name: values[-1] for name, values in query.items()} if query else None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": exchange.path_parameters or None,
            "stageVariables": exchange.stage.variables,
            "requestContext": exchange.context,
            "body": body,
            "isBase64Encoded": is_base64,
        }
    )


def forwarded(exchange: Exchange) -> tuple[Pairs, bool]:
    """The headers that reach the function, and whether those of ``EDGE`` are to come before them."""
    request = exchange.request
    headers: Pairs = {}
    for (name, value), (sent, _) in zip(request.headers.fields, request.headers.as_sent, strict=True):
        if name not in DROPPED:
            shown = RECASED.get(name) or sent
            if shown in headers:
                headers[shown].append(value)
            else:
                headers[shown] = [value]
    is_from_edge = exchange.stage.is_edge
    if is_from_edge:
        if not _EDGE_NAMES.isdisjoint([name for name, _ in request.headers.fields]):
            is_from_edge = False
            headers = {name: [value] for name, value in EDGE if name.lower() not in request.headers} | headers
        host = f"{exchange.request_id.replace('-', '')}.cloudfront.net"
        headers.setdefault("Via", []).append(f"1.1 {host} (CloudFront)")
        headers["X-Amz-Cf-Id"] = [f"{exchange.extended_id}{exchange.request_id}=="]
    headers["X-Amzn-Trace-Id"] = [exchange.trace_id]
    client = request.client
    behind = request.headers.get("x-forwarded-for")
    headers["X-Forwarded-For"] = [f"{behind}, {client}" if behind else client]
    headers["X-Forwarded-Port"] = [port_of(exchange)]
    headers["X-Forwarded-Proto"] = [request.scheme]
    return headers, is_from_edge


def port_of(exchange: Exchange) -> str:
    """The port that the client addressed."""
    port = exchange.request.host.rpartition(":")[2]
    if port.isdigit() and port.isascii():
        return port
    return "443" if exchange.request.scheme == "https" else "80"


def encoded_body(exchange: Exchange) -> tuple[str | None, bool]:
    """The body as text, or in base 64 when its type is one of the API's binary types; null when there is none."""
    if not exchange.body:
        return None, False
    if exchange.stage.is_binary(exchange.request.headers.get("content-type", "application/json")):
        return base64.b64encode(exchange.body).decode(), True
    return exchange.body.decode("utf-8", "replace"), False
