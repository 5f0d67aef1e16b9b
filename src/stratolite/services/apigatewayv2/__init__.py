"""API Gateway, HTTP APIs (v2): the control plane and the data plane.

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
- ``stage.py``: a stage, compiled; ``exchange.py``: one request on its way.
- ``authorization.py``: who may pass, by a token (``jwt.py``) or by a function's answer.
- ``proxy.py`` calls a function (``event.py``, ``reply.py``), ``forward.py`` a URL; ``parameters.py`` (``changes.py``)
  changes what goes in and what comes back, ``cors.py`` adds what browsers need.
- ``refusal.py``: what the gateway answers by itself; ``logs.py`` and ``variables.py``: access logs; ``metrics.py``.

Changes to an API are visible on its stages only after a deployment. What is compiled is cached, and dropped after the
commit of whatever it rests on (``Apigatewayv2.forget``).
"""

from typing import TYPE_CHECKING

from stratolite.services.world import World

if TYPE_CHECKING:
    from stratolite.services.apigatewayv2.authorization import Grant, GrantKey
    from stratolite.services.apigatewayv2.stage import LiveStage

STAGES_CACHED_MAX = 256
"""How many compiled stages are kept in memory; at the limit all are dropped and compiled again on use."""
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
        self.names: dict[str, list[str]] | None = None
        """Stage name -> ids of the APIs that have one, the most recently deployed first; None until they are asked
        for."""

    def forget(self) -> None:
        """Drop everything compiled: a row that it may rest on has changed."""
        self.stages.clear()
        self.names = None
        self.world.places.forget()


def build(world: World) -> Apigatewayv2:
    """The service, ready to operate; nothing is compiled before the first request."""
    return Apigatewayv2(world)
