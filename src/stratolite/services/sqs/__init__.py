"""SQS: standard and FIFO queues, with redelivery, delays, deduplication, dead letters and moves.

A message is a row with the time from which it may be received; receiving it moves that time on, which is all that
"in flight" means. ``sending.py`` accepts messages, ``receiving.py`` hands them out (and moves what was received too
often to the dead-letter queue), ``waiting.py`` wakes long polls at once, ``digests.py`` has the MD5s that SDKs check.
``background.py`` removes what is past its retention and runs message move tasks, both by the clock.

``rules.py`` checks requests, since SQS's own words differ from the model's; ``redrive.py`` reads redrive policies;
``metrics.py`` counts what queues publish about themselves.
"""

from stratolite.services.sqs.metrics import Meters
from stratolite.services.sqs.store import Store
from stratolite.services.sqs.waiting import Bells
from stratolite.services.world import World


class Sqs:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.database)
        self.bells = Bells(world.database)
        self.meters = Meters(world, self.store)


def build(world: World) -> Sqs:
    """The service, on the parts of one machine."""
    return Sqs(world)
