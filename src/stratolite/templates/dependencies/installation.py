"""What is missing, and what would be run to have it: data that tells, and does nothing."""

import shlex
from dataclasses import dataclass
from pathlib import Path

NAMES_SHOWN_MAX = 4


@dataclass(frozen=True, slots=True)
class Installation:
    """One command that installs what is missing.

    ``kind`` is the tool (``npm``, ``yarn``, ``pnpm``, ``bun``, ``pip``, ``uv``), ``folder`` where it runs, ``command``
    what people would type, ``reason`` one phrase (``express and axios are not installed``), ``lock`` the file that
    says which versions, None where there is none.
    """

    kind: str
    folder: Path
    command: tuple[str, ...]
    reason: str
    lock: Path | None = None

    @property
    def shown(self) -> str:
        """The command as one types it."""
        return shlex.join(self.command)


def listed(names: list[str]) -> str:
    """``a, b and 3 more``: few enough to be read."""
    shown, rest = names[:NAMES_SHOWN_MAX], len(names) - NAMES_SHOWN_MAX
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else ""
