"""What plugins for Python make of packages: modules, handlers of WSGI applications, required packages, their layer."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from stratolite.core.warning import Warning
from stratolite.templates.artefacts import Entry
from stratolite.templates.document import Map, Mark
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import plugins, requirements, wsgi
from stratolite.templates.serverless.installations import Installations


class PythonParts:
    """Of one service. ``runtime_of`` gives the runtime of a function."""

    def __init__(
        self, document: Map, folder: Path, installations: Installations, runtime_of: Callable[[Map], str]
    ) -> None:
        self._document = document
        self._folder = folder
        self._install = installations.place_of
        self._runtime_of = runtime_of
        self._has_requirements = plugins.is_named(document, requirements.NAME)
        self._has_wsgi = plugins.is_named(document, wsgi.NAME)

    def module(self, owners: Sequence[str]) -> str:
        """The folder that is packaged as if it were the service's; empty where that is the service's."""
        if len(owners) != 1 or not self._has_requirements or not self._runtimes(owners):
            return ""
        return requirements.module_of(self._document, owners[0])

    def beside(self, owners: Sequence[str]) -> Iterator[Entry]:
        """What is put beside the code of functions. Raises UserError."""
        package = self._document.get("package")
        is_alone = len(owners) == 1 and isinstance(package, Map) and truthy(package.get("individually"))
        for runtime in self._runtimes(owners):
            if self._has_wsgi:
                yield from wsgi.entries(self._document, self._folder, self.module(owners))
            if self._has_requirements:
                key = owners[0] if is_alone else ""
                yield from requirements.entries(self._document, self._folder, runtime, self._install, key)

    def handler_path(self, function: Map) -> Path | None:
        """The file of the application that a function's handler serves; None for handlers of its own."""
        if not self._has_wsgi or function.get("handler") not in wsgi.HANDLERS:
            return None
        return wsgi.handler_path(self._document, self._folder, function)

    def layer(self) -> tuple[Entry, ...]:
        """The packages that functions require, as a layer. Raises UserError."""
        runtime = self._runtime_of(Map(Mark("")))
        runtimes = [runtime] if runtime.startswith("python") else self._runtimes(list(self._document["functions"]))
        if not runtimes:
            return ()
        return requirements.layer_entries(self._document, self._folder, runtimes[0], self._install)

    def notes(self) -> tuple[Warning, ...]:
        """What people should know of the settings."""
        return tuple(requirements.notes(self._document)) if self._has_requirements else ()

    def _runtimes(self, keys: Sequence[str]) -> list[str]:
        """The versions of Python that functions are written for."""
        functions = (self._document["functions"][key] for key in keys)
        found = {self._runtime_of(each) for each in functions if isinstance(each, Map)}
        return sorted(runtime for runtime in found if runtime.startswith("python"))
