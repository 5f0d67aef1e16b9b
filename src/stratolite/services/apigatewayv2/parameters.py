"""Parameter mapping: what an integration changes of requests before it is called, and of responses afterwards.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
An expression without a value changes nothing.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from msgspec.structs import replace

from stratolite.http.fields import joined, latin, query_pairs
from stratolite.http.message import Headers
from stratolite.services.apigatewayv2 import variables
from stratolite.services.apigatewayv2.changes import Change
from stratolite.services.apigatewayv2.exchange import Exchange

BODY_BYTES_MAX = 100 * 1024
"""What of a body is looked into; that of one that is longer cannot be read. The whole body goes uncut."""
_INSIDE = re.compile(r"\$\{([^}]*)\}")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
Fields = list[tuple[str, str]]
Resolve = Callable[[str], str | None]


def change_request(exchange: Exchange, changes: Sequence[Change]) -> None:
    """Put what the integration is to see in the place of what the client sent."""
    request = exchange.request
    fields, query, path = list(request.headers.as_sent), query_pairs(request.query), exchange.path
    originals = {"header": joined(request.headers.fields), "querystring": joined(query)}

    def resolve(name: str) -> str | None:
        return _request_value(exchange, originals, name)

    is_query_changed = False
    for change in changes:
        value = "" if change.action == "remove" else evaluate(change.value, resolve)
        if value is None:
            continue
        if change.location == "header":
            fields = _changed(fields, change, latin(value), ignore_case=True)
        elif change.location == "querystring":
            query = _changed(query, change, value, ignore_case=False)
            is_query_changed = True
        else:
            path = value if value.startswith("/") else f"/{value}"
            exchange.is_path_mapped = True
    shown = urlencode(query, quote_via=quote) if is_query_changed else request.query
    exchange.request = replace(request, headers=Headers(fields), query=shown)
    exchange.path = path


def resolver(exchange: Exchange) -> Resolve:
    """What gives the values of expressions about a request."""
    return lambda name: _request_value(exchange, None, name)


def change_response(
    exchange: Exchange, changes: Sequence[Change], status: int, fields: Fields, body: bytes
) -> tuple[int, Fields]:
    """Status and fields of a response after the changes."""
    originals = joined((name.lower(), value) for name, value in fields)

    def resolve(name: str) -> str | None:
        if name.startswith("response.header."):
            return originals.get(name.removeprefix("response.header.").lower())
        if name == "response.body" or name.startswith("response.body."):
            return body_value(body, name.removeprefix("response.body").removeprefix("."))
        return _request_value(exchange, None, name)

    for change in changes:
        value = "" if change.action == "remove" else evaluate(change.value, resolve)
        if value is None:
            continue
        if change.location == "header":
            fields = _changed(fields, change, latin(value), ignore_case=True)
        elif value.isascii() and value.isdigit() and 100 <= int(value) <= 599:
            status = int(value)
    return status, fields


def _changed(pairs: Fields, change: Change, value: str, *, ignore_case: bool) -> Fields:
    wanted = change.name.lower() if ignore_case else change.name
    others = [pair for pair in pairs if (pair[0].lower() if ignore_case else pair[0]) != wanted]
    if change.action == "remove":
        return others
    return [*(pairs if change.action == "append" else others), (change.name, value)]


def evaluate(template: str, resolve: Resolve) -> str | None:
    """What a value gives: one expression, a text with expressions in ``${}``, or the text as it is."""
    if template.startswith("$") and not template.startswith("${"):
        return resolve(template[1:])
    if "${" not in template:
        return template
    return _INSIDE.sub(lambda match: resolve(match[1]) or "", template)


def _request_value(exchange: Exchange, originals: Mapping[str, Mapping[str, str]] | None, name: str) -> str | None:
    if not name.startswith("request."):
        return variables.value(exchange, name)
    location, _, rest = name.removeprefix("request.").partition(".")
    if location == "body":
        return body_value(exchange.body, rest)
    if location == "path":
        return exchange.place.parameters.get(rest) if rest else exchange.place.path
    request = exchange.request
    if location == "header":
        headers = originals["header"] if originals else joined(request.headers.fields)
        return headers.get(rest.lower())
    if location == "querystring":
        return (originals["querystring"] if originals else joined(query_pairs(request.query))).get(rest)
    return request.method if location == "method" else None


def body_value(body: bytes, path: str) -> str | None:
    """What a path such as ``user.names[0]`` leads to in a JSON body; the whole body for no path."""
    if not path:
        return body.decode("utf-8", "replace")
    try:
        found: Any = json.loads(body[:BODY_BYTES_MAX])
    except (ValueError, RecursionError):
        return None
    for name, index in _STEP.findall(path):
        if name and isinstance(found, dict):
            found = found.get(name)
        elif index and isinstance(found, list) and int(index) < len(found):
            found = found[int(index)]
        else:
            return None
    return None if found is None else variables.text(found)
