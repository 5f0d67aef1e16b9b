"""``@connections``: what functions send to the clients of WebSocket APIs, and how they send them away.

It keeps nothing: the connections are the data plane's (``apigatewayv2``), reached by a port. A client calls it at the
address of a deployed API, stage included, or at any address where the AWS APIs are; the path's last two parts say which
connection, and whoever has the id has the connection.
"""

from stratolite.services.world import World


class Apigatewaymanagementapi:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world


def build(world: World) -> Apigatewaymanagementapi:
    """The service, on the parts of one machine."""
    return Apigatewaymanagementapi(world)
