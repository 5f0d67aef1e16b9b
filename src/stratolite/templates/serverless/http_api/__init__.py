"""The service's HTTP API: the API, its stage ``$default``, authorizers, and a route for each event ``httpApi``.

    routes.py       what the events say, checked and in one form
    settings.py     what ``provider.httpApi`` and ``provider.logs.httpApi`` say
    resources.py    the resources

Source: https://www.serverless.com/framework/docs-providers-aws-events-http-api and the templates of version 3.
"""

from collections.abc import Sequence

from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.http_api.resources import make_resources
from stratolite.templates.serverless.http_api.routes import read_routes
from stratolite.templates.serverless.http_api.settings import read_settings


def make_http_api(work: Compilation, events: Sequence[Event]) -> None:
    """The API with all its routes. Raises UserError."""
    settings = read_settings(work.service)
    routes = read_routes(work, settings, events)
    make_resources(work, settings, routes)
