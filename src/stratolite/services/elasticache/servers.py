"""The servers that run: one process tree for each cache, brought to what the cache's row says, whenever that changes.

    row ──heed──> follow: stop what runs otherwise, start what shall run, write what came of it
                     └─ a server that ends by itself is started again, ``RESTARTS_MAX`` times within ``RESTARTS_S``

A server listens where its cache's endpoint was told to be: at the port that was asked for where that is free at its
first start, else at any free one; from then on always there. Is the port somebody else's after a restart of the cloud,
the cache waits for it, and says so: functions have the address in their environment.
"""

import asyncio
import contextlib
import logging
import shutil
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stratolite.core.tasks import Supervisor
from stratolite.services.elasticache import certificates, programs
from stratolite.services.elasticache.configuration import Configuration, memory_bytes
from stratolite.services.elasticache.domain import (
    AVAILABLE,
    FAILED,
    MODIFYING,
    PARAMETER_GROUP,
    SERVERLESS,
    Cache,
)
from stratolite.services.elasticache.processes import Process, StartFailed, end, free_port, is_free, launch
from stratolite.services.elasticache.programs import Program
from stratolite.services.elasticache.rules import CLUSTER_ENABLED
from stratolite.services.world import World

if TYPE_CHECKING:
    from stratolite.services.elasticache.store import Store

RESTARTS_MAX = 5
RESTARTS_S = 60.0
PORT_ASKED_AGAIN_S = 0.2
PORT_TOLD_AFTER = 5
"""From then on it is worth a word that a port is taken: the server of a cloud that was killed needs a moment."""
PORTS_TRIED_MAX = 5
TRIED_AGAIN = ("in use", "already used by a different")
"""What servers say of a port that somebody has, and of a cluster's file that somebody holds."""

log = logging.getLogger("stratolite.elasticache")


@dataclass(slots=True)
class _Work:
    """What is done for one cache."""

    is_settled: bool = False
    process: Process | None = None
    task: "asyncio.Task[None] | None" = None
    folder: str = ""
    """Of its data."""
    ends_s: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS_MAX))
    """When its server ended by itself."""


class Servers:
    """The servers of one cloud."""

    store: "Store"

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks = Supervisor()
        self._work: dict[str, _Work] = {}
        self._is_closed = False
        self.folder = world.settings.run_path.parent / "redis"

    # What others ask -------------------------------------------------------------------------------------------

    def resume(self) -> None:
        """Start the server of every cache."""
        for cache in self.store.every_cache():
            self.heed(cache.arn)

    def heed(self, arn: str) -> None:
        """A cache was made, changed or deleted, and that is committed."""
        if self._is_closed:
            return
        work = self._work.setdefault(arn, _Work())
        work.is_settled = False
        if work.task is None:
            work.task = self._tasks.start(f"serve {arn}", self._follow(arn, work))

    async def settled(self, name: str) -> None:
        """Wait until the servers of caches named so (``<kind>:<name>``, in whichever region) serve, or cannot."""
        tasks = [work.task for arn, work in self._work.items() if arn.endswith(f":{name}") and work.task is not None]
        if tasks:
            await asyncio.wait(tasks)

    async def drain(self) -> bool:
        """Wait until all of them serve or cannot; whether there was anything to wait for."""
        tasks = [work.task for work in self._work.values() if work.task is not None]
        if tasks:
            await asyncio.wait(tasks)
        return bool(tasks)

    async def close(self) -> None:
        """Stop every server."""
        self._is_closed = True
        await self._tasks.close()
        await asyncio.gather(*(self._stop(work) for work in self._work.values()))

    def is_serving(self, arn: str) -> bool:
        """Whether a cache's server is there."""
        work = self._work.get(arn)
        return work is not None and work.process is not None and work.task is None

    def pid(self, arn: str) -> int | None:
        """The process that serves a cache, or keeps the one that does."""
        work = self._work.get(arn)
        return work.process.popen.pid if work is not None and work.process is not None else None

    def title(self, arn: str) -> str:
        """What serves a cache: ``redis-server 7.0.15``."""
        work = self._work.get(arn)
        return work.process.program.title if work is not None and work.process is not None else ""

    # One cache -------------------------------------------------------------------------------------------------

    async def _follow(self, arn: str, work: _Work) -> None:
        try:
            while not work.is_settled:
                work.is_settled = True
                cache = self.store.cache(arn)
                if cache is None:
                    await self._stop(work)
                    self._work.pop(arn, None)
                    if work.folder:
                        await asyncio.to_thread(shutil.rmtree, self.folder / work.folder, ignore_errors=True)
                    return
                work.folder = cache.folder
                await self._bring(cache, work)
        finally:
            work.task = None

    async def _bring(self, cache: Cache, work: _Work) -> None:
        """Have a cache's server be what its row says."""
        try:
            program = await programs.find(str(cache.settings["Engine"]))
            wanted = await self._configuration(cache, program)
            if work.process is not None and work.process.wanted == wanted:
                await self._note(cache, wanted.port, AVAILABLE)
                return
            if cache.port:
                await self._note(cache, cache.port, MODIFYING)
            await self._stop(work)
            port = await self._started(cache, program, wanted, work)
        except (StartFailed, OSError) as error:
            log.warning("the cache %s cannot be served: %s", cache.name, error)
            await self._note(cache, cache.port, FAILED, str(error))
        else:
            await self._note(cache, port, AVAILABLE)

    async def _started(self, cache: Cache, program: Program, wanted: Configuration, work: _Work) -> int:
        """Start a server; the port where it listens. Raises StartFailed, OSError.

        It is tried again where somebody took a port in the meantime, of which nobody knows yet, so that another one
        will do; and where the server that was killed before it still holds the file of its cluster.
        """
        for attempt in range(PORTS_TRIED_MAX):
            if cache.port:
                await self._portis_free(cache)
            else:
                wanted = _placed(wanted, int(cache.settings["Port"]) if attempt == 0 else 0)
            try:
                work.process = await launch(self.folder / cache.folder, program, wanted, self._tasks)
            except StartFailed as error:
                if not any(text in str(error) for text in TRIED_AGAIN) or attempt + 1 == PORTS_TRIED_MAX:
                    raise
                if wanted.bus_port:
                    wanted = replace(wanted, bus_port=free_port())
                continue
            self._tasks.start(f"watch {cache.arn}", self._watch(cache.arn, work, work.process))
            _tell(cache, program, wanted)
            return wanted.port
        raise AssertionError("the last attempt returns or raises")

    async def _note(self, cache: Cache, port: int, status: str, reason: str = "") -> None:
        """Write what has become of a cache's server, unless the cache is another one by now."""

        def write() -> None:
            now = self.store.cache(cache.arn)
            if now is not None and (now.port, now.status, now.reason) != (port, status, reason):
                self.store.note(replace(now, port=port, status=status, reason=reason))

        await self._world.database.transact(write)

    async def _watch(self, arn: str, work: _Work, process: Process) -> None:
        """When a server ends by itself, start it again; not for ever."""
        why = await asyncio.shield(process.ended)
        if work.process is not process or self._is_closed:
            return
        work.process = None
        cache = self.store.cache(arn)
        if cache is None:
            return
        now_s = self._world.clock.elapsed_s()
        if len(work.ends_s) == RESTARTS_MAX and now_s - work.ends_s[0] < RESTARTS_S:
            reason = f"{process.program.name} ended {RESTARTS_MAX + 1} times within {RESTARTS_S:g} s, last: {why}"
            log.error("the cache %s is not served any more: %s", cache.name, reason)
            await self._note(cache, cache.port, FAILED, reason)
            return
        work.ends_s.append(now_s)
        log.warning("the cache %s: %s ended (%s) and is started again", cache.name, process.program.name, why)
        self.heed(arn)

    # What a server is told -------------------------------------------------------------------------------------

    async def _configuration(self, cache: Cache, program: Program) -> Configuration:
        settings = cache.settings
        wanted = Configuration(
            port=cache.port,
            memory_bytes=memory_bytes(settings.get("CacheNodeType", "")),
            passwords=tuple(settings[name] for name in ("AuthToken", "AuthTokenBefore") if settings.get(name)),
            tls=cache.tls,
            is_clustered=cache.is_clustered,
            bus_port=free_port() if cache.is_clustered and not program.is_fallback else 0,
            parameters=self._parameters(cache),
        )
        running = self._work[cache.arn].process
        if running is not None:
            wanted = replace(wanted, bus_port=running.wanted.bus_port)
        if cache.kind == SERVERLESS:
            limit = settings.get("CacheUsageLimits", {}).get("DataStorage", {}).get("Maximum")
            wanted = replace(wanted, memory_bytes=min(wanted.memory_bytes, (limit or 1) * 1024**3))
        if wanted.tls:
            if not program.has_tls:
                raise StartFailed(f"{program.path} was built without TLS")
            found = await asyncio.to_thread(certificates.provide, self.folder / "tls", self._world.settings.trust_path)
            wanted = replace(
                wanted,
                certificate=str(found.certificate.resolve()),
                key=str(found.key.resolve()),
                authority=str(found.authority.resolve()),
            )
        return wanted

    def _parameters(self, cache: Cache) -> dict[str, str]:
        name = cache.settings.get("CacheParameterGroupName", "")
        arn = cache.arn.rsplit(":", 2)[0] + f":{PARAMETER_GROUP}:{name}"
        group = self.store.group(arn)
        found = dict(group.settings["Parameters"]) if group is not None else {}
        found.pop(CLUSTER_ENABLED, None)
        return found

    async def _portis_free(self, cache: Cache) -> None:
        """Wait until nobody else has a cache's port."""
        asked = 0
        while not is_free(cache.port):
            asked += 1
            if asked == PORT_TOLD_AFTER:
                log.warning("the cache %s waits for port %d, which another program has", cache.name, cache.port)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), PORT_ASKED_AGAIN_S)

    async def _stop(self, work: _Work) -> None:
        process, work.process = work.process, None
        if process is not None:
            await end(process.popen)


def _placed(wanted: Configuration, port: int) -> Configuration:
    return replace(wanted, port=port if port and is_free(port) else free_port())


def _tell(cache: Cache, program: Program, wanted: Configuration) -> None:
    scheme = "rediss" if wanted.tls else "redis"
    log.info("the cache %s: %s at %s://127.0.0.1:%d", cache.name, program.title, scheme, wanted.port)
    if program.is_fallback:
        log.warning(
            "the cache %s is served by %s, because no redis-server or valkey-server (7.0 or later) is on the PATH:"
            " it keeps nothing when the cloud stops, evicts nothing, and knows no client-side caching",
            cache.name,
            program.title,
        )
