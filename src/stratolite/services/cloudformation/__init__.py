"""CloudFormation: stacks, change sets, events, exports; every deployment here goes through it (law 1).

``yaml_reader`` and ``template`` read and check templates, ``intrinsics`` evaluates expressions, ``graph`` orders
resources, ``schema`` checks properties, ``deployment`` puts these together over what a stack has, ``preview`` says what
a change set would do. ``execute`` does it, one step a transaction, driven by a durable delivery (``background``).

Resource types are other services' (``cfn.py`` in each), found by ``world.resource_types``. What is unknown or not
implemented is refused by name before anything is made.
"""

from stratolite.services.cloudformation.store import Store
from stratolite.services.world import World


class Cloudformation:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.database)


def build(world: World) -> Cloudformation:
    """The service, on the parts of one machine."""
    return Cloudformation(world)
