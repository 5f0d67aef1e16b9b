"""The lifespan of an environment: how its processes begin, and how they end.

Owns them, their log, the sockets of their Runtime API and the init phase. May not: know invocations, which are
``environment.py``'s, nor cost one of them anything. Whoever derives from it says what the end of the runtime means.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

from stratolite.core.clock import Clock, RealClock
from stratolite.core.entropy import Entropy
from stratolite.engine import leftovers
from stratolite.engine.beside import Beside
from stratolite.engine.endpoint import Endpoint
from stratolite.engine.extensions import Extension, Program
from stratolite.engine.init_failure import InitFailure
from stratolite.engine.init_phase import InitPhase
from stratolite.engine.launch.process import Process, Start
from stratolite.engine.launch.zygote import Launcher
from stratolite.engine.model import FunctionSpec, LaunchFailed, Limits, LogLines, LogSink
from stratolite.engine.output import Output
from stratolite.engine.platform_log import platform_log
from stratolite.engine.runtime_api import RuntimeApi
from stratolite.engine.states import Life, State
from stratolite.engine.watch import Watch

SANDBOX_CLOCK = RealClock()
"""A sandbox lives by the machine's time: its deadline has to be told in that, wherever the cloud's clock stands."""
TOO_SOON = "the environment was stopped before it had started"


class Lifespan(ABC):
    """From the folder of a sandbox to the end of its last process."""

    def __init__(
        self,
        spec: FunctionSpec,
        folder: Path,
        log_stream: str,
        clock: Clock,
        entropy: Entropy,
        limits: Limits,
        log_sink: LogSink,
        api: RuntimeApi,
    ) -> None:
        """Raises OSError when there are no descriptors for it."""
        self.spec = spec
        self.folder = folder
        self.log_stream = log_stream
        self.life = Life()
        self.idle_since_ms = 0
        self.delay_s = 0.0
        """How much longer its cold start should take."""
        self.has_failed = False
        """Whether a failure ended it, as opposed to us: then its sandbox goes on with another process."""
        self.on_stopped: Callable[[], None] = lambda: None
        self.beside: Beside | None = None
        """Its extensions; None without any."""
        self._clock = clock
        self._entropy = entropy
        self._log = platform_log(spec, clock)
        self._loop = asyncio.get_running_loop()
        self.runtime: Process | None = None
        self.watch = Watch(spec, limits, clock.elapsed_s)
        """What it may use."""
        self.stopped: asyncio.Future[None] = self._loop.create_future()

        def emit(events: list[tuple[int, str]]) -> None:
            log_sink(LogLines(spec.log_group, log_stream, events, spec.account, spec.region))

        self._output = Output(clock, limits.log_line_bytes_max, emit)
        self._init = InitPhase(clock, self._log, self._output, log_stream, self.watch.memory_used_mb)
        try:
            self._endpoint = Endpoint(api)
        except OSError:
            self._output.close()
            raise

    @property
    def port(self) -> int:
        """Where the Runtime API is."""
        return self._endpoint.port

    @property
    def pid(self) -> int | None:
        """The number of its first process, which is its process group's."""
        return self.runtime.pid if self.runtime is not None else None

    def flush_log(self) -> None:
        """Give the log sink what was printed so far; else it gets that a moment later."""
        self._output.flush()

    @abstractmethod
    def settle(self) -> None:
        """The runtime or an extension has come to rest: when all have, the phase is over."""

    @abstractmethod
    def extension_failed(self, extension: Extension, error_type: str, reason: str) -> None:
        """An extension has ended, or says that it cannot go on."""

    @abstractmethod
    def _exited(self, status: int) -> None:
        """The runtime's process and its group are dead."""

    # Its beginning ---------------------------------------------------------------------------------------------

    async def start(
        self,
        launcher: Launcher,
        start: Start,
        programs: Sequence[Program],
        runtime_version: tuple[int, ...],
        phase: str,
        init_s_max: float,
    ) -> None:
        """Make the processes and wait until all of them ask for work. Raises InitFailure, LaunchFailed.

        ``phase`` is ``init``, or ``invoke`` when the first invocation has to pay for it.
        """
        self._init.phase = phase
        await self._endpoint.serve()
        self._require_alive()
        if phase == "init":
            self._output.platform(self._log.init_started(runtime_version))
        self._output.begin()
        self._init.began_s = self._clock.elapsed_s()
        if self.delay_s:
            await SANDBOX_CLOCK.sleep(self.delay_s)
            self._require_alive()
        try:
            # Who steps through a module takes the time that it takes.
            limit_s = None if self.spec.debug_port else init_s_max
            await asyncio.wait_for(self._start_processes(launcher, start, programs), limit_s)
        except TimeoutError:
            failure = InitFailure("Sandbox.Timedout")
            self._init.break_off(failure, "timeout")
            self._fail()
            raise failure from None

    async def _start_processes(self, launcher: Launcher, start: Start, programs: Sequence[Program]) -> None:
        """Extensions first; when they have registered, the runtime; until its init phase is over."""
        descriptor = self._output.write_fd
        assert descriptor is not None
        channel = await self._endpoint.channel()
        try:
            self._require_alive()
            if programs:
                self.beside = Beside(self, self.spec, self._entropy, [program.name for program in programs])
                await self.beside.start(launcher, programs, descriptor, self._init.ended)
            process = await launcher.spawn(start, [descriptor, channel.fileno()])
        finally:
            channel.close()
            self._output.hand_over()
        self._began(process)
        await asyncio.shield(self._init.ended)

    def require_going_on(self) -> None:
        if self._init.has_failed:
            self._init.ended.result()
        if self.life.state is State.STOPPED:
            raise LaunchFailed(TOO_SOON)

    def _require_alive(self) -> None:
        if self.life.state is State.STOPPED:
            self._close()
            raise LaunchFailed(TOO_SOON)

    def _began(self, process: Process) -> None:
        self.runtime = process
        self.watch.follow(process)
        leftovers.record(self.folder, process.pid)
        if self.life.state is State.STOPPED:
            process.on_exit = self._exited
            process.kill()
            return
        self.life.move(State.INITIALISING)
        process.on_exit = self._exited
        self.settle()  # The fork may have been quicker to ask for work than the launcher was to report it.
        if process.status is not None:
            self._exited(process.status)

    # Its end ---------------------------------------------------------------------------------------------------

    def _fail(self, why: str = "FAILURE") -> None:
        if self.life.state is not State.STOPPED:
            self.has_failed = True
        self.stop(why)

    def stop(self, why: str = "SPINDOWN") -> None:
        """End the sandbox: at once, or after extensions have been told why and had their time.

        ``stopped`` is done when nothing of it is left. Harmless when it has been stopped.
        """
        if self.life.state is not State.STOPPED:
            self.life.move(State.STOPPED)
            self.idle_since_ms = self._clock.now_ms()
            # The pool does not ask it for its lines from here on.
            self.flush_log()
            self.on_stopped()
            if self.beside is not None and self.shutdown_s:
                self.beside.shut_down(why)
        if self.beside is None or not self.beside.ending:
            self._kill()

    @property
    def is_over(self) -> bool:
        return self.life.state is State.STOPPED

    @property
    def shutdown_s(self) -> float:
        """How long its end may take, for the sake of its extensions."""
        return self.beside.api.shutdown_s if self.beside is not None else 0

    def close_if_dead(self) -> None:
        if self.is_over and not self._alive():
            self._close()

    def _kill(self) -> None:
        for process in self._alive():
            process.kill()
        self.close_if_dead()

    def _alive(self) -> list[Process]:
        processes = self.beside.processes() if self.beside is not None else []
        if self.runtime is not None:
            processes.append(self.runtime)
        return [process for process in processes if process.status is None]

    def _close(self) -> None:
        self._endpoint.close()
        if self.stopped.done():
            return
        self._init.fail(InitFailure("Runtime.ExitError", reason="signal: killed"))
        self._output.close()
        self.watch.close()
        self.stopped.set_result(None)
