"""What the gateway answers by itself. The client learns a status and one sentence; logs learn why.

Texts are AWS's.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from collections.abc import Sequence


class Refusal(Exception):
    """The gateway answers by itself. ``reason`` is for logs alone, as is ``kind``: the type of gateway response."""

    def __init__(
        self, status: int, message: str, kind: str, *, reason: str = "", fields: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.reason = reason
        self.fields = fields


def not_found() -> Refusal:
    """No such API, stage or route; or the endpoint is disabled."""
    return Refusal(404, "Not Found", "RESOURCE_NOT_FOUND")


def too_large() -> Refusal:
    """The request body is over 10 MB."""
    return Refusal(413, "Request Entity Too Large", "REQUEST_TOO_LARGE")


def header_too_large() -> Refusal:
    """The request's first line and fields are over 10 KB."""
    return Refusal(431, "Request Header Fields Too Large", "REQUEST_TOO_LARGE")


def throttled() -> Refusal:
    """Over the rate of the route."""
    return Refusal(429, "Too Many Requests", "THROTTLED")


def unauthorized(reason: str, *, fields: Sequence[tuple[str, str]] = ()) -> Refusal:
    """Nobody knows who calls."""
    return Refusal(401, "Unauthorized", "UNAUTHORIZED", reason=reason, fields=fields)


def forbidden(reason: str, *, fields: Sequence[tuple[str, str]] = ()) -> Refusal:
    """Whoever calls may not."""
    return Refusal(403, "Forbidden", "ACCESS_DENIED", reason=reason, fields=fields)


def authorizer_failed(reason: str) -> Refusal:
    """The authorizer cannot be asked, or its answer cannot be read."""
    return Refusal(500, "Internal Server Error", "AUTHORIZER_CONFIGURATION_ERROR", reason=reason)


def integration_failed(reason: str) -> Refusal:
    """The integration cannot be called, failed, or answered what is no response."""
    return Refusal(500, "Internal Server Error", "INTEGRATION_FAILURE", reason=reason)


def unresolved(reason: str) -> Refusal:
    """The request has not what the integration is to be asked with."""
    return Refusal(400, "Bad Request", "BAD_REQUEST_PARAMETERS", reason=reason)


def unavailable(reason: str) -> Refusal:
    """The integration does not answer in time, or not at all."""
    return Refusal(503, "Service Unavailable", "INTEGRATION_TIMEOUT", reason=reason)
