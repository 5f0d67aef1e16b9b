"""The event ``websocket``: a route of the service's WebSocket API. The API itself is made in ``websocket_api``.

Source: https://www.serverless.com/framework/docs-providers-aws-events-websocket.
"""

from collections.abc import Sequence

from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.websocket_api import make_api
from stratolite.templates.serverless.websocket_api.routes import read_route


def make(work: Compilation, events: Sequence[Event]) -> None:
    """The API with all its routes."""
    make_api(work, [read_route(work, event) for event in events])
