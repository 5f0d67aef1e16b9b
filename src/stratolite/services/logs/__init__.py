"""Amazon CloudWatch Logs: groups, streams, events; metrics and deliveries that lines cause.

    operations/   groups, streams, events, retention, tags, metric_filters, subscription_filters,
                  resource_policies
    filters/      the pattern language of FilterLogEvents and of filters that are kept
    rules.py      limits, times, tokens              store.py  batches of events in order of time
    background.py what a retention ends, deliveries  port.py   how other services write lines
    backlog.py    lines that wait for others, to be written together
    intake.py     what lines cause as they come in, by way of
                  transformation.py (metric filters), embedded.py (the embedded metric format), subscription.py

Writing is the hot path (every invoke of a function writes): one INSERT a batch. Follows
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html
"""

from stratolite.services.logs.backlog import Backlog
from stratolite.services.logs.filter_store import FilterStore
from stratolite.services.logs.intake import Intake
from stratolite.services.logs.policy_store import PolicyStore
from stratolite.services.logs.store import Store
from stratolite.services.logs.writer import Writer
from stratolite.services.world import World


class Logs:
    """CloudWatch Logs of every account and region of one cloud."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._store = Store(world.database)
        self.filters = FilterStore(world.database)
        self.policies = PolicyStore(world.database)
        self.intake = Intake(world, self._store, self.filters)
        self.writer = Writer(self._store, self.intake)
        self.backlog = Backlog(world, self.writer.append)
        # Lines can be metrics: whoever reads those has the lines written first.
        world.ports.metric.collect(self.backlog.settle)

    @property
    def store(self) -> Store:
        """The tables, with every line in them that was held back until now."""
        self.backlog.settle()
        return self._store

    async def close(self) -> None:
        """Write what is held."""
        await self.backlog.flush()


def build(world: World) -> Logs:
    """Made once, when the service is first used."""
    return Logs(world)
