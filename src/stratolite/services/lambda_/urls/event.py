"""The event that a request to a function URL becomes: payload format 2.0.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from stratolite.core.clock import clf_time
from stratolite.http.fields import cookies, joined, port_of, query_pairs
from stratolite.http.message import Request
from stratolite.services.lambda_.url_store import FunctionUrl

DROPPED = frozenset({"connection", "cookie", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
"""Header fields about the connection; cookies are shown apart."""
_TEXT = re.compile(r"text/.*|application/(.*\+)?(json|xml)|application/(x-)?(java|ecma)script", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request to a URL, and what is known of it besides."""

    url: FunctionUrl
    request: Request
    path: str
    """Percent-encoded, as it was sent, without what names the URL here."""
    body: bytes
    request_id: str
    now_ms: int
    trace: str
    """What the function sees of the trace."""
    caller: Mapping[str, Any] | None


def encoded(visit: Visit) -> bytes:
    """The event as JSON."""
    request, body = visit.request, visit.body
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": visit.path,
        "rawQueryString": request.query,
    }
    sent = cookies(request)
    if sent:
        event["cookies"] = sent
    event["headers"] = _headers(visit)
    query = joined(query_pairs(request.query))
    if query:
        event["queryStringParameters"] = query
    event["requestContext"] = _context(visit)
    is_base64 = bool(body) and not _is_text(request.headers.get("content-type"), body)
    if body:
        event["body"] = base64.b64encode(body).decode() if is_base64 else body.decode()
    event["isBase64Encoded"] = is_base64
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def _context(visit: Visit) -> dict[str, Any]:
    url, request = visit.url, visit.request
    is_own_host = request.host.lower().startswith(f"{url.url_id}.")
    context: dict[str, Any] = {
        "accountId": url.name.account if visit.caller else "anonymous",
        "apiId": url.url_id,
        "domainName": request.host if is_own_host else url.domain,
        "domainPrefix": url.url_id,
        "http": {
            "method": request.method,
            # Decoded, other than rawPath (recorded: test_lambda_url_echo_http_fixture_default).
            "path": unquote(visit.path),
            "protocol": "HTTP/1.1",
            "sourceIp": request.client,
            "userAgent": request.headers.get("user-agent"),
        },
        "requestId": visit.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": clf_time(visit.now_ms // 1000),
        "timeEpoch": visit.now_ms,
    }
    return {**context, "authorizer": {"iam": visit.caller}} if visit.caller else context


def _headers(visit: Visit) -> dict[str, str]:
    """Names in lower case, values of one name joined (recorded: ``test_lambda_url_echo_http_fixture_default``)."""
    request = visit.request
    headers = joined(field for field in request.headers.fields if field[0] not in DROPPED)
    behind = request.headers.get("x-forwarded-for")
    headers["x-amzn-trace-id"] = visit.trace
    headers["x-forwarded-for"] = f"{behind}, {request.client}" if behind else request.client
    headers["x-forwarded-port"] = port_of(request)
    headers["x-forwarded-proto"] = request.scheme
    return headers


def _is_text(content_type: str, body: bytes) -> bool:
    if not _TEXT.fullmatch(content_type.partition(";")[0].strip()):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
