"""What is known of one plugin."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What becomes of a plugin that a file names. The values are the words of the documentation."""

    NATIVE = "native"
    """What it does is done here."""
    NEEDLESS = "needs nothing"
    """On one machine there is nothing to do, or what it does happens anyway."""
    LEFT_OUT = "left out"
    """What it does is not done, and the rest runs without it: that is told each time."""
    REFUSED = "refused"
    """What it makes is a part of the application, and nobody makes it here."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """One row of the table.

    ``names`` are its packages: the first is the usual one, the others are forks that do the same. ``why`` says what is
    done here, or why nothing is; ``lacks`` what a deployment to AWS by Stratolite lacks, empty where it lacks nothing.
    ``settings`` are those that it adds to the schema, as paths: ``functions.*.warmup``,
    ``functions.*.events.*.http.documentation``. What lies below ``custom`` has no schema.
    """

    names: tuple[str, ...]
    kind: Kind
    why: str
    lacks: str = ""
    settings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The usual one."""
        return self.names[0]


def native(names: str, why: str, lacks: str = "", settings: str = "") -> Plugin:
    """A row of one that is done here; names and settings are parted by blanks."""
    return Plugin(tuple(names.split()), Kind.NATIVE, why, lacks, tuple(settings.split()))


def needless(names: str, why: str, lacks: str = "", settings: str = "") -> Plugin:
    """A row of one that has nothing to do here."""
    return Plugin(tuple(names.split()), Kind.NEEDLESS, why, lacks, tuple(settings.split()))


def left_out(names: str, lacks: str, settings: str = "") -> Plugin:
    """A row of one whose work is not done, here as on AWS."""
    return Plugin(tuple(names.split()), Kind.LEFT_OUT, lacks, lacks, tuple(settings.split()))


def refused(names: str, lacks: str, settings: str = "") -> Plugin:
    """A row of one whose parts of an application are not made."""
    return Plugin(tuple(names.split()), Kind.REFUSED, lacks, lacks, tuple(settings.split()))
