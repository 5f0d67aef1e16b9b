"""What ``$context`` and ``$stageVariables`` give: in access logs, in parameter mapping, as identity sources.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

import json
from collections.abc import Callable
from typing import Any

from stratolite.core.clock import clf_time
from stratolite.services.apigatewayv2.exchange import Exchange


def value(exchange: Exchange, name: str) -> str | None:
    """What ``context.a.b`` or ``stageVariables.x`` gives, or None."""
    root, _, rest = name.partition(".")
    if root == "stageVariables":
        return exchange.stage.stage.variables.get(rest)
    return context(exchange, rest) if root == "context" else None


def context(exchange: Exchange, name: str) -> str | None:
    """What a variable of the context gives, or None."""
    known = _KNOWN.get(name)
    if known is not None:
        return known(exchange)
    return _of_authorizer(exchange, name.removeprefix("authorizer.")) if name.startswith("authorizer.") else None


def _of_authorizer(exchange: Exchange, name: str) -> str | None:
    if name == "principalId":
        return exchange.principal_id or None
    if name == "error":
        return exchange.authorizer_error or None
    given = exchange.authorizer or {}
    if "jwt" in given:
        root, _, claim = name.partition(".")
        return given["jwt"]["claims"].get(claim) if root == "claims" else None
    if "iam" in given:
        return None
    found: Any = (given.get("lambda") or {}).get(name)
    return None if found is None else text(found)


def text(found: Any) -> str:
    """A JSON value as text."""
    return found if isinstance(found, str) else json.dumps(found, separators=(",", ":"))


def _identity(name: str) -> Callable[[Exchange], str | None]:
    """What is known of whoever signed a request: nothing where nobody has to."""

    def of(exchange: Exchange) -> str | None:
        found: str | None = ((exchange.authorizer or {}).get("iam") or {}).get(name)
        return found

    return of


def _latency(exchange: Exchange) -> str | None:
    return None if exchange.integration_s < 0 else str(round(exchange.integration_s * 1000))


_KNOWN: dict[str, Callable[[Exchange], str | None]] = {
    "accountId": lambda exchange: exchange.stage.stage.account,
    "apiId": lambda exchange: exchange.stage.api_id,
    "domainName": lambda exchange: exchange.place.host,
    "domainPrefix": lambda exchange: exchange.stage.api_id,
    "extendedRequestId": lambda exchange: exchange.request_id,
    "httpMethod": lambda exchange: exchange.request.method,
    "identity.accountId": _identity("accountId"),
    "identity.caller": _identity("callerId"),
    "identity.sourceIp": lambda exchange: exchange.request.client,
    "identity.userAgent": lambda exchange: exchange.request.headers.get("user-agent") or None,
    "identity.user": _identity("userId"),
    "identity.userArn": _identity("userArn"),
    "integration.error": lambda exchange: exchange.integration_error or None,
    "integration.latency": _latency,
    "integration.status": lambda exchange: exchange.integration_status or None,
    "integrationErrorMessage": lambda exchange: exchange.integration_error or None,
    "integrationLatency": _latency,
    "integrationStatus": lambda exchange: exchange.integration_status or None,
    "path": lambda exchange: exchange.place.shown_path,
    "protocol": lambda exchange: "HTTP/1.1",
    "requestId": lambda exchange: exchange.request_id,
    "requestTime": lambda exchange: clf_time(exchange.now_ms // 1000),
    "requestTimeEpoch": lambda exchange: str(exchange.now_ms),
    "routeKey": lambda exchange: exchange.route.key if hasattr(exchange, "route") else None,
    "stage": lambda exchange: exchange.stage.name,
}
