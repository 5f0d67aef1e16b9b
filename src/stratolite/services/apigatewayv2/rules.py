"""Limits, and what HTTP APIs check beyond their model (``websocket/rules.py``: what WebSocket APIs do).

Texts are AWS's own, as people report them and as ``badmintoncryer/cdk-preflight`` collected them by deploying, unless a
comment says otherwise.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html and http-api-develop.html
"""

import re
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.apigatewayv2 import api
from stratolite.services.apigatewayv2.domain import DEFAULT_ROUTE, DEFAULT_STAGE
from stratolite.storage.documents import Document

INTEGRATION_TIMEOUT_MS_MAX = 30_000
INTEGRATION_TIMEOUT_MS_MIN = 50
ROUTES_MAX = 300
INTEGRATIONS_MAX = 300
AUTHORIZERS_MAX = 10
STAGES_MAX = 10
AUDIENCES_MAX = 50
TAGS_MAX = 50
PAGE_MAX = 500
METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")
SELECTIONS = ("$request.method $request.path", "${request.method} ${request.path}")
PATH_PART = r"^(\{[\w.:-]+\+?\}|[a-zA-Z0-9.:_-]+)$"
_PATH_PART = re.compile(PATH_PART, re.ASCII)
_STAGE_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_VARIABLE_NAME = re.compile(r"\w+", re.ASCII)
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9 \-._~:/?#&=,]*")
_ORIGIN = re.compile(r"\*|(https?|chrome-extension|moz-extension|[a-z][a-z0-9+.-]*)://(\*|[^\s/]+)")
_STAGE_VARIABLE = "${stageVariables."

T = TypeVar("T")

NO_ROUTE = "Invalid Route identifier specified"
NO_INTEGRATION = "Invalid Integration identifier specified"
NO_AUTHORIZER = "Invalid Authorizer identifier specified"
NO_ROUTE_RESPONSE = "Invalid Route Response identifier specified"
NO_INTEGRATION_RESPONSE = "Invalid Integration Response identifier specified"
NO_DEPLOYMENT = "Invalid Deployment identifier specified"
NO_STAGE = "Invalid stage identifier specified"


def found(document: T | None, text: str) -> T:
    """The document. Raises NotFoundException(``text``) when there is none."""
    if document is None:
        raise api.NotFoundException(text)
    return document


def no_such_api(call: Call, api_id: str) -> str:
    """AWS's text for an API that is not there."""
    return f"Invalid API identifier specified {call.account}:{api_id}"


def unimplemented(name: str, what: str) -> NoReturn:
    """Raises NotImplementedHere, naming what cannot act."""
    raise NotImplementedHere(f"{name} is not implemented by this version of Stratolite: {what}.")


def refuse(request: Mapping[str, Any], reasons: Mapping[str, str]) -> None:
    """Raises BadRequestException for the first parameter that is given and that HTTP APIs do not have."""
    for name, text in reasons.items():
        if request.get(name):
            raise api.BadRequestException(text)


def within(count: int, limit: int, noun: str) -> None:
    """Raises TooManyRequestsException when an API has as many of something as it may."""
    if count >= limit:
        text = (
            f"Maximum number of {noun} for this API has been reached. Please contact AWS if you need additional {noun}."
        )
        raise api.TooManyRequestsException(text)


def is_websocket(document: Mapping[str, Any]) -> bool:
    """Whether an API is a WebSocket API."""
    return bool(document["ProtocolType"] == "WEBSOCKET")


def websocket(document: Mapping[str, Any]) -> None:
    """Raises BadRequestException for what only WebSocket APIs have."""
    if not is_websocket(document):
        raise api.BadRequestException("Responses are not currently supported for HTTP APIs.")


def protocol(kind: str) -> None:
    """Raises BadRequestException for what is no protocol."""
    if kind not in ("HTTP", "WEBSOCKET"):
        raise api.BadRequestException("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")


def selection(expression: str | None) -> None:
    """Raises BadRequestException for another selection of routes than the one that HTTP APIs have."""
    if expression and expression not in SELECTIONS:
        raise api.BadRequestException(
            'Route selection expression is currently limited to "${request.method} ${request.path}"'
        )


def cors(configuration: Mapping[str, Any] | None) -> None:
    """Raises BadRequestException for a configuration that browsers would not take."""
    if not configuration:
        return
    origins = configuration.get("AllowOrigins") or ()
    if configuration.get("AllowCredentials") and "*" in origins:
        raise api.BadRequestException("allow-credentials is not supported if 'allow-origin' is *")
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise api.BadRequestException(
                f"Invalid format for origin {origin}. Origin should be of the form scheme://host"
            )


def route_key(key: str) -> tuple[str, list[str]]:
    """Method and parts of the path of a route key; ``$default`` has neither. Raises BadRequestException."""
    if key == DEFAULT_ROUTE:
        return "", []
    method, space, path = key.partition(" ")
    if not space or method not in METHODS or not path.startswith("/"):
        raise api.BadRequestException(
            "The provided route key is not formatted properly for HTTP protocol. Format should be"
            ' "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )
    parts = path.removesuffix("/").split("/")[1:] if path != "/" else []
    for number, part in enumerate(parts):
        if not _PATH_PART.fullmatch(part):
            raise api.BadRequestException(
                "One or more path parts appear to be invalid. Parts are validated against this regular expression:"
                f" {PATH_PART}"
            )
        if part.endswith("+}") and number < len(parts) - 1:
            raise api.BadRequestException("Greedy path variables can only be placed at the end of a path.")
    names = [part.strip("{+}") for part in parts if part[0] == "{"]
    if len(set(names)) < len(names):
        raise api.BadRequestException(f"Route key {key} has a path variable twice.")
    return method, parts


def route_beside(key: str, others: list[str]) -> None:
    """Raises ConflictException when another route has this key, or other names for its variables."""
    method, parts = route_key(key)
    for other in others:
        if other == key:
            raise api.ConflictException(f"Route with key {key} already exists for this API")
        other_method, other_parts = route_key(other)
        if method == other_method and parts != other_parts and _shape(parts) == _shape(other_parts):
            raise api.ConflictException(
                f'The provided route key "{key}" has a conflicting variable on the same hierarchical level as "{other}"'
            )


def _shape(parts: list[str]) -> list[str]:
    return [("{+}" if part.endswith("+}") else "{}") if part[0] == "{" else part for part in parts]


def function_of(uri: str) -> str | None:
    """The function ARN that a URI names (it may hold stage variables), or None for another URI."""
    if uri.startswith("arn:") and ":lambda:path/2015-03-31/functions/" in uri and uri.endswith("/invocations"):
        uri = uri.partition("/functions/")[2].removesuffix("/invocations")
    if uri.startswith(_STAGE_VARIABLE):
        return uri
    parts = uri.split(":")
    is_function = len(parts) in (7, 8) and parts[0] == "arn" and parts[2] == "lambda" and parts[5] == "function"
    return uri if is_function and parts[6] else None


def stage_name(name: str) -> None:
    """Raises BadRequestException for a name that is no stage's."""
    if name != DEFAULT_STAGE and not _STAGE_NAME.fullmatch(name):
        raise api.BadRequestException("Stage name only allows a-zA-Z0-9_-")


def variables(given: Mapping[str, str] | None) -> None:
    """Checks the names and values of stage variables. Raises BadRequestException."""
    for name, value in (given or {}).items():
        if not _VARIABLE_NAME.fullmatch(name):
            raise api.BadRequestException(
                f"Invalid stage variable name: {name}. Please use names with only word characters."
            )
        if not _VARIABLE_VALUE.fullmatch(value):
            raise api.BadRequestException(
                f"Invalid stage variable value of key {name}.  Please use values with alphanumeric characters and the"
                " symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
            )


def access_log(settings: Mapping[str, Any] | None) -> None:
    """Raises BadRequestException, or NotImplementedHere for a destination that is no log group."""
    if not settings:
        return
    destination, text = settings.get("DestinationArn"), settings.get("Format")
    if not destination or not text:
        raise api.BadRequestException("Access Log value missing. Expected destinationArn and format.")
    if ":firehose:" in destination:
        unimplemented(f"AccessLogSettings.DestinationArn {destination}", "access logs go to CloudWatch Logs")
    if ":logs:" not in destination:
        raise api.BadRequestException(
            "The ARN must be a valid CloudWatch Logs log group or Kinesis Data Firehose delivery stream"
        )
    if "$context.requestId" not in text and "$context.extendedRequestId" not in text:
        raise api.BadRequestException(
            "Access Log format must include either $context.requestId or $context.extendedRequestId"
        )


def route_settings(settings: Mapping[str, Any] | None) -> None:
    """Raises BadRequestException for what HTTP APIs do not log."""
    if settings and (settings.get("DataTraceEnabled") or settings.get("LoggingLevel") not in (None, "OFF")):
        raise api.BadRequestException("Execution logs are not supported on protocolType HTTP")


def tags(given: Mapping[str, str] | None) -> None:
    """Raises BadRequestException for too many."""
    if given and len(given) > TAGS_MAX:
        raise api.BadRequestException(f"At most {TAGS_MAX} tags are allowed.")


def page(items: list[Document], request: Mapping[str, Any]) -> Document:
    """One page of a list, as ``{"Items": [...], "NextToken": ...}``. Raises BadRequestException."""
    size = _count(request.get("MaxResults") or str(PAGE_MAX), "maxResults")
    start = _count(request.get("NextToken") or "0", "nextToken")
    answer: Document = {
        "Items": [{name: value for name, value in item.items() if name[0] != "_"} for item in items[start:][:size]]
    }
    if start + size < len(items):
        answer["NextToken"] = str(start + size)
    return answer


def _count(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or (name == "maxResults" and int(text) == 0):
        raise api.BadRequestException(f"Invalid value for {name}: {text}")
    return min(int(text), PAGE_MAX) if name == "maxResults" else int(text)
