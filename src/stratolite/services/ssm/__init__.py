"""Systems Manager's Parameter Store: parameters, their versions, labels and tags.

    operations/  parameters, queries (by path and by filter), labels, tags
    lookup.py    what a name means: an ARN, a version, a label     filters.py  which parameters a filter keeps
    rules.py     names, values, tiers and their limits             view.py     how parameters are shown
    secrets.py   secrets of Secrets Manager under names of parameters

A ``SecureString`` is kept as it is, since the data folder has no keys but its owner's; who reads it without
decryption gets something opaque. Follows https://docs.aws.amazon.com/systems-manager/latest/APIReference/Welcome.html
"""

from stratolite.services.ssm.store import Store
from stratolite.services.world import World


class Ssm:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.database)


def build(world: World) -> Ssm:
    """The service, on the parts of one machine."""
    return Ssm(world)
