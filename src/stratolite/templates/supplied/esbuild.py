"""An esbuild for projects that need one and do not list it, fetched once for all applications of a user."""

from pathlib import Path

from stratolite.templates.dependencies.runner import Runner
from stratolite.templates.supplied.fetching import alone, fetch

VERSION = "0.25"
FOLDER = "build-tools"
ABOUT_MB = 10
"""What it takes on disk, to be told before."""


def fetched(cache: Path) -> Path | None:
    """Where the package is; None where nobody has fetched it yet."""
    package = _home(cache) / "node_modules" / "esbuild"
    return package if package.is_dir() else None


def esbuild(cache: Path, runner: Runner, does: str = "builds the handlers") -> Path:
    """Where the package is, fetched where it is not yet. Raises UserError with what npm says."""
    home = _home(cache)
    package = home / "node_modules" / "esbuild"
    if package.is_dir():
        return package
    runner.tell(f"esbuild {does}, and is not here: npm fetches it once, about {ABOUT_MB} MB, into {home}")
    with alone(home.parent):
        # Somebody else may have fetched it while this process waited.
        if not package.is_dir():
            fetch(home, {"esbuild": VERSION}, runner, f"esbuild@{VERSION}")
    return package


def _home(cache: Path) -> Path:
    return (cache / FOLDER / f"esbuild-{VERSION}").resolve()
