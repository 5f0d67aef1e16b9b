"""Routes of a WebSocket API and who may connect: the settings of events in one form."""

from dataclasses import dataclass
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import WEBSOCKET, settings_of
from stratolite.templates.serverless.service import Function

IDENTITY_SOURCES_DEFAULT = ("route.request.header.Auth",)


@dataclass(frozen=True)
class Authorizer:
    """Who decides: a ``function`` of this file, or one that ``arn`` names."""

    name: str
    function: Function | None
    arn: Any
    identity_sources: Any

    @property
    def target(self) -> Any:
        """The ARN by which it is called."""
        return self.arn if self.function is None else self.function.target


@dataclass(frozen=True)
class Route:
    """``key`` is what messages choose it by, ``response`` the expression by which answers are chosen."""

    function: Function
    key: str
    response: Any = None
    authorizer: Authorizer | None = None


def read_route(work: Compilation, event: Event) -> Route:
    """The route of an event. Raises UserError for authorizers that are nobody."""
    if isinstance(event.settings, str):
        return Route(event.function, event.settings)
    settings = settings_of(event, "websocket", WEBSOCKET, "route")
    response = settings.get("routeResponseSelectionExpression") or None
    return Route(event.function, str(settings["route"]), response, _authorizer(work, event))


def _authorizer(work: Compilation, event: Event) -> Authorizer | None:
    given = event.settings.get("authorizer")
    if not truthy(given):
        return None
    at = event.mark("authorizer")
    if isinstance(given, str):
        given = {"arn": given} if ":" in given else {"name": given}
    sources = given.get("identitySource") or list(IDENTITY_SOURCES_DEFAULT)
    arn, name = given.get("arn"), given.get("name")
    if truthy(arn):
        if not isinstance(arn, str) and not truthy(name):
            what = "the authorizer has no name"
            raise refusal(what, at, "An intrinsic function as 'arn' does not tell it: set 'name' as well.")
        return Authorizer(str(name) if not isinstance(arn, str) else arn.split(":")[-1], None, arn, sources)
    if not truthy(name):
        raise refusal("the authorizer has neither a name nor an arn", at, "Name a function of this file.")
    function = work.service.functions.get(str(name))
    if function is None:
        raise refusal(f"there is no function {name!r} to authorize", at, "Name a function of this file, or its ARN.")
    return Authorizer(function.key, function, None, sources)
