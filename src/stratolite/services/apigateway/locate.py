"""Which API, stage and resource a request means."""

from collections.abc import Mapping
from dataclasses import dataclass

from stratolite.core.call import Call
from stratolite.core.domains import Mapping as DomainMapping
from stratolite.http.deployed import named
from stratolite.services.apigateway import STAGES_CACHED_MAX, Apigateway
from stratolite.services.apigateway.stage import LiveStage, Route, compile_stage
from stratolite.services.apigateway.surface import OLD_PREFIX, is_old


@dataclass(slots=True)
class Place:
    """Where a request arrived. Slashes before and after the stage count as one, as AWS has it."""

    stage: LiveStage
    path: str
    """The path below the stage."""
    stage_path: str
    """The path with the stage."""
    method: str
    route: Route | None
    """None when the stage has none for this method and path."""
    path_parameters: Mapping[str, str]
    event_frame: bytes = b""
    """What events of all requests to this place have in common, once there was one (``event.py``)."""
    domain: DomainMapping | None = None
    """The custom domain by which it was reached."""
    canary: "Place | None" = None
    """The same of the stage's canary, once a request went there."""

    def reached_by(self, mapping: DomainMapping, path: str) -> None:
        """It was reached by a custom domain: ``path`` is what the client sent, and events show that, without the stage.

        Source: what was seen of AWS, https://github.com/localstack/localstack/pull/12296.
        """
        self.domain = mapping
        self.stage_path = path

    @property
    def event_path(self) -> str:
        """``path`` of events: without the stage, and with the base path of a custom domain."""
        return self.path if self.domain is None else self.stage_path

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Which of several services' places is meant where no API is named: one that has a route, then one whose stage
        the path names, as it does here, then the one that was deployed last."""
        return self.is_known, True, self.stage.document["_deployed"]

    @property
    def is_known(self) -> bool:
        """Whether there is a route."""
        return self.route is not None


def locate(apigateway: Apigateway, method: str, path: str, host: str) -> Place | None:
    """Where a request arrives, or None when there is no such API or stage."""
    if path.startswith(OLD_PREFIX) and is_old(path):
        _, _, api_id, name, _, *inside = path.split("/", 5)
        path = f"/{name}/{''.join(inside)}"
    else:
        api_id, path = named(path, host)
    name, slash, rest = path.lstrip("/").partition("/")
    below = f"/{rest.lstrip('/')}"
    shown = f"/{name}{slash}{rest}"
    stages = [named_stage(apigateway, api_id, name)] if api_id else stages_of_name(apigateway, name)
    places = []
    for stage in stages:
        if stage is not None:
            place = placed(stage, method, below, shown)
            if place.is_known:
                return place
            places.append(place)
    return places[0] if places else None


def placed(stage: LiveStage, method: str, below: str, shown: str) -> Place:
    """Where a path below a stage leads. One trailing slash does not count."""
    wanted = below[:-1] if len(below) > 1 and below[-1] == "/" else below
    routes, parameters = stage.matcher.match(wanted) or ({}, {})
    return Place(stage, below, shown, method, routes.get(method) or routes.get("ANY"), parameters)


def named_stage(apigateway: Apigateway, api_id: str, name: str) -> LiveStage | None:
    """The stage of one API, compiled on first use."""
    cache = apigateway.stages
    key = (api_id, name)
    if key not in cache:
        if len(cache) >= STAGES_CACHED_MAX:
            cache.clear()
        owner = apigateway.store.owner_of_api(api_id)
        if owner is None:
            return None
        stage = compile_stage(apigateway.store, Call(account=owner[0], region=owner[1]), api_id, name)
        if stage is None:
            return None
        cache[key] = stage
    return cache[key]


def stages_of_name(apigateway: Apigateway, name: str) -> list[LiveStage]:
    """The stages of this name in all APIs, the most recently deployed first."""
    known = apigateway.names.get(name)
    if known is None:
        known = [api_id for _, _, api_id in apigateway.store.stages_named(name)]
        if not known:
            return []
        if len(apigateway.names) >= STAGES_CACHED_MAX:
            apigateway.names.clear()
        apigateway.names[name] = known
    return [stage for api_id in known if (stage := named_stage(apigateway, api_id, name)) is not None]
