"""API Gateway, HTTP APIs (v2): the control plane and the data plane.

The control plane:

- ``operations/``: the API's operations, one module a resource noun.
- ``store.py``: every resource is one JSON document, kept in the shape in which AWS returns it.
- ``snapshot.py``: what a deployment freezes; ``deploying.py`` makes one by itself whenever an API changes that has a
  stage with automatic deployment.
- ``rules.py``: limits, and what is checked beyond the model.

Between the two: ``domain.py`` (what the data plane reads) and ``snapshot.read``, which gives a stage with what it
shows.

The data plane: ``surface.py``, ``serve.py``, from the host and path of a request to the response.

Changes to an API are visible on its stages only after a deployment. What is compiled is cached, and dropped after the
commit of whatever it rests on (``Apigatewayv2.forget``).
"""

from stratolite.services.world import World


class Apigatewayv2:
    """The state of the service: rows, and what is compiled from them."""

    def __init__(self, world: World) -> None:
        from stratolite.services.apigatewayv2.store import Store

        self.world = world
        self.store = Store(world.database, self.forget)

    def forget(self) -> None:
        """Drop everything compiled: a row that it may rest on has changed."""


def build(world: World) -> Apigatewayv2:
    """The service, ready to operate; nothing is compiled before the first request."""
    return Apigatewayv2(world)
