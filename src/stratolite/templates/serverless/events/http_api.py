"""The event ``httpApi``: a route of the service's HTTP API. The API itself is made in ``http_api``."""

from collections.abc import Sequence

from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.http_api import make_http_api
from stratolite.templates.serverless.kinds import HTTP_API, check_kind


def make(work: Compilation, events: Sequence[Event]) -> None:
    """The API with all its routes."""
    for event in events:
        if isinstance(event.settings, dict):
            check_kind(event.settings, HTTP_API, event.at, "httpApi")
    make_http_api(work, events)
