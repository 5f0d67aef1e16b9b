"""The event ``http``: a method of the service's REST API. The API itself is made in ``api``."""

from collections.abc import Sequence

from stratolite.templates.serverless.api import make_api
from stratolite.templates.serverless.api.request import read_route
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import HTTP, check_kind


def make(work: Compilation, events: Sequence[Event]) -> None:
    """The API with all its methods."""
    for event in events:
        if isinstance(event.settings, dict):
            check_kind(event.settings, HTTP, event.at, "http")
    make_api(work, [read_route(work, event) for event in events])
