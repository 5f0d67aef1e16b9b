"""What the user is told that stops nothing, as a value: what, where, what to do about it, and of which kind it is.

``errors.UserError`` is its counterpart that stops. Whoever shows a warning decides by its kind, and by no word of it.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from stratolite.core.errors import UserError

About = Literal["dependencies", "events", "functions", "interpreters", "plugins", "resources", "settings", "variables"]
"""What a warning concerns, by the words of ``stratolite doctor``."""


class Kind(Enum):
    """Of which kind a warning is. The values are the words of ``doctor --json``."""

    ABSENT = "absent"
    """Something is not on this machine that the application asks for: a stand-in is taken, or nothing."""
    LEFT_OUT = "left out"
    """A part of the application is not made, or not run."""
    NO_EFFECT = "no effect"
    """A setting changes nothing here."""
    REFUSED_BY_AWS = "refused by AWS"
    """It works here, and AWS would not take it, or would fail with it."""
    MISTAKE = "mistake"
    """Probably something else is meant than what is written."""
    NOTE = "note"
    """It is done otherwise than one might think, or as the user has asked."""

    @property
    def is_lack(self) -> bool:
        """Whether the application runs without something that it asks for: ``up --strict`` refuses that."""
        return self in (Kind.ABSENT, Kind.LEFT_OUT)


@dataclass(frozen=True, slots=True)
class Warning:
    """One warning. ``where`` is ``file:line:column``, a file, a folder or empty, ``todo`` one sentence or empty."""

    what: str
    where: str = ""
    kind: Kind = Kind.NOTE
    about: About = "settings"
    todo: str = ""

    def __str__(self) -> str:
        shown = f"{self.where}: {self.what}" if self.where else self.what
        return f"{shown}. {self.todo}" if self.todo else shown

    @property
    def error(self) -> UserError:
        """The same as what stops."""
        return UserError(self.what, where=self.where, todo=self.todo)

    def as_json(self) -> dict[str, Any]:
        return {
            "about": self.about,
            "kind": self.kind.value,
            "what": self.what,
            "where": self.where,
            "todo": self.todo,
        }


def without(error: UserError, consequence: str, kind: Kind, about: About) -> Warning:
    """What would be an error where the rest could not do without: ``consequence`` says what becomes of it."""
    return Warning(f"{error.what}: {consequence}", error.where, kind, about, error.todo)
