"""What an environment may use while it works: memory, processes, and a /tmp on disk, watched from outside."""

from collections.abc import Callable
from pathlib import Path

from stratolite.engine.disk import DiskMeter
from stratolite.engine.launch.process import Process
from stratolite.engine.memory import MemoryMeter
from stratolite.engine.model import FunctionSpec, Limits


class Watch:
    """Kills a process that uses more than it may; ``reason`` says why, as AWS calls it."""

    def __init__(self, spec: FunctionSpec, limits: Limits, elapsed_s: Callable[[], float]) -> None:
        self._spec = spec
        self._limits = limits
        self._elapsed_s = elapsed_s
        self._process: Process | None = None
        self._memory: MemoryMeter | None = None
        self._disk: DiskMeter | None = None
        self.reason = ""
        """Why the process was killed; empty when it was not, by us."""

    def follow(self, process: Process) -> None:
        """From here on, look at this process."""
        self._process = process
        self._memory = MemoryMeter(process.pid, self._limits.memory_poll_s, self._limits.processes_max)

    def measure(self, tmp: Path) -> None:
        """Hold the limit of /tmp, too, which is this folder on disk."""
        self._disk = DiskMeter(tmp, self._spec.tmp_mb, lambda: self._kill("Runtime.ExitError"))

    def look(self) -> None:
        """See whether everything is within its limits."""
        if self._memory is None:
            return
        now_s = self._elapsed_s()
        if self._memory.look(now_s) > self._spec.memory_mb * 1024 * 1024:
            self._kill("Runtime.OutOfMemory")
        elif self._memory.process_count > self._limits.processes_max:
            self._kill("Runtime.ExitError")
        if self._disk is not None:
            self._disk.look(now_s)

    def memory_used_mb(self) -> int:
        """The most that was used, as a report shows it."""
        memory, allowed_mb = self._memory, self._spec.memory_mb
        used_mb = 0 if memory is None else memory.used_mb(self._elapsed_s())
        return used_mb if used_mb < allowed_mb else allowed_mb

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()

    def _kill(self, reason: str) -> None:
        self.reason = reason
        if self._process is not None:
            self._process.kill()
