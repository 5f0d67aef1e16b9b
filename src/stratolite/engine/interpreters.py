"""Which program runs a function's ``runtime``: the interpreter of that version, or the nearest one with a warning.

Looks at our own interpreter, PATH, and the folders of pyenv, uv, asdf, mise, nvm, n, fnm and volta. Asking ``node
--version`` costs about 40 ms, once for each program; everything else is a look at file names.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from stratolite.engine.model import UnsupportedRuntime
from stratolite.engine.runtimes import CUSTOM, NODES, PYTHONS, is_interpreted

PYTHON_MINOR_MIN = 9
"""The oldest Python that the built-in runtime is offered in; functions of older runtimes get the nearest one."""
NODE_MAJOR_MIN = 16
PYTHON_MINOR_MAX = 20
PYTHON_2 = 2
WITHOUT_2TO3 = (3, 13)
"""The first Python that cannot convert code of Python 2."""
VERSION_S_MAX = 10
# Folders of version managers below the home folder, the version in their names, and the program below them.
PYTHON_HOMES = (
    (".pyenv/versions/3.*", r"(3)\.(\d+)\.", "bin/python{0}.{1}"),
    (".local/share/uv/python/cpython-3.*", r"-(3)\.(\d+)\.", "bin/python{0}.{1}"),
    (".asdf/installs/python/3.*", r"(3)\.(\d+)\.", "bin/python{0}.{1}"),
    (".local/share/mise/installs/python/3.*", r"(3)\.(\d+)\.", "bin/python{0}.{1}"),
)
NODE_VERSION = r"v?(\d+)\.(\d+)\.(\d+)$"
NODE_HOMES = (
    (".nvm/versions/node/v*", "bin/node"),
    (".volta/tools/image/node/*", "bin/node"),
    (".asdf/installs/nodejs/*", "bin/node"),
    (".local/share/mise/installs/node/*", "bin/node"),
    (".local/share/fnm/node-versions/v*", "installation/bin/node"),
    ("Library/Application Support/fnm/node-versions/v*", "installation/bin/node"),
    ("n/n/versions/node/*", "bin/node"),
)
N_VERSIONS = "n/versions/node/*"
N_PREFIX = Path("/usr/local")
"""Where ``n`` keeps its versions, unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The program that runs a runtime."""

    runtime: str
    language: str
    """``python``, ``node`` or ``custom``."""
    program: Path
    """The interpreter; for custom runtimes meaningless."""
    version: tuple[int, ...] = ()
    warning: str = ""
    """What a person should know when it is not the version that was asked for."""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """An interpreter on this machine."""

    version: tuple[int, ...]
    program: Path


class Interpreters:
    """Finds interpreters and remembers them. The parameters are there for the sake of tests.

    A Python that is too old for the AWS SDK beside us (the one that functions get) is passed over.
    """

    def __init__(
        self,
        home: Path | None = None,
        path: str | None = None,
        n_prefix: Path = N_PREFIX,
        sdk_minor_min: int | None = None,
    ) -> None:
        self._home = Path.home() if home is None else home
        self._path = path
        self._n_prefix = n_prefix
        self._sdk_minor_min = sdk_minor_min
        self._too_old: set[tuple[int, ...]] = set()
        self._found: dict[str, list[Found]] = {}
        self._resolved: dict[str, Resolution] = {}

    def resolve(self, runtime: str) -> Resolution:
        """The program for a runtime. Raises UnsupportedRuntime for languages that are not run here."""
        if runtime not in self._resolved:
            self._resolved[runtime] = self._resolve(runtime)
        return self._resolved[runtime]

    def _resolve(self, runtime: str) -> Resolution:
        if runtime in CUSTOM:
            return Resolution(runtime, "custom", Path())
        if not is_interpreted(runtime):
            known = ", ".join((*PYTHONS, *NODES, *CUSTOM))
            raise UnsupportedRuntime(f"The runtime {runtime} is not run here.", todo=f"Runtimes that are: {known}.")
        language = "python" if runtime.startswith("python") else "node"
        numbers = [int(number) for number in re.findall(r"\d+", runtime)]
        # The first runtime of Node.js had no number: it was version 0.10.
        wanted = tuple(numbers) if language == "python" else tuple(numbers[:1] or [0])
        found = self._pythons() if language == "python" else self._nodes()
        if not found:
            name = "Python 3.9 or later" if language == "python" else "Node.js"
            raise UnsupportedRuntime(f"No interpreter for {runtime} is installed.", todo=f"Install {name}.")
        nearest = min(found, key=lambda one: distance(one.version, wanted))
        if nearest.version[: len(wanted)] == wanted:
            return Resolution(runtime, language, nearest.program, nearest.version)
        name = "Python" if language == "python" else "Node.js"
        version = ".".join(map(str, nearest.version))
        reason = f"{runtime} is not installed here"
        if wanted in self._too_old:
            reason = f"The AWS SDK that functions get here needs Python 3.{self._sdk_minor_min} or later, not {runtime}"
        if wanted[0] == PYTHON_2:
            reason = f"{runtime} is not run here, nor by AWS any more"
        warning = f"{reason}: {name} {version} ({nearest.program}) runs it instead."
        if wanted[0] == PYTHON_2:
            warning += (
                " Code that only Python 2 understands is converted as 2to3 does it; what it cannot tell fails."
                if nearest.version < WITHOUT_2TO3
                else " Code that only Python 2 understands fails, with Python's own error: 2to3 converts it."
            )
        return Resolution(runtime, language, nearest.program, nearest.version, warning)

    def has_node(self) -> bool:
        """Whether some Node.js is installed, by the names of files alone."""
        if shutil.which("node", path=self._path):
            return True
        homes = ((self._home, folders) for folders, _ in NODE_HOMES)
        return any(next(root.glob(folders), None) for root, folders in (*homes, (self._n_prefix, N_VERSIONS)))

    # Python ----------------------------------------------------------------------------------------------------

    def _pythons(self) -> list[Found]:
        if "python" not in self._found:
            found = [Found(sys.version_info[:2], own_python())]
            for folders, version, program in PYTHON_HOMES:
                found += self._installed(self._home, folders, version, program)
            for minor in range(PYTHON_MINOR_MIN, PYTHON_MINOR_MAX):
                place = shutil.which(f"python3.{minor}", path=self._path)
                # A shim of pyenv's exists for versions that are not active, and then fails.
                if place and Path(place).parent.name != "shims":
                    found.append(Found((3, minor), Path(place)))
            if self._sdk_minor_min is None:
                self._sdk_minor_min = sdk_minor_min()
            self._too_old = {one.version for one in found if one.version < (3, self._sdk_minor_min)}
            self._found["python"] = [one for one in found if one.version not in self._too_old]
        return self._found["python"]

    # Node ------------------------------------------------------------------------------------------------------

    def _nodes(self) -> list[Found]:
        if "node" not in self._found:
            found = []
            program = shutil.which("node", path=self._path)
            if program and (version := node_version(program)):
                found.append(Found(version, Path(program)))
            for folders, place in NODE_HOMES:
                found += self._installed(self._home, folders, NODE_VERSION, place)
            found += self._installed(self._n_prefix, N_VERSIONS, NODE_VERSION, "bin/node")
            self._found["node"] = [one for one in found if one.version[0] >= NODE_MAJOR_MIN]
        return self._found["node"]

    @staticmethod
    def _installed(root: Path, folders: str, version: str, program: str) -> list[Found]:
        """Interpreters in folders that carry their version in the name."""
        found = []
        for folder in sorted(root.glob(folders), reverse=True):
            match = re.search(version, folder.name)
            if match is None:
                continue
            path = folder / program.format(*match.groups())
            if path.exists():
                found.append(Found(tuple(map(int, match.groups())), path))
        return found


def own_python() -> Path:
    """Our own interpreter, outside of any virtual environment."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return base if base.exists() else Path(sys.executable)


def sdk_minor_min() -> int:
    """The oldest Python 3 that the AWS SDK beside us runs in, by its own word."""
    import importlib.metadata  # 10 ms, for those alone who look for a Python.

    try:
        needed = importlib.metadata.metadata("botocore")["Requires-Python"] or ""
    except importlib.metadata.PackageNotFoundError:
        needed = ""
    match = re.search(r">=\s*3\.(\d+)", needed)
    return max(PYTHON_MINOR_MIN, int(match[1])) if match else PYTHON_MINOR_MIN


def node_version(program: str) -> tuple[int, ...]:
    """What ``node --version`` says; empty when it does not answer."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=VERSION_S_MAX, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    match = re.match(r"v(\d+)\.(\d+)\.(\d+)", done.stdout)
    return tuple(map(int, match.groups())) if match else ()


def distance(version: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, int]:
    """How far a version is from the wanted one; of two at one distance the newer is nearer.

    To a version that comes before all that are run, Python 2, the oldest is nearest.
    """
    if len(wanted) > 1 and version[0] != wanted[0]:
        return version[1], 0
    gap = version[len(wanted) - 1] - wanted[-1]
    return abs(gap), -gap
