"""Zips that somebody else made: ``package.artifact``.

One in S3 is not fetched: it is of an account that is not there. One that a script is still to make is not there yet:
people are told what to run.
"""

import re
from pathlib import Path, PurePosixPath

from stratolite.core.errors import UserError
from stratolite.templates.artefacts import Artefact
from stratolite.templates.document import Map, mark_of
from stratolite.templates.serverless import making

_S3 = re.compile(r"s3://[^/]+/.|[^/]+\.s3([.-][\w-]+)?\.amazonaws\.com/.|s3([.-][\w-]+)?\.amazonaws\.com/[^/]+/.")


def find(folder: Path, settings: Map, whose: str, prefix: str, owners: tuple[str, ...]) -> Artefact:
    """The artefact that settings name. ``whose``: ``(for "users")``. Raises UserError where it is not there."""
    written = str(settings["artifact"])
    mark = mark_of(settings, "artifact")
    if _S3.search(written):
        raise UserError(
            " ".join(f"the package artifact {written} {whose} is in S3, of an account that is not there".split()),
            where=str(mark),
            todo="Download it, and name the file.",
        )
    # Separators of Windows are understood there, and written into files that are shared.
    written = written.replace("\\", "/")
    file = folder / written
    if not file.is_file():
        run = making.hint(folder, file)
        raise UserError(
            f'Cannot access package artifact at "{written}" {whose}'.rstrip(),
            where=str(mark),
            todo=f"There is no file {file}: " + (f"'{run}' may make it." if run else "build it first."),
        )
    name = PurePosixPath(written).name
    return Artefact(name, f"{prefix}/{name}", ready=file, owners=owners)
