"""The course of an operation as people see it: one line a resource on a terminal, plain lines elsewhere.

Everything goes to standard error, so that standard output is the result's.
"""

import sys

import click

from stratolite.cli import terminal
from stratolite.core.clock import Clock
from stratolite.core.listing import listed
from stratolite.targets.local import Progress

SHOWN_MAX = 3
"""How many resources that are under way are named."""
STEP_BYTES = 5 * 1024 * 1024
"""How often an upload is told where there is no terminal."""


class Course:
    """Tells one operation. ``close`` when it has ended."""

    def __init__(self, what: str) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._line = terminal.Progress(what)
        self._begun_s: dict[str, float] = {}
        self._started_s = Clock.elapsed_s()
        self._told_bytes = 0

    def tell(self, progress: Progress) -> None:
        """An event of a resource."""
        now_s, name = Clock.elapsed_s(), progress.resource
        if progress.status.endswith("_IN_PROGRESS"):
            self._begun_s.setdefault(name, now_s)
        if not self._is_terminal:
            reason = f"  {progress.reason}" if progress.status.endswith("_FAILED") and progress.reason else ""
            elapsed_s = now_s - self._started_s
            terminal.say(f"{elapsed_s:7.1f} s  {progress.status}  {progress.kind}  {name}{reason}", to_errors=True)
            return
        if progress.status.endswith("_IN_PROGRESS"):
            self._show()
            return
        took_s = now_s - self._begun_s.pop(name, now_s)
        failed = progress.status.endswith("_FAILED")
        status = click.style(progress.status, fg="red" if failed else "green")
        reason = f"\n    {progress.reason}" if failed and progress.reason else ""
        self._line.above(f"  {status}  {name}  {progress.kind}  {took_s:.1f} s{reason}")
        self._show()

    def sent(self, name: str, done: int, size: int) -> None:
        """Bytes of an artefact that is being sent."""
        if self._is_terminal:
            self._line.tell(f"{name} {megabytes(done)} of {megabytes(size)}")
        if done >= size:
            self._line.above(f"  sent {name}, {megabytes(size)}")
            self._told_bytes = 0
        elif not self._is_terminal and done - self._told_bytes >= STEP_BYTES:
            self._told_bytes = done
            terminal.say(f"  sending {name}, {megabytes(done)} of {megabytes(size)}", to_errors=True)

    def close(self) -> None:
        """Clear the line."""
        self._line.done()

    def _show(self) -> None:
        self._line.tell(listed(list(self._begun_s), SHOWN_MAX))


def megabytes(size: int) -> str:
    """``1.2 MB``, or kilobytes for little."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
