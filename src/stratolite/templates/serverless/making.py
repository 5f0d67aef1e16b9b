"""Which script would make what is not there yet: ``dist/``, that ``npm run build`` writes.

Nothing is run here; people are told what to run, where.
"""

import re
from pathlib import Path

from stratolite.templates.dependencies import managers, manifests

WORDS = ("build", "compile", "bundle", "dist", "prepare", "package", "transpile", "tsc")
"""Names of scripts that make files, the likeliest first."""
_NO_MAKER = re.compile(r"\b(serverless|sls|jest|mocha|vitest|eslint|prettier)\b")


def hint(root: Path, missing: Path) -> str:
    """What to run for a file or folder that is missing: ``npm run build``; empty where no package.json says.

    The nearest ``package.json`` around it is asked first, up to the folder of the service.
    """
    place = missing.parent
    while True:
        script = _script(place)
        if script:
            where = f" in {place}" if place != root else ""
            return f"{_manager(place, root)} run {script}{where}"
        if place == root or place == place.parent:
            return "" if place == root else hint(root, root / "x")
        place = place.parent


def _script(folder: Path) -> str:
    scripts = manifests.readable(folder).get("scripts")
    if not isinstance(scripts, dict):
        return ""
    makers = [name for name, run in scripts.items() if not _NO_MAKER.search(str(run))]
    exact = [word for word in WORDS if word in makers]
    derived = [name for word in WORDS for name in makers if name.startswith((f"{word}:", f"{word}-"))]
    return next(iter((*exact, *derived)), "")


def _manager(folder: Path, root: Path) -> str:
    locks = (managers.lock_of(place, manifests.readable(place)) for place in (folder, root))
    return next((managers.LOCKS[lock.name] for lock in locks if lock is not None), "npm")
