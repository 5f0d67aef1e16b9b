"""Integrations over HTTP: the request goes to a URL or a service, and its answer is the response, as it is or mapped.

Which headers go out is recorded (test_http_integration_with_lambda, test_apigateway_header_remapping_http), and so is
what becomes of query parameters (test_http_proxy_integration_request_data_mappings).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html
"""

import json
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from stratolite.http import client
from stratolite.http.client import Answer, RequestFailed
from stratolite.http.fields import latin, port_of
from stratolite.services.apigateway import Apigateway, mapped, mapping, rules
from stratolite.services.apigateway.event import DROPPED
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import bad_json, misconfigured, timed_out, unreachable
from stratolite.services.apigateway.reply import Fields, Reply

ANSWER_BYTES_MAX = rules.PAYLOAD_BYTES_MAX
_PREFIX = "integration.request."
_PATH_PARAMETER = re.compile(r"\{([^{}]+?)\+?\}")
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_KEPT_BACK = frozenset({"content-encoding", "host", "via"}) | DROPPED
"""What the client sent and the endpoint does not get."""
_REFUSED = frozenset({"content-length", "transfer-encoding"})
"""A mapping to one of these makes AWS answer 500."""
_HOP_BY_HOP = frozenset({"connection", "expect", "proxy-authenticate", "te", "via"})
"""A mapping to one of these is without effect on AWS."""
_REMAPPED = {"x-amzn-requestid": "x-amzn-Remapped-x-amzn-RequestId"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out and came back, for the log of a trial."""

    url: str
    fields: Fields
    body: bytes
    answer: Answer


async def answer_proxy(apigateway: Apigateway, exchange: Exchange) -> Reply:
    """HTTP_PROXY: the endpoint gets the request, and its answer is the response.

    Raises Failure: 504 it cannot be reached or is too slow, 500 the integration names no endpoint.
    """
    query = [(name, value) for name, values in exchange.query.items() for value in values]
    answer = await _send(apigateway, exchange, _passed(exchange), query, exchange.body)
    fields = [(_REMAPPED.get(name.lower(), name), latin(value)) for name, value in answer.headers.as_sent]
    reply = Reply(answer.status, fields, answer.body)
    if not exchange.stage.is_binary(reply.content_type() or mapped.JSON):
        # What the API does not call binary is text to it, and is broken where it is none: as on AWS.
        reply.body = reply.body.decode("utf-8", "replace").encode()
    return reply


async def answer_mapped(apigateway: Apigateway, exchange: Exchange) -> Reply:
    """HTTP: templates make the request's body and the response's, the endpoint's status picks the response.

    Raises Failure: as ``answer_proxy``, 415 no template fits, 500 nothing maps the answer.
    """
    body = mapped.request_bytes(exchange)
    exchange.trace_shown = True
    answer = await _send(apigateway, exchange, _own(exchange, body), [], body)
    return mapped.response(exchange, str(answer.status), answer.body, dict(answer.headers.fields))


async def answer_service(apigateway: Apigateway, exchange: Exchange) -> Reply:
    """AWS with a service other than Lambda: as ``answer_mapped``, of the stage's account."""
    asked = exchange.route.asked
    assert asked is not None, "PutIntegration refuses every other service"
    body = mapped.request_bytes(exchange)
    exchange.trace_shown = True
    named = {name for name, _ in asked.fields}
    own = [field for field in _own(exchange, body) if field[0] not in named]
    fields = [*own, *asked.fields, *asked.signed(exchange.stage.account, exchange.now_ms)]
    answer = await _send(apigateway, exchange, fields, [], body)
    return mapped.response(exchange, str(answer.status), answer.body, dict(answer.headers.fields))


async def _send(
    apigateway: Apigateway, exchange: Exchange, fields: Fields, query: Sequence[tuple[str, str]], body: bytes
) -> Answer:
    integration, clock = exchange.route.integration, apigateway.world.clock
    method = integration["httpMethod"]
    url = target(exchange, query)
    fields = [*fields, ("x-amzn-apigateway-api-id", exchange.stage.api_id), ("X-Amzn-Trace-Id", exchange.trace_id)]
    fields = _overridden(exchange, fields)
    began_s = clock.elapsed_s()
    try:
        answer = await client.request(
            exchange.request.method if method == "ANY" else method,
            url,
            fields,
            body,
            timeout_s=exchange.route.timeout_s,
            answer_bytes_max=ANSWER_BYTES_MAX,
            is_verified=not (integration.get("tlsConfig") or {}).get("insecureSkipVerification"),
            detour=apigateway.world.settings.detour,
        )
    except RequestFailed as error:
        if isinstance(error.__cause__, TimeoutError):
            raise timed_out() from None
        if isinstance(error.__cause__, socket.gaierror) or not urlsplit(url).hostname:
            raise misconfigured() from None  # Invalid endpoint address: none that is known, or none at all
        raise unreachable() from None
    finally:
        exchange.integration_s = clock.elapsed_s() - began_s
    exchange.outgoing = Sent(url, fields, body, answer) if exchange.is_trial else None
    return answer


def target(exchange: Exchange, query: Sequence[tuple[str, str]]) -> str:
    """The URL with its path parameters and query: the integration's own, the request's, and what is mapped.

    Raises Failure (500) for a path parameter that nothing is mapped to.
    """
    given = _joined(exchange, "path")

    def value(match: re.Match[str]) -> str:
        if match[1] not in given:
            raise misconfigured()
        return quote(given[match[1]], safe=_PATH_SAFE)

    parts = urlsplit(_PATH_PARAMETER.sub(value, exchange.route.url))
    added = _mapped(exchange, "querystring")
    pairs = [pair for pair in query if pair[0] not in added]
    pairs += [(name, value) for name, values in added.items() for value in values]
    told = [parts.query, *(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join(each for each in told if each), ""))


def _joined(exchange: Exchange, location: str) -> dict[str, str]:
    """``_mapped``, with several values of one name as one."""
    return {name: ",".join(values) for name, values in _mapped(exchange, location).items()}


def _mapped(exchange: Exchange, location: str) -> dict[str, list[str]]:
    """What ``requestParameters`` gives for ``header``, ``path`` or ``querystring``, by name. Raises Failure (400)."""
    prefix = f"{_PREFIX}{location}."
    values = {}
    for name, source in (exchange.route.integration.get("requestParameters") or {}).items():
        if name.startswith(prefix):
            if source.startswith("method.request.body"):
                _require_json(exchange.body)
            value = mapping.request_values(exchange, source)
            if value:
                values[name.removeprefix(prefix)] = value
    overridden = exchange.overrides.get("requestOverride") or {}
    found = overridden.get(location)
    given = found if isinstance(found, dict) else {}
    return values | {name: mapping.texts(value) for name, value in given.items()}


def _require_json(body: bytes) -> None:
    """What begins as an object is one. Raises Failure (400)."""
    if body.lstrip().startswith(b"{"):
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            raise bad_json() from None


def _overridden(exchange: Exchange, fields: Fields) -> Fields:
    """The headers, with those that are mapped in the place of others. Raises Failure (500)."""
    added = _joined(exchange, "header")
    names = {name.lower() for name in added}
    if names & _REFUSED:
        raise misconfigured()
    kept = [field for field in fields if field[0].lower() not in names]
    return [*kept, *((name, latin(value)) for name, value in added.items() if name.lower() not in _HOP_BY_HOP)]


def _passed(exchange: Exchange) -> Fields:
    """The headers of HTTP_PROXY: the client's, and by which way it came."""
    request = exchange.request
    sent = zip(request.headers.as_sent, request.headers.fields, strict=True)
    fields = [(name, value) for (name, value), (lower, _) in sent if lower not in _KEPT_BACK]
    forwarded = [*request.headers.all("x-forwarded-for"), request.client]
    return [
        *fields,
        ("X-Forwarded-For", ", ".join(forwarded)),
        ("X-Forwarded-Port", port_of(request)),
        ("X-Forwarded-Proto", request.scheme),
    ]


def _own(exchange: Exchange, body: bytes) -> Fields:
    """The headers of HTTP: API Gateway's own."""
    fields = [("Accept", mapped.JSON), ("User-Agent", f"AmazonAPIGateway_{exchange.stage.api_id}")]
    if body:
        fields.append(("Content-Type", exchange.request.headers.get("content-type", mapped.JSON)))
    return fields
