"""Secrets Manager: secrets, their versions and stages, their policies.

    operations/  secrets, values, stages, rotation, policies, tags, passwords
    staging.py   which version has which stage, and what a new one takes from the others
    lookup.py    what an id means: a name, an ARN, an ARN without its last six characters
    rotating.py  a rotation from its begin to its end; windows.py  when the next one is
    background.py  secrets whose days of recovery are over, rotations that are due or under way

Values are kept as they are, since the data folder has no keys but its owner's. Replicas are refused by name. Follows https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html
"""

from stratolite.services.secretsmanager.store import Store
from stratolite.services.world import World


class SecretsManager:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.database)


def build(world: World) -> SecretsManager:
    """The service, on the parts of one machine."""
    return SecretsManager(world)
