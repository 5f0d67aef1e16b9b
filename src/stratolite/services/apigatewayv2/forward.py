"""The HTTP_PROXY integration: the request goes to a URL, and what that answers is the response.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
Path parameters stand in the URL as ``{name}``.
"""

import re
from urllib.parse import quote, urlsplit, urlunsplit

from stratolite.http import client
from stratolite.http.client import RequestFailed
from stratolite.http.detour import Detour
from stratolite.http.fields import latin
from stratolite.services.apigatewayv2 import refusal
from stratolite.services.apigatewayv2.domain import Integration
from stratolite.services.apigatewayv2.event import DROPPED
from stratolite.services.apigatewayv2.exchange import Exchange
from stratolite.services.apigatewayv2.reply import KEPT_BACK, Reply

ANSWER_BYTES_MAX = 10 * 1024 * 1024
_VARIABLE = re.compile(r"\{([^{}]+?)\+?\}")
_OWN = frozenset({"content-length", "forwarded", "host", "via", "x-amzn-trace-id"})


async def answer(exchange: Exchange, integration: Integration, detour: Detour) -> Reply:
    """Send the request on and wait for the answer. Raises Refusal: 503 there is none, or not in time."""
    request = exchange.request
    method = request.method if integration.method in ("ANY", "") else integration.method
    try:
        answered = await client.request(
            method,
            target(exchange),
            _fields(exchange),
            exchange.body,
            timeout_s=integration.timeout_s,
            answer_bytes_max=ANSWER_BYTES_MAX,
            detour=detour,
        )
    except RequestFailed as error:
        raise refusal.unavailable(str(error)) from None
    sent = answered.headers.as_sent
    fields = [(name, latin(value)) for name, value in sent if name.lower() not in KEPT_BACK]
    return Reply(answered.status, fields, answered.body)


def target(exchange: Exchange) -> str:
    """The URL with path parameters filled in, the query of the request, and the path that was mapped, if one was."""
    parameters, request = exchange.place.parameters, exchange.request
    url = _VARIABLE.sub(lambda match: quote(parameters.get(match[1], ""), safe="/"), exchange.route.url)
    parts = urlsplit(url)
    path = parts.path
    if exchange.is_path_mapped:
        path = quote(exchange.path, safe="/%:@!$&'()*+,;=~")
    query = "&".join(each for each in (parts.query, request.query) if each)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _fields(exchange: Exchange) -> list[tuple[str, str]]:
    request = exchange.request
    fields = [
        (sent, value)
        for (sent, value), (name, _) in zip(request.headers.as_sent, request.headers.fields, strict=True)
        if name not in DROPPED and name not in _OWN
    ]
    forwarded = f"for={request.client};host={request.host};proto={request.scheme}"
    return [
        *fields,
        ("Forwarded", forwarded),
        ("Via", "HTTP/1.1 AmazonAPIGateway"),
        ("X-Amzn-Trace-Id", exchange.ids.shown),
    ]
