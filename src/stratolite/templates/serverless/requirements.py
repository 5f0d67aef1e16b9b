"""serverless-python-requirements: the packages that Python functions ask for, beside their code.

``custom.pythonRequirements`` chooses the file and what is left out; what is in it, and how it is installed, is the
affair of ``templates/dependencies``. Settings about Docker and caches change nothing here: the packages are those of
the machine that runs them.
Follows https://www.serverless.com/plugins/serverless-python-requirements
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.templates.artefacts import Entry
from stratolite.templates.dependencies.python import Packages
from stratolite.templates.dependencies.requirements import FILE_DEFAULT, Requirements, name_of, normal, of_folder
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.globs import matcher
from stratolite.templates.serverless.toolkit import by_path

NAME = "serverless-python-requirements"

REFUSED = ("zip", "layer", "installFolderAsPackage")
"""What changes how a function is written or deployed, and is not done here."""
REFUSED_OF_FUNCTIONS = ("module", "vendor")
SLIM = ("**/*.py[c|o]", "**/__pycache__*", "**/__pycache__/**", "**/*.dist-info*", "**/*.dist-info/**")

Install = Callable[[Packages], Path | None]
"""Installs packages where they are not yet; gives where they are, None where they are not to be installed."""


def entries(document: Map, folder: Path, runtime: str, install: Install) -> tuple[Entry, ...]:
    """The files to add for a Python runtime (``python3.12``). Raises UserError."""
    settings = _settings(document)
    _check_functions(document)
    refused = next((name for name in REFUSED if truthy(settings.get(name))), None)
    if refused is not None:
        raise UserError(
            f"custom.pythonRequirements.{refused} is not done here",
            where=str(mark_of(settings, refused)),
            todo=f"Leave it out: packages are put beside the code. Write {refused}: false for this stage.",
        )
    added = [*_vendored(settings, folder)]
    wanted = packages(document, folder, runtime)
    place = install(wanted) if wanted is not None else None
    if place is not None:
        added += [Entry(name, f"{place}/{name}") for name in names(place) if not _is_slimmed(settings, name)]
    return tuple(added)


def packages(document: Map, service: Path, runtime: str, folder: Path | None = None) -> Packages | None:
    """What the plugin installs for a folder, that of the service unless another is named; None for nothing."""
    settings = _settings(document)
    found = of_folder(
        folder or service,
        str(settings.get("fileName") or FILE_DEFAULT),
        pipenv=settings.get("usePipenv") is not False,
        poetry=settings.get("usePoetry") is not False,
    )
    if found is None:
        return None
    omitted = {normal(name) for name in _texts(settings, "noDeploy")}
    lines = chosen(found, lambda name: name not in omitted)
    python = str(settings.get("pythonBin") or interpreter(runtime))
    return Packages(service, found, lines, python, tuple(_texts(settings, "pipCmdExtraArgs")))


def chosen(requirements: Requirements, is_wanted: Callable[[str], bool]) -> tuple[str, ...]:
    """The lines of packages that are wanted, by their names; the toolkit's by its path."""
    return tuple(by_path(line) for line in requirements.lines if is_wanted(name_of(line)))


def _check_functions(document: Map) -> None:
    for key, function in document["functions"].items():
        for name in REFUSED_OF_FUNCTIONS:
            if isinstance(function, Map) and truthy(function.get(name)):
                raise UserError(
                    f"functions.{key}.{name} is not done here",
                    where=str(mark_of(function, name)),
                    todo="Name the handler by its path from the service's folder, with one requirements.txt for all.",
                )


def _settings(document: Map) -> Map:
    custom = document.get("custom")
    settings = custom.get("pythonRequirements") if isinstance(custom, Map) else None
    return settings if isinstance(settings, Map) else Map(Mark(""))


def _texts(settings: Map, name: str) -> list[str]:
    value = settings.get(name)
    return [str(each) for each in value] if isinstance(value, List) else []


def _vendored(settings: Map, folder: Path) -> Iterator[Entry]:
    if truthy(settings.get("vendor")):
        vendor = folder / str(settings["vendor"])
        yield from (Entry(name, f"{vendor}/{name}") for name in names(vendor))


def names(folder: Path) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            yield (Path(root) / name).relative_to(folder).as_posix()


def _is_slimmed(settings: Map, name: str) -> bool:
    if not truthy(settings.get("slim")):
        return False
    patterns = _texts(settings, "slimPatterns")
    if settings.get("slimPatternsAppendDefaults") is not False:
        patterns = [*SLIM, *patterns]
    return any(matcher(pattern)(name) for pattern in patterns)


def interpreter(runtime: str) -> str:
    """The interpreter that the functions will run on here: packages with native parts are for that one alone."""
    # The engine is not needed to compile a file without requirements.
    from stratolite.engine.interpreters import Interpreters

    return str(Interpreters().resolve(runtime).program)
