"""Mapping templates: Velocity with the variables of API Gateway.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
import json
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, unquote, unquote_plus

from stratolite.services.apigateway import jsonpath
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import misconfigured
from stratolite.services.apigateway.velocity import TemplateFailed, TemplateInvalid, parse
from stratolite.services.apigateway.velocity import render as render_nodes
from stratolite.services.apigateway.velocity.evaluate import Callables
from stratolite.services.apigateway.velocity.methods import from_json, shown
from stratolite.services.apigateway.velocity.nodes import Body

TEMPLATES_CACHED_MAX = 512
_JAVASCRIPT = {
    "'": "\\'",
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\n": "\\n",
    "\t": "\\t",
    "\f": "\\f",
    "\r": "\\r",
}


@lru_cache(TEMPLATES_CACHED_MAX)
def _parsed(template: str) -> Body:
    return parse(template)


def render(template: str, exchange: Exchange, body: str, overrides: dict[str, Any]) -> str:
    """The text of a template over a body. What it sets below ``$context`` as an override is put into ``overrides``.

    Raises Failure (500) for a template that cannot be run, as AWS does.
    """
    context = {**exchange.variables, **{name: _once(overrides.get(name), names) for name, names in _OVERRIDES.items()}}
    variables = {
        "input": _input(exchange, body),
        "context": context,
        "stageVariables": dict(exchange.stage.variables or {}),
        "util": _UTIL,
    }
    try:
        text = render_nodes(_parsed(template), variables)
    except (TemplateInvalid, TemplateFailed):
        raise misconfigured() from None
    for name in ("requestOverride", "responseOverride"):
        if isinstance(context[name], dict):
            overrides[name] = context[name]
    return text


class _Once(dict[str, Any]):
    """Overrides, each of which a template may set once.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
    """

    def __init__(self, before: Any) -> None:
        super().__init__(before if isinstance(before, dict) else {})
        self._free = set(self)
        """What an earlier template has set."""

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self and name not in self._free:
            raise TemplateFailed(f"{name} is overridden a second time")
        self._free.discard(name)
        super().__setitem__(name, value)


_OVERRIDES = {"requestOverride": ("header", "path", "querystring"), "responseOverride": ("header",)}


def _once(before: Any, names: tuple[str, ...]) -> _Once:
    found = before if isinstance(before, dict) else {}
    return _Once({**found, **{name: _Once(found.get(name)) for name in names}})


def _input(exchange: Exchange, body: str) -> Callables:
    parsed: list[Any] = []

    def document() -> Any:
        if not parsed:
            try:
                parsed.append(json.loads(body) if body else None)
            except (ValueError, RecursionError):
                parsed.append(body)
        return parsed[0]

    def path(expression: str) -> Any:
        return from_json(jsonpath.find(document(), expression))

    def as_json(expression: str) -> str:
        return json.dumps({} if not body else jsonpath.find(document(), expression), separators=(",", ":"))

    def params(name: str | None = None) -> Any:
        given = {
            "path": {name: unquote(value) for name, value in exchange.path_parameters.items()},
            "querystring": {key: values[-1] for key, values in exchange.query.items()},
            "header": {key: values[-1] for key, values in exchange.headers.items()},
        }
        if name is None:
            return given
        return next((values[name] for values in given.values() if name in values), "")

    return Callables({"body": lambda: body or "{}", "path": path, "json": as_json, "params": params})


def _escape(value: Any) -> str:
    if value is None:
        return ""
    escaped = []
    for character in shown(value):
        if character in _JAVASCRIPT:
            escaped.append(_JAVASCRIPT[character])
        elif " " <= character < "\x7f":
            escaped.append(character)
        else:
            units = character.encode("utf-16-be", "surrogatepass")
            escaped += [f"\\u{units[at : at + 2].hex().upper()}" for at in range(0, len(units), 2)]
    return "".join(escaped)


_UTIL = Callables(
    {
        "escapeJavaScript": _escape,
        "parseJson": lambda text: from_json(json.loads(text)),
        "urlEncode": lambda text: quote_plus(shown(text), safe="*-._"),
        "urlDecode": lambda text: unquote_plus(shown(text)),
        "base64Encode": lambda text: base64.b64encode(shown(text).encode("utf-8", "replace")).decode(),
        "base64Decode": lambda text: base64.b64decode(shown(text)).decode("utf-8", "replace"),
    }
)
