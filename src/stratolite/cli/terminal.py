"""How commands speak to people: colour on a terminal alone, errors and progress on standard error."""

import json
import re
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import click

from stratolite.core.warning import Warning

if TYPE_CHECKING:
    from rich.status import Status

NAME_WIDTH_MAX = 28
PLATFORM = ("INIT_START ", "START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
"""How lines begin that Lambda writes about an invocation; they stand back behind the function's own."""
LISTED_MAX = 6
_LIST = re.compile(r"\[([^\[\]]{100,})\]")
_TECHNICAL = "\tRuntime Version ARN"
_DIM, _END = click.style("|", dim=True).split("|")
_HUES = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")


def say(text: str = "", *, to_errors: bool = False) -> None:
    """A line on standard output, or on standard error, as it is."""
    click.echo(text, err=to_errors)


def note(text: str) -> None:
    """Something that the user should know, on standard error."""
    click.echo(noted(text), err=True)


def hint(text: str) -> None:
    """What may explain a call that failed, on standard error."""
    click.echo(f"{click.style('hint:', fg='cyan')} {text}", err=True)


def noted(text: str) -> str:
    """A note as it is shown."""
    return f"{click.style('note:', fg='cyan')} {text}"


def warn(warning: Warning) -> None:
    """Something that the user may have to change, on standard error."""
    click.echo(f"{click.style('warning:', fg='yellow')} {shortened(str(warning))}", err=True)


def warn_all(warnings: Sequence[Warning]) -> None:
    """Several of those as one block."""
    if len(warnings) == 1:
        warn(warnings[0])
        return
    if warnings:
        click.echo(click.style(f"{len(warnings)} warnings:", fg="yellow"), err=True)
    for warning in warnings:
        first, *rest = shortened(str(warning)).split("\n")
        click.echo("\n".join([f"  - {first}", *(f"    {line}" for line in rest)]), err=True)


def shortened(text: str) -> str:
    """A text whose lists in brackets are no longer than a line."""
    return _LIST.sub(_first_ones, text)


def _first_ones(found: re.Match[str]) -> str:
    items = found[1].split(", ")
    if len(items) <= LISTED_MAX:
        return found[0]
    return f"[{', '.join(items[:LISTED_MAX])} and {len(items) - LISTED_MAX} more]"


def complain(text: str) -> None:
    """What went wrong, on standard error."""
    click.echo(f"{click.style('error:', fg='red', bold=True)} {text}", err=True)


def heading(text: str) -> None:
    say(click.style(text, bold=True))


def columns(rows: Sequence[Sequence[str]], *, indent: int = 2) -> None:
    """Rows whose columns line up; the last column may be of any length.

    A row that is wider than the terminal by itself pushes the others no further.
    """
    if not rows:
        return
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    fitting = [row for row in rows if indent + sum(len(cell) + 2 for cell in row) - 2 <= room] or rows
    widths = [max(len(row[place]) for row in fitting) for place in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        say(" " * indent + "  ".join([*cells, row[-1]]).rstrip())


def log_line(name: str, timestamp_ms: int, message: str) -> None:
    """A line of a function's log, in a hue of the function's own."""
    log_lines([(name, timestamp_ms, message)])


def log_lines(lines: Sequence[tuple[str, int, str]]) -> None:
    """Lines of functions' logs, written at once: name, milliseconds, message."""
    shown: list[str] = []
    dim, undim = (_DIM, _END) if sys.stdout.isatty() else ("", "")
    last, head = ("", 0), ""
    for name, timestamp_ms, message in lines:
        if (name, timestamp_ms) != last:
            last = (name, timestamp_ms)
            seconds, milliseconds = divmod(timestamp_ms, 1000)
            named = _named(name) if dim else name[:NAME_WIDTH_MAX]
            head = f"{dim}{_clock(seconds)}.{milliseconds:03d}{undim} {named}  "
        text = message.rstrip()
        for line in text.split("\n") if "\n" in text else (text,):
            if line.startswith(PLATFORM):
                line = f"{dim}{line.partition(_TECHNICAL)[0]}{undim}"
            shown.append(head + line)
    say("\n".join(shown))


@lru_cache(maxsize=16)
def _clock(seconds: int) -> str:
    return datetime.fromtimestamp(seconds).strftime("%H:%M:%S")


@lru_cache(maxsize=256)
def _named(name: str) -> str:
    return click.style(name[:NAME_WIDTH_MAX], fg=_HUES[sum(name.encode()) % len(_HUES)])


def log_json(name: str, timestamp_ms: int, message: str) -> None:
    """A line of a function's log, for scripts."""
    say(json.dumps({"function": name, "timestamp": timestamp_ms, "message": message.rstrip("\n")}))


class Progress:
    """A spinning line that says what is going on, on standard error; nothing where that is no terminal.

    rich is imported when there is one to show (about 50 ms).
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._status: Status | None = None
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status(what)
            self._status.start()

    def tell(self, detail: str) -> None:
        """The present step."""
        if self._status is not None:
            from rich.markup import escape

            self._status.update(f"{self._what} [dim]{escape(detail)}[/dim]")

    def above(self, text: str) -> None:
        """A line that stays, above the one that says what is going on."""
        if self._status is None:
            say(text, to_errors=True)
            return
        from rich.text import Text

        self._status.console.print(Text.from_ansi(text), soft_wrap=True)

    def done(self) -> None:
        """Clear the line."""
        if self._status is not None:
            self._status.stop()
