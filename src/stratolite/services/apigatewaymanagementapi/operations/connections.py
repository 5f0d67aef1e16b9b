"""Connections: clients that a WebSocket API has."""

from stratolite.core.call import Call
from stratolite.services.apigatewaymanagementapi import Apigatewaymanagementapi, api, rules


def post_to_connection(
    call: Call, apigatewaymanagementapi: Apigatewaymanagementapi, request: api.PostToConnectionRequest
) -> None:
    """Send a message to a client."""
    clients = apigatewaymanagementapi.world.ports.connection
    text = rules.data(request["Data"])
    rules.connected(call, clients, request["ConnectionId"])
    if not clients.send(request["ConnectionId"], text):
        raise api.LimitExceededException()


def get_connection(
    call: Call, apigatewaymanagementapi: Apigatewaymanagementapi, request: api.GetConnectionRequest
) -> api.GetConnectionResponse:
    """Since when a client is connected, and who it is."""
    clients = apigatewaymanagementapi.world.ports.connection
    found = rules.connected(call, clients, request["ConnectionId"])
    return {
        "ConnectedAt": found.connected_ms / 1000,
        "Identity": {"SourceIp": found.source_ip, "UserAgent": found.user_agent},
        "LastActiveAt": found.active_ms / 1000,
    }


def delete_connection(
    call: Call, apigatewaymanagementapi: Apigatewaymanagementapi, request: api.DeleteConnectionRequest
) -> None:
    """Send a client away."""
    clients = apigatewaymanagementapi.world.ports.connection
    rules.connected(call, clients, request["ConnectionId"])
    clients.close(request["ConnectionId"])
