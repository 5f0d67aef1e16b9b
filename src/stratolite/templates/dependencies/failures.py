"""Why a package manager of Node failed, as a value: read from its codes, where it has codes, and told by nothing else.

npm has lines of keys and values (``npm error code ERESOLVE``, ``npm error path /app/node_modules/dep``), whose code is
a number where a script failed; pnpm says ``ERR_PNPM_...``, yarn 2 and later ``YN0028``. Their structured outputs say no
more: ``npm --json`` gives the code without the package whose script it was, npm 7 among other lines, and none of them
leaves anything for people to read while it runs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

_FIELD = re.compile(r"^npm (?:error|ERR!) (code|path) (.+)$", re.MULTILINE)
_OUT_OF_SYNC = "in sync"
"""npm 6 has no code for it."""


class Reason(Enum):
    """What stands in the way, as far as another command may help."""

    PEERS = auto()
    """Peer dependencies contradict each other."""
    APART = auto()
    """``package.json`` and the lock do not agree."""
    SCRIPT = auto()
    """A script of a package, or of the project's own."""
    UNAVAILABLE = auto()
    """The package manager itself cannot be had."""
    VERSION = auto()
    """The lock is of another version of the package manager."""
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Failure:
    """``package`` is the folder of the one whose script failed; empty where it is not said."""

    reason: Reason
    package: str = ""

    @property
    def name(self) -> str:
        """What that package is called."""
        return self.package.rpartition("node_modules/")[2] or "a package"


def failure(command: Sequence[str], said: str) -> Failure:
    """Why a command failed that said this."""
    fields = {name: value.strip() for name, value in reversed(_FIELD.findall(said))}
    code = fields.get("code", "")
    if command[0] == "npm":
        if code == "ERESOLVE":
            return Failure(Reason.PEERS)
        if code == "EUSAGE" or _OUT_OF_SYNC in said:
            return Failure(Reason.APART)
    elif command[0] == "npx" and ("npm error" in said or "npm ERR!" in said):
        return Failure(Reason.UNAVAILABLE)
    # A git that fails has a number as well, and no place.
    if (code.isdigit() and "path" in fields) or code == "ELIFECYCLE":
        return Failure(Reason.SCRIPT, fields.get("path", ""))
    return Failure(
        next((reason for signs, reason in _SIGNS.items() if any(sign in said for sign in signs)), Reason.OTHER)
    )


_SIGNS = {
    ("LOCKFILE_BREAKING", "BAD_PM_VERSION"): Reason.VERSION,
    ("OUTDATED_LOCKFILE", "YN0028", "lockfile had changes"): Reason.APART,
    ("ELIFECYCLE", ": Command failed."): Reason.SCRIPT,
}
"""Of pnpm, yarn and bun, in this order: their codes, and words where yarn 1 and bun have none."""
