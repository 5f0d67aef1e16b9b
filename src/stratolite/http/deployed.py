"""How a request names a deployed API: by its path or by its host, on either port.

``/_aws/execute-api/<api-id>/...`` and the host ``<api-id>.execute-api.<anything>``. Nothing here knows what an API is.
"""

from stratolite.http.message import Request

PREFIX = "/_aws/execute-api/"
HOST = ".execute-api."
CONNECTIONS = "/@connections/"
"""Where the API that manages the clients of WebSocket APIs is, below the stage of each."""


def is_named(request: Request) -> bool:
    """Whether a request names an API."""
    return request.path.startswith(PREFIX) or HOST in request.host


def begin_at_connections(request: Request) -> bool:
    """Take away what stands in a path before ``CONNECTIONS``: which API and stage. Whether anything did."""
    path = request.path.replace("/%40connections/", CONNECTIONS, 1)
    at = path.find(CONNECTIONS)
    if at < 0 or path[at:] == request.path:
        return False
    request.path = path[at:]
    return True


def named(path: str, host: str) -> tuple[str, str]:
    """The id of the API that a request names, or nothing, and the path that remains."""
    if path.startswith(PREFIX):
        api_id, _, rest = path[len(PREFIX) :].partition("/")
        return api_id, f"/{rest}"
    if HOST in host:
        return host.partition(HOST)[0].lower(), path
    return "", path
