"""serverless-python-requirements: the packages of ``requirements.txt``, beside the code of Python functions.

pip installs them once for each content of the file, into ``.serverless/requirements`` of the service's folder, which no
artefact holds and no watcher looks at. ``custom.pythonRequirements`` chooses the file and what is left out. Settings
about Docker and caches change nothing here: the packages are those of the machine that runs them.
Follows https://www.serverless.com/plugins/serverless-python-requirements
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.templates.artefacts import Entry
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.globs import matcher
from stratolite.templates.serverless.toolkit import by_path

NAME = "serverless-python-requirements"
PIP_S_MAX = 600
FILE_DEFAULT = "requirements.txt"
FOLDER = Path(".serverless", "requirements")
SHOWN_LINES_MAX = 5

REFUSED = ("zip", "layer", "installFolderAsPackage")
"""What changes how a function is written or deployed, and is not done here."""
REFUSED_OF_FUNCTIONS = ("module", "vendor")
SLIM = ("**/*.py[c|o]", "**/__pycache__*", "**/__pycache__/**", "**/*.dist-info*", "**/*.dist-info/**")
LOCAL_IGNORED = frozenset({"__pycache__", "build", "dist", "node_modules"})
_PACKAGE = re.compile(r"^\s*([A-Za-z0-9._-]+)")


def entries(document: Map, folder: Path, runtime: str, tell: Callable[[str], None]) -> tuple[Entry, ...]:
    """The files to add for a Python runtime (``python3.12``), installed where they are not yet: ``tell`` hears of it.

    Raises UserError.
    """
    settings = _settings(document)
    _check_functions(document)
    refused = next((name for name in REFUSED if truthy(settings.get(name))), None)
    if refused is not None:
        raise UserError(
            f"custom.pythonRequirements.{refused} is not done here",
            where=str(mark_of(settings, refused)),
            todo=f"Leave it out: packages are put beside the code. Write {refused}: false for this stage.",
        )
    file = folder / str(settings.get("fileName") or FILE_DEFAULT)
    added = [*_vendored(settings, folder)]
    if file.is_file():
        installed = _installed(settings, folder, file, runtime, tell)
        added += [Entry(name, f"{installed}/{name}") for name in _names(installed) if not _is_slimmed(settings, name)]
    elif (folder / "Pipfile").is_file() or (folder / "poetry.lock").is_file():
        raise UserError(
            "requirements of Pipenv and Poetry are not read here",
            where=str(folder),
            todo="Write them to requirements.txt: 'pipenv requirements' or 'poetry export'.",
        )
    return tuple(added)


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
        yield from (Entry(name, f"{vendor}/{name}") for name in _names(vendor))


def _names(folder: Path) -> Iterator[str]:
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


def _installed(settings: Map, folder: Path, file: Path, runtime: str, tell: Callable[[str], None]) -> Path:
    """The folder of the packages; pip fills it where it is not there."""
    omitted = {name.lower() for name in _texts(settings, "noDeploy")}
    lines = [by_path(line) for line in file.read_text().splitlines() if _package(line) not in omitted]
    arguments = _texts(settings, "pipCmdExtraArgs")
    python = str(settings.get("pythonBin") or _interpreter(runtime))
    local = [state for line in lines for state in _local(folder, line)]
    digest = hashlib.sha256("\0".join([python, *arguments, *lines, *local]).encode()).hexdigest()[:32]
    place = folder / FOLDER / digest
    if place.is_dir():
        return place
    tell(f"installing {file.name} for {Path(python).name} with pip ...")
    target = place.with_name(f"{digest}.{os.getpid()}")
    wanted = place.with_name(f"{digest}.txt")
    place.parent.mkdir(parents=True, exist_ok=True)
    wanted.write_text("\n".join(lines) + "\n")
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        str(target.resolve()),
    ]
    try:
        _run([*command, "-r", str(wanted.resolve()), *arguments], folder, file)
        target.mkdir(exist_ok=True)
        try:
            target.rename(place)
        except OSError:
            if not place.is_dir():  # Otherwise another process was faster.
                raise
    finally:
        shutil.rmtree(target, ignore_errors=True)
    return place


def _interpreter(runtime: str) -> str:
    """The interpreter that the functions will run on here: packages with native parts are for that one alone."""
    # The engine is not needed to compile a file without requirements.
    from stratolite.engine.interpreters import Interpreters

    return str(Interpreters().resolve(runtime).program)


def _local(folder: Path, line: str) -> Iterator[str]:
    """The files of a package that lies beside the service (``../patterns[redis]``): what changes there is installed."""
    if not line.startswith((".", "/")):
        return
    place = folder / line.partition("[")[0].strip()
    for parent, folders, names in os.walk(place):
        ignored = LOCAL_IGNORED | ({"tests"} if Path(parent) == place else set())
        folders[:] = sorted(name for name in folders if name not in ignored and not name.startswith("."))
        for name in sorted(names):
            file = Path(parent, name)
            yield f"{file.relative_to(place)} {hashlib.sha256(file.read_bytes()).hexdigest()}"


def _package(line: str) -> str:
    match = _PACKAGE.match(line)
    return match[1].lower() if match else ""


def _run(command: list[str], folder: Path, file: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PIP_S_MAX,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"pip did not install the requirements: {error}", where=str(file)) from error
    if done.returncode:
        told = "\n".join(f"  {line}" for line in done.stderr.strip().splitlines()[-SHOWN_LINES_MAX:])
        raise UserError(
            f"pip did not install the requirements:\n{told}",
            where=str(file),
            todo=f"This is what it says to {' '.join(command[:4])} in {folder}.",
        )
