"""What the folder of a function or a layer becomes as a zip: its files, and the packages that it asks for.

Packages of Node are installed into the folder, as ``npm install`` does it; those of Python beside the template, and
put next to the code.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind, Warning
from stratolite.templates.artefacts import Entry
from stratolite.templates.dependencies import manifests, python
from stratolite.templates.dependencies.node import Project
from stratolite.templates.dependencies.python import Packages
from stratolite.templates.dependencies.requirements import Requirements, name_of, of_folder
from stratolite.templates.sam import bundling
from stratolite.templates.sam.local_files import Coded
from stratolite.templates.serverless.installations import SUPPLIED
from stratolite.templates.serverless.requirements import chosen, interpreter

if TYPE_CHECKING:
    from stratolite.templates.dependencies.installation import Installation
    from stratolite.templates.dependencies.runner import Runner

LEFT_OUT = frozenset({".aws-sam", ".git", ".serverless", ".stratolite", "__pycache__", ".venv", "venv"})
ZIPS = (".zip", ".jar")
VENDORS = "the layers"
"""What stands for a file where vendors' layers alone say what is wanted."""
POWERTOOLS = re.compile(r":layer:AWSLambdaPowertoolsPython(?:V(\d+))?[-:]")
"""The layer of Powertools for Python, by whose name its major version is known."""
_RUNTIME = re.compile(r"(python|nodejs)")
_ESBUILD = "esbuild"


@dataclass(frozen=True)
class Building:
    """How code is built. ``runner`` runs what installs packages; None where nothing may be run."""

    runner: "Runner | None" = None
    installs: Literal["all", "plugins", "none"] = "none"
    cache: Path | None = None


@dataclass(frozen=True)
class Code:
    """What is uploaded: its name, and the files of a zip, a zip that is there already, or bytes."""

    name: str
    entries: tuple[Entry, ...] = ()
    ready: Path | None = None
    body: bytes | None = None


@dataclass
class Builder:
    """Builds the code of one template. ``folder`` is the template's."""

    folder: Path
    building: Building
    warnings: list[Warning] = field(default_factory=list)
    sources: list[Path] = field(default_factory=list)
    used: set[Path] = field(default_factory=set)
    """Where the packages of Python are that its code has."""
    _known: dict[tuple[str, str, bool, tuple[str, ...]], tuple[Entry, ...]] = field(default_factory=dict)

    def artefact(self, found: Coded) -> Code:
        """The zip of a resource. Raises UserError with what a build says."""
        if found.path.is_file():
            if found.path.suffix in ZIPS:
                return Code(f"{found.name}.zip", ready=found.path)
            return Code(f"{found.name}.zip", (Entry(found.path.name, str(found.path)),))
        method = found.metadata.get("BuildMethod")
        if method == _ESBUILD:
            return Code(f"{found.name}.zip", self._bundled(found))
        if isinstance(method, str) and _RUNTIME.match(method) is None:
            raise UserError(
                f"{found.name}: the build method {method} is not run here",
                where=found.where,
                todo="Run 'sam build', and 'stratolite up .aws-sam/build/template.yaml'.",
            )
        runtime = method if isinstance(method, str) else found.runtime
        vendors = tuple(filter(None, map(powertools, found.layers))) if runtime.startswith("python") else ()
        key = (str(found.path.resolve()), runtime, found.is_layer, vendors)
        if key not in self._known:
            self._known[key] = tuple(self._entries(found, runtime, vendors, is_built=isinstance(method, str)))
        return Code(f"{found.path.resolve().name or found.name}.zip", self._known[key])

    def _entries(self, found: Coded, runtime: str, vendors: tuple[str, ...], *, is_built: bool) -> Iterator[Entry]:
        """The files of a folder; a layer that is built has them where its runtime looks for them."""
        packages = self._packages(found.path, runtime, vendors) if is_built or not found.is_layer else None
        if runtime.startswith("nodejs"):
            self._install(found.path, runtime)
        under = ("python/" if runtime.startswith("python") else "nodejs/") if found.is_layer and is_built else ""
        own = {f"{under}{name}": str(found.path / name) for name in files(found.path)}
        if packages is not None:
            added = {f"{under}{name}": str(packages / name) for name in files(packages)}
            own = {**added, **own}
        return (Entry(name, path) for name, path in own.items())

    def _packages(self, folder: Path, runtime: str, vendors: tuple[str, ...]) -> Path | None:
        """Where the packages of Python are that a folder asks for; None where it asks for none.

        ``vendors``: those that layers bring on AWS, which are not on this machine.
        """
        written = of_folder(folder, is_first=True) if runtime.startswith("python") else None
        if written is None and not vendors:
            return None
        written = written or Requirements(folder / VENDORS, (), ())
        lines = chosen(written, lambda name: name not in SUPPLIED)
        lines += tuple(one for one in vendors if name_of(one) not in map(name_of, lines))
        if not any(not line.startswith("-") for line in lines) or python.are_beside(folder, lines):
            return None
        self.sources += written.sources
        may = self.building.installs == "all"
        wanted = Packages(self.folder, written, lines, interpreter(runtime), may_loosen=may, runtime=runtime)
        self.used.add(wanted.place)
        if may and self.building.runner is not None:
            self.warnings += wanted.install(self.building.runner)
        elif lacking := wanted.missing(self.building.runner):
            self._lack(lacking, written.file)
        return wanted.place if wanted.place.is_dir() else None

    def _install(self, folder: Path, runtime: str, *, builds: bool = False) -> None:
        """Have the packages of Node in a folder that asks for some."""
        if not (folder / manifests.NAME).is_file():
            return
        project = Project(folder, builds=builds, runtime=runtime)
        self.sources += project.sources
        if self.building.installs == "all" and self.building.runner is not None:
            self.warnings += project.install(self.building.runner)
        elif lacking := project.missing(self.building.runner):
            self._lack(lacking, folder / manifests.NAME)

    def _bundled(self, found: Coded) -> tuple[Entry, ...]:
        self._install(found.path, found.runtime, builds=True)
        if self.building.runner is None:
            return ()
        home = self.folder / ".serverless" / "sam" / found.name
        made = bundling.bundle(found, home, self.building.runner, self.building.cache)
        return tuple(Entry(name, str(made / name)) for name in files(made))

    def _lack(self, lacking: "Installation", file: Path) -> None:
        what = f"{lacking.reason}: run {lacking.shown} in {lacking.folder}"
        self.warnings.append(Warning(what, str(file), Kind.ABSENT, about="dependencies"))


def powertools(layer: str) -> str:
    """The package that a vendor's layer brings, as pip reads it; nothing for a layer that is not known."""
    found = POWERTOOLS.search(layer)
    if found is None:
        return ""
    major = int(found[1] or 1)
    return f"aws-lambda-powertools[{'pydantic' if major == 1 else 'all'}]>={major},<{major + 1}"


def files(folder: Path) -> Iterator[str]:
    """The files below a folder that are packaged, by their names in it."""
    for root, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        for name in sorted(names):
            yield (Path(root) / name).relative_to(folder).as_posix()
