"""IAM: roles and policies, kept and returned as AWS returns them.

Policies are not enforced yet; the pipeline has their place between authenticate and parse. IAM is global: the region is
no part of its namespace. AWS's own policies (``arn:aws:iam::aws:policy/...``) can be attached by name; their
documents are not here.
"""

from stratolite.services.iam.store import Store
from stratolite.services.world import World


class Iam:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.database)


def build(world: World) -> Iam:
    """The service, on the parts of one machine."""
    return Iam(world)
