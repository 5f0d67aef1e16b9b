"""A sandboxed process as the server knows it: its number, its end, and how that end is told."""

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Start:
    """What the first process of an environment is made from."""

    folder: str
    """Its working directory."""
    environment: dict[str, str]
    argv: list[str] = field(default_factory=list)
    """What to exec; empty to fork the zygote's Python runtime."""
    path: list[str] = field(default_factory=list)
    """Module search path of a forked Python runtime, ahead of the standard library."""
    bytecode: bool = False
    """Whether compiled modules may be kept: only of code that cannot change."""
    pycache: str = ""
    """Where a forked Python runtime keeps them."""
    mounts: Mapping[str, str | int] = field(default_factory=dict)
    """What is put into the sandbox's own view of the file system (``isolation.confine``), where it has one."""


class Process:
    """A running process. ``on_exit`` is called once, with the wait status, after its whole group is dead."""

    def __init__(self, pid: int, kill: Callable[[int, int], None]) -> None:
        self.pid = pid
        self.status: int | None = None
        self.on_exit: Callable[[int], None] | None = None
        self._kill = kill

    def kill(self) -> None:
        """Kill the process and its group, now. The end is reported by ``on_exit``."""
        if self.status is None:
            self._kill(self.pid, signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the process to end."""
        if self.status is None:
            self._kill(self.pid, signal.SIGTERM)

    def exited(self, status: int) -> None:
        """Called by the launcher."""
        self.status = status
        if self.on_exit is not None:
            self.on_exit(status)


def exit_reason(status: int) -> str:
    """``exit status 1``, ``signal: killed``, or nothing for a clean exit: AWS's words for a wait status."""
    if os.WIFSIGNALED(status):
        name = signal.strsignal(os.WTERMSIG(status)) or f"signal {os.WTERMSIG(status)}"
        return f"signal: {name.lower()}"
    code = os.waitstatus_to_exitcode(status)
    return f"exit status {code}" if code else ""
