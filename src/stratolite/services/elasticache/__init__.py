"""ElastiCache: caches, each a Redis server on this machine.

    operations/       caches of the three kinds, the groups they refer to, tags, engine versions
    rules.py          limits, what a cache's settings may be       view.py     how things are shown
    domain.py         what a cache is                              store.py    its rows
    configuration.py  from settings to what a server is told       programs.py which server there is on this machine
    making.py         what the kinds have in common when they are made, changed and deleted
    servers.py        the servers that run: started, watched, started again, stopped
    processes.py      how one is started, heard and ended
    certificates.py   by whom clients know a server that speaks TLS

A server is a program of its own: ``keeper.py`` keeps a redis-server or valkey-server, and where none is installed
``fallback.py`` answers in its place (``questions.py``; ``resp.py`` is how it speaks). Both hang on the cloud by
``parent.py`` and end with it; ``front.py`` tells clients with TLS from those without.

Follows https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/Welcome.html
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stratolite.services.world import World


class Elasticache:
    """ElastiCache of every account and region of one cloud."""

    def __init__(self, world: "World") -> None:
        # The programs are parts of this package too, and need nothing of the cloud.
        from stratolite.services.elasticache.servers import Servers
        from stratolite.services.elasticache.store import Store

        self.world = world
        self.servers = Servers(world)
        self.store = self.servers.store = Store(world.database, self.servers.heed)

    def resume(self) -> None:
        """Start the servers of the caches that there are."""
        self.servers.resume()

    async def drain(self) -> bool:
        """Wait until every server serves or cannot; whether there was anything to wait for."""
        return await self.servers.drain()

    async def close(self) -> None:
        """Stop every server."""
        await self.servers.close()


def build(world: "World") -> Elasticache:
    """The service, on the parts of one machine."""
    return Elasticache(world)
