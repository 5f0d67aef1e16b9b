"""An esbuild for projects that need one and do not list it, fetched once for all applications of a user."""

from pathlib import Path

from stratolite.templates.dependencies.runner import Runner
from stratolite.templates.supplied.fetching import alone, fetch

VERSION = "0.25"
FOLDER = "build-tools"
ABOUT_MB = 10
"""What it takes on disk, to be told before."""


def esbuild(cache: Path, runner: Runner) -> Path:
    """Where the package is, fetched where it is not yet. Raises UserError with what npm says."""
    home = (cache / FOLDER / f"esbuild-{VERSION}").resolve()
    package = home / "node_modules" / "esbuild"
    if package.is_dir():
        return package
    runner.tell(f"esbuild builds the handlers, and is not here: npm fetches it once, about {ABOUT_MB} MB, into {home}")
    with alone(home.parent):
        # Somebody else may have fetched it while this process waited.
        if not package.is_dir():
            fetch(home, {"esbuild": VERSION}, runner, f"esbuild@{VERSION}")
    return package
