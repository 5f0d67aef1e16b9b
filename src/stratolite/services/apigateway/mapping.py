"""Parameter mapping expressions: what may be written, and what it gives.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from stratolite.core.clock import clf_time
from stratolite.services.apigateway import api, jsonpath
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.reply import Fields

_TARGET = re.compile(r"integration\.request\.(header|querystring|path)\.(.+)")
_SOURCE = re.compile(
    r"'[^']*'"
    r"|method\.request\.(?:header|querystring|path|multivalueheader|multivaluequerystring)\..+"
    r"|method\.request\.body(?:\..+)?"
    r"|context\..+|stageVariables\..+",
    re.DOTALL,
)
_RESPONSE_SOURCE = re.compile(
    r"'[^']*'|integration\.response\.(?:header|multivalueheader)\..+|integration\.response\.body(?:\..+)?"
    r"|context\..+|stageVariables\..+",
    re.DOTALL,
)
_CONTENT_TYPE = re.compile(r"[\w.+*$-]+/[\w.+*$-]+(?:\s*;.*)?|\$default")


def check_request_parameters(parameters: Mapping[str, str] | None, declared: Mapping[str, bool]) -> None:
    """Raises BadRequestException for an expression that is none, or that names a parameter the method lacks."""
    for target, source in (parameters or {}).items():
        if not _TARGET.fullmatch(target):
            raise _invalid("expression", target)
        if not _SOURCE.fullmatch(source):
            raise _invalid("expression", source)
        # Headers and query parameters must be declared by the method; its path declares the others.
        single = source.replace(".multivalue", ".", 1)
        needs_declaration = single.startswith(("method.request.header.", "method.request.querystring."))
        if needs_declaration and single not in declared:
            raise _invalid("expression parameter", source)


def check_response_parameters(parameters: Mapping[str, str] | None, declared: Mapping[str, bool]) -> None:
    """Raises BadRequestException for an expression that is none, or for a header that the method's response lacks."""
    for target, source in (parameters or {}).items():
        if not target.startswith("method.response.header.") or not _RESPONSE_SOURCE.fullmatch(source):
            raise _invalid("expression", source if target.startswith("method.response.header.") else target)
        if target not in declared:
            raise _invalid("expression parameter", target)


def check_content_type(text: str) -> None:
    """Raises BadRequestException for what is no media type."""
    if not _CONTENT_TYPE.fullmatch(text):
        raise api.BadRequestException(
            f"Validation Result: warnings : [], errors : [Invalid content type specified: {text}]"
        )


def check_pattern(pattern: str | None) -> None:
    """Raises BadRequestException for a selection pattern that is no regular expression."""
    try:
        re.compile(pattern or "")
    except re.error:
        raise api.BadRequestException(f"Invalid selection pattern specified: {pattern}") from None


def _invalid(what: str, text: str) -> api.BadRequestException:
    return api.BadRequestException(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors :"
        f" [Invalid mapping {what} specified: {text}]"
    )


# What expressions give -----------------------------------------------------------------------------------------


def request_value(exchange: Exchange, source: str) -> str | None:
    """What an expression over the method's request gives, or None."""
    if source[:1] == "'":
        return source[1:-1]
    if source.startswith("method.request."):
        return _method_request(exchange, source.removeprefix("method.request."))
    return variable(exchange, source)


def request_values(exchange: Exchange, source: str) -> list[str]:
    """The same, with the several values of a query parameter apart."""
    several = source.removeprefix("method.request.multivaluequerystring.")
    if several != source:
        return exchange.query.get(several, [])
    value = request_value(exchange, source)
    return [value] if value else []


def known_variable(exchange: Exchange, name: str) -> str | None:
    """What an expression gives, where no route may have been found: the context then knows the request alone."""
    if not name.startswith("context.") or hasattr(exchange, "route"):
        return request_value(exchange, name)
    known = {
        "context.stage": exchange.stage.name,
        "context.requestId": exchange.request_id,
        "context.extendedRequestId": exchange.extended_id,
        "context.httpMethod": exchange.request.method,
        "context.path": exchange.stage_path,
        "context.apiId": exchange.stage.api_id,
        "context.requestTime": clf_time(exchange.now_ms // 1000),
        "context.requestTimeEpoch": str(exchange.now_ms),
        "context.protocol": "HTTP/1.1",
        "context.identity.sourceIp": exchange.request.client,
        "context.identity.userAgent": exchange.user_agent,
    }
    return known.get(name)


def variable(exchange: Exchange, name: str) -> str | None:
    """What ``context.a.b`` or ``stageVariables.x`` gives, or None."""
    if name.startswith("stageVariables."):
        return (exchange.stage.variables or {}).get(name.removeprefix("stageVariables."))
    value: Any = exchange.variables
    for part in name.split(".")[1:]:
        value = value.get(part) if isinstance(value, dict) else None
    return None if value is None else text(value)


def text(value: Any) -> str:
    """A JSON value as the text of a header."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def texts(value: Any) -> list[str]:
    """What a template put in the place of a header: one text, or several of a list."""
    return [text(each) for each in value] if isinstance(value, list) else [text(value)]


def _method_request(exchange: Exchange, rest: str) -> str | None:
    location, _, name = rest.partition(".")
    values: list[str] | None = None
    if location.endswith("header"):
        values = exchange.request.headers.all(name.lower())
    elif location.endswith("querystring"):
        values = exchange.query.get(name)
    elif location == "path":
        return exchange.path_parameters.get(name)
    else:
        return _body_value(exchange.body or b"{}", name)
    if not values:
        return None
    return ",".join(values) if location.startswith("multivalue") else values[-1]


def _body_value(body: bytes, path: str) -> str | None:
    if not path:
        return body.decode("utf-8", "replace")
    try:
        found = jsonpath.find(json.loads(body or b"{}"), f"$.{path}")
    except (ValueError, RecursionError):
        return None
    return None if found is None else text(found)


def response_fields(
    exchange: Exchange, parameters: Mapping[str, str], body: bytes, headers: Mapping[str, str]
) -> Fields:
    """The headers that an integration response sets; an expression without a value sets none."""
    fields: Fields = []
    for target, source in parameters.items():
        value: str | None
        if source[:1] == "'":
            value = source[1:-1]
        elif source.startswith("integration.response.body"):
            value = _body_value(body, source.removeprefix("integration.response.body").removeprefix("."))
        elif source.startswith("integration.response."):
            value = headers.get(source.split(".", 3)[3].lower())
        else:
            value = variable(exchange, source)
        if value is not None:
            fields.append((target.removeprefix("method.response.header."), value))
    return fields
