"""The engine: environments lent out to invocations, made when there is none, reaped when nobody needs them.

An invocation takes an idle environment of its function (the one that was used last), or starts one; while it starts,
whichever environment of the function becomes free first serves it. An environment that fails, times out or dies is
replaced by the next invocation that needs one, so nothing that a function does harms the pool. A warm invocation costs
one exchange on a socket pair, which is most of it.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Iterable, Sequence
from functools import partial
from pathlib import Path

from stratolite.core.clock import Clock
from stratolite.core.entropy import Entropy
from stratolite.core.errors import StratoliteError
from stratolite.core.tasks import Supervisor
from stratolite.engine import init_failure, sandbox
from stratolite.engine.environment import Environment
from stratolite.engine.failed import Failed
from stratolite.engine.init_failure import InitFailure
from stratolite.engine.interpreters import Interpreters, Resolution
from stratolite.engine.maker import Maker
from stratolite.engine.model import (
    EngineClosed,
    FunctionSpec,
    Invocation,
    LaunchFailed,
    Limits,
    LogSink,
    Outcome,
    TooManyEnvironments,
)
from stratolite.engine.states import State
from stratolite.engine.waiters import Waiter, Waiters


class Engine:
    """Runs functions. One for a server; ``work_dir`` is its alone.

    ``hidden`` are folders that no function may see, besides ``work_dir``; None does without namespaces altogether.
    ``is_delayed``: a cold start takes the time that it takes on AWS. ``cache``: where SDKs for JavaScript are supplied
    from (``node_sdk``).
    """

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        work_dir: Path,
        log_sink: LogSink,
        limits: Limits | None = None,
        interpreters: Interpreters | None = None,
        hidden: Sequence[Path] | None = (),
        is_delayed: bool = False,
        cache: Path | None = None,
    ) -> None:
        self._clock = clock
        self._log_sink = log_sink
        self.limits = limits or Limits()
        self._all: set[Environment] = set()
        self._idle: dict[str, deque[Environment]] = {}
        self._waiters = Waiters()
        self._retired: set[str] = set()
        # How many environments of a key are to be had at any time.
        self._kept: dict[str, int] = {}
        # A debugger has one process: invocations of its function take turns.
        self._turns: dict[str, asyncio.Lock] = {}
        self._failed = Failed()
        self._tasks = Supervisor()
        work, interpreters = work_dir.absolute(), interpreters or Interpreters()
        self._maker = Maker(
            clock, entropy, work, log_sink, self.limits, interpreters, hidden, is_delayed, cache, self._tasks
        )
        self._reaper: asyncio.Task[None] | None = None
        self._memory_timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    # What services use -----------------------------------------------------------------------------------------

    def invoke(self, spec: FunctionSpec, invocation: Invocation) -> Awaitable[Outcome]:
        """Run one invocation to its end. A function's failure is an outcome, not an exception.

        An invocation's ``stream`` gets the response while it runs, and is closed at the end of either kind.
        Raises TooManyEnvironments at the limit, UnsupportedRuntime, LaunchFailed and EngineClosed, and TimeoutError at
        the end of the invocation's patience, now or when awaited.
        """
        if invocation.stream is not None or spec.debug_port:
            return self._invoke_in_turn(spec, invocation)
        idle = self._idle.get(spec.key)
        if not idle or self._is_closed:
            return self._invoke(spec, invocation)
        if self._memory_timer is None:
            self._watch_memory()
        return idle.pop().invoke(invocation)

    async def _invoke_in_turn(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        """One whose response is streamed, or whose function has a debugger."""
        turn: contextlib.AbstractAsyncContextManager[object] = contextlib.nullcontext()
        if spec.debug_port:
            turn, invocation.patience_s = self._turns.setdefault(spec.key, asyncio.Lock()), None
        try:
            async with turn:
                return await self._invoke(spec, invocation)
        finally:
            if invocation.stream is not None:
                invocation.stream.close()

    async def _invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        began_s = self._clock.elapsed_s()
        try:
            async with asyncio.timeout(invocation.patience_s):
                environment = await self._acquire_alive(spec)
        except InitFailure as failure:
            return init_failure.outcome(failure, spec, invocation, self._clock, self._log_sink)
        if invocation.patience_s is not None:
            invocation.patience_s -= self._clock.elapsed_s() - began_s
        self._watch_memory()
        return await environment.invoke(invocation)

    async def _acquire_alive(self, spec: FunctionSpec) -> Environment:
        while True:
            environment = self._take_idle(spec.key) or await self._acquire(spec)
            # Between being handed over and being used it may have died; then there is another to be had.
            if environment.life.state is State.IDLE:
                return environment

    @property
    def is_isolated(self) -> bool:
        """Whether functions cannot write to their code whatever they do, but for those that wait for a debugger."""
        return self._maker.launchers.are_isolated

    async def resolve(self, runtime: str) -> Resolution:
        """The interpreter for a runtime, with a warning when it is not the one that was asked for.

        Raises UnsupportedRuntime.
        """
        return await self._maker.resolve(runtime)

    async def prepare(self, runtime: str) -> None:
        """Start what the first environment of a runtime needs: a zygote takes 0.15 s (foreign interpreter: 0.7 s).

        Raises what ``invoke`` raises.
        """
        resolution = await self.resolve(runtime)
        self._require_open()
        await self._maker.launchers.prepare(resolution)

    async def warm(self, spec: FunctionSpec, count: int) -> None:
        """Have ``count`` environments idle. Raises TooManyEnvironments; a function that fails to load is left alone."""
        self._require_open()
        missing = max(0, count - len(self._idle.get(spec.key, ())))
        for failure in await self._start_several(spec, missing):
            if not isinstance(failure, InitFailure):
                raise failure

    async def keep(self, spec: FunctionSpec, count: int) -> None:
        """From now on have ``count`` environments, idle or busy, which are not stopped for being idle; return when
        they are there. Those that end are replaced by the next call, or by an invocation that needs one.

        Raises what ``invoke`` raises, and InitFailure when one of them cannot be initialised; the others stay. A third
        of all environments is left to those who have none: TooManyEnvironments is raised when there are as many as fit.
        """
        self._require_open()
        key, wanted = spec.key, count
        others = sum(kept for other, kept in self._kept.items() if other != key)
        count = self._kept[key] = max(0, min(wanted, self.limits.environments_max * 2 // 3 - others))
        for environment in list(self._idle.get(key, ())):
            if not self._is_one_too_many(key):
                break
            environment.stop()
        missing = count - self.count(key) - self._waiters.starting(key)
        for failure in await self._start_several(spec, missing):
            raise failure
        if count < wanted:
            text = f"{others + count} of {self.limits.environments_max} environments are provisioned: no more can be"
            raise TooManyEnvironments(text)

    def flush_logs(self) -> None:
        """Give the log sink what functions have printed so far; else it gets that a moment later."""
        for environment in self._all:
            environment.flush_log()

    def count(self, key: str) -> int:
        """Environments of a spec that have been initialised and live."""
        alive = (State.IDLE, State.BUSY)
        return sum(1 for one in self._all if one.spec.key == key and one.life.state in alive)

    def retire(self, key: str) -> None:
        """Stop the idle environments of a spec that is no longer used, and its busy ones when they are done."""
        if any(environment.spec.key == key for environment in self._all):
            self._retired.add(key)
        self._kept.pop(key, None)
        for environment in list(self._idle.get(key, ())):
            environment.stop()
        self._discard_all(self._failed.drop(key))

    @property
    def environment_count(self) -> int:
        """Environments that exist, idle ones included."""
        return len(self._all)

    async def close(self) -> None:
        """Stop everything; return when nothing is left running. Invocations under way raise EngineClosed."""
        self._is_closed = True
        if self._reaper is not None:
            self._reaper.cancel()
        if self._memory_timer is not None:
            self._memory_timer.cancel()
        self._waiters.fail_all(EngineClosed("the engine is closing"))
        environments = [*self._all, *self._failed.all()]
        for environment in environments:
            environment.abandon(EngineClosed("the engine is closing"))
        await asyncio.gather(*(environment.stopped for environment in environments if environment.shutdown_s))
        await self._maker.launchers.close()
        await self._tasks.close()
        await asyncio.gather(*(environment.stopped for environment in environments))
        await asyncio.to_thread(self._maker.clear)

    # Lending ---------------------------------------------------------------------------------------------------

    def _require_open(self) -> None:
        if self._is_closed:
            raise EngineClosed("the engine is closed")

    def _take_idle(self, key: str) -> Environment | None:
        """An idle environment, now the caller's, if there is one. Raises EngineClosed."""
        self._require_open()
        self._retired.discard(key)
        idle = self._idle.get(key)
        return idle.pop() if idle else None

    async def _acquire(self, spec: FunctionSpec) -> Environment:
        """The next environment that is idle, now the caller's; one is started unless enough are.

        Raises InitFailure and what ``invoke`` raises.
        """
        is_start_needed = self._waiters.is_start_needed(spec.key)
        if is_start_needed:
            self._make_room()
        waiter = self._waiters.join(spec.key)
        if is_start_needed:
            self._waiters.will_start(spec.key)
            self._tasks.start(f"start {spec.name}", self._start_quietly(spec, waiter))
        try:
            return await waiter
        except asyncio.CancelledError:
            # The caller has gone away; what it was about to get is the next one's.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._is_idle(waiter.result())
            raise
        finally:
            self._waiters.leave(spec.key, waiter)

    def _make_room(self) -> None:
        """Be below the limit, at the cost of the environment that has been idle longest. Raises TooManyEnvironments."""
        if len(self._all) < self.limits.environments_max:
            return
        idle = self._reapable()
        if not idle:
            text = f"all {self.limits.environments_max} environments are busy"
            raise TooManyEnvironments(text)
        min(idle, key=lambda environment: environment.idle_since_ms).stop()

    async def _start_for(self, spec: FunctionSpec, waiter: Waiter | None) -> None:
        """Start an environment because of ``waiter``, or for nobody in particular; it is counted already.

        Raises InitFailure, StratoliteError, OSError, having told whoever waited for this start.
        """
        failure: Exception | None = LaunchFailed("the environment could not be made: see the server's own log")
        try:
            await self._start(spec)
            failure = None
        except (InitFailure, StratoliteError) as known:
            failure = known
            raise
        except OSError as error:
            failure = LaunchFailed(f"the environment could not be made: {error}")
            raise failure from error
        except sandbox.NoBootstrap as missing:
            failure = InitFailure("Runtime.InvalidEntrypoint", reason=str(missing))
            raise failure from missing
        except asyncio.CancelledError:
            failure = EngineClosed("the engine is closing")
            raise
        finally:
            if failure is not None:
                self._waiters.has_started(spec.key)
                self._waiters.fail(spec.key, waiter, failure)

    async def _start_several(self, spec: FunctionSpec, count: int) -> list[BaseException]:
        """Start environments for nobody in particular; what those that did not start raised."""
        for _ in range(count):
            self._waiters.will_start(spec.key)
        starts = (self._start_for(spec, None) for _ in range(count))
        results = await asyncio.gather(*starts, return_exceptions=True)
        return [result for result in results if result is not None]

    async def _start_quietly(self, spec: FunctionSpec, waiter: Waiter | None) -> None:
        """The same as a task: the failure is its waiter's alone."""
        with contextlib.suppress(InitFailure, StratoliteError):
            await self._start_for(spec, waiter)

    def _is_idle(self, environment: Environment) -> None:
        """An environment has asked for work: give it to the first who waits, or keep it."""
        key = environment.spec.key
        if environment.is_new:
            environment.is_new = False
            self._waiters.has_started(key)
        if key in self._waiters.waiting and self._waiters.give(key, environment):
            return
        if environment.life.state is not State.IDLE:
            return
        if key in self._retired or self._is_closed or (key in self._kept and self._is_one_too_many(key)):
            environment.stop()
            return
        idle = self._idle.get(key)
        if idle is None:
            idle = self._idle[key] = deque()
        idle.append(environment)
        if self._reaper is None:
            self._watch_idle()

    def _is_stopped(self, environment: Environment) -> None:
        self._all.discard(environment)
        key = environment.spec.key
        idle = self._idle.get(key)
        if idle is not None:
            if environment in idle:
                idle.remove(environment)
            if not idle:
                del self._idle[key]
        if key in self._retired and not any(other.spec.key == key for other in self._all):
            self._retired.discard(key)
        if environment.has_failed and key not in self._retired:
            self._failed.add(environment)
            self._watch_idle()
        else:
            self._discard_all([environment])

    def _discard_all(self, environments: Iterable[Environment]) -> None:
        for environment in environments:
            if self._is_closed:
                return
            self._tasks.start("remove an environment", self._remove(environment))

    async def _remove(self, environment: Environment) -> None:
        await environment.stopped
        await asyncio.to_thread(sandbox.remove, environment.folder)

    # Starting --------------------------------------------------------------------------------------------------

    async def _start(self, spec: FunctionSpec) -> None:
        """Start an environment; it reports by itself that it is idle. Raises InitFailure, LaunchFailed.

        An init phase that fails is done again as part of the invocation, under the function's time-out, as AWS does;
        so is the one after any other failure.
        """
        failed = await self._failed.take(spec.key)
        if failed is None:
            try:
                await self._start_once(spec, "init", self.limits.init_s_max, None)
                return
            except InitFailure:
                failed = await self._failed.take(spec.key)
        await self._start_once(spec, "invoke", spec.timeout_s, failed)

    async def _start_once(
        self, spec: FunctionSpec, phase: str, init_s_max: float, predecessor: Environment | None
    ) -> None:
        resolution = await self.resolve(spec.runtime)
        self._require_open()
        self._make_room()
        environment = self._maker.make(spec, predecessor)
        environment.on_idle = self._is_idle
        environment.on_stopped = partial(self._is_stopped, environment)
        self._all.add(environment)
        try:
            plan = await self._maker.plan(environment, resolution)
            self._watch_memory()
            await environment.start(plan.launcher, plan.start, plan.programs, resolution.version, phase, init_s_max)
        except BaseException:
            environment.stop()
            raise

    def _reapable(self) -> list[Environment]:
        """The idle environments that nobody has asked to keep."""
        return [one for key, queue in self._idle.items() if key not in self._kept for one in queue]

    def _is_one_too_many(self, key: str) -> bool:
        return self.count(key) > self._kept[key]

    # Watching --------------------------------------------------------------------------------------------------

    def _watch_idle(self) -> None:
        if self._reaper is None and not self._is_closed:
            self._reaper = self._tasks.start("reap environments", self._reap())

    async def _reap(self) -> None:
        """Stop what has been idle for too long, by the cloud's clock."""
        idle_ms_max = round(self.limits.idle_s_max * 1000)
        while True:
            since_ms = [one.idle_since_ms for one in (*self._reapable(), *self._failed.all())]
            await self._clock.sleep_until(min(since_ms, default=self._clock.now_ms()) + idle_ms_max)
            due_ms = self._clock.now_ms() - idle_ms_max
            for environment in self._reapable():
                if environment.idle_since_ms <= due_ms:
                    environment.stop()
            self._discard_all(self._failed.drop_until(due_ms))

    def _watch_memory(self) -> None:
        if self._memory_timer is None and not self._is_closed:
            loop = asyncio.get_running_loop()
            self._memory_timer = loop.call_later(self.limits.memory_poll_s, self._look_at_memory)

    def _look_at_memory(self) -> None:
        self._memory_timer = None
        working = (State.STARTING, State.INITIALISING, State.BUSY)
        busy = [environment for environment in self._all if environment.life.state in working]
        for environment in busy:
            environment.watch.look()
        if busy:
            self._watch_memory()
