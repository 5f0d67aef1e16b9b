"""How environments come to be: an interpreter for the runtime, a folder with /tmp, processes from a launcher.

Owns what the environments of an engine begin from. May not: count them, lend them or end them, which is the pool's.
"""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from stratolite.core.clock import Clock
from stratolite.core.entropy import Entropy
from stratolite.core.tasks import Supervisor
from stratolite.engine import cold_start, leftovers, sandbox
from stratolite.engine.environment import Environment
from stratolite.engine.interpreters import Interpreters, Resolution
from stratolite.engine.launch.launchers import Launchers, Plan
from stratolite.engine.model import FunctionSpec, Limits, LogSink

log = logging.getLogger("stratolite.engine")


class Maker:
    """Makes the environments of one engine. ``work``: its folder, where they have theirs; the rest is ``Engine``'s."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        work: Path,
        log_sink: LogSink,
        limits: Limits,
        interpreters: Interpreters,
        hidden: Sequence[Path] | None,
        is_delayed: bool,
        cache: Path | None,
        tasks: Supervisor,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._folder = work / "environments"
        self._log_sink = log_sink
        self._limits = limits
        self._interpreters = interpreters
        self._resolutions: dict[str, Resolution] = {}
        self._is_delayed = is_delayed
        hidden = None if hidden is None else [*hidden, work]
        self.launchers = Launchers(work, entropy, limits.launch_s_max, tasks, hidden, cache)
        work.mkdir(parents=True, exist_ok=True)
        cleaned = leftovers.clean(self._folder)
        if cleaned:
            log.info("removed %d environments that an earlier server left behind", cleaned)
        self._folder.mkdir(exist_ok=True)

    async def resolve(self, runtime: str) -> Resolution:
        """The interpreter for a runtime. Raises UnsupportedRuntime."""
        resolution = self._resolutions.get(runtime)
        if resolution is None:
            resolution = await asyncio.to_thread(self._interpreters.resolve, runtime)
            self._resolutions[runtime] = resolution
        return resolution

    def make(self, spec: FunctionSpec, predecessor: Environment | None) -> Environment:
        """An environment without processes, in the sandbox of its predecessor if it has one. Raises OSError."""
        if predecessor is not None:
            folder, log_stream = predecessor.folder, predecessor.log_stream
        else:
            token = self._entropy.hexadecimal(32)
            folder = self._folder / token
            (folder / "tmp").mkdir(parents=True)
            log_stream = f"{self._clock.utc():%Y/%m/%d}/[{spec.version}]{token}"
        try:
            return Environment(spec, folder, log_stream, self._clock, self._entropy, self._limits, self._log_sink)
        except OSError:
            sandbox.remove(folder)
            raise

    async def plan(self, environment: Environment, resolution: Resolution) -> Plan:
        """How an environment's processes come to be. Raises LaunchFailed, NoBootstrap, OSError."""
        tmp, port = environment.folder / "tmp", environment.port
        plan = await self.launchers.plan(environment.spec, resolution, tmp, port, environment.log_stream)
        if not plan.is_tmp_limited:
            environment.watch.measure(tmp)
        if self._is_delayed:
            environment.delay_s = cold_start.delay_s(environment.spec.runtime)
        return plan

    def clear(self) -> None:
        """Remove all folders, once nothing runs in them."""
        sandbox.remove(self._folder)
