"""Variables resolved over a whole file."""

from dataclasses import dataclass
from pathlib import Path

from stratolite.templates.document import Map
from stratolite.templates.serverless.model import Options


@dataclass(frozen=True)
class Resolved:
    """A configuration without variables. ``document`` keeps the position of everything.

    ``stage`` and ``region`` are the effective ones; ``sources`` every file that was read, for watching.
    """

    document: Map
    file: Path
    folder: Path
    stage: str
    region: str
    warnings: tuple[str, ...]
    sources: tuple[Path, ...]


def resolve(file: Path, options: Options) -> Resolved:
    """The file with all its variables resolved. Raises UserError with file, line and column of all that cannot be."""
    raise NotImplementedError
