"""Packages of Node that only development needs, which ``excludeDevDependencies`` leaves out of artefacts.

They are those below ``node_modules`` that dependencies of development lead to, and neither one of production nor a
package that nothing names, as ``npm ls`` tells them. The tree is read from the disk: nothing is run. Costs one small
file for each package that is installed.
"""

import os
from collections.abc import Iterator, Set
from pathlib import Path

from stratolite.templates.dependencies import manifests
from stratolite.templates.dependencies.places import installed

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
        if manifests.NAME in files:
            yield Path(root) / manifests.NAME


def _of_package(service: Path, folder: Path) -> list[str]:
    manifest = manifests.readable(folder)
    development = manifests.names(manifest, "devDependencies")
    if not development or not (folder / "node_modules").is_dir():
        return []
    # For npm, what is written as both is for development.
    production = [name for kind in _ALL for name in manifests.names(manifest, kind) if name not in development]
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
        packages = [place for place in places if (place / manifests.NAME).is_file() and not place.is_symlink()]
        found.update(packages)
        waiting += packages
    return found


def _patterns(name: str, package: Path) -> list[str]:
    found = [f"{name}/**"]
    above, _, last = name.rpartition("/")
    executables = manifests.readable(package).get("bin")
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
            package = installed(name, _up_to(root, asker))
            if package is not None and package not in found:
                found.add(package)
                waiting += _needs(package)
        beside = {each for each in strays - found if _owner(each) == root or _owner(each) in found}
        if not beside:
            return found
        found |= beside
        waiting = [need for stray in beside for need in _needs(stray)]


def _needs(package: Path) -> list[tuple[Path, str]]:
    manifest = manifests.readable(package)
    return [(package, name) for kind in _ALL for name in manifests.names(manifest, kind)]


def _owner(package: Path) -> Path:
    """The folder in whose ``node_modules`` a package is installed."""
    modules = package.parent if package.parent.name == "node_modules" else package.parent.parent
    return modules.parent


def _up_to(root: Path, folder: Path) -> Iterator[Path]:
    """A folder and those around it, the last of them ``root``."""
    yield folder
    while folder != root:
        folder = folder.parent
        yield folder
