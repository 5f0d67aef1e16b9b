"""What stands behind a route, called: a function (AWS_PROXY), or an answer that the API itself has (MOCK).

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integrations.html and the
pages below it
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stratolite.core.errors import AwsError
from stratolite.services.apigatewayv2 import Apigatewayv2
from stratolite.services.apigatewayv2.domain import DEFAULT_ROUTE, Integration
from stratolite.services.apigatewayv2.websocket import refusal, selection
from stratolite.services.apigatewayv2.websocket.client import Moment
from stratolite.services.apigatewayv2.websocket.stage import LiveRoute


@dataclass(frozen=True, slots=True)
class Answer:
    """What an integration answers: to a client that connects a status, to others a text, if routes have responses."""

    status: int
    headers: Mapping[str, Any]
    body: str


async def call(
    apigatewayv2: Apigatewayv2, moment: Moment, route: LiveRoute, message: Any, payload: Callable[[], bytes]
) -> Answer:
    """Call the integration of a route. ``message``: what the client said, read as JSON; ``payload``: the event for a
    function. Raises Refusal."""
    integration = route.integration
    if integration is None:
        raise refusal.not_called(f"the route {route.key} has no integration")
    if integration.kind == "MOCK":
        return _mocked(integration, message)
    return await _asked(apigatewayv2, moment, route.function, integration.timeout_s, payload())


async def _asked(apigatewayv2: Apigatewayv2, moment: Moment, function: str, timeout_s: float, payload: bytes) -> Answer:
    if not function:
        raise refusal.not_called("the integration's URI names no function")
    port = apigatewayv2.world.ports.function
    try:
        result = await port.invoke(moment.call, function, payload, timeout_s)
    except TimeoutError:
        raise refusal.late(f"{function} took longer than {timeout_s:g} s") from None
    except AwsError as error:
        # AWS tells the client nothing of a function that is missing, throttled or not permitted.
        raise refusal.not_called(str(error)) from None
    if result.error:
        raise refusal.failed(f"{function} failed: {result.payload.decode(errors='replace')}")
    return read(result.payload)


def read(payload: bytes) -> Answer:
    """A function's answer: ``{"statusCode": 200, "body": "..."}``. Raises Refusal for anything else."""
    try:
        answer = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = None
    status = answer.get("statusCode") if isinstance(answer, dict) else None
    if isinstance(status, str) and re.fullmatch(r"[1-5][0-9][0-9]", status):
        status = int(status)
    if not isinstance(answer, dict) or not isinstance(status, int) or isinstance(status, bool):
        raise refusal.failed(f"the function's answer has no statusCode: {payload.decode(errors='replace')}")
    body, headers = answer.get("body"), answer.get("headers")
    if not isinstance(body, str | None) or not isinstance(headers, dict | None):
        raise refusal.failed("body is no text, or headers are no map")
    if body and answer.get("isBase64Encoded") is True:
        try:
            body = base64.b64decode(body, validate=True).decode(errors="replace")
        except (binascii.Error, ValueError):
            raise refusal.failed("body is no base 64") from None
    return Answer(status, headers or {}, body or "")


def _mocked(integration: Integration, message: Any) -> Answer:
    """The request template says with which status; the integration response of that status, with which text."""
    asked = selection.read(_template(integration.request_templates, integration.template_selection, message))
    status = asked.get("statusCode") if isinstance(asked, dict) else None
    if not isinstance(status, int) or isinstance(status, bool):
        raise refusal.not_called('the request template gives no {"statusCode": ...}')
    chosen = next((each for each in integration.responses if _is_meant(each.key, status)), None) or next(
        (each for each in integration.responses if each.key == DEFAULT_ROUTE), None
    )
    body = _template(chosen.templates, chosen.template_selection, message) if chosen is not None else ""
    return Answer(status, {}, body)


def _is_meant(key: str, status: int) -> bool:
    return len(key) > 1 and key[0] == key[-1] == "/" and re.fullmatch(key[1:-1], str(status)) is not None


def _template(templates: Mapping[str, str], expression: str, message: Any) -> str:
    key = selection.compiled(expression)(message) if expression else None
    if key is not None and key in templates:
        return templates[key]
    for common in (DEFAULT_ROUTE, "application/json"):
        if common in templates:
            return templates[common]
    return next(iter(templates.values()), "") if not expression else ""
