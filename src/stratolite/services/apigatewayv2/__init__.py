"""API Gateway, HTTP APIs and WebSocket APIs (v2): the control plane, and the data plane of HTTP APIs.

That of WebSocket APIs is in ``websocket/``; ``port.py`` lets ``apigatewaymanagementapi`` reach their connections.

The control plane:

- ``operations/``: the API's operations, one module a resource noun.
- ``store.py``: every resource is one JSON document, kept in the shape in which AWS returns it.
- ``snapshot.py``: what a deployment freezes; ``deploying.py`` makes one by itself whenever an API changes that has a
  stage with automatic deployment.
- ``rules.py``, ``integrating.py``, ``staging.py``: limits, and what is checked beyond the model; ``quick.py``: what an
  API has that is made with its target; ``openapi.py`` reads definitions that are imported.

Between the two: ``domain.py`` (what the data plane reads) and ``snapshot.read``, which gives a stage with what it
shows.

The data plane, from the host and path of a request to the response:

- ``surface.py``, ``locate.py``, ``serve.py``: which API, which route (``routing.py``), and the order of steps.
- ``stage.py``: a stage, compiled (``kept_stages.py`` keeps it); ``exchange.py``: one request on its way.
- ``authorization.py``: who may pass, by a token (``jwt.py``) or by a function's answer.
- ``proxy.py`` calls a function (``event.py``, ``reply.py``), ``forward.py`` a URL; ``parameters.py`` (``changes.py``)
  changes what goes in and what comes back, ``cors.py`` adds what browsers need.
- ``refusal.py``: what the gateway answers by itself; ``logs.py`` and ``variables.py``: access logs; ``metrics.py``.

Changes to an API are visible on its stages only after a deployment. What is compiled is cached, and dropped after the
commit of whatever it rests on (``Apigatewayv2.forget``).
"""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from stratolite.services.world import World

if TYPE_CHECKING:
    from stratolite.services.apigatewayv2.authorization import Grant, GrantKey
    from stratolite.services.apigatewayv2.stage import LiveStage
    from stratolite.services.apigatewayv2.websocket.live import Connections
    from stratolite.services.apigatewayv2.websocket.stage import LiveStage as LiveWebSocketStage

GRANTS_MAX = 10_000
"""How many answers of Lambda authorizers are kept."""


class Apigatewayv2:
    """The state of the service: rows, and what is compiled from them."""

    def __init__(self, world: World) -> None:
        from stratolite.core.kept import Kept
        from stratolite.core.throttle import Buckets
        from stratolite.services.apigatewayv2.store import Store

        self.world = world
        self.store = Store(world.database, self.forget)
        self.buckets = Buckets(world.clock)
        self.grants: Kept[GrantKey, Grant] = Kept(world.clock, GRANTS_MAX)
        self.stages: dict[tuple[str, str], LiveStage] = {}
        """(API id, stage name) -> the compiled stage."""
        self.websocket_stages: dict[tuple[str, str], LiveWebSocketStage] = {}
        self._names: dict[str, list[str]] | None = None

    @cached_property
    def connections(self) -> "Connections":
        """The clients of WebSocket APIs."""
        from stratolite.services.apigatewayv2.websocket.live import Connections

        return Connections(self)

    def stage_names(self) -> Mapping[str, list[str]]:
        """Stage name -> ids of the APIs that have one, the most recently deployed first."""
        names = self._names
        if names is None:
            # All at once: what no stage is called is asked for as often as what some are.
            names = self._names = {}
            for each, api_id in self.store.stages():
                names.setdefault(each, []).append(api_id)
        return names

    def forget(self) -> None:
        """Drop everything compiled: a row that it may rest on has changed."""
        self.stages.clear()
        self.websocket_stages.clear()
        self._names = None
        self.world.places.forget()

    def resume(self) -> None:
        """Connections were open when an earlier process ended."""
        self.connections.resume()

    async def drain(self) -> bool:
        """Wait until no message is being answered; whether there was one."""
        return await self.connections.drain() if "connections" in vars(self) else False

    async def close(self) -> None:
        """What ended is recorded before the process ends."""
        if "connections" in vars(self):
            await self.connections.close()


def build(world: World) -> Apigatewayv2:
    """The service, ready to operate; nothing is compiled before the first request."""
    return Apigatewayv2(world)
