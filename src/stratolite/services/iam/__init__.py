"""IAM: roles, users, access keys, groups, policies and instance profiles, kept and returned as AWS returns them.

Policies are not enforced yet; the pipeline has their place between authenticate and parse. IAM is global: the region is
no part of its namespace. ``policy_document.py`` reads documents as AWS does, ``managed.py`` knows AWS's own policies,
``bearing.py`` gives policies to roles, users and groups.
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
