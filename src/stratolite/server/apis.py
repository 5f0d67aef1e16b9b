"""Which of the services with deployed APIs answers a request.

A service takes part by its ``surface`` module: ``locate`` says where a request would arrive (its ``rank`` is compared
where several services have a place for it), ``answer`` answers it there, ``DEPLOYED_IN`` names the table that is empty
as long as there is no API. What was found is remembered until an API changes (``core/places.py``), so that a request
costs one look-up, however many services there are.

A request to a custom domain (``core/domains.py``) is looked for as one that names the API and the stage of the mapping;
what it finds is told of the domain by ``place.reached_by``, because events show another path then. Where a developer
wants other paths (``core/serving.py``), the prefix goes before anything is looked for, and a request that no route
takes is looked for again with a stage before its path.

A request to go on as a WebSocket is looked for among WebSocket APIs first (``locate_websocket``, ``upgrade``); where
none is meant it is answered as if it had not asked. The API by which functions reach those who are connected stands
below the same addresses (``@connections``) and is one of the AWS APIs.
"""

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from stratolite.core.domains import Mapping
from stratolite.core.service import Service
from stratolite.core.tasks import contain
from stratolite.http.deployed import CONNECTIONS, PREFIX, begin_at_connections
from stratolite.http.hosts import aws_host
from stratolite.http.message import Handler, Request, Response, fault
from stratolite.http.upgrade import PROTOCOL, Upgrade
from stratolite.server.hints import Hints, real_host
from stratolite.server.registry import Registry

DEFAULT_STAGE = "$default"
"""The stage of an HTTP API that paths do not name."""
WEBSOCKET = PROTOCOL.upper()
"""In the place of a method: what is looked for is a WebSocket API."""

Found = tuple[Callable[[Any, Request, Any], Awaitable[Any]], Any, Any]
"""Who answers, the state of the service, the place."""


class Apis:
    """The deployed APIs of all services."""

    def __init__(
        self, registry: Registry, surfaces: list[tuple[Service, ModuleType]], aws: Handler, hints: Hints
    ) -> None:
        self._registry = registry
        self._aws = aws
        self._hints = hints
        self._surfaces = surfaces
        self._places = registry.world.places
        self._domains = registry.world.domains
        self._serving = registry.world.serving
        self._live: list[tuple[ModuleType, Any]] = []
        self._looked: int | None = None
        """When it was last looked for services that have an API, by the generation of the places."""

    def answer(self, request: Request) -> Awaitable[Response]:
        """Answer a request to a deployed API."""
        remembered = self.remembered(request)
        if remembered is not None:
            return remembered
        key = (request.method, request.path, request.host)
        found = self._find(*key)
        if found is None or found[2] is None:
            return self._refuse(request, found)
        self._places.remember(key, found)
        answer, state, place = found
        return answer(state, request, place)

    def remembered(self, request: Request) -> Awaitable[Response] | None:
        """Answer a request where one like it arrived; None when it has to be looked where that is."""
        found: Found | None = self._places.get((request.method, request.path, request.headers.get("host")))
        if found is None:
            return None
        answer, state, place = found
        return answer(state, request, place)

    async def upgrade(self, request: Request) -> Upgrade | Response | None:
        """Answer a request to go on as a WebSocket; None when no WebSocket API is meant."""
        found = self._find(WEBSOCKET, request.path, request.host)
        if found is None or found[2] is None:
            return None
        upgrade, state, place = found
        answer: Upgrade | Response | Exception = await contain(
            f"upgrade of {request.path}", upgrade(state, request, place)
        )
        if isinstance(answer, Exception):
            return fault()
        return answer

    def _refuse(self, request: Request, found: Found | None) -> Awaitable[Response]:
        """Answer a request that arrives nowhere, and explain one that was meant for an API on AWS."""
        if _is_to_connections(request.path):
            return self._manage(request)
        if aws_host(request.host) is not None:
            self._hints.tell(f"{request.host} is no API of this cloud.{real_host(request.host)}")
        if found is None:
            return _nothing()
        answer, state, place = found
        sought = self._find(WEBSOCKET, request.path, request.host)
        if sought is not None and sought[2] is not None:
            return _answered(_UPGRADE_REQUIRED)
        return answer(state, request, place)

    def _manage(self, request: Request) -> Awaitable[Response]:
        """Answer a request about somebody who is connected to a WebSocket API."""
        if aws_host(request.host) is not None:
            stage = request.path.partition("/@connections/")[0].partition("/%40connections/")[0]
            found = self._find(WEBSOCKET, stage, request.host)
            if found is None or found[2] is None:
                self._hints.tell(f"{request.host} is no WebSocket API of this cloud.{real_host(request.host)}")
        if "authorization" not in request.headers and "X-Amz-Signature=" not in request.query:
            return _answered(_UNSIGNED)
        begin_at_connections(request)
        return self._aws(request)

    def _find(self, method: str, path: str, host: str) -> Found | None:
        """Who answers; where nobody has a place for a request, the first service that has an API at all refuses it."""
        if _is_to_connections(path):
            return None
        mapping: Mapping | None = None
        asked = path
        if self._domains.knows(host):
            mapping = self._domains.find(path, host)
            if mapping is None:
                return _unmapped, None, None
            asked = _named(mapping, path)
        elif self._serving.prefix and f"{path}/".startswith(f"{self._serving.prefix}/"):
            asked = path.removeprefix(self._serving.prefix) or "/"
        best = self._best(method, asked, host)
        if method == WEBSOCKET:
            if best is None and self._serving.stage and mapping is None:
                best = self._best(method, f"/{self._serving.stage}{asked}", host)
        elif self._serving.stage and mapping is None and (best is None or best[2] is None or not best[2].is_known):
            within = self._best(method, f"/{self._serving.stage}{asked}", host)
            if within is not None and within[2] is not None and within[2].is_known:
                best = within
        if mapping is not None and best is not None and best[2] is not None:
            best[2].reached_by(mapping, path)
        return best

    def _best(self, method: str, path: str, host: str) -> Found | None:
        if method == WEBSOCKET:
            return self._best_websocket(path, host)
        best: Found | None = None
        for surface, state in self._with_apis():
            place = surface.locate(state, method, path, host)
            if best is None or (place is not None and (best[2] is None or place.rank > best[2].rank)):
                best = (surface.answer, state, place)
        return best

    def _best_websocket(self, path: str, host: str) -> Found | None:
        for surface, state in self._with_apis():
            if hasattr(surface, "locate_websocket"):
                place = surface.locate_websocket(state, path, host)
                if place is not None:
                    return surface.upgrade, state, place
        return None

    def _with_apis(self) -> list[tuple[ModuleType, Any]]:
        """The services that have an API, with their states; those that have none are not loaded."""
        if self._looked != self._places.generation:
            database = self._registry.world.database
            self._live = [
                (surface, self._registry.get(service.name).state)
                for service, surface in self._surfaces
                if database.one(f"SELECT 1 FROM {surface.DEPLOYED_IN} LIMIT 1") is not None
            ]
            self._looked = self._places.generation
        return self._live


def _named(mapping: Mapping, path: str) -> str:
    """The path of a request that names the API and its stage outright."""
    stage = "" if mapping.stage == DEFAULT_STAGE else f"/{mapping.stage}"
    return f"{PREFIX}{mapping.api_id}{stage}{path.removeprefix(mapping.prefix) or '/'}"


async def _unmapped(_state: Any, _request: Request, _place: Any) -> Response:
    """What a custom domain answers below no base path."""
    return Response(403, [("content-type", "application/json")], b'{"message":"Forbidden"}')


def _is_to_connections(path: str) -> bool:
    return CONNECTIONS in path or "/%40connections/" in path


def _json(status: int, body: bytes, *fields: tuple[str, str]) -> Response:
    return Response(status, [("content-type", "application/json"), *fields], body)


_UNSIGNED = _json(403, b'{"message":"Missing Authentication Token"}')
_UPGRADE_REQUIRED = _json(426, b'{"message": "Upgrade Required"}', ("upgrade", PROTOCOL))


async def _answered(response: Response) -> Response:
    return response


async def _nothing() -> Response:
    return Response(404, [("content-type", "application/json")], b'{"message":"No API is deployed here."}')
