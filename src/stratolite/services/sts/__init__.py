"""STS: who calls, and temporary credentials for a role or an account.

An issued access key is a row until it expires; ``port.py`` tells the request pipeline whom a key stands for. The
account is also encoded in the key itself, as on AWS, so that GetAccessKeyInfo needs no row (``keys.py``).

Any role ARN of the right form can be assumed: trust policies are not enforced yet.
"""

from stratolite.services.sts.store import Store
from stratolite.services.world import World


class Sts:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.database)


def build(world: World) -> Sts:
    """The service, on the parts of one machine."""
    return Sts(world)
