"""A whole configuration, ready to be compiled: variables resolved, lists of parts merged, shape checked."""

from dataclasses import dataclass
from pathlib import Path

from stratolite.templates.document import Map
from stratolite.templates.serverless.model import Options


@dataclass(frozen=True)
class Resolved:
    """A configuration without variables. ``document`` keeps the position of everything.

    Values in it are of the types that the schema names (``timeout: "10"`` is a number, ``Action: s3:*`` a list), since
    the Serverless Framework compiles what its schema has coerced. ``functions`` and ``resources`` are maps, even where
    the file writes lists of parts. ``stage`` and ``region`` are the effective ones; ``warnings`` include those about
    unknown settings and plugins; ``sources`` is every file that was read, for watching.
    """

    document: Map
    file: Path
    folder: Path
    stage: str
    region: str
    warnings: tuple[str, ...]
    sources: tuple[Path, ...]


def resolve(file: Path, options: Options) -> Resolved:
    """Read, resolve, merge and check a file. Raises UserError with file, line and column of all that is wrong."""
    raise NotImplementedError
