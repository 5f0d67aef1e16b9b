"""What builders share: the sources that handlers are built from, where a project's tools lie, what a failure says."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from stratolite.core.errors import UserError
from stratolite.core.warning import Warning
from stratolite.templates.artefacts import Entry
from stratolite.templates.dependencies import manifests
from stratolite.templates.document import List, Map
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.handlers import node_module

BUILD_S_MAX = 120
SHOWN_LINES_MAX = 20
SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
TYPED = (".ts", ".tsx", ".mts", ".cts")


class Builder(Protocol):
    """Builds the Node handlers of one service."""

    is_whole: bool
    """Whether what it makes is all that a function needs, so that other files are packaged only when asked for."""
    warnings: Sequence[Warning]
    """What the tool said that did not stop it."""
    outside: Sequence[Path]
    """Folders beside that of the service, or files above it, that something was built from."""

    def source(self, handler: str) -> Path | None:
        """The file that a handler is built from; None for one that is packaged as it is written."""

    def entries(self, handlers: Sequence[str]) -> Sequence[Entry]:
        """The files that were made for handlers. Raises UserError with what the tool says."""


def source_of(folder: Path, handler: str, suffixes: Sequence[str]) -> Path | None:
    """The file of a handler, by whichever of the suffixes it is there, or the index of a folder of that name."""
    module = node_module(handler)
    stems = (module, f"{module}/index") if module else ()
    files = (folder / f"{stem}{suffix}" for stem in stems for suffix in suffixes)
    return next((file for file in files if file.is_file()), None)


def entry_of(function: Map) -> str:
    """What is built for a function: its handler, or what a handler of a layer calls; empty for nothing."""
    if truthy(function.get("skipEsbuild")):
        return ""
    named = (function.get(name) for name in ("entrypoint", "esbuildEntrypoint", "handler"))
    return next((each for each in named if isinstance(each, str) and each), "")


def sources(document: Map, builder: Builder) -> dict[str, Path]:
    """The files that all handlers of a service are built from, by the names that they are packaged under."""
    functions = (each for each in document["functions"].values() if isinstance(each, Map))
    handlers = [handler for function in functions if (handler := entry_of(function))]
    found = {node_module(handler): builder.source(handler) for handler in handlers}
    return {module: file for module, file in found.items() if file is not None}


def installed(folder: Path, name: str, *plugins: str) -> Path | None:
    """The folder of a package as Node finds it for a project, or for one of its plugins, which may bring it along."""
    for start in (folder.resolve(), *(place for plugin in plugins if (place := installed(folder, plugin)))):
        for around in (start, *start.parents):
            package = around / "node_modules" / name
            if package.is_dir():
                return package.resolve()
    return None


def version(package: Path) -> str:
    """The version of an installed package; empty where it says none."""
    return str(manifests.readable(package).get("version", ""))


def is_module(folder: Path) -> bool:
    """Whether a project's ``package.json`` says that its modules are ES modules."""
    return manifests.readable(folder).get("type") == "module"


def packages_of(folder: Path, names: Sequence[str]) -> Iterator[Entry]:
    """The files of packages that bundles ask for, and of those that these lead to."""
    # Most bundles ask for none.
    if names:
        from stratolite.templates.serverless import hoisted

        yield from hoisted.packages(folder, names)


def folders_outside(folder: Path, files: Iterable[str]) -> tuple[Path, ...]:
    """The folders of those files that do not lie in a project's, packages left out.

    Of a folder that the project itself lies in, the file alone is given: nobody wants to watch all that is in there.
    """
    project, packages = folder.resolve(), f"{os.sep}node_modules{os.sep}"
    inside = f"{project}{os.sep}"
    outer = (Path(file) for file in files if not file.startswith(inside) and packages not in file)
    found = {file if file.parent in project.parents else file.parent for file in outer}
    # A name may be one that a plugin of a tool has made up.
    return tuple(sorted(each for each in found if each.exists()))


def texts(settings: Any, name: str) -> list[str]:
    """A setting that is a list of texts, or one text."""
    value = settings.get(name) if isinstance(settings, Map) else None
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value] if isinstance(value, List) else []


def failed(name: str, folder: Path, said: str) -> UserError:
    """What to tell of a build that failed."""
    shown = "\n".join(said.splitlines()[:SHOWN_LINES_MAX])
    return UserError(f"{name} did not build the handlers:\n{shown}", where=str(folder))
