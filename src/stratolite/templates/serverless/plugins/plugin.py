"""What is known of one plugin."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What becomes of a plugin that a file names. The values are the words of the documentation."""

    NATIVE = "native"
    """What it does is done here."""
    NEEDLESS = "needs nothing"
    """On one machine there is nothing to do, or what it does happens anyway."""
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
