"""serverless-python-requirements: the packages that Python functions ask for, beside their code or in a layer.

``custom.pythonRequirements`` chooses the file and what is left out; what is in it, and how it is installed, is the
affair of ``templates/dependencies``. ``layer`` makes the layer PythonRequirementsLambdaLayer of them; ``zip`` puts them
beside the code as well, with an ``unzip_requirements`` that has nothing to do. With ``package.individually``, a
function's ``module`` is a folder that is packaged as if it were the service's, with requirements of its own. Settings
about Docker and caches change nothing here: the packages are those of the machine that runs them.
Follows https://www.serverless.com/plugins/serverless-python-requirements
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind, Warning
from stratolite.templates.artefacts import Entry
from stratolite.templates.dependencies.locks import MAIN, is_of_poetry
from stratolite.templates.dependencies.python import Packages
from stratolite.templates.dependencies.requirements import FILE_DEFAULT, Requirements, name_of, normal, of_folder
from stratolite.templates.document import List, Map, map_at, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.globs import matcher
from stratolite.templates.serverless.toolkit import by_path
from stratolite.templates.serverless.warned import warned

if TYPE_CHECKING:
    from stratolite.templates.serverless.plugins.configuration import Configuration

NAME = "serverless-python-requirements"

LAYER = "pythonRequirements"
"""The key of the layer that the plugin adds to a file."""
LAYER_ZIP = ".serverless/pythonRequirements.zip"
ACTS = frozenset(
    {"fileName", "usePipenv", "usePoetry", "noDeploy", "slim", "slimPatterns", "slimPatternsAppendDefaults"}
    | {"vendor", "zip", "layer", "pipCmdExtraArgs", "pythonBin", "requirePoetryLockFile"}
    | {"poetryWithGroups", "poetryWithoutGroups", "poetryOnlyGroups"}
)
"""Settings that decide what functions find."""
IDLE = frozenset(
    {"useStaticCache", "useDownloadCache", "cacheLocation", "staticCacheMaxVersions", "invalidateCaches", "strip"}
    | {"cleanupZipHelper", "requirementsExport", "dockerBuildCmdExtraArgs"}
    | {"dockerRunCmdExtraArgs", "dockerExtraFiles", "dockerEnv", "dockerRootless", "dockerSsh", "dockerPrivateKey"}
    | {"dockerImage", "dockerFile", "dockerizePip"}
)
"""Settings about caches, the size of packages and Docker: packages are installed once for each content, for this
machine."""
UNZIP = Path(__file__).parent / "plugins" / "code" / "unzip_requirements.py"
SLIM = ("**/*.py[c|o]", "**/__pycache__*", "**/__pycache__/**", "**/*.dist-info*", "**/*.dist-info/**")

_TOP = re.compile(r"[-/]|\.py$|\.pyc$")
"""Where the name of a package ends in that of one of its files."""

Install = Callable[[Packages], Path | None]
"""Installs packages where they are not yet; gives where they are, None where they are not to be installed."""


def entries(document: Map, folder: Path, runtime: str, install: Install, key: str = "") -> tuple[Entry, ...]:
    """The files to add for a Python runtime (``python3.12``), for a function that is packaged alone (``key``) or all.

    Raises UserError.
    """
    settings = _settings(document)
    if truthy(settings.get("layer")):
        return ()
    home = folder / module_of(document, key)
    added = [*_installed(document, folder, runtime, install, home)]
    if key and isinstance(document["functions"][key], Map):
        added += _vendored(document["functions"][key], folder)
    left_out = {normal(name) for name in _texts(settings, "noDeploy")}
    added = [entry for entry in added if normal(_TOP.split(entry.name, maxsplit=1)[0]) not in left_out]
    if truthy(settings.get("zip")):
        added.append(Entry(UNZIP.name, str(UNZIP)))
    return tuple(added)


def layer_entries(document: Map, folder: Path, runtime: str, install: Install) -> tuple[Entry, ...]:
    """The files of the plugin's layer. Raises UserError."""
    found = _installed(document, folder, runtime, install, folder)
    return tuple(Entry(f"python/{entry.name}", entry.path) for entry in found)


def _installed(document: Map, folder: Path, runtime: str, install: Install, home: Path) -> Iterator[Entry]:
    """What was installed for a folder of code, and what vendors gave, which comes first."""
    settings = _settings(document)
    yield from _vendored(settings, folder)
    wanted = packages(document, folder, runtime, home)
    place = install(wanted) if wanted is not None else None
    if place is not None:
        yield from (Entry(name, f"{place}/{name}") for name in names(place) if not _is_slimmed(settings, name))


def module_of(document: Map, key: str) -> str:
    """The folder that a function's package is made of, where it is packaged for itself; empty for the service's."""
    function = document["functions"].get(key) if key else None
    if not isinstance(function, Map) or not _is_individual(document):
        return ""
    return str(function.get("module") or "").removeprefix("./").strip("/").removeprefix(".")


def moved_up(entries: Iterable[Entry], module: str) -> tuple[Entry, ...]:
    """The files of a module, as if its folder were the service's."""
    head = f"{module}/"
    return tuple(Entry(each.name.removeprefix(head), each.path) for each in entries if each.name.startswith(head))


def notes(document: Map) -> Iterator[Warning]:
    """What people should know of the settings of a file: those that change nothing here, and those of no meaning."""
    settings = _settings(document)
    for name, value in settings.items():
        at = mark_of(settings, name)
        setting = f"custom.pythonRequirements.{name}"
        if name == "dockerizePip" and truthy(value) and value != "non-linux":
            yield warned(f"{setting}: packages are installed for this machine, without Docker", at, Kind.NO_EFFECT)
        elif name == "zip" and truthy(value) and not truthy(settings.get("layer")):
            what = f"{setting}: packages are put beside the code, and unzip_requirements has nothing to do"
            yield warned(what, at, Kind.NO_EFFECT)
        elif name == "pythonBin" and shutil.which(str(value)) is None:
            what = f"{setting}: there is no {value} here: packages are those of the interpreter that functions get"
            yield warned(what, at)
        elif name not in ACTS | IDLE:
            yield warned(f"{setting} is not known, and changes nothing", at, Kind.MISTAKE)
    for key, function in document["functions"].items():
        for name in ("module", "vendor"):
            if isinstance(function, Map) and truthy(function.get(name)) and not _is_individual(document):
                what = f"functions.{key}.{name} has no effect without package.individually: true"
                yield warned(what, mark_of(function, name), Kind.NO_EFFECT, about="functions")


def add_layer(configuration: "Configuration") -> None:
    """Add the plugin's layer to a file: functions refer to it as PythonRequirementsLambdaLayer."""
    document = configuration.document
    given = _settings(document).get("layer")
    if not truthy(given):
        return
    at = mark_of(_settings(document), "layer")
    layer = Map(at)
    runtimes = List(at)
    runtimes.put(configuration.provider.get("runtime"), at)
    package = Map(at)
    package.put("artifact", LAYER_ZIP, at)
    made = {
        "package": package,
        "name": f"{document['service']}-{configuration.stage}-python-requirements",
        "description": "Python requirements generated by serverless-python-requirements.",
        "compatibleRuntimes": runtimes,
        **(given if isinstance(given, Map) else {}),
    }
    for name, value in made.items():
        layer.put(name, value, at)
    configuration.section(document, "layers").put(LAYER, layer, at)


def is_layer(document: Map, key: str, layer: Map) -> bool:
    """Whether a layer is the one that the plugin adds."""
    package = layer.get("package")
    is_zip = isinstance(package, Map) and package.get("artifact") == LAYER_ZIP
    return key == LAYER and is_zip and truthy(_settings(document).get("layer"))


def packages(document: Map, service: Path, runtime: str, folder: Path | None = None) -> Packages | None:
    """What the plugin installs for a folder, that of the service unless another is named; None for nothing."""
    settings = _settings(document)
    home = folder or service
    _check_lock(settings, home)
    found = of_folder(
        home,
        str(settings.get("fileName") or FILE_DEFAULT),
        pipenv=settings.get("usePipenv") is not False,
        poetry=settings.get("usePoetry") is not False,
        groups=_groups(settings),
    )
    if found is None:
        return None
    omitted = {normal(name) for name in _texts(settings, "noDeploy")}
    lines = chosen(found, lambda name: name not in omitted)
    chosen_bin = str(settings.get("pythonBin") or "")
    python = chosen_bin if chosen_bin and shutil.which(chosen_bin) is not None else interpreter(runtime)
    arguments = (part for text in _texts(settings, "pipCmdExtraArgs") for part in text.split(maxsplit=1))
    return Packages(service, found, lines, python, tuple(arguments), runtime=runtime)


def _check_lock(settings: Map, folder: Path) -> None:
    """Raises UserError where a file asks for Poetry's lock, and it is not there."""
    if not truthy(settings.get("requirePoetryLockFile")) or settings.get("usePoetry") is False:
        return
    if is_of_poetry(folder) and not (folder / "poetry.lock").is_file():
        raise UserError(
            f"custom.pythonRequirements.requirePoetryLockFile: there is no poetry.lock in {folder}",
            where=str(mark_of(settings, "requirePoetryLockFile")),
            todo="Run 'poetry lock', or leave the setting out.",
        )


def _groups(settings: Map) -> tuple[str, ...]:
    """The groups that ``poetry export`` would take: those alone, or the main one with some and without others."""
    only, more, less = (_texts(settings, f"poetry{each}Groups") for each in ("Only", "With", "Without"))
    return tuple(only) or tuple(each for each in (MAIN, *more) if each not in less)


def chosen(requirements: Requirements, is_wanted: Callable[[str], bool]) -> tuple[str, ...]:
    """The lines of packages that are wanted, by their names; the toolkit's by its path."""
    return tuple(by_path(line) for line in requirements.lines if is_wanted(name_of(line)))


def _is_individual(document: Map) -> bool:
    package = document.get("package")
    return isinstance(package, Map) and truthy(package.get("individually"))


def _settings(document: Map) -> Map:
    return map_at(document, "custom", "pythonRequirements")


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
