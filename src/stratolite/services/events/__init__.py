"""EventBridge: buses, rules with patterns and schedules, targets, archives, connections and API destinations.

``event.py`` makes events of what is put, ``routing.py`` compares them with the rules of a bus (``index.py`` finds the
few that may match, ``event_pattern.py`` reads their patterns) and writes one outbox row for each target, with what
``target_input.py`` makes of the event. ``background.py`` delivers them (``targets.py`` knows the kinds of targets,
``http_call.py`` calls API destinations, ``oauth.py`` gets their tokens), retries by the clock and sends dead letters;
it fires what ``scheduling.py`` plans, runs replays and forgets what archives no longer keep (``archiving.py``).
"""

from stratolite.services.events.archive_store import ArchiveStore
from stratolite.services.events.connection_store import ConnectionStore
from stratolite.services.events.pace import Pace
from stratolite.services.events.store import Store
from stratolite.services.world import World


class Events:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.database)
        self.archives = ArchiveStore(world.database)
        self.connections = ConnectionStore(world.database)
        self.pace = Pace()
        self.tokens: dict[str, str] = {}
        """The OAuth tokens of connections, by ARN; one for each at most."""


def build(world: World) -> Events:
    """The service, on the parts of one machine."""
    return Events(world)
