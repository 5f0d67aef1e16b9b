"""Kinesis Data Streams: streams of shards, records in order, iterators, consumers.

``streams.py`` knows of every stream what writing to it needs: which shards are open, and which number was given last.
A record's number counts up over the whole stream, so that those of a shard, and those of its children after them, grow.
``resharding.py`` splits and merges shards, ``reading.py`` finds places in shards and reads from them, ``iterators.py``
are the texts that stand for such places, ``pace.py`` is how fast a shard takes and gives records, ``subscriptions.py``
pushes records to consumers. ``background.py`` removes what is past its retention, by the clock.

``rules.py`` checks requests beyond the model, ``lookup.py`` finds what they name. ``metrics.py`` counts what streams
publish about themselves.
"""

from stratolite.services.kinesis.metrics import Meters
from stratolite.services.kinesis.pace import Pace
from stratolite.services.kinesis.store import Store
from stratolite.services.kinesis.streams import Streams
from stratolite.services.kinesis.subscriptions import Subscriptions
from stratolite.services.world import World


class Kinesis:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.database)
        self.streams = Streams(world, self.store)
        self.pace = Pace()
        self.meters = Meters(world)
        self.subscriptions = Subscriptions()


def build(world: World) -> Kinesis:
    """The service, on the parts of one machine."""
    return Kinesis(world)
