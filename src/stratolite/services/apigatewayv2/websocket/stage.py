"""A stage of a WebSocket API as the data plane serves it: what it shows, compiled. Immutable; dropped when a row
changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import rules, snapshot
from stratolite.services.apigatewayv2.domain import DEFAULT_ROUTE, Deployed, Integration, Route, Stage
from stratolite.services.apigatewayv2.stage import BURST_DEFAULT, RATE_DEFAULT, fill
from stratolite.services.apigatewayv2.store import Store
from stratolite.services.apigatewayv2.websocket.selection import Selection, compiled

CONNECT, DISCONNECT = "$connect", "$disconnect"
OWN = frozenset({CONNECT, DISCONNECT})
"""Routes that no message takes."""


@dataclass(frozen=True, slots=True)
class LiveRoute:
    """One route, ready to serve."""

    route: Route
    integration: Integration | None
    function: str
    """The ARN of the function behind it, stage variables filled in; empty for a MOCK integration."""
    authorizer_function: str
    rate: float
    burst: int
    """-1 where nothing is limited."""
    has_metrics: bool

    @property
    def key(self) -> str:
        return self.route.key


@dataclass(frozen=True, slots=True)
class LiveStage:
    """A stage, ready to serve."""

    stage: Stage
    deployed: Deployed
    routes: Mapping[str, LiveRoute] = field(repr=False)
    select: Selection = field(repr=False)

    def route_of(self, message: object) -> LiveRoute | None:
        """The route of a message that was read as JSON; None when there is none for it."""
        key = None if message is None else self.select(message)
        route = None if key is None or key in OWN else self.routes.get(key)
        return route or self.routes.get(DEFAULT_ROUTE)


def compile_stage(store: Store, api_id: str, name: str) -> LiveStage | None:
    """A stage of a WebSocket API with what it shows, or None when there is no such stage, or nothing was deployed."""
    owner = store.owner_of_api(api_id)
    if owner is None:
        return None
    shown = snapshot.read(store, Call(account=owner[0], region=owner[1]), api_id, name)
    if shown is None or not shown[1].is_websocket:
        return None
    stage, deployed = shown
    routes = {route.key: _live(route, stage) for route in deployed.routes}
    return LiveStage(stage, deployed, routes, compiled(deployed.route_selection))


def _live(route: Route, stage: Stage) -> LiveRoute:
    integration, authorizer, settings = route.integration, route.authorizer, stage.settings_of(route.key)
    is_limited = settings.rate is not None or settings.burst is not None
    return LiveRoute(
        route=route,
        integration=integration,
        function=_function(integration.uri, stage) if integration else "",
        authorizer_function=_function(authorizer.uri, stage) if authorizer else "",
        rate=RATE_DEFAULT if settings.rate is None else settings.rate,
        burst=(BURST_DEFAULT if settings.burst is None else settings.burst) if is_limited else -1,
        has_metrics=settings.detailed_metrics,
    )


def _function(uri: str, stage: Stage) -> str:
    return rules.function_of(fill(uri, stage.variables)) or ""
