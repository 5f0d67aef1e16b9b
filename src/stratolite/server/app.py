"""Wires one local cloud: folder, database, worker, services, pipeline, sockets.

``Cloud`` is the whole product without a terminal: the CLI, the tests and the benchmarks start the same one.
"""

import asyncio
import contextlib
import logging
import shutil
from dataclasses import replace
from pathlib import Path

from stratolite.core.clock import Clock, RealClock
from stratolite.core.entropy import Entropy, SystemEntropy
from stratolite.core.errors import UserError
from stratolite.core.metering import Meter
from stratolite.core.ports import Ports
from stratolite.core.tasks import Supervisor, contain
from stratolite.delivery.outbox import Outbox
from stratolite.delivery.worker import Worker
from stratolite.http.issuers import Issuers
from stratolite.http.listener import Listener, bind
from stratolite.http.message import Handler
from stratolite.protocol.route import Router
from stratolite.server.admin import Admin
from stratolite.server.config import Config
from stratolite.server.front import Front
from stratolite.server.hints import Hints
from stratolite.server.home import Home
from stratolite.server.pages import Pages
from stratolite.server.pipeline import Pipeline
from stratolite.server.registry import PublicOperations, Registry
from stratolite.services import SERVICES
from stratolite.services.world import Settings, World
from stratolite.storage.blobs import Blobs
from stratolite.storage.database import Database, opening
from stratolite.storage.folder import DataFolder
from stratolite.storage.migrations import migrate_all

METRICS_HELD_S = 1.0
"""How long services' metrics about themselves are counted in memory: what a ``kill -9`` may lose of them."""

OFFLINE = {"IS_OFFLINE": "true"}
"""What serverless-offline sets in functions. Applications read it to leave AWS for emulators of their own: that is why
they have it only where someone asks for it."""

log = logging.getLogger("stratolite.server")


class Cloud:
    """A local cloud from ``start`` to ``close``."""

    def __init__(self, config: Config, *, clock: Clock | None = None, entropy: Entropy | None = None) -> None:
        self.config = config
        self.clock = clock or RealClock()
        self._entropy = entropy or SystemEntropy()
        self._folder = DataFolder(config.data.resolve(), config.command)
        self._tasks = Supervisor()
        self._meter = Meter(self.clock)
        self.registry = Registry()
        self.operations = PublicOperations(self.registry)
        self.world: World
        self.worker: Worker
        self._listener: Listener | None = None
        self._database: Database | None = None
        self._hints: Hints

    @property
    def endpoint(self) -> str:
        """Where the AWS APIs are."""
        return self.world.settings.endpoint

    @property
    def app_endpoint(self) -> str:
        """Where the deployed APIs are."""
        return self.world.settings.app_endpoint

    async def start(self) -> None:
        """Open the folder, bind the ports, serve. Raises UserError; nothing is left open then."""
        main = bind(self.config.host, self.config.port, option="--port")
        try:
            app = bind(self.config.host, self.config.app_port, option="--app-port")
        except BaseException:
            main.close()
            raise
        try:
            self._folder.open()
            with opening(self._folder.database_path):
                self._open(main.getsockname()[1], app.getsockname()[1])
        except BaseException:
            main.close()
            app.close()
            self._close_data()
            raise
        front = self._front()
        self._listener = Listener([(main, front.main), (app, front.app)], self.clock, front.upgrade)
        self.worker.start()
        self._tasks.start("metrics", self._keep_metrics())
        await self._listener.start()
        self.registry.resume()

    async def listen(self, port: int, home: Home) -> int:
        """Serve the AWS APIs at one more port of this machine, all requests at one home; the port, for 0 a free one.

        Raises UserError when the port is taken.
        """
        return await self._listen(port, self._front(home).main)

    async def listen_for_apis(self, port: int) -> int:
        """Serve the deployed APIs at one more port of this machine; the port, for 0 a free one.

        Raises UserError when the port is taken.
        """
        return await self._listen(port, self._front().app)

    async def _listen(self, port: int, handler: Handler) -> int:
        assert self._listener is not None
        sock = bind("127.0.0.1", port, option="--port")
        port = sock.getsockname()[1]
        await self._listener.add(sock, handler)
        # What `localhost` means first is up to the machine and the client.
        with contextlib.suppress(UserError):
            await self._listener.add(bind("::1", port, option="--port"), handler)
        return port

    async def close(self) -> None:
        """Stop serving, end every function process, close the files."""
        if self._listener is not None:
            await self._listener.close()
            self._listener = None
        await self.worker.close()
        await self.registry.close()
        await self.world.issuers.close()
        await self._tasks.close()
        if self._meter.has_counted:
            await self.world.ports.metered.flush()
        self._close_data()

    def _close_data(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
        self._folder.close()

    async def drain(self) -> None:
        """Return when no delivery is due or in flight, and no service has anything to do by itself."""
        await self.worker.drain()
        while await self.registry.drain():
            await self.worker.drain()

    def _open(self, port: int, app_port: int) -> None:
        shown = self.config.host if self.config.host not in ("0.0.0.0", "::") else "127.0.0.1"
        shown = f"[{shown}]" if ":" in shown else shown
        database = self._database = Database(self._folder.database_path, self.config.durability)
        migrate_all(database, {**_own_schemas(), **self.registry.schemas()})
        outbox = Outbox(database)
        blobs = Blobs(self._folder.blobs_path, database, self._entropy, sync=self.config.durability == "power")
        blobs.sweep()
        ports = Ports(self.registry.port, self._meter)
        self._hints = Hints(database, ports.hint_watchers)
        self.world = self.registry.world = World(
            clock=self.clock,
            entropy=self._entropy,
            database=database,
            blobs=blobs,
            outbox=outbox,
            ports=ports,
            operations=self.operations,
            resource_types=self.registry.resource_type,
            tasks=self._tasks,
            issuers=Issuers(self.clock, self._hints.tell),
            settings=Settings(
                run_path=self._folder.run_path,
                endpoint=f"http://{shown}:{port}",
                app_endpoint=f"http://{shown}:{app_port}",
                isolation=self.config.isolation,
                cold_start_delay=self.config.cold_start_delay,
                takes_large_code=self.config.takes_large_code,
                real_hosts=self.config.real_aws,
                function_variables=OFFLINE if self.config.is_offline else {},
                cache_path=self.config.cache,
            ),
        )
        self.worker = Worker(database, outbox, self.clock, self.registry.kind)

    async def _keep_metrics(self) -> None:
        """Have what services count about themselves written, about a second after the first of it."""
        counted = asyncio.Event()
        self._meter.notice = counted.set
        while True:
            await counted.wait()
            await self.clock.sleep(METRICS_HELD_S)
            counted.clear()
            await contain("writing metrics", self.world.ports.metered.flush())

    def _front(self, home: Home | None = None) -> Front:
        """What answers requests: each in the account and region that it names, or all of them at one home."""
        router = Router([(service.name, service.model) for service in SERVICES])
        pages = Pages(self.config.origins)
        pipeline = Pipeline(self.registry, router, self.endpoint, self._hints, pages, home)
        return Front(self.registry, pipeline, Admin(self, pipeline), pages, self._hints)


def _own_schemas() -> dict[str, str]:
    """The schemas below the services."""
    source = Path(__file__).parent.parent
    return {name: (source / name / "schema.sql").read_text() for name in ("storage", "delivery")}


def ephemeral(config: Config) -> Config:
    """The same configuration on a data folder of its own, to be removed with ``discard``."""
    import tempfile

    return replace(config, data=Path(tempfile.mkdtemp(prefix="stratolite-")))


def discard(config: Config) -> None:
    """Remove the data folder of an ephemeral cloud."""
    shutil.rmtree(config.data, ignore_errors=True)
