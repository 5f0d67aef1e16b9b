"""Packages of Node that only development needs, which ``excludeDevDependencies`` leaves out of artefacts.

They are those below ``node_modules`` that no dependency of production leads to, as ``npm ls`` tells them. The tree is
read from the disk: nothing is run. Costs one small file for each package that is installed.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGES_MAX = 100_000
_ALL = ("dependencies", "optionalDependencies", "peerDependencies")


def patterns(folder: Path) -> list[str]:
    """Patterns that fit those packages and their executables, relative to the folder of the service."""
    found: list[str] = []
    for manifest in _manifests(folder):
        found += _of_package(folder, manifest.parent)
    return found


def _manifests(folder: Path) -> Iterator[Path]:
    """Every ``package.json`` that is not an installed package's."""
    for root, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if "node_modules" not in name and name != ".git")
        if "package.json" in files:
            yield Path(root) / "package.json"


def _of_package(service: Path, folder: Path) -> list[str]:
    manifest = _read(folder)
    if not manifest.get("devDependencies") or not (folder / "node_modules").is_dir():
        return []
    production = {name: None for kind in _ALL for name in _names(manifest, kind)}
    development = [name for name in _names(manifest, "devDependencies") if name not in production]
    needed = _reached(folder, list(production))
    # What is written in both is needed; npm takes the kind that is written last for a package's only one.
    only = [each for each in _reached(folder, development) if each not in needed]
    found: list[str] = []
    for package in sorted(only):
        found += _patterns(package.relative_to(service).as_posix(), package)
    return found


def _patterns(name: str, package: Path) -> list[str]:
    found = [f"{name}/**"]
    above, _, last = name.rpartition("/")
    executables = _read(package).get("bin")
    if isinstance(executables, dict):
        found += [f"{above}/.bin/{executable}" for executable in executables]
    elif isinstance(executables, str):
        found.append(f"{above}/.bin/{last}")
    return found


def _reached(root: Path, names: list[str]) -> set[Path]:
    """The folders of the packages that these lead to."""
    found: set[Path] = set()
    waiting = [(root, name) for name in names]
    while waiting and len(found) < PACKAGES_MAX:
        asker, name = waiting.pop()
        package = _located(root, asker, name)
        if package is None or package in found:
            continue
        found.add(package)
        manifest = _read(package)
        waiting += [(package, needed) for kind in _ALL for needed in _names(manifest, kind)]
    return found


def _located(root: Path, asker: Path, name: str) -> Path | None:
    """Where Node finds a package that ``asker`` names: in the nearest ``node_modules`` around it."""
    place = asker
    while True:
        package = place / "node_modules" / name
        if place.name != "node_modules" and (package / "package.json").is_file():
            return package
        if place == root:
            return None
        place = place.parent


def _names(manifest: dict[str, Any], kind: str) -> list[str]:
    value = manifest.get(kind)
    return list(value) if isinstance(value, dict) else []


def _read(package: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((package / "package.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
