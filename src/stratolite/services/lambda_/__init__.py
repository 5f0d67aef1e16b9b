"""AWS Lambda: functions, versions, aliases, layers, and their invocation.

    operations/    functions, code, versions, aliases, invocations, permissions, concurrency, tags, layers, account,
                   event source mappings, function URLs
    names.py       names and ARNs           rules.py     limits        settings.py  what a function's settings may be
    archive.py     zips, from request or S3 payload.py   JSON or not   view.py      how things are shown
    concurrency.py how many executions may run at once
    provisioning.py environments that are made ahead and kept (``provisioned_store.py``)
    runnables.py   from a name to what the engine runs, cached: the hot path
    invocation.py  one synchronous execution: route, limits, engine
    sandbox.py     the engine, the log lines it gives, the credentials that functions get
    background.py  asynchronous invokes: retries, age, and what is told of how they end: ``destinations.py``,
                   ``dead_letters.py``
    recursion.py   chains of events that come back to a function
    urls/          what happens at function URLs (``url_store.py``): requests, answers, CORS, who may
    streaming.py   responses that come in pieces
    sources/       what polls queues and streams for event source mappings (``mapping_store.py``): one poller shape
                   (``poller.py`` says how to add a source), filters, batches, and a module or more for each source

The only service that imports the engine. Follows https://docs.aws.amazon.com/lambda/latest/api/welcome.html
"""

from typing import TYPE_CHECKING

from stratolite.services.world import World

if TYPE_CHECKING:
    from stratolite.services.lambda_.domain import FunctionName


class Lambda:
    """Lambda of every account and region of one cloud."""

    def __init__(self, world: World) -> None:
        # This package is imported for its surface too; the rest of it comes when the service is first used.
        from stratolite.services.lambda_.concurrency import Concurrency
        from stratolite.services.lambda_.layer_store import LayerStore
        from stratolite.services.lambda_.mapping_store import MappingStore
        from stratolite.services.lambda_.provisioned_store import ProvisionedStore
        from stratolite.services.lambda_.provisioning import Provisioner
        from stratolite.services.lambda_.runnables import Runnables
        from stratolite.services.lambda_.sandbox import Sandbox
        from stratolite.services.lambda_.sources.pollers import Pollers
        from stratolite.services.lambda_.store import Store
        from stratolite.services.lambda_.url_store import UrlStore

        self.world = world
        self.store = Store(world.database, world.blobs, self._changed)
        self.layers = LayerStore(world.database, world.blobs)
        self.urls = UrlStore(world.database)
        self.sandbox = Sandbox(world)
        self.provisioned = ProvisionedStore(world.database)
        self.concurrency = Concurrency(self.provisioned.reserved)
        self.runnables = Runnables(self.store, self.sandbox, self.concurrency)
        self.provisioner = Provisioner(self)
        self.pollers = Pollers(self)
        self.mappings = MappingStore(world.database, self.pollers.heed)

    def resume(self) -> None:
        """Poll what event source mappings stand for, and have ready what is provisioned."""
        self.provisioner.resume()
        self.pollers.resume()

    async def drain(self) -> bool:
        """Wait until what is provisioned is ready and no mapping has anything to do; whether there was anything to wait
        for."""
        had_to_wait = await self.provisioner.drain()
        return await self.pollers.drain() or had_to_wait

    async def close(self) -> None:
        """End every poller and every sandbox, and write the log lines that they left."""
        await self.pollers.close()
        await self.provisioner.close()
        await self.sandbox.close()

    def _changed(self, name: "FunctionName") -> None:
        self.runnables.forget(name)
        self.provisioner.heed(name)


def build(world: World) -> Lambda:
    """Made once, when the service is first used."""
    return Lambda(world)
