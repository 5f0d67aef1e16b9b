"""What responses of deployed APIs say to pages of other origins, where a developer wants it for all of them.

A response that speaks of an origin stands. A preflight request that no route takes is answered here.
Source: https://github.com/dherault/serverless-offline, ``src/events/http/HttpServer.js``.
"""

from collections.abc import Awaitable

from stratolite.core.serving import Cors
from stratolite.http.message import Request, Response

UNROUTED = (403, 404)
PREFLIGHT_S = "600"
"""How long a browser may remember a preflight's answer."""


async def shared(cors: Cors, request: Request, answering: Awaitable[Response]) -> Response:
    """The response, with what the origin of the request has to be told."""
    response = await answering
    origin = request.headers.get("origin")
    speaks = any(name.lower() == "access-control-allow-origin" for name, _ in response.headers)
    if not origin or speaks or not cors.allows(origin):
        return response
    headers = [("access-control-allow-origin", origin), ("vary", "origin")]
    if cors.credentials:
        headers.append(("access-control-allow-credentials", "true"))
    if cors.exposed:
        headers.append(("access-control-expose-headers", cors.exposed))
    method = request.headers.get("access-control-request-method")
    if request.method == "OPTIONS" and method and response.status in UNROUTED:
        headers += [
            ("access-control-allow-headers", cors.headers),
            ("access-control-allow-methods", method),
            ("access-control-max-age", PREFLIGHT_S),
        ]
        return Response(200, headers)
    response.headers = [*response.headers, *headers]
    return response
