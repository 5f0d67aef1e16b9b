"""The steps of ``up`` until it is ready, with the time that each took.

On a terminal one line says what is going on and is overwritten; what is over stands as a line of its own. Elsewhere
there are only the lines that stay. All of it goes to standard error. A redeployment has no lines, unless somebody tells
of something that takes a while.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from stratolite.cli import terminal
from stratolite.core.clock import Clock

DONE_WIDTH = 9
"""As wide as the names of what was found (``greeting``), which stand above."""


class Steps:
    """``is_quiet``: whether steps that are over leave no line."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        self._is_quiet = is_quiet
        self._line: terminal.Progress | None = None
        self._doing = ""
        self._held: list[str] = []
        self._has_greeted = is_quiet

    @contextmanager
    def step(self, doing: str, done: str, detail: str = "") -> Iterator[None]:
        """Something that is going on: ``compiling``, and ``compiled`` when it is over. ``detail`` stands behind it."""
        started_s = Clock.elapsed_s()
        self._doing, self._line = doing, terminal.Progress(doing)
        try:
            yield
        finally:
            self._line.done()
            self._line = None
        if not self._is_quiet:
            took_s = Clock.elapsed_s() - started_s
            self._held.append(f"  {done.ljust(DONE_WIDTH)}  {took_s:.2f} s  {detail}".rstrip())

    def greet(self, show: Callable[[], None]) -> None:
        """Say what is said first, and once, whoever comes to it: ``show`` writes to standard output."""
        if self._has_greeted:
            return
        self._has_greeted = True
        if self._line is not None:
            self._line.done()
        show()
        if self._line is not None:
            self._line = terminal.Progress(self._doing)

    def flush(self) -> None:
        """Show the lines of the steps that are over, once there is something that they can stand below."""
        for text in self._held:
            terminal.say(click.style(text, dim=True), to_errors=True)
        self._held.clear()

    def tell(self, text: str) -> None:
        """A line that stays: of something that takes a while, before it begins."""
        if self._line is None:
            terminal.note(text)
        else:
            self._line.above(terminal.noted(text))

    def show(self, text: str) -> None:
        """What is going on at the moment; empty when nothing does any more."""
        if self._line is not None:
            self._line.tell(text)
