"""Which stage and route of which HTTP API a request means.

A first part of the path that is the name of a stage means that stage, before any route of ``$default`` is looked at.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
Paths are decoded once, here, and end at a ``?`` that decoding brought: this is how HTTP APIs hand them on (seen in the
captures of https://github.com/hotsock/voker/pull/8).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from stratolite.core.domains import Mapping as DomainMapping
from stratolite.http.deployed import named
from stratolite.services.apigatewayv2 import Apigatewayv2
from stratolite.services.apigatewayv2.domain import DEFAULT_STAGE
from stratolite.services.apigatewayv2.kept_stages import kept_stage
from stratolite.services.apigatewayv2.stage import LiveRoute, LiveStage, compile_stage

Rank = tuple[bool, bool, int]


@dataclass(slots=True)
class Place:
    """Where a request arrived."""

    stage: LiveStage
    host: str
    """The host, and its port, as the client named it."""
    path: str
    """The path below the stage, decoded."""
    shown_path: str
    """The path with the name of the stage, decoded."""
    route: LiveRoute | None
    """None when the stage has no route for it."""
    parameters: Mapping[str, str]
    is_known: bool
    """Whether there is a route, or, for a preflight request, one of another method."""
    event_frame: bytes = b""
    """What events of all requests to this place have in common, once there was one (``event.py``)."""
    domain: DomainMapping | None = None
    """The custom domain by which it was reached."""

    def reached_by(self, mapping: DomainMapping, path: str) -> None:
        """It was reached by a custom domain, whose base path events of format 1.0 show, and those of 2.0 do not.

        Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
        and, for the stage that stays in the path, https://github.com/CodeGenieApp/serverless-express/issues/465.
        """
        self.domain = mapping
        self.host = mapping.domain

    @property
    def domain_prefix(self) -> str:
        """``domainPrefix`` of events: the first part of the host."""
        return self.stage.api_id if self.domain is None else self.domain.label

    @property
    def rank(self) -> Rank:
        """Which of several places is meant where no API is named: one that has a route, then one whose stage the path
        names, then the one that was deployed last."""
        return self.is_known, self.stage.name != DEFAULT_STAGE, self.stage.deployed_number


def locate(apigatewayv2: Apigatewayv2, method: str, path: str, host: str) -> Place | None:
    """Where a request arrives, or None when there is no such API or stage."""
    api_id, rest = named(path, host)
    decoded = unquote(rest, errors="replace").partition("?")[0]
    first, _, below = decoded[1:].partition("/")
    found = []
    for name, inside in ((first, f"/{below}"), (DEFAULT_STAGE, decoded)):
        if not name or (name == DEFAULT_STAGE and inside is not decoded):
            continue
        stages = [named_stage(apigatewayv2, api_id, name)] if api_id else _stages_of_name(apigatewayv2, name)
        for stage in stages:
            if stage is not None:
                place = _place(stage, host, method, inside, decoded)
                if api_id:
                    return place
                found.append(place)
    return max(found, key=lambda place: place.rank) if found else None


def _place(stage: LiveStage, host: str, method: str, path: str, shown_path: str) -> Place:
    found = stage.routing.find(method, path)
    route, parameters = found or (None, {})
    is_preflight = method == "OPTIONS" and stage.deployed.cors is not None
    is_known = found is not None or (is_preflight and stage.routing.knows(path))
    return Place(stage, host, path, shown_path, route, parameters, is_known)


def named_stage(apigatewayv2: Apigatewayv2, api_id: str, name: str) -> LiveStage | None:
    """The stage of one API, compiled on first use."""
    return kept_stage(apigatewayv2.stages, compile_stage, apigatewayv2.store, api_id, name)


def _stages_of_name(apigatewayv2: Apigatewayv2, name: str) -> list[LiveStage]:
    """The stages of this name in all APIs, the most recently deployed first."""
    stages = (named_stage(apigatewayv2, api_id, name) for api_id in apigatewayv2.stage_names().get(name, ()))
    return [stage for stage in stages if stage is not None]
