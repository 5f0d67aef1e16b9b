"""Running a project's build tool: a bounded time, its output kept, its complaints told to the user."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from stratolite.core.errors import UserError
from stratolite.templates.artefacts import Entry
from stratolite.templates.serverless.handlers import node_module

BUILD_S_MAX = 120
SHOWN_LINES_MAX = 12
SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
TYPED = (".ts", ".tsx", ".mts", ".cts")


class Builder(Protocol):
    """Builds the Node handlers of one service."""

    is_whole: bool
    """Whether what it makes is all that a function needs, so that other files are packaged only when asked for."""

    def source(self, handler: str) -> Path | None:
        """The file that a handler is built from; None for one that is packaged as it is written."""

    def entries(self, handlers: Sequence[str]) -> Sequence[Entry]:
        """The files that were made for handlers. Raises UserError with what the tool says."""


def source_of(folder: Path, handler: str, suffixes: Sequence[str]) -> Path | None:
    """The file of a handler, by whichever of the suffixes it is there."""
    module = node_module(handler)
    files = [folder / f"{module}{suffix}" for suffix in suffixes] if module else []
    return next((file for file in files if file.is_file()), None)


def run(name: str, command: Sequence[str], folder: Path, told: str | None = None, *, is_patient: bool = False) -> str:
    """Run a tool in the project's folder; its standard output. Raises UserError with the first lines it says.

    ``told`` is its standard input. ``is_patient``: whoever calls reads the output of a failure too.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            input=told if told is not None else "",
            timeout=BUILD_S_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{name} did not build the handlers within {BUILD_S_MAX} s", where=str(folder)) from error
    except OSError as error:
        raise UserError(f"{name} did not build the handlers: {error}", where=command[0]) from error
    if done.returncode and not is_patient:
        raise failed(name, folder, done.stderr.strip() or done.stdout.strip())
    return done.stdout


def failed(name: str, folder: Path, said: str) -> UserError:
    """What to tell of a build that failed."""
    shown = "\n".join(said.splitlines()[:SHOWN_LINES_MAX])
    return UserError(f"{name} did not build the handlers:\n{shown}", where=str(folder))
