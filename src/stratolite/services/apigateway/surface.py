"""Requests to deployed REST APIs: from the host and path to the response.

``/_aws/execute-api/<api-id>/<stage>/...`` and the host ``<api-id>.execute-api.<anything>`` name an API, on both ports;
so does ``/restapis/<api-id>/<stage>/_user_request_/...``, by which other emulators know it. Where none is named,
``server/front.py`` asks every service with deployed APIs where the request would arrive, and the highest rank has it.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from stratolite.http.deployed import is_named
from stratolite.http.message import Request, Response

if TYPE_CHECKING:
    from stratolite.services.apigateway import Apigateway
    from stratolite.services.apigateway.locate import Place

DEPLOYED_IN = "apigateway_document"
"""While this table is empty there is no API, and nobody to ask."""
OLD_PREFIX = "/restapis/"
OLD_MARK = "_user_request_"


def claims(request: Request) -> bool:
    """Whether a request on the port of the AWS APIs is one to a deployed API."""
    return is_named(request) or (request.path.startswith(OLD_PREFIX) and is_old(request.path))


def is_old(path: str) -> bool:
    """Whether ``/restapis/...`` is a request to a deployed API, and not an operation of API Gateway's own."""
    parts = path.split("/", 5)
    return len(parts) > 4 and parts[4] == OLD_MARK


def locate(apigateway: "Apigateway", method: str, path: str, host: str) -> "Place | None":
    """Where a request arrives, or None when there is no such API or stage."""
    found: Place | None = _data_plane()[0](apigateway, method, path, host)
    return found


def answer(apigateway: "Apigateway", request: Request, place: "Place | None") -> Awaitable[Response]:
    """Answer a request that arrived at a place, or nowhere."""
    answering: Awaitable[Response] = _data_plane()[1](apigateway, request, place)
    return answering


@cache
def _data_plane() -> tuple[Callable[..., Any], Callable[..., Any]]:
    # This module is imported at start; the data plane when its first request comes.
    from stratolite.services.apigateway import locate as locating
    from stratolite.services.apigateway.serve import serve

    return locating.locate, serve
