"""A stage as the data plane serves it: what it shows, compiled. Immutable; dropped when a row changes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import rules, snapshot
from stratolite.services.apigatewayv2.changes import Mapped, compiled
from stratolite.services.apigatewayv2.domain import Deployed, Integration, Route, Stage
from stratolite.services.apigatewayv2.routing import Routing
from stratolite.services.apigatewayv2.store import Store

if TYPE_CHECKING:
    from stratolite.core.metering import Tally
    from stratolite.services.apigatewayv2.metrics import Answered

BURST_DEFAULT = 5000
RATE_DEFAULT = 10_000.0
"""What holds for an account, in requests a second: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"""
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


@dataclass(frozen=True, slots=True)
class LiveRoute:
    """One route, ready to serve."""

    route: Route
    integration: Integration | None
    function: str
    """The ARN of the function behind it, stage variables filled in; empty for a URL."""
    url: str
    authorizer_function: str
    rate: float
    burst: int
    """-1 where nothing is limited."""
    has_metrics: bool
    """Whether its requests are metrics of their own too."""
    mapped: Mapped | None
    """What changes requests and responses; None where nothing does."""

    @property
    def key(self) -> str:
        return self.route.key


@dataclass(frozen=True, slots=True)
class LiveStage:
    """A stage, ready to serve."""

    stage: Stage
    deployed: Deployed
    deployed_number: int
    routing: Routing[LiveRoute] = field(repr=False)
    tallies: "dict[str, Tally[Answered]]" = field(default_factory=dict, repr=False, compare=False)
    """What is counted of requests: by route where these are metrics of their own, else by nothing."""

    @property
    def api_id(self) -> str:
        return self.stage.api_id

    @property
    def name(self) -> str:
        return self.stage.name


def compile_stage(store: Store, api_id: str, name: str) -> LiveStage | None:
    """A stage of an HTTP API with what it shows, or None when there is no such stage, or nothing was deployed to it."""
    owner = store.owner_of_api(api_id)
    if owner is None:
        return None
    call = Call(account=owner[0], region=owner[1])
    shown = snapshot.read(store, call, api_id, name)
    document = store.get(call, "stage", api_id, name)
    if shown is None or document is None or shown[1].is_websocket:
        return None
    stage, deployed = shown
    routes = [(route.key, _live(route, stage)) for route in deployed.routes]
    return LiveStage(stage, deployed, document.get("_deployed", 0), Routing(routes))


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Replace ``${stageVariables.name}``; one that is not set becomes empty."""
    return _STAGE_VARIABLE.sub(lambda match: variables.get(match.group(1), ""), text)


def _live(route: Route, stage: Stage) -> LiveRoute:
    integration, settings = route.integration, stage.settings_of(route.key)
    is_limited = settings.rate is not None or settings.burst is not None
    uri = fill(integration.uri, stage.variables) if integration else ""
    is_url = integration is not None and integration.kind == "HTTP_PROXY"
    authorizer = route.authorizer
    return LiveRoute(
        route=route,
        integration=integration,
        function="" if is_url else rules.function_of(uri) or "",
        url=uri if is_url else "",
        authorizer_function=(rules.function_of(fill(authorizer.uri, stage.variables)) or "") if authorizer else "",
        rate=RATE_DEFAULT if settings.rate is None else settings.rate,
        burst=(BURST_DEFAULT if settings.burst is None else settings.burst) if is_limited else -1,
        has_metrics=settings.detailed_metrics,
        mapped=compiled(integration) if integration else None,
    )
