"""Packages of Node that lie above the folder of a service, as workspaces hoist them: ``../../node_modules``.

The Serverless Framework packages what is below the folder alone, so that code which is not bundled lacks them on AWS,
though Node finds them on a developer's machine. Under ``up`` they stand beside the code, and that is told.

Packages are found as Node finds them, from the nearest ``package.json``: real paths, and every ``node_modules`` on the
way up. In a zip each stands in its ``node_modules``, or below who asks for it where another one has its name there.
Costs a small file for each package, and nothing where nothing is needed from above.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stratolite.core.listing import listed
from stratolite.core.warning import Kind, Warning
from stratolite.templates.artefacts import Entry
from stratolite.templates.dependencies import manifests
from stratolite.templates.dependencies.places import installed

LEVELS_MAX = 12
PACKAGES_MAX = 20_000
SHOWN_MAX = 5
_KINDS = ("dependencies", "optionalDependencies", "peerDependencies")


@dataclass(frozen=True, slots=True)
class Hoisted:
    """What lies above: ``names`` of packages as the service and its packages ask for them, and their files.

    ``linked``: folders of packages that are worked on, elsewhere in the repository.
    """

    names: tuple[str, ...]
    entries: tuple[Entry, ...]
    linked: tuple[Path, ...]

    def warnings(self, file: Path) -> tuple[Warning, ...]:
        """What people have to know of it. ``file`` is that of the service."""
        if not self.names:
            return ()
        shown = listed(self.names, SHOWN_MAX)
        what = (
            f"packages lie above the folder of the service and stand beside its code here: {shown}. The Serverless "
            "Framework packages none of them: AWS lacks them, unless the code is bundled (serverless-esbuild)"
        )
        return (Warning(what, str(file), Kind.REFUSED_BY_AWS, "dependencies"),)


def find(folder: Path) -> Hoisted:
    """What a service needs of the folders above its own."""
    service = folder.resolve()
    manifest = next((place for place in _around(service) if (place / manifests.NAME).is_file()), None)
    if manifest is None:
        return Hoisted((), (), ())
    search = _Search(service)
    search.follow(_wanted(manifest))
    places = sorted(search.outside.items())
    names = tuple(dict.fromkeys(name.rpartition("node_modules/")[2] for name, _ in places))
    entries = tuple(entry for name, place in places for entry in _files(name, place))
    linked = {place for place in search.zipped if service not in place.parents and "node_modules" not in place.parts}
    return Hoisted(names, entries, tuple(sorted(linked)))


def packages(folder: Path, names: Iterable[str]) -> Iterator[Entry]:
    """The files of packages that the code of a service asks for, wherever they lie, and of those that these lead to."""
    search = _Search(folder.resolve())
    search.follow(names)
    for place, name in sorted(search.zipped.items(), key=lambda each: each[1]):
        yield from _files(name, place)


class _Search:
    """Follows what packages ask for. ``outside``: real folders by their names in the zip."""

    def __init__(self, service: Path) -> None:
        self.outside: dict[str, Path] = {}
        self._service = service
        self.zipped: dict[Path, str] = {}
        """The name in the zip of each package that was found, also of those in the service's folder."""

    def follow(self, names: Iterable[str]) -> None:
        """All that these packages lead to, as the service finds them."""
        waiting = [(self._service, "", name) for name in names]
        while waiting and len(self.zipped) < PACKAGES_MAX:
            asker, zipped, name = waiting.pop()
            found = installed(name, _around(asker))
            if found is None:
                continue
            place = found.resolve()
            if place in self.zipped:
                continue
            self.zipped[place] = self._name(found, place, zipped, name)
            waiting += [(place, self.zipped[place], one) for one in _wanted(place)]

    def _name(self, found: Path, place: Path, asker: str, name: str) -> str:
        """Where a package stands in the zip; one that is not packaged anyway is kept."""
        if self._service in found.parents:
            return found.relative_to(self._service).as_posix()
        usual = f"node_modules/{name}"
        taken = self.outside.get(usual, place) != place or (self._service / usual).exists()
        wanted = f"{asker}/{usual}" if taken and asker else usual
        self.outside[wanted] = place
        return wanted


def _around(folder: Path) -> Iterator[Path]:
    """A folder and those around it, up to the root of its repository."""
    for place in (folder, *folder.parents[:LEVELS_MAX]):
        yield place
        if (place / ".git").exists():
            return


def _wanted(place: Path) -> list[str]:
    manifest = manifests.readable(place)
    return [name for kind in _KINDS for name in manifests.names(manifest, kind)]


def _files(name: str, place: Path) -> Iterator[Entry]:
    """The files of a package, without the packages that are installed in it: those are found by themselves."""
    with os.scandir(place) as found:
        entries = sorted(found, key=lambda each: each.name)
    for each in entries:
        if each.is_dir(follow_symlinks=False):
            if each.name not in ("node_modules", ".git"):
                yield from _files(f"{name}/{each.name}", Path(each.path))
        elif each.is_file():
            yield Entry(f"{name}/{each.name}", each.path)
