"""What a REST API, an HTTP API or a function URL hands to a function, as one request.

The differences are where handlers go wrong: absent query strings are null, not empty; bodies may be base64; REST APIs
leave the values in a path encoded, HTTP APIs decode them; what is given twice is kept in ``multiValue...``, or joined
by commas that values may have too.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html; that REST APIs
do not decode: https://github.com/serverless/serverless/issues/5037.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from stratolite_patterns.cqrs.errors import FieldError, InvalidMessage

DEPTH_MAX = 100
EXPONENT_MAX = 307
"""A double goes a little further: up to 1.8e308."""


class Request(NamedTuple):
    """A request. ``route`` is the path as it was declared (``/users/{id}``), or ``$default``."""

    source: str
    method: str
    route: str
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, list[str]]
    event: Mapping[str, Any]

    def body(self) -> dict[str, Any]:
        """The members of the JSON object in the body; none without a body. Raises InvalidMessage."""
        text = self.event.get("body")
        if not text:
            return {}
        if self.event.get("isBase64Encoded"):
            text = _decoded(text)
        return json_object(text)


def read(event: Mapping[str, Any]) -> Request | None:
    """The request in an event, or None when it is an event of another kind."""
    context = event.get("requestContext")
    if not isinstance(context, Mapping):
        return None
    if "http" in context:
        method = str(context["http"]["method"])
        key = str(event.get("routeKey") or "$default")
        route = key.partition(" ")[2] or key
        path = str(event.get("rawPath") or context["http"].get("path") or "/")
        query = _query_of_v2(event)
        return Request("http", method, route, path, event.get("pathParameters") or {}, query, event)
    if "httpMethod" in event and "resource" in event:
        return _of_v1(event)
    return None


def _of_v1(event: Mapping[str, Any]) -> Request:
    many = event.get("multiValueQueryStringParameters")
    if many is None:
        many = {name: [value] for name, value in (event.get("queryStringParameters") or {}).items()}
    parameters = event.get("pathParameters") or {}
    # Payload 1.0 of an HTTP API has a version, and parameters that are decoded already.
    if parameters and "version" not in event and any("%" in value for value in parameters.values()):
        from urllib.parse import unquote

        parameters = {name: unquote(value) for name, value in parameters.items()}
    path = str(event.get("path") or "/")
    return Request("rest", event["httpMethod"], event["resource"], path, parameters, many, event)


def _query_of_v2(event: Mapping[str, Any]) -> dict[str, list[str]]:
    raw, joined = event.get("rawQueryString"), event.get("queryStringParameters") or {}
    if raw and (not joined or any("," in value for value in joined.values())):
        # A comma is either between two values or in one: only the string as it was sent tells.
        from urllib.parse import parse_qs

        return parse_qs(raw, keep_blank_values=True)
    return {name: [value] for name, value in joined.items()}


def json_object(text: str | bytes) -> dict[str, Any]:
    """The members of a JSON object, numbers with a point as Decimal. Raises InvalidMessage.

    What JSON can write and nobody can keep is refused: half of a surrogate pair, numbers that no double holds, more
    than DEPTH_MAX lists and objects in one another.
    """
    try:
        text = text if isinstance(text, str) else text.decode("utf-8")
        found = _decoder.decode(text)
        if not text.isascii() or _SURROGATE.search(text):
            json.dumps(found, ensure_ascii=False, default=str).encode()
        if text.count("[") + text.count("{") > DEPTH_MAX and _is_deep(found):
            raise RecursionError
    except RecursionError:
        raise _wrong("is nested too deeply") from None
    except (ValueError, UnicodeError) as error:
        raise _wrong(f"is not JSON: {error}") from None
    if type(found) is not dict:
        raise _wrong("is not a JSON object")
    return found


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH_MAX):
        members = [each.values() if type(each) is dict else each for each in level if type(each) in (dict, list)]
        level = [member for each in members for member in each]
    return any(type(each) in (dict, list) for each in level)


def _decoded(text: str) -> bytes:
    import base64

    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise _wrong("is not base64, as isBase64Encoded says") from None


def _wrong(text: str) -> InvalidMessage:
    return InvalidMessage([FieldError("", text)])


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if number.adjusted() > EXPONENT_MAX:
        raise ValueError(f"{text} is too large a number")
    return number


_SURROGATE = re.compile(r"\\u[dD][89abAB]")
_decoder = json.JSONDecoder(parse_float=_number, parse_constant=_refuse_constant)
