"""How commands speak to people: colour on a terminal alone, errors and progress on standard error.

rich is imported when something is first shown in colour or in columns (about 50 ms).
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

NAME_WIDTH_MAX = 28
_HUES = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")


@cache
def console() -> "Console":
    """Standard output."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def say(text: str = "") -> None:
    """A line on standard output, as it is."""
    click.echo(text)


def note(text: str) -> None:
    """Something that the user should know, on standard error."""
    click.echo(f"{click.style('note:', fg='cyan')} {text}", err=True)


def warn(text: str) -> None:
    """Something that the user may have to change, on standard error."""
    click.echo(f"{click.style('warning:', fg='yellow')} {text}", err=True)


def complain(text: str) -> None:
    """What went wrong, on standard error."""
    click.echo(f"{click.style('error:', fg='red', bold=True)} {text}", err=True)


def heading(text: str) -> None:
    say(click.style(text, bold=True))


def columns(rows: Sequence[Sequence[str]], *, indent: int = 2) -> None:
    """Rows whose columns line up; the last column may be of any length."""
    if not rows:
        return
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        say(" " * indent + "  ".join([*cells, row[-1]]).rstrip())


def log_line(name: str, timestamp_ms: int, message: str) -> None:
    """A line of a function's log, in a hue of the function's own."""
    moment = datetime.fromtimestamp(timestamp_ms / 1000).strftime("%H:%M:%S.%f")[:-3]
    hue = _HUES[sum(name.encode()) % len(_HUES)]
    for line in message.rstrip("\n").split("\n"):
        say(f"{click.style(moment, dim=True)} {click.style(name[:NAME_WIDTH_MAX], fg=hue)}  {line}")


class Progress:
    """A line that says what is going on, while it takes over a second; nothing where there is no terminal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._is_shown = sys.stderr.isatty()

    def tell(self, detail: str) -> None:
        """The present step."""
        if self._is_shown:
            width = click.get_terminal_size()[0] if hasattr(click, "get_terminal_size") else 100
            click.echo(f"\r\x1b[K{click.style(self._what, dim=True)} {detail}"[: width + 20], nl=False, err=True)

    def done(self) -> None:
        """Clear the line."""
        if self._is_shown:
            click.echo("\r\x1b[K", nl=False, err=True)
