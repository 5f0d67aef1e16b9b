"""API Gateway, REST APIs (v1): the control plane and the data plane.

Where things are:

- ``operations/``: the API's operations, one module a resource noun; updates are lists of patches (``patch.py``).
- ``openapi/``: definitions in OpenAPI and Swagger, read into those operations; ``operations/imports.py`` makes them.
- ``store.py``: every resource is one JSON document, kept in the shape in which AWS returns it.
- ``snapshot.py``: what a deployment freezes; ``routing.py`` compiles its paths into a matcher.
- ``surface.py``, ``serve.py``: a request to a deployed API, from the host and path to the response. ``gate.py`` decides
  whether it may pass (signature, authorizer, key, quota, rate, validation), ``proxy.py`` and ``mapped.py`` are the
  integrations (``streamed.py`` passes on answers as they come), ``event.py`` builds the proxy event, ``reply.py`` reads
  the function's answer, ``failure.py`` words the refusals.
- ``authorization.py`` asks a Lambda authorizer (``authorizer.py``) and judges a request by its answer: ``policy.py``,
  ``conditions.py``; ``grants.py`` keeps answers. ``pool.py`` judges tokens of user pools.
- ``caching.py`` keeps what integrations answer: ``cache_settings.py``, ``responses.py``. ``canary.py`` has a share of a
  stage's requests reach another deployment.
- ``trial.py`` plays a method that need not be deployed, ``authorizer_trial.py`` asks an authorizer.
- ``templates.py``, ``mapping.py``, ``jsonpath.py``: mapping templates (VTL), parameter expressions, JSONPath;
  ``payloads.py``: bytes, text and base 64.

Changes to an API are visible on its stages only after a deployment. Compiled stages are cached, and dropped after the
commit of whatever they rest on.
"""

from typing import TYPE_CHECKING

from stratolite.services.world import World

if TYPE_CHECKING:
    from stratolite.services.apigateway.stage import LiveStage

STAGES_CACHED_MAX = 256
"""How many compiled stages are kept in memory; at the limit all are dropped and compiled again on use."""


class Apigateway:
    """The state of the service: rows, and what is compiled from them."""

    def __init__(self, world: World) -> None:
        from stratolite.core.throttle import Buckets
        from stratolite.services.apigateway.grants import Grants
        from stratolite.services.apigateway.responses import Responses
        from stratolite.services.apigateway.store import Store

        self.world = world
        self.store = Store(world.database, self.forget)
        self.buckets = Buckets(world.clock)
        self.grants = Grants(world.clock)
        self.responses = Responses(world.clock)
        self.stages: dict[tuple[str, str], LiveStage] = {}
        """(API id, stage name) -> the compiled stage."""
        self.names: dict[str, list[str]] = {}
        """Stage name -> ids of the APIs that have one, the most recently deployed first."""

    def forget(self) -> None:
        """Drop everything compiled: a row that it may rest on has changed."""
        self.stages.clear()
        self.names.clear()
        self.world.places.forget()


def build(world: World) -> Apigateway:
    """The service, ready to operate; nothing is compiled before the first request."""
    return Apigateway(world)
