"""What a WebSocket API may be set to, where that is not as for HTTP APIs (``apigatewayv2/rules.py``).

Texts are AWS's where a comment does not say otherwise, in its manner where they are not known to us.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop.html and the pages below it
"""

import re
from collections.abc import Mapping
from typing import Any

from stratolite.services.apigatewayv2 import api, rules
from stratolite.services.apigatewayv2.domain import DEFAULT_ROUTE
from stratolite.services.apigatewayv2.websocket.selection import Unselectable, compiled
from stratolite.storage.documents import Document

INTEGRATION_TIMEOUT_MS_MAX = 29_000
ROUTE_KEYS = ("$connect", "$disconnect", DEFAULT_ROUTE)
"""Keys that begin with ``$``."""
RESPONSE_SELECTION = "${integration.response.statuscode}"
PASSTHROUGH = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
_IDENTITY_SOURCE = re.compile(r"(route\.request\.(header|querystring)|context|stageVariables)\.[^\s]+")
_STATUS_PATTERN = re.compile(r"/[^/]+/")
_VELOCITY = re.compile(r"[$#]")
_NOT_HERE = ("AWS", "HTTP", "HTTP_PROXY")


def settings(request: Mapping[str, Any]) -> None:
    """What CreateApi and UpdateApi refuse. Raises BadRequestException."""
    for name in ("CorsConfiguration", "CredentialsArn", "RouteKey", "Target"):
        if request.get(name):
            raise api.BadRequestException(f"{name} is not supported for WEBSOCKET APIs.")


def selection(expression: str | None, member: str = "RouteSelectionExpression") -> None:
    """Raises BadRequestException for an expression that selects nothing."""
    if not expression:
        raise api.BadRequestException(f"{member} is a required parameter for WEBSOCKET APIs.")
    try:
        compiled(expression)
    except Unselectable as error:
        raise api.BadRequestException(f"Invalid {member}: {error} is not below request.body.") from None


def route(document: Document, request: Mapping[str, Any], others: list[str]) -> None:
    """What CreateRoute and UpdateRoute refuse. Raises BadRequestException, ConflictException, NotImplementedHere."""
    key = document["RouteKey"]
    if not key or (key[0] == "$" and key not in ROUTE_KEYS):
        raise api.BadRequestException(f"Invalid route key {key}. Keys with $ are {', '.join(ROUTE_KEYS)}.")
    if key in others:
        raise api.ConflictException(f"Route with key {key} already exists for this API")
    if request.get("ApiKeyRequired"):
        rules.unimplemented("ApiKeyRequired", "WebSocket APIs take no API keys here")
    for name in ("ModelSelectionExpression", "RequestModels", "RequestParameters"):
        if request.get(name):
            rules.unimplemented(name, "messages are not validated")
    kind = document["AuthorizationType"]
    if kind != "NONE" and key != "$connect":
        raise api.BadRequestException("Currently, authorization can be set on the $connect route alone.")
    if kind == "JWT" or document.get("AuthorizationScopes"):
        raise api.BadRequestException("Authorization type JWT is only supported for HTTP APIs.")
    if document.get("RouteResponseSelectionExpression") not in (None, DEFAULT_ROUTE):
        raise api.BadRequestException("RouteResponseSelectionExpression is currently limited to $default.")


def integration(document: Document) -> None:
    """Check an integration, and set what was not said. Raises BadRequestException, and NotImplementedHere."""
    kind = document["IntegrationType"]
    if kind in _NOT_HERE:
        rules.unimplemented(f"IntegrationType {kind} of WebSocket APIs", "AWS_PROXY and MOCK are")
    if document.get("ConnectionType") == "VPC_LINK":
        rules.unimplemented("ConnectionType VPC_LINK", "there is no VPC")
    for name in ("ContentHandlingStrategy", "RequestParameters", "ResponseParameters", "TlsConfig"):
        if document.get(name):
            rules.unimplemented(f"{name} of WebSocket APIs", "functions see messages as they are")
    if document.get("IntegrationSubtype"):
        raise api.BadRequestException("IntegrationSubtype is only supported for HTTP APIs.")
    if document.get("PayloadFormatVersion") not in (None, "1.0"):
        raise api.BadRequestException("PayloadFormatVersion of WEBSOCKET APIs is 1.0")
    if document.get("PassthroughBehavior") not in (None, *PASSTHROUGH):
        raise api.BadRequestException(f"Invalid PassthroughBehavior. Valid options are {', '.join(PASSTHROUGH)}")
    if kind == "AWS_PROXY":
        if rules.function_of(document.get("IntegrationUri", "")) is None:
            raise api.BadRequestException("Invalid function ARN or invalid uri")
        for name in ("RequestTemplates", "TemplateSelectionExpression"):
            if document.get(name):
                raise api.BadRequestException(f"{name} cannot be set on proxy integrations")
        document.setdefault("IntegrationMethod", "POST")
    else:
        templates(document, "RequestTemplates")
    document.setdefault("ConnectionType", "INTERNET")
    document.setdefault("IntegrationResponseSelectionExpression", RESPONSE_SELECTION)
    document.setdefault("PassthroughBehavior", PASSTHROUGH[0])
    document.setdefault("TimeoutInMillis", INTEGRATION_TIMEOUT_MS_MAX)
    if not rules.INTEGRATION_TIMEOUT_MS_MIN <= document["TimeoutInMillis"] <= INTEGRATION_TIMEOUT_MS_MAX:
        raise api.BadRequestException("Timeout should be between 50 ms and 29000 ms")


def templates(document: Document, member: str) -> None:
    """Raises BadRequestException, and NotImplementedHere for templates that are more than a text."""
    for key, template in (document.get(member) or {}).items():
        if _VELOCITY.search(template):
            rules.unimplemented(f"{member}.{key} with variables", "templates of WebSocket APIs are texts as they are")
    if document.get("TemplateSelectionExpression"):
        selection(document["TemplateSelectionExpression"], "TemplateSelectionExpression")


def integration_response(document: Document) -> None:
    """Raises BadRequestException, and NotImplementedHere."""
    key = document["IntegrationResponseKey"]
    if key != DEFAULT_ROUTE and not _STATUS_PATTERN.fullmatch(key):
        raise api.BadRequestException(
            f"Invalid IntegrationResponseKey {key}. It is $default, or a pattern such as /200/."
        )
    for name in ("ContentHandlingStrategy", "ResponseParameters"):
        if document.get(name):
            rules.unimplemented(f"{name} of WebSocket APIs", "clients see messages as they are")
    templates(document, "ResponseTemplates")


def route_response(document: Document) -> None:
    """Raises BadRequestException, and NotImplementedHere."""
    if document["RouteResponseKey"] != DEFAULT_ROUTE:
        raise api.BadRequestException("RouteResponseKey is currently limited to $default.")
    for name in ("ModelSelectionExpression", "ResponseModels", "ResponseParameters"):
        if document.get(name):
            rules.unimplemented(name, "messages are not validated")


def authorizer(document: Document) -> None:
    """Raises BadRequestException, and NotImplementedHere."""
    if document["AuthorizerType"] != "REQUEST":
        raise api.BadRequestException("Only the authorizer type REQUEST is supported for WEBSOCKET APIs.")
    for name in ("AuthorizerPayloadFormatVersion", "AuthorizerResultTtlInSeconds", "EnableSimpleResponses"):
        if document.get(name):
            raise api.BadRequestException(f"{name} is only supported for HTTP APIs.")
    uri = document.get("AuthorizerUri")
    if not uri:
        raise api.BadRequestException("AuthorizerUri is a required field in an Authorizer")
    if rules.function_of(uri) is None:
        raise api.BadRequestException(
            f"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda"
            " function invocation."
        )
    for source in document.get("IdentitySource", ()):
        if not _IDENTITY_SOURCE.fullmatch(source):
            raise api.BadRequestException(f"Invalid identity source expression: {source}")
        if source.startswith("context."):
            rules.unimplemented(f"IdentitySource {source}", "headers, the query string and stage variables are read")


def stage_name(name: str) -> None:
    """Raises BadRequestException for the stage that paths do not name: WebSocket APIs have none."""
    if name == "$default":
        raise api.BadRequestException("Stage name only allows a-zA-Z0-9_-")
