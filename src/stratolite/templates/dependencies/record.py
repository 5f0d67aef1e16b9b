"""What was installed by us: a small file in ``node_modules``, so that it goes when the packages go.

It holds the digest of the lock, and when the package manager wrote its own record: an installation by hand afterwards
shows in that, and is trusted.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = ".stratolite.json"
STATES = (".package-lock.json", ".yarn-integrity", ".yarn-state.yml", ".modules.yaml")
"""What npm, yarn (classic and later) and pnpm write into ``node_modules`` at the end of an installation."""
_KINDS = ("dependencies", "devDependencies", "optionalDependencies", "overrides", "resolutions", "workspaces")


@dataclass(frozen=True, slots=True)
class Record:
    """One installation. ``development``: whether packages of development were installed as well."""

    digest: str
    state: int
    development: bool


def digest(lock: Path | None, manifest: Mapping[str, Any]) -> str:
    """The digest of what decides what is installed: the lock, and what the manifest names."""
    content = hashlib.sha256(json.dumps([manifest.get(kind) for kind in _KINDS], sort_keys=True).encode())
    if lock is not None:
        content.update(lock.read_bytes())
    return content.hexdigest()


def state(root: Path) -> int:
    """When a package manager has last installed in a folder, in nanoseconds; 0 where it does not say so."""
    times = []
    for name in STATES:
        try:
            times.append((root / "node_modules" / name).stat().st_mtime_ns)
        except OSError:
            continue
    return max(times, default=0)


def read(root: Path) -> Record | None:
    """Our last installation in a folder; None where there was none."""
    try:
        value = json.loads((root / "node_modules" / NAME).read_bytes())
        return Record(str(value["digest"]), int(value["state"]), bool(value["development"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(root: Path, record: Record) -> None:
    """Remember an installation. Where nothing was there to install, there is no folder to remember it in."""
    modules = root / "node_modules"
    modules.mkdir(exist_ok=True)
    (modules / NAME).write_text(json.dumps(asdict(record)) + "\n")
