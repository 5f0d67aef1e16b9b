"""An esbuild for projects that need one and do not list it, fetched once for all applications of a user.

npm installs it into a folder beside its place, which is renamed when it is whole.
"""

import os
import shutil
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.templates.dependencies.runner import Runner

VERSION = "0.25"
FOLDER = "build-tools"
NPM = ("install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
ABOUT_MB = 10


def esbuild(cache: Path, runner: Runner) -> Path:
    """Where the package is, fetched where it is not yet. Raises UserError with what npm says."""
    home = (cache / FOLDER / f"esbuild-{VERSION}").resolve()
    package = home / "node_modules" / "esbuild"
    if package.is_dir():
        return package
    npm = runner.find("npm")
    if npm is None:
        raise UserError("there is no npm to fetch esbuild with", todo="Install Node.js with npm.")
    runner.tell(f"esbuild builds the handlers, and is not here: npm fetches it once, about {ABOUT_MB} MB, into {home}")
    staging = home.with_name(f".{home.name}-{os.getpid()}")
    try:
        staging.mkdir(parents=True, exist_ok=True)
        (staging / "package.json").write_text('{"private": true}')
        ran = runner.run([npm, *NPM, f"esbuild@{VERSION}"], staging, shown=f"npm install esbuild@{VERSION}")
        if ran.code:
            raise ran.failed(staging)
        try:
            staging.rename(home)
        except OSError:
            if not package.is_dir():  # Otherwise another process was faster.
                raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return package
