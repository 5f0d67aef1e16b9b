"""The engine: environments lent out to invocations, made when there is none, reaped when nobody needs them.

An invocation takes an idle environment of its function (the one that was used last), or starts one; while it starts,
whichever environment of the function becomes free first serves it. An environment that fails, times out or dies is
replaced by the next invocation that needs one, so nothing that a function does harms the pool. A warm invocation costs
one exchange on a socket pair and some 0.2 ms of bookkeeping.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path

from stratolite.core.clock import Clock
from stratolite.core.entropy import Entropy
from stratolite.core.errors import StratoliteError
from stratolite.core.tasks import Supervisor
from stratolite.engine import leftovers, report, sandbox
from stratolite.engine.environment import Environment, InitFailure
from stratolite.engine.interpreters import Interpreters, Resolution
from stratolite.engine.launch.launchers import Launchers
from stratolite.engine.model import (
    LOG_TAIL_BYTES_MAX,
    EngineClosed,
    FunctionSpec,
    Invocation,
    LaunchFailed,
    Limits,
    LogLines,
    Outcome,
    TooManyEnvironments,
)
from stratolite.engine.states import State

log = logging.getLogger("stratolite.engine")

LogSink = Callable[[LogLines], None]
Waiter = asyncio.Future[Environment]


class Engine:
    """Runs functions. One for a server; ``work_dir`` is its alone."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        work_dir: Path,
        log_sink: LogSink,
        limits: Limits | None = None,
        interpreters: Interpreters | None = None,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._work = work_dir.absolute()
        self._environments_folder = self._work / "environments"
        self._log_sink = log_sink
        self.limits = limits or Limits()
        self._interpreters = interpreters or Interpreters()
        self._resolutions: dict[str, Resolution] = {}
        self._all: set[Environment] = set()
        self._idle: dict[str, deque[Environment]] = {}
        self._waiters: dict[str, deque[Waiter]] = {}
        # Environments of each key that have been asked for and were never idle yet.
        self._starting: dict[str, int] = {}
        self._retired: set[str] = set()
        self._tasks = Supervisor()
        self._launchers = Launchers(self._work, entropy, self.limits.launch_s_max, self._tasks)
        self._reaper: asyncio.Task[None] | None = None
        self._memory_timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._work.mkdir(parents=True, exist_ok=True)
        cleaned = leftovers.clean(self._environments_folder)
        if cleaned:
            log.info("removed %d environments that an earlier server left behind", cleaned)
        self._environments_folder.mkdir(exist_ok=True)

    # What services use -----------------------------------------------------------------------------------------

    async def invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        """Run one invocation to its end. A function's failure is an outcome, not an exception.

        Raises TooManyEnvironments at the limit, UnsupportedRuntime, LaunchFailed and EngineClosed.
        """
        while True:
            try:
                environment = await self._acquire(spec)
            except InitFailure as failure:
                return self._init_outcome(spec, invocation, failure)
            # Between being handed over and being used it may have died; then there is another to be had.
            if environment.life.state is State.IDLE:
                break
        self._watch_memory()
        return await environment.invoke(invocation)

    async def resolve(self, runtime: str) -> Resolution:
        """The interpreter for a runtime, with a warning when it is not the one that was asked for.

        Raises UnsupportedRuntime.
        """
        resolution = self._resolutions.get(runtime)
        if resolution is None:
            resolution = await asyncio.to_thread(self._interpreters.resolve, runtime)
            self._resolutions[runtime] = resolution
        return resolution

    async def prepare(self, runtime: str) -> None:
        """Start what the first environment of a runtime needs: a zygote takes 0.15 s (foreign interpreter: 0.7 s)."""
        resolution = await self.resolve(runtime)
        await self._launchers.prepare(resolution)

    async def warm(self, spec: FunctionSpec, count: int) -> None:
        """Have ``count`` environments idle. Raises TooManyEnvironments; a function that fails to load is left alone."""
        self._require_open()
        missing = max(0, count - len(self._idle.get(spec.key, ())))
        for _ in range(missing):
            self._will_start(spec.key)
        starts = (self._start_for(spec, None) for _ in range(missing))
        for result in await asyncio.gather(*starts, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, InitFailure):
                raise result

    def retire(self, key: str) -> None:
        """Stop the idle environments of a spec that is no longer used, and its busy ones when they are done."""
        if any(environment.spec.key == key for environment in self._all):
            self._retired.add(key)
        for environment in list(self._idle.get(key, ())):
            environment.stop()

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
        for waiters in self._waiters.values():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(EngineClosed("the engine is closing"))
        environments = list(self._all)
        for environment in environments:
            environment.abandon(EngineClosed("the engine is closing"))
        await self._launchers.close()
        await self._tasks.close()
        await asyncio.gather(*(environment.stopped for environment in environments))
        await asyncio.to_thread(sandbox.remove, self._environments_folder)

    # Lending ---------------------------------------------------------------------------------------------------

    def _require_open(self) -> None:
        if self._is_closed:
            raise EngineClosed("the engine is closed")

    async def _acquire(self, spec: FunctionSpec) -> Environment:
        """An idle environment, now the caller's. Raises InitFailure and what ``invoke`` raises."""
        self._require_open()
        self._retired.discard(spec.key)
        idle = self._idle.get(spec.key)
        if idle:
            return idle.pop()
        waiters = self._waiters.get(spec.key, ())
        # A start whose caller has gone away serves the next caller.
        is_start_needed = self._starting.get(spec.key, 0) <= sum(not waiter.done() for waiter in waiters)
        if is_start_needed:
            self._make_room()
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(spec.key, deque()).append(waiter)
        if is_start_needed:
            self._will_start(spec.key)
            self._tasks.start(f"start {spec.name}", self._start_quietly(spec, waiter))
        try:
            return await waiter
        except asyncio.CancelledError:
            # The caller has gone away; what it was about to get is the next one's.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._is_idle(waiter.result())
            raise

    def _make_room(self) -> None:
        """Be below the limit, at the cost of the environment that has been idle longest. Raises TooManyEnvironments."""
        if len(self._all) < self.limits.environments_max:
            return
        idle = [environment for queue in self._idle.values() for environment in queue]
        if not idle:
            text = f"all {self.limits.environments_max} environments are busy"
            raise TooManyEnvironments(text)
        min(idle, key=lambda environment: environment.idle_since_ms).stop()

    async def _start_for(self, spec: FunctionSpec, waiter: Waiter | None) -> None:
        """Start an environment because of ``waiter``, or for nobody in particular; ``_starting`` counts it already.

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
                self._has_started(spec.key)
                self._fail_one(spec.key, waiter, failure)

    async def _start_quietly(self, spec: FunctionSpec, waiter: Waiter | None) -> None:
        """The same as a task: the failure is its waiter's alone."""
        with contextlib.suppress(InitFailure, StratoliteError):
            await self._start_for(spec, waiter)

    def _will_start(self, key: str) -> None:
        self._starting[key] = self._starting.get(key, 0) + 1

    def _has_started(self, key: str) -> None:
        """An environment that was asked for is there, or will never be."""
        left = self._starting.get(key, 0) - 1
        if left > 0:
            self._starting[key] = left
        else:
            self._starting.pop(key, None)

    def _fail_one(self, key: str, waiter: Waiter | None, failure: Exception) -> None:
        """A start has failed: so has the one who waited for it, or who came to rely on it."""
        if waiter is None or waiter.done():
            waiting = [one for one in self._waiters.get(key, ()) if not one.done()]
            if len(waiting) <= self._starting.get(key, 0):
                return
            waiter = waiting[0]
        waiter.set_exception(failure)

    def _is_idle(self, environment: Environment) -> None:
        """An environment has asked for work: give it to the first who waits, or keep it."""
        key = environment.spec.key
        if environment.is_new:
            environment.is_new = False
            self._has_started(key)
        waiters = self._waiters.get(key)
        while waiters:
            waiter = waiters.popleft()
            if not waiter.done():
                waiter.set_result(environment)
                return
        self._waiters.pop(key, None)
        if environment.life.state is not State.IDLE:
            return
        if key in self._retired or self._is_closed:
            environment.stop()
            return
        self._idle.setdefault(key, deque()).append(environment)
        if self._reaper is None:
            self._reaper = self._tasks.start("reap environments", self._reap())

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
        if not self._is_closed:
            self._tasks.start("remove an environment", self._remove(environment))

    async def _remove(self, environment: Environment) -> None:
        await environment.stopped
        await asyncio.to_thread(sandbox.remove, environment.folder)

    # Starting --------------------------------------------------------------------------------------------------

    async def _start(self, spec: FunctionSpec) -> None:
        """Start an environment; it reports by itself that it is idle. Raises InitFailure, LaunchFailed.

        An init phase that takes longer than its own limit is done again as part of the invocation, under the
        function's time-out, as AWS does.
        """
        try:
            await self._start_once(spec, self.limits.init_s_max)
        except InitFailure as failure:
            if failure.error_type != "Sandbox.Timedout":
                raise
            await self._start_once(spec, spec.timeout_s)

    async def _start_once(self, spec: FunctionSpec, init_s_max: float) -> None:
        resolution = await self.resolve(spec.runtime)
        self._require_open()
        self._make_room()
        environment = self._make(spec)
        try:
            await self._launch(environment, resolution, init_s_max)
        except BaseException:
            environment.stop()
            raise

    def _make(self, spec: FunctionSpec) -> Environment:
        token = self._entropy.hexadecimal(32)
        folder = self._environments_folder / token
        (folder / "tmp").mkdir(parents=True)
        log_stream = f"{self._clock.utc():%Y/%m/%d}/[{spec.version}]{token}"
        environment = Environment(spec, folder, log_stream, self._clock, self.limits)
        environment.on_idle = self._is_idle
        environment.on_stopped = self._is_stopped
        self._all.add(environment)
        return environment

    async def _launch(self, environment: Environment, resolution: Resolution, init_s_max: float) -> None:
        port = environment.open(self._log_sink)
        tmp = environment.folder / "tmp"
        launcher, start = await self._launchers.plan(environment.spec, resolution, tmp, port, environment.log_stream)
        self._watch_memory()
        await environment.start(launcher, start, resolution.version, init_s_max)

    def _init_outcome(self, spec: FunctionSpec, invocation: Invocation, failure: InitFailure) -> Outcome:
        """The outcome of an invocation whose environment could not be initialised."""
        request_id = invocation.request_id
        message = report.exit_message(request_id, failure.reason)
        if failure.error_type == "Sandbox.Timedout":
            body = report.timed_out(request_id, spec.timeout_s)
        elif failure.error_type == "Runtime.InvalidEntrypoint":
            body = report.error_body(failure.error_type, f"RequestId: {request_id} Error: {failure.reason}")
        else:
            body = failure.body or report.error_body(failure.error_type, message)
        trouble = f"Status: error\tError Type: {failure.error_type}"
        first = report.start_line(request_id, spec.version)
        last = [] if failure.body or not failure.reason else [f"{message}\n", f"{failure.error_type}\n"]
        last += [
            report.end_line(request_id),
            report.report_line(spec, request_id, failure.init_ms, 0, None, trouble),
        ]
        if failure.log_stream:
            events = [(self._clock.now_ms(), text) for text in (first, *last)]
            self._log_sink(LogLines(spec.log_group, failure.log_stream, events, spec.account, spec.region))
        tail = first.encode() + failure.log_tail + "".join(last).encode()
        return Outcome(
            payload=body,
            error="Unhandled",
            log_tail=tail[-LOG_TAIL_BYTES_MAX:],
            duration_ms=failure.init_ms,
            billed_ms=report.billed_ms(failure.init_ms, None),
            executed_version=spec.version,
            error_type=failure.error_type,
        )

    # Watching --------------------------------------------------------------------------------------------------

    async def _reap(self) -> None:
        """Stop environments that have been idle for too long, by the cloud's clock."""
        idle_ms_max = round(self.limits.idle_s_max * 1000)
        while True:
            oldest = min((one.idle_since_ms for queue in self._idle.values() for one in queue), default=None)
            now_ms = self._clock.now_ms()
            await self._clock.sleep_until((now_ms if oldest is None else oldest) + idle_ms_max)
            due_ms = self._clock.now_ms() - idle_ms_max
            for environment in [one for queue in self._idle.values() for one in queue if one.idle_since_ms <= due_ms]:
                environment.stop()

    def _watch_memory(self) -> None:
        if self._memory_timer is None and not self._is_closed:
            loop = asyncio.get_running_loop()
            self._memory_timer = loop.call_later(self.limits.memory_poll_s, self._look_at_memory)

    def _look_at_memory(self) -> None:
        self._memory_timer = None
        working = (State.STARTING, State.INITIALISING, State.BUSY)
        busy = [environment for environment in self._all if environment.life.state in working]
        for environment in busy:
            environment.check_memory()
        if busy:
            self._watch_memory()
