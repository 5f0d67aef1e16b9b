"""Requests to deployed APIs: from the host and path to the response.

On the port of deployed APIs ``/<stage>/...`` reaches the most recently deployed API that has such a stage and route.
``/_aws/execute-api/<api-id>/<stage>/...`` and the host ``<api-id>.execute-api.<anything>`` name an API, on both ports.
"""

from stratolite.http.message import Request, Response
from stratolite.services.apigateway import Apigateway

OWNS_APP_PORT = True
PREFIX = "/_aws/execute-api/"


def claims(request: Request) -> bool:
    """Whether a request on the port of the AWS APIs is one to a deployed API."""
    return request.path.startswith(PREFIX) or ".execute-api." in request.host


async def answer(apigateway: Apigateway, request: Request) -> Response:
    """Answer a request to a deployed API."""
    # This module is imported at start; the data plane when its first request comes.
    from stratolite.services.apigateway.serve import serve

    return await serve(apigateway, request)
