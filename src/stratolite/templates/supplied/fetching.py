"""Has npm fetch packages into the user's cache, once for all applications of a user.

npm installs into a folder beside the place, which is renamed when it is whole, so that nobody finds half of it. Of
several processes one fetches, and the others wait for it.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.templates.dependencies.manifests import NAME
from stratolite.templates.dependencies.runner import Ran, Runner

FILLING = ".filling-"
NPM = ("install", "--no-audit", "--no-fund", "--no-package-lock", "--omit=dev", "--loglevel=error")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While this lasts no other process fetches into a folder of the cache, which is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{FILLING}*"):  # By a process that was killed.
            shutil.rmtree(left, ignore_errors=True)
        yield


def fetch(home: Path, wanted: Mapping[str, str], runner: Runner, called: str, flags: Sequence[str] = ()) -> Ran:
    """Fetch packages (names and ranges) into ``home``/node_modules, in the place of what is there; for who is alone.

    ``called`` is what people are told that npm installs. Raises UserError with what npm says, and without npm.
    """
    npm = runner.find("npm")
    if npm is None:
        raise UserError(f"there is no npm to fetch {called} with", todo="Install Node.js with npm.")
    staging = home.with_name(f"{FILLING}{home.name}-{os.getpid()}")
    try:
        staging.mkdir()
        (staging / NAME).write_text(json.dumps({"private": True, "dependencies": wanted}, indent=2))
        ran = runner.run([npm, *NPM, *flags], staging, shown=f"npm install ({called})")
        if ran.code:
            raise ran.failed(staging)
        shutil.rmtree(home, ignore_errors=True)
        staging.rename(home)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return ran
