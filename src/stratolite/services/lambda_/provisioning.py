"""Environments that are made ahead of invocations, and kept: provisioned concurrency.

Environments belong to versions: what is provisioned for an alias is made for the version that it leads to, divided by
weight where it leads to two, and serves whoever invokes that version, by either name. When an alias moves, the
environments of its new version are made before those of the old one are ended. What shall be there stands in the
database; what is there is made again after a restart. Credentials that grow old, and environments that end with an
error, are replaced.

    IN_PROGRESS ──> READY     as many as are requested are there
          │  └────> FAILED    one could not be initialised; what is there stays in use. Tried again at the next change
          └─ begins again with every change of the function, its aliases or what is requested

Follows https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stratolite.core.errors import StratoliteError
from stratolite.core.tasks import Supervisor
from stratolite.services.lambda_ import rules
from stratolite.services.lambda_.concurrency import Provided, Share, divided
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.provisioned_store import ProvisionedConfig

if TYPE_CHECKING:
    from stratolite.engine.model import FunctionSpec
    from stratolite.services.lambda_ import Lambda

INIT_FAILURE = "FUNCTION_ERROR_INIT_FAILURE"
"""Recorded: ``test_provisioned_concurrency_init_failure``."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a configuration has come."""

    allocated: int
    status: str
    reason: str = ""


@dataclass(slots=True)
class _Work:
    """What is done for one function."""

    wanted: dict[int, int] = field(default_factory=dict)
    """Environments by version."""
    specs: "dict[int, FunctionSpec]" = field(default_factory=dict)
    """What they run."""
    failures: dict[int, str] = field(default_factory=dict)
    renew_ms: int = 0
    """When the first credentials are old."""
    is_settled: bool = False
    """Whether what is there was compared with what is wanted."""
    task: "asyncio.Task[None] | None" = None
    renewal: "asyncio.Task[None] | None" = None


class Provisioner:
    """What is provisioned in one cloud."""

    def __init__(self, lambda_: "Lambda") -> None:
        self._lambda = lambda_
        self._tasks = Supervisor()
        self._work: dict[FunctionName, _Work] = {}
        self._is_closed = False

    def resume(self) -> None:
        """Make what an earlier process had ready."""
        for name in self._lambda.provisioned.functions():
            self.heed(name)

    def heed(self, name: FunctionName) -> None:
        """A function, its aliases or its configurations have changed, and that is committed."""
        wanted = self._wanted(name)
        work = self._work.get(name)
        if self._is_closed or (work is None and not wanted):
            return
        if work is None:
            work = self._work[name] = _Work()
        elif work.wanted == wanted and not work.failures:
            return
        work.wanted = wanted
        self._begin(name, work)

    def mend(self, name: FunctionName, provided: Provided) -> None:
        """An execution has ended in a provided environment: if the environment has ended too, make another."""
        work = self._work.get(name)
        if work is None or provided.spec is None:
            return
        if self._lambda.sandbox.engine.count(provided.spec.key) < provided.ready:
            self._begin(name, work)

    def progress(self, config: ProvisionedConfig) -> Progress:
        """How far a configuration has come."""
        name = config.name.with_qualifier("")
        work = self._work.get(name)
        if work is None:
            return Progress(0, "IN_PROGRESS")
        versions = set(self._divided(config))
        failures = [work.failures[number] for number in versions if number in work.failures]
        if work.task is not None:
            # What is to be ended is still there.
            versions |= work.specs.keys() - work.wanted.keys()
        provided = self._share(name).provided
        ready = sum(provided[number].ready for number in versions if number in provided)
        allocated = min(ready, config.requested)
        if work.task is not None:
            return Progress(allocated, "IN_PROGRESS")
        return Progress(allocated, "FAILED", failures[0]) if failures else Progress(allocated, "READY")

    async def drain(self) -> bool:
        """Wait until everything is there or has failed; whether there was anything to wait for."""
        tasks = [work.task for work in self._work.values() if work.task is not None]
        if tasks:
            await asyncio.wait(tasks)
        return bool(tasks)

    async def settled(self, name: FunctionName) -> None:
        """Wait until everything of one function is there or has failed."""
        work = self._work.get(name)
        if work is not None and work.task is not None:
            await asyncio.wait([work.task])

    async def close(self) -> None:
        """Make nothing more."""
        self._is_closed = True
        await self._tasks.close()

    # What shall be there ---------------------------------------------------------------------------------------

    def _wanted(self, name: FunctionName) -> dict[int, int]:
        """Environments by version: what all configurations of a function come to."""
        wanted: Counter[int] = Counter()
        for config in self._lambda.provisioned.configs(name):
            wanted.update(self._divided(config))
        return dict(wanted)

    def _divided(self, config: ProvisionedConfig) -> dict[int, int]:
        qualifier = config.name.qualifier
        number = rules.version_number(qualifier)
        if number is not None:
            return {number: config.requested}
        alias = self._lambda.store.alias(config.name, qualifier)
        if alias is None:
            return {}
        shares = divided(config.requested, alias.version, alias.weights)
        return {number: count for label, count in shares.items() if (number := rules.version_number(label))}

    def _share(self, name: FunctionName) -> Share:
        function = self._lambda.store.function(name)
        return self._lambda.concurrency.share(name, function.reserved if function else None)

    # What is there ---------------------------------------------------------------------------------------------

    def _begin(self, name: FunctionName, work: _Work) -> None:
        work.is_settled = False
        if work.task is None and not self._is_closed:
            work.task = self._tasks.start(f"provision {name.name}", self._settle(name, work))

    async def _settle(self, name: FunctionName, work: _Work) -> None:
        """Let be there what is wanted, as long as that changes."""
        try:
            while not work.is_settled:
                work.is_settled = True
                work.renew_ms = 0
                await asyncio.gather(*(self._have(name, work, *wanted) for wanted in list(work.wanted.items())))
                self._end_others(name, work)
        finally:
            work.task = None
        if not work.wanted:
            self._work.pop(name, None)
        elif work.renew_ms:
            if work.renewal is not None:
                work.renewal.cancel()
            work.renewal = self._tasks.start(f"renew {name.name}", self._renew(name, work, work.renew_ms))

    async def _have(self, name: FunctionName, work: _Work, number: int, count: int) -> None:
        """Have so many environments of a version; what hinders that is kept in ``failures``."""
        from stratolite.engine.init_failure import InitFailure

        lambda_ = self._lambda
        engine = lambda_.sandbox.engine
        work.failures.pop(number, None)
        try:
            known = lambda_.runnables.known(name)
            spec = await lambda_.runnables.specification(known, name, number, lambda_.world.clock.now_ms())
            entry = known.specs.get(number)
            if entry is not None:
                work.renew_ms = min(work.renew_ms or entry[1], entry[1])
            spec = replace(spec, key=f"{spec.key}:provisioned", is_provisioned=True)
            before = work.specs.get(number)
            work.specs[number] = spec
            if before is not None and before.key == spec.key:
                # Those that have ended, or shall end, serve nobody any more.
                self._have_ready(name, number, count, spec)
            try:
                await engine.keep(spec, count)
            finally:
                self._have_ready(name, number, count, spec)
                if before is not None and before.key != spec.key:
                    engine.retire(before.key)
        except InitFailure:
            work.failures[number] = INIT_FAILURE
        except (StratoliteError, OSError) as error:
            work.failures[number] = str(error)

    def _have_ready(self, name: FunctionName, number: int, count: int, spec: "FunctionSpec") -> None:
        """Let invocations have what is there. The share is asked for anew: it may be another one by now."""
        ready = min(count, self._lambda.sandbox.engine.count(spec.key))
        self._share(name).have_ready(number, ready, spec)

    def _end_others(self, name: FunctionName, work: _Work) -> None:
        share = self._share(name)
        for number in [number for number in work.specs if number not in work.wanted]:
            share.have_ready(number, 0)
            self._lambda.sandbox.retire(work.specs.pop(number))
            work.failures.pop(number, None)

    async def _renew(self, name: FunctionName, work: _Work, due_ms: int) -> None:
        await self._lambda.world.clock.sleep_until(due_ms)
        if self._work.get(name) is work:
            work.renewal = None
            self._begin(name, work)
