"""Runs one command in sight of the user: what runs and for how long, its last lines when it fails.

A command runs in a process group of its own, which is ended as a whole: when the command is over, when it takes longer
than INSTALL_S_MAX, and when the user leaves (``stop``, from any thread). Nothing that it started goes on after that.
"""

import fcntl
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stratolite.core.clock import Clock
from stratolite.core.errors import UserError

if TYPE_CHECKING:
    import asyncio

INSTALL_S_MAX = 1_800
STEP_S = 0.5
"""How often is shown how long a command runs."""
GRACE_S = 5
"""How long a command that is stopped has to end by itself."""
LINES_KEPT = 400
LINE_CHARACTERS_MAX = 2_000
SHOWN_LINES_MAX = 15
INTERRUPTED = 130

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_STILL = re.compile(r"still running\.\.\.")
_NOISE = re.compile(r"^(npm (ERR!|error)\s*)?(A complete log of this run.*|.*_logs/.*debug.*\.log|)$")


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended: what it is called, its exit code, what it said (both outputs), the seconds that it took."""

    command: tuple[str, ...]
    shown: str
    code: int
    lines: tuple[str, ...]
    took_s: float

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def failed(self, where: Path, todo: str = "") -> UserError:
        """What to tell of a failure: the command, where, its exit code and its last lines."""
        lines = [line for line in self.lines if not _NOISE.match(line)] or ["(it says nothing)"]
        shown = "\n".join(f"    {line}" for line in lines[-SHOWN_LINES_MAX:])
        what = f"{self.shown} failed with exit code {self.code}:\n{shown}"
        return UserError(what, where=str(where), todo=todo)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a command may say nothing after a line that fits; ``said`` is what it is taken to have said then."""

    line: re.Pattern[str]
    seconds: float
    said: Callable[[Sequence[str]], str]


class Runner:
    """``tell`` hears lines that stay, ``show`` what goes on at the moment (empty when nothing does any more).

    ``environment`` is the process's, handed in.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        tell: Callable[[str], None] = lambda text: None,
        show: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.environment = environment
        self.tell = tell
        self._show = show
        self._stopping = threading.Event()

    def through(self, tell: Callable[[str], None], show: Callable[[str], None]) -> "Runner":
        """The same, heard by others; whoever stops the one stops the other."""
        other = Runner(self.environment, tell, show)
        other._stopping = self._stopping
        return other

    @contextmanager
    def ended_by(self, leaving: "asyncio.Event") -> Iterator["Runner"]:
        """Stop as soon as an event of the running loop is set, and at the end of the block."""
        import asyncio

        async def follow() -> None:
            await leaving.wait()
            self.stop()

        following = asyncio.get_running_loop().create_task(follow())
        try:
            yield self
        finally:
            following.cancel()
            self.stop()

    def stop(self) -> None:
        """End what runs, and run nothing more."""
        self._stopping.set()

    @contextmanager
    def alone(self, folder: Path) -> Iterator[None]:
        """Nobody else installs in a folder meanwhile; whoever is first is waited for. The lock goes with the process.

        Raises UserError when the user leaves.
        """
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            is_told = False
            while not _locked(descriptor):
                if not is_told:
                    self.tell(f"another process installs in {folder}: waiting for it ...")
                    is_told = True
                if self._stopping.wait(STEP_S):
                    raise _interrupted("the installation")
            yield
        finally:
            os.close(descriptor)

    def find(self, program: str) -> str | None:
        """Where a program is, on the PATH of the environment."""
        return shutil.which(program, path=self.environment.get("PATH"))

    def run(
        self,
        command: Sequence[str],
        folder: Path,
        more: Mapping[str, str] | None = None,
        *,
        shown: str = "",
        patience: Patience | None = None,
    ) -> Ran:
        """Run a command, with ``more`` in its environment; ``shown`` is what people are told that runs.

        Where ``patience`` ends, the command has failed.

        Raises UserError when it cannot be started, takes too long, or the user leaves.
        """
        shown = shown or shlex.join(command)
        if self._stopping.is_set():
            raise _interrupted(shown)
        started_s = Clock.elapsed_s()
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**self.environment, "NO_COLOR": "1", **(more or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise UserError(f"{command[0]} cannot be run: {error.strerror}", where=str(folder)) from error
        lines: deque[str] = deque(maxlen=LINES_KEPT)
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        try:
            self._wait(process, shown, started_s, lines, patience)
        finally:
            _end(process)
            reader.join(GRACE_S)
            self._show("")
        return Ran(tuple(command), shown, process.returncode, tuple(lines), Clock.elapsed_s() - started_s)

    def _wait(
        self,
        process: "subprocess.Popen[str]",
        shown: str,
        started_s: float,
        lines: deque[str],
        patience: Patience | None,
    ) -> None:
        before, since_s = "", started_s
        while True:
            try:
                process.wait(STEP_S)
                return
            except subprocess.TimeoutExpired:
                now_s = Clock.elapsed_s()
            if self._stopping.is_set():
                raise _interrupted(shown)
            if now_s - started_s > INSTALL_S_MAX:
                raise UserError(f"{shown} did not end within {INSTALL_S_MAX} s", where=str(process.args))
            heard = [line for line in list(lines) if not _STILL.search(line)]
            last = heard[-1] if heard else ""
            if last != before:
                before, since_s = last, now_s
            elif patience is not None and now_s - since_s > patience.seconds and patience.line.search(last):
                _end(process)
                lines.append(patience.said(heard))
                return
            self._show(f"{shown} · {now_s - started_s:.0f} s{f' · {last[:60]}' if last else ''}")


def _locked(descriptor: int) -> bool:
    """Whether a folder is locked by us; where locks are not to be had, nobody is waited for."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _read(process: "subprocess.Popen[str]", lines: deque[str]) -> None:
    assert process.stdout is not None
    with process.stdout, suppress(ValueError):
        for line in process.stdout:
            text = _COLOUR.sub("", line).rstrip()[:LINE_CHARACTERS_MAX]
            if text:
                lines.append(text)


def _end(process: "subprocess.Popen[str]") -> None:
    """End a command and all that it started."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: "subprocess.Popen[str]", sign: signal.Signals) -> None:
    # The group outlives its first process for as long as anybody else is in it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, sign)


def _interrupted(shown: str) -> UserError:
    return UserError(f"{shown} was interrupted", todo="The next 'stratolite up' begins it anew.", exit_code=INTERRUPTED)
