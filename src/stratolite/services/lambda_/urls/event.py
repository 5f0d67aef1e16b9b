"""The event that a request to a function URL becomes: payload format 2.0.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, unquote_plus

from stratolite.http.message import Request
from stratolite.services.lambda_.url_store import FunctionUrl

DROPPED = frozenset({"connection", "cookie", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
"""Header fields about the connection; cookies are shown apart."""
_TEXT = re.compile(r"text/.*|application/(.*\+)?(json|xml)|application/(x-)?(java|ecma)script", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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
    cookies = [one.strip() for line in request.headers.all("cookie") for one in line.split(";") if one.strip()]
    if cookies:
        event["cookies"] = cookies
    event["headers"] = _headers(visit)
    query = _query(request.query)
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
        "time": _time(visit.now_ms),
        "timeEpoch": visit.now_ms,
    }
    return {**context, "authorizer": {"iam": visit.caller}} if visit.caller else context


def _headers(visit: Visit) -> dict[str, str]:
    """Names in lower case, values of one name joined (recorded: ``test_lambda_url_echo_http_fixture_default``)."""
    request = visit.request
    headers: dict[str, str] = {}
    for name, value in request.headers.fields:
        if name not in DROPPED:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    behind = request.headers.get("x-forwarded-for")
    port = request.host.rpartition(":")[2]
    default = "443" if request.scheme == "https" else "80"
    headers["x-amzn-trace-id"] = visit.trace
    headers["x-forwarded-for"] = f"{behind}, {request.client}" if behind else request.client
    headers["x-forwarded-port"] = port if port.isdigit() and port.isascii() else default
    headers["x-forwarded-proto"] = request.scheme
    return headers


def _query(text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            key, decoded = unquote_plus(name), unquote_plus(value)
            parameters[key] = f"{parameters[key]},{decoded}" if key in parameters else decoded
    return parameters


def _is_text(content_type: str, body: bytes) -> bool:
    if not _TEXT.fullmatch(content_type.partition(";")[0].strip()):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _time(now_ms: int) -> str:
    """``07/Sep/2021:22:50:22 +0000``, whatever the locale."""
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    return f"{moment:%d}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M:%S} +0000"
