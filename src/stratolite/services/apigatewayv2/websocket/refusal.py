"""What the gateway answers by itself: as the body of a refused upgrade, or as a frame. Logs learn why.

The form is AWS's, its spaces included, as people quote it.
"""

from stratolite.services.apigatewayv2.websocket.client import Moment


class Refusal(Exception):
    """The gateway answers by itself. ``reason`` is for logs alone. ``metric``: what it counts as."""

    def __init__(self, status: int, message: str, reason: str = "", metric: str = "ClientError") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.metric = metric


def forbidden(reason: str = "") -> Refusal:
    """No route takes it; or whoever connects may not."""
    return Refusal(403, "Forbidden", reason)


def unauthorized(reason: str) -> Refusal:
    """Nobody knows who connects."""
    return Refusal(401, "Unauthorized", reason)


def throttled() -> Refusal:
    """Over the rate of the route, or over what is taken of one client at once."""
    return Refusal(429, "Too Many Requests")


def authorizer_failed(reason: str) -> Refusal:
    """The authorizer cannot be asked, or its answer cannot be read."""
    return Refusal(500, "Internal server error", reason, "ExecutionError")


def not_called(reason: str) -> Refusal:
    """The integration cannot be called."""
    return Refusal(500, "Internal server error", reason, "ExecutionError")


def failed(reason: str) -> Refusal:
    """The integration failed, or answered what is no response."""
    return Refusal(502, "Internal server error", reason, "IntegrationError")


def late(reason: str) -> Refusal:
    """The integration does not answer in time."""
    return Refusal(504, "Endpoint request timed out", reason, "IntegrationError")


def text(refused: Refusal, moment: Moment) -> str:
    """What the client is told."""
    return (
        f'{{"message": "{refused.message}", "connectionId":"{moment.client.connection_id}",'
        f' "requestId":"{moment.request_id}"}}'
    )
