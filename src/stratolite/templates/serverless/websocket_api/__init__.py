"""WebSocket APIs: one for all routes of a service, or one that is made elsewhere (``apiGateway.websocketApiId``).

``routes`` reads events and authorizers, ``resources`` makes the API with its parts, ``deployment`` deploys them.
Source: https://www.serverless.com/framework/docs-providers-aws-events-websocket.
"""

from collections.abc import Sequence

from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.websocket_api.deployment import make_deployment, make_stage
from stratolite.templates.serverless.websocket_api.resources import make_resources
from stratolite.templates.serverless.websocket_api.routes import Route


def make_api(work: Compilation, routes: Sequence[Route]) -> None:
    """The API, its routes, its stage and their deployment."""
    make_resources(work, routes)
    make_stage(work)
    make_deployment(work, routes)
