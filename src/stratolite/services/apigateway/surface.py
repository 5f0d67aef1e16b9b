"""Requests to deployed APIs: from the host and path to the response.

On the port of deployed APIs ``/<stage>/...`` reaches the most recently deployed API that has such a stage and route.
``/_aws/execute-api/<api-id>/<stage>/...`` and the host ``<api-id>.execute-api.<anything>`` name an API, on both ports;
so does ``/restapis/<api-id>/<stage>/_user_request_/...``, by which other emulators know it.
"""

from collections.abc import Awaitable, Callable
from functools import cache

from stratolite.http.message import Request, Response
from stratolite.services.apigateway import Apigateway

Serve = Callable[[Apigateway, Request], Awaitable[Response]]

OWNS_APP_PORT = True
PREFIX = "/_aws/execute-api/"
OLD_PREFIX = "/restapis/"
OLD_MARK = "_user_request_"


def claims(request: Request) -> bool:
    """Whether a request on the port of the AWS APIs is one to a deployed API."""
    path = request.path
    return path.startswith(PREFIX) or ".execute-api." in request.host or (path.startswith(OLD_PREFIX) and is_old(path))


def is_old(path: str) -> bool:
    """Whether ``/restapis/...`` is a request to a deployed API, and not an operation of API Gateway's own."""
    parts = path.split("/", 5)
    return len(parts) > 4 and parts[4] == OLD_MARK


def answer(apigateway: Apigateway, request: Request) -> Awaitable[Response]:
    """Answer a request to a deployed API."""
    return _data_plane()(apigateway, request)


@cache
def _data_plane() -> Serve:
    # This module is imported at start; the data plane when its first request comes.
    from stratolite.services.apigateway.serve import serve

    return serve
