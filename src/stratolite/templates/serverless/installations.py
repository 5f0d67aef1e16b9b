"""What a service needs installed: packages of Node for its functions, layers and builds, packages of Python.

``up`` installs what is missing (``Options.installs`` is ``all``); a deployment installs what a plugin of the file
would install there (``plugins``), and says what else is not there; ``none`` only says so. ``missing`` tells, and does
nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind, Warning
from stratolite.templates.artefacts import Entry
from stratolite.templates.dependencies import manifests, node, python
from stratolite.templates.dependencies.installation import Installation
from stratolite.templates.dependencies.node import Project
from stratolite.templates.dependencies.python import Packages
from stratolite.templates.dependencies.requirements import of_folder
from stratolite.templates.dependencies.runner import Runner
from stratolite.templates.document import Map, Mark
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import plugins, requirements, wsgi
from stratolite.templates.serverless.builds.tool import TYPED, source_of
from stratolite.templates.serverless.handlers import node_module
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.plugins import table
from stratolite.templates.serverless.service import runtime_of
from stratolite.templates.serverless.variables.resolver import Resolved
from stratolite.templates.supplied.esbuild import esbuild, fetched

SUPPLIED = frozenset({"boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"})
"""What AWS's Python runtimes bring along."""
TYPESCRIPT = "typescript"
_PLAIN = (".js", ".mjs", ".cjs")
_LACKS = re.compile(r"Cannot find (?:module|package) '(?![./])([^']+)'")


def missing(resolved: Resolved, options: Options) -> tuple[Installation, ...]:
    """What ``up`` would install for a service, in order. Raises UserError for files that are broken."""
    return Installations(resolved, replace(options, installs="all")).missing()


def install_for_variables(file: Path, options: Options, said: str) -> tuple[Warning, ...] | None:
    """Install what a JavaScript file of the configuration requires; None where nothing of it can be installed.

    ``said`` is how such a file failed. What the user should know is given. Raises UserError.
    """
    match = _LACKS.search(said)
    if options.installs != "all" or options.is_dry or match is None:
        return None
    required = "/".join(match[1].split("/")[: 2 if match[1].startswith("@") else 1])
    runner = _runner(options)
    warnings: list[Warning] = []
    acted = False
    # Nothing of the service is known yet, and scripts of it require packages of development as well.
    for project in node.projects(file.parent, set(), set(), builds=False, required=required, unused=table.unused()):
        if project.missing(runner) is not None:
            warnings += project.install(runner)
            acted = True
    if not acted and required == TYPESCRIPT and options.cache is not None and fetched(options.cache) is None:
        esbuild(options.cache, runner, f"reads {file.name}")
        acted = True
    return tuple(warnings) if acted else None


class Installations:
    """What one service needs, compared with what is there. ``warnings``: what the user should know of it."""

    def __init__(self, resolved: Resolved, options: Options) -> None:
        self.warnings: list[Warning] = []
        self._document = resolved.document
        self._folder = resolved.folder
        self._options = options
        self._runner = _runner(options)
        self._used: set[Path] = set()
        self._lacking: list[Installation] = []
        self._read: list[Path] = []
        self._known: dict[tuple[Path, str], Packages | None] = {}

    def missing(self) -> tuple[Installation, ...]:
        """What is not installed and would be. Raises UserError for files that are broken."""
        found = [each.missing(self._runner) for each in self._projects] if self._options.installs == "all" else []
        found += [each.missing(self._runner) for each in self._packages(self._python_functions)]
        if self._options.installs != "plugins":
            layers = (self._packages_of_layer(layer) for _, layer in self._each("layers"))
            found += [each.missing(self._runner) for each in layers if each is not None]
        return tuple(each for each in found if each is not None)

    @property
    def acts(self) -> bool:
        """Whether something is going to be installed."""
        return self._options.installs != "none" and bool(self.missing())

    def install_packages_of_node(self) -> None:
        """Install what is missing for Node, or say that it is. Raises UserError with what the tool says."""
        for project in self._projects:
            self._read += project.sources
            if self._options.installs == "all":
                self.warnings += project.install(self._runner)
            elif wanted := project.missing(self._runner):
                self._lacking.append(wanted)
                what = f"{wanted.reason}: run {wanted.shown} in {wanted.folder}"
                self._warn(what, project.folder / manifests.NAME)

    def explain(self, error: UserError) -> None:
        """Add to an error what is not installed, which may be all that is wrong."""
        for wanted in self._lacking:
            error.todo = f"{error.todo}\n  {wanted.reason}: run {wanted.shown} in {wanted.folder}.".strip()

    def place_of(self, wanted: Packages) -> Path | None:
        """Where packages of Python are, installed where they are not yet; None where they are not to be."""
        wanted = replace(wanted, may_loosen=self._options.installs == "all")
        self._read += wanted.requirements.sources
        self._used.add(wanted.place)
        if self._options.installs == "none" and (lacking := wanted.missing(self._runner)):
            self._warn(f"{lacking.reason}: --no-install leaves them out", wanted.requirements.file)
            return None
        self.warnings += wanted.install(self._runner)
        return wanted.place if wanted.place.is_dir() else None

    def unpackaged(self, keys: Iterable[str]) -> Iterator[Entry]:
        """The packages of Python functions that no plugin packages: put beside their code under ``up`` alone."""
        if plugins.is_named(self._document, requirements.NAME):
            return
        for wanted in self._packages([key for key in keys if key in self._python_functions]):
            place = self.place_of(wanted)
            if place is not None:
                self._warn_of_aws(wanted)
                yield from (Entry(name, f"{place}/{name}") for name in requirements.names(place))

    def of_layer(self, key: str) -> Iterator[Entry]:
        """The packages that the folder of a layer asks for and does not hold: put into the layer under ``up`` alone."""
        wanted = self._packages_of_layer(self._document["layers"][key]) if self._options.installs != "plugins" else None
        place = self.place_of(wanted) if wanted is not None else None
        if wanted is not None and place is not None:
            what = (
                f"its packages are put into the layer {key} here; a deployment packages what lies in the folder of "
                "the layer"
            )
            self._warn(what, wanted.requirements.file, Kind.REFUSED_BY_AWS)
            yield from (Entry(f"python/{name}", f"{place}/{name}") for name in requirements.names(place))

    def esbuild(self) -> Path | None:
        """An esbuild for a project that needs one and has none; None where none is to be fetched."""
        if self._options.installs != "all" or self._options.cache is None:
            return None
        return esbuild(self._options.cache, self._runner)

    def tidy(self) -> tuple[Path, ...]:
        """Remove what earlier contents left; gives the files that decide what is installed, for watching."""
        python.tidy(self._folder, self._used)
        return tuple(dict.fromkeys(self._read))

    # What is looked at ------------------------------------------------------------------------------------------

    @cached_property
    def _projects(self) -> tuple[Project, ...]:
        """The projects of Node that functions, layers and builds need."""
        functions = {key: each for key, each in self._functions() if self._runtime(each).startswith("nodejs")}
        if not functions:
            return ()
        handlers = [str(each.get("handler") or "") for each in functions.values()]
        files = {self._folder / f"{module}.js" for handler in handlers if (module := node_module(handler))}
        for _, layer in self._each("layers"):
            files.add(self._folder / str(layer.get("path") or "").lstrip("/") / "nodejs" / "index.js")
        named = {name for name, _ in plugins.named(self._document)}
        builds = any(map(manifests.is_build, named)) or any(map(self._is_typed, handlers))
        runtime = self._runtime(next(iter(functions.values())))
        unused = table.unused()
        return tuple(node.projects(self._folder, files, named, builds=builds, runtime=runtime, unused=unused))

    def _is_typed(self, handler: str) -> bool:
        file = source_of(self._folder, handler, (*_PLAIN, *TYPED))
        return file is not None and file.suffix in TYPED

    @cached_property
    def _python_functions(self) -> dict[str, str]:
        """The functions in Python, with their runtimes."""
        runtimes = {key: self._runtime(each) for key, each in self._functions()}
        return {key: runtime for key, runtime in runtimes.items() if runtime.startswith("python")}

    def _packages(self, keys: Iterable[str]) -> list[Packages]:
        """What functions in Python ask for, by the plugin's settings where the file names it, nearest folder first."""
        is_plugin = plugins.is_named(self._document, requirements.NAME)
        if not is_plugin and not self._is_of_wsgi and self._options.installs == "plugins":
            return []
        found: dict[Packages, None] = {}
        for key in keys:
            own = [self._folder / requirements.module_of(self._document, key)] if is_plugin else self._folders_of(key)
            asked = [self._asked(folder, self._python_functions[key], is_plugin) for folder in own]
            found |= dict.fromkeys(each for each in asked if each is not None)
        return list(found)

    def _asked(self, folder: Path, runtime: str, is_plugin: bool) -> Packages | None:
        """What a folder asks for, read once: the lock of a large project takes a while, and functions share it."""
        if (folder, runtime) not in self._known:
            found = (
                requirements.packages(self._document, self._folder, runtime, folder)
                if is_plugin
                else self._written_in(folder, runtime)
            )
            self._known[folder, runtime] = found and replace(found, may_loosen=self._options.installs == "all")
        return self._known[folder, runtime]

    @cached_property
    def _is_of_wsgi(self) -> bool:
        """Whether serverless-wsgi packages what functions require."""
        return plugins.is_named(self._document, wsgi.NAME) and wsgi.installs(self._document)

    def _written_in(self, folder: Path, runtime: str) -> Packages | None:
        """What a folder asks for beyond what the runtime brings; None for nothing, and for what lies there already."""
        written = of_folder(folder, is_first=True)
        if written is None:
            return None
        lines = requirements.chosen(written, lambda name: name not in SUPPLIED)
        if not any(not line.startswith("-") for line in lines) or python.are_beside(self._folder, lines):
            return None
        return Packages(self._folder, written, lines, requirements.interpreter(runtime), runtime=runtime)

    def _packages_of_layer(self, layer: Map) -> Packages | None:
        """What the folder of a layer asks for; None where it says nothing, and for what a script has put there."""
        given = layer.get("compatibleRuntimes")
        runtimes = [*(given if isinstance(given, list) else [given]), self._runtime(Map(Mark("")))]
        runtime = next((each for each in map(str, runtimes) if each.startswith("python")), None)
        folder = self._folder / str(layer.get("path") or "").lstrip("/")
        if runtime is None or folder.resolve() == self._folder.resolve():
            return None
        written = of_folder(folder, is_first=True) or of_folder(folder / "python", is_first=True)
        if written is None:
            return None
        lines = requirements.chosen(written, bool)
        places = [folder / "python", *folder.glob("python/lib/python3*/site-packages")]
        if any(python.are_beside(each, lines) for each in places):
            return None
        return Packages(self._folder, written, lines, requirements.interpreter(runtime), runtime=runtime)

    def _folders_of(self, key: str) -> list[Path]:
        """The folders around a function in Python, from its handler's up to the service's."""
        handler = str(self._document["functions"][key].get("handler") or "")
        if self._is_of_wsgi and handler in wsgi.HANDLERS:
            handler = wsgi.application(self._document)
        parts = handler.rpartition(".")[0].replace(".", "/").strip("/").split("/")[:-1]
        return [self._folder.joinpath(*parts[:length]) for length in range(len(parts), -1, -1)]

    def _functions(self) -> Iterator[tuple[str, Map]]:
        """The functions whose code is packaged here."""
        package = self._document.get("package")
        shared = isinstance(package, Map) and truthy(package.get("artifact"))
        for key, function in self._each("functions"):
            own = function.get("package")
            ready = isinstance(own, Map) and truthy(own.get("artifact"))
            individually = isinstance(own, Map) and truthy(own.get("individually"))
            if not ready and not truthy(function.get("image")) and (individually or not shared):
                yield key, function

    def _each(self, name: str) -> Iterator[tuple[str, Map]]:
        entries = self._document.get(name)
        if isinstance(entries, Map):
            yield from ((key, value) for key, value in entries.items() if isinstance(value, Map))

    def _runtime(self, function: Map) -> str:
        return runtime_of(self._document["provider"], function)

    def _warn_of_aws(self, wanted: Packages) -> None:
        """Where nothing else brings the packages there, a deployment to AWS would lack them."""
        provider = self._document["provider"]
        functions = self._document["functions"]
        if self._is_of_wsgi:
            return
        if truthy(provider.get("layers")) or any(
            truthy(functions[key].get("layers")) for key in self._python_functions
        ):
            return
        what = (
            "its packages are put beside the code here; on AWS they would lack, as nothing in the file packages them: "
            f"the plugin {requirements.NAME} does"
        )
        self._warn(what, wanted.requirements.file, Kind.REFUSED_BY_AWS)

    def _warn(self, what: str, file: Path, kind: Kind = Kind.NOTE) -> None:
        self.warnings.append(Warning(what, str(file), kind, "dependencies"))


def _runner(options: Options) -> Runner:
    return options.runner or Runner(options.env, options.tell)
