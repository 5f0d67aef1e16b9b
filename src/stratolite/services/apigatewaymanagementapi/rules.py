"""What the requests of this service are checked for beyond their model.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
The text about an id that is none is AWS's, as people quote it.
"""

import re

from stratolite.core.call import Call
from stratolite.core.ports.connections import Connected, ConnectionPort
from stratolite.services.apigatewaymanagementapi import api

DATA_BYTES_MAX = 128 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{15}=")


def connected(call: Call, clients: ConnectionPort, connection_id: str) -> Connected:
    """Who is connected. Raises BadRequestException for what is no id, GoneException for somebody who is gone, and
    ForbiddenException for a client of another account's API."""
    if not _ID.fullmatch(connection_id):
        raise api.BadRequestException(f"Invalid connectionId: {connection_id}")
    found = clients.find(connection_id)
    if found is None:
        raise api.GoneException()
    if found.account != call.account:
        raise api.ForbiddenException()
    return found


def data(given: bytes) -> str:
    """What is sent to a client: messages are text. Raises PayloadTooLargeException."""
    if len(given) > DATA_BYTES_MAX:
        raise api.PayloadTooLargeException("Message too long")
    return given.decode(errors="replace")
