"""Packages of Node that only development needs, which ``excludeDevDependencies`` leaves out of artefacts.

They are those below ``node_modules`` that dependencies of development lead to, and neither one of production nor a
package that nothing names, as ``npm ls`` tells them. The tree is read from the disk: nothing is run. Costs one small
file for each package that is installed.
"""

import json
import os
from collections.abc import Iterator, Set
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
    manifest = manifest_of(folder)
    development = names_of(manifest, "devDependencies")
    if not development or not (folder / "node_modules").is_dir():
        return []
    # For npm, what is written as both is for development.
    production = [name for kind in _ALL for name in names_of(manifest, kind) if name not in development]
    every = reached(folder, production + development)
    needed = reached(folder, production, _installed(folder) - every)
    found: list[str] = []
    for package in sorted(every - needed):
        found += _patterns(package.relative_to(service).as_posix(), package)
    return found


def _installed(folder: Path) -> set[Path]:
    """Every package below a folder's ``node_modules``, also those that nothing names."""
    found: set[Path] = set()
    waiting = [folder]
    while waiting and len(found) < PACKAGES_MAX:
        modules = waiting.pop() / "node_modules"
        places = [*modules.glob("[!.@]*"), *modules.glob("@*/*")]
        packages = [place for place in places if (place / "package.json").is_file() and not place.is_symlink()]
        found.update(packages)
        waiting += packages
    return found


def _patterns(name: str, package: Path) -> list[str]:
    found = [f"{name}/**"]
    above, _, last = name.rpartition("/")
    executables = manifest_of(package).get("bin")
    if isinstance(executables, dict):
        found += [f"{above}/.bin/{executable}" for executable in executables]
    elif isinstance(executables, str):
        found.append(f"{above}/.bin/{last}")
    return found


def reached(root: Path, names: list[str], strays: Set[Path] = frozenset()) -> set[Path]:
    """The folders of the packages that these lead to, and of the strays beside what was reached.

    ``strays``: packages that are installed, though nothing names them.
    """
    found: set[Path] = set()
    waiting = [(root, name) for name in names]
    while True:
        while waiting and len(found) < PACKAGES_MAX:
            asker, name = waiting.pop()
            package = _located(root, asker, name)
            if package is not None and package not in found:
                found.add(package)
                waiting += _needs(package)
        beside = {each for each in strays - found if _owner(each) == root or _owner(each) in found}
        if not beside:
            return found
        found |= beside
        waiting = [need for stray in beside for need in _needs(stray)]


def _needs(package: Path) -> list[tuple[Path, str]]:
    manifest = manifest_of(package)
    return [(package, name) for kind in _ALL for name in names_of(manifest, kind)]


def _owner(package: Path) -> Path:
    """The folder in whose ``node_modules`` a package is installed."""
    modules = package.parent if package.parent.name == "node_modules" else package.parent.parent
    return modules.parent


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


def names_of(manifest: dict[str, Any], kind: str) -> list[str]:
    """The packages that a manifest names as dependencies of a kind."""
    value = manifest.get(kind)
    return list(value) if isinstance(value, dict) else []


def manifest_of(package: Path) -> dict[str, Any]:
    """The ``package.json`` of a folder; empty where there is none that can be read."""
    try:
        manifest = json.loads((package / "package.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
