"""What runs beside a runtime: the processes of an environment's extensions, from their start to the shutdown phase.

The books of the Extensions API are ``extensions.py``'s; here are the processes, and the order in which all of an
environment's processes begin and end. An environment without extensions has nothing of this.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from stratolite.core.clock import RealClock
from stratolite.core.entropy import Entropy
from stratolite.engine.extensions import RUNTIME_SHARE, Extension, Extensions, Program
from stratolite.engine.launch.process import Process, exit_reason
from stratolite.engine.launch.zygote import Launcher
from stratolite.engine.model import FunctionSpec

UNSTARTABLE = (126, 127)
"""Exit statuses of a program that cannot be executed, or is not there."""
WALL_CLOCK = RealClock()


class Owner(Protocol):
    """What an environment is to its extensions."""

    @property
    def is_over(self) -> bool:
        """Whether it has been stopped."""

    @property
    def runtime(self) -> Process | None:
        """The runtime's process, once there is one."""

    def settle(self) -> None:
        """An extension has come to rest."""

    def extension_failed(self, extension: Extension, error_type: str, reason: str) -> None:
        """An extension has ended, or says that it cannot go on: neither can the environment."""

    def close_if_dead(self) -> None:
        """A process has ended."""

    def require_going_on(self) -> None:
        """Raises InitFailure, LaunchFailed."""


class Beside:
    """The extensions of one environment, and their processes."""

    def __init__(self, owner: Owner, spec: FunctionSpec, entropy: Entropy, names: Sequence[str]) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._registered: asyncio.Future[None] = self._loop.create_future()
        self._ends_ms = 0
        self.api = Extensions(spec, entropy, names, self._changed, self._failed)
        self.ending = ""
        """Why the shutdown phase has begun; empty before it has."""

    async def start(
        self, launcher: Launcher, programs: Sequence[Program], descriptor: int, init: "asyncio.Future[None]"
    ) -> None:
        """Start every program and wait until all have registered, or the init phase is over.

        ``descriptor``: the log's pipe. Raises InitFailure, LaunchFailed.
        """
        for extension, program in zip(list(self.api.all), programs, strict=True):
            process = extension.process = await launcher.spawn(program.start, [descriptor])
            process.on_exit = partial(self._exited, extension)
            if process.status is not None:
                self._exited(extension, process.status)
            self._owner.require_going_on()
        await asyncio.wait({self._registered, init}, return_when=asyncio.FIRST_COMPLETED)
        self._owner.require_going_on()

    def processes(self) -> list[Process]:
        """All that were started, ended ones included."""
        return [one.process for one in self.api.all if one.process is not None]

    def _changed(self) -> None:
        if self.api.are_registered and not self._registered.done():
            self._registered.set_result(None)
        self._owner.settle()

    def _failed(self, extension: Extension, error_type: str) -> None:
        self._owner.extension_failed(extension, error_type, "")

    def _exited(self, extension: Extension, status: int) -> None:
        if not self._owner.is_over:
            is_unstartable = extension.state == "Started" and status >> 8 in UNSTARTABLE
            extension.state = "LaunchError" if is_unstartable else "Crash"
            self._owner.extension_failed(extension, f"Extension.{extension.state}", exit_reason(status))
        self._owner.close_if_dead()

    # The shutdown phase ----------------------------------------------------------------------------------------

    def shut_down(self, why: str) -> None:
        """The runtime is asked to end, then the extensions are; who has not in time is killed.

        ``why``: ``SPINDOWN``, ``TIMEOUT`` or ``FAILURE``; a runtime that has failed is not asked.
        """
        self.ending = why
        limit_s = self.api.shutdown_s
        self._ends_ms = WALL_CLOCK.now_ms() + round(limit_s * 1000)
        self._loop.call_later(limit_s, self._kill)
        runtime = self._owner.runtime
        if runtime is None or runtime.status is not None:
            self.tell()
            return
        if why == "SPINDOWN":
            runtime.terminate()
        else:
            runtime.kill()
        self._loop.call_later(limit_s * RUNTIME_SHARE, self.tell)

    def tell(self) -> None:
        """The runtime has ended, or has had its time: it is the extensions' turn. Harmless when they were told."""
        if not self.api.is_shutting_down:
            if self._owner.runtime is not None:
                self._owner.runtime.kill()
            self.api.shut_down(self.ending, self._ends_ms)

    def _kill(self) -> None:
        for process in self.processes():
            process.kill()
        if self._owner.runtime is not None:
            self._owner.runtime.kill()
        self._owner.close_if_dead()
