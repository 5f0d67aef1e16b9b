"""Warnings at places of a file: how passes and plugins tell of what stops nothing."""

from typing import Protocol

from stratolite.core.warning import About, Kind, Warning
from stratolite.templates.document import Mark


class Warn(Protocol):
    """Hears of a warning: what it says, where that is written, of which kind it is."""

    def __call__(
        self, what: str, at: Mark | None = None, kind: Kind = Kind.NOTE, *, about: About = "settings", todo: str = ""
    ) -> None: ...


def warned(
    what: str, at: Mark | None = None, kind: Kind = Kind.NOTE, *, about: About = "settings", todo: str = ""
) -> Warning:
    """A warning at a place; a mark of no file is none."""
    return Warning(what, str(at) if at is not None and at.file else "", kind, about, todo)
