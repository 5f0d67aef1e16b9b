"""DynamoDB Streams: the API by which clients read the changes of tables.

DynamoDB itself writes and keeps them; here they are read through the stream port, as any other service does. What is of
this service alone are its rules (``rules.py``) and shard iterators (``iterators.py``), which carry all that they stand
for, so that nothing is kept of them.
"""

from stratolite.core.ports.streams import StreamPort
from stratolite.services.world import World


class DynamodbStreams:
    """The state of the service: none of its own."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def port(self) -> StreamPort:
        """DynamoDB's streams."""
        return self.world.ports.stream


def build(world: World) -> DynamodbStreams:
    """The service, on the parts of one machine."""
    return DynamodbStreams(world)
