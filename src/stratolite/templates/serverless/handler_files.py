"""The files of the handlers of a service: what each is built from, or where it stands, and which are not there.

Owns: which file a handler is, for debuggers and for who watches it. May not: choose what is packaged (``package``).
"""

import os
from collections.abc import Callable
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind, Warning, without
from stratolite.templates.artefacts import Artefact
from stratolite.templates.document import Map, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import handlers
from stratolite.templates.serverless.builds.tool import TYPED, Builder, entry_of, source_of
from stratolite.templates.serverless.python_parts import PythonParts
from stratolite.templates.serverless.service import runtime_of
from stratolite.templates.serverless.warned import warned

FAILS = "it fails when it is called"
"""What becomes of a function whose code is not there, where the others can do without it."""


class HandlerFiles:
    """Of one service. ``builder`` builds handlers of Node, if anything does; ``warn`` hears of what is not there.

    ``is_dry``: nothing is built or installed. ``is_lenient``: a handler that is not there stops nothing.
    """

    def __init__(
        self,
        document: Map,
        folder: Path,
        builder: Builder | None,
        python: PythonParts,
        warn: Callable[[Warning], None],
        *,
        is_dry: bool,
        is_lenient: bool,
    ) -> None:
        self._document = document
        self._folder = folder
        self._builder = builder
        self._python = python
        self._warn = warn
        self._is_dry = is_dry
        self._is_lenient = is_lenient
        self._packed: dict[str, frozenset[str]] = {}
        self.found: dict[str, Path] = {}
        """The file of each handler, by the key of its function."""
        self.absent: dict[str, UserError] = {}
        """Why functions have no code, by their keys."""

    def built(self, key: str) -> str:
        """The handler of a function whose code is built; empty for others."""
        function = self._document["functions"][key]
        if self._builder is None or not self._runtime(function).startswith("nodejs"):
            return ""
        handler = entry_of(function)
        return handler if self._builder.source(handler) is not None else ""

    def find(self, key: str, artefact: Artefact) -> None:
        """Find the handler of a function that has its code in an artefact.

        Raises UserError for one that is not there, unless the other functions may do without it: then it is in
        ``absent``.
        """
        function = self._document["functions"][key]
        handler = function.get("handler")
        if not isinstance(handler, str):
            return
        file = self._made_from(key, function, handler)
        if file is not None:
            self.found[key] = file
            return
        mark = mark_of(function, "handler")
        try:
            folder = self._folder / self._python.module((key,))
            elsewhere = self._may_lie_elsewhere(function, handler)
            file = handlers.find(folder, key, handler, self._runtime(function), mark, elsewhere)
        except UserError as error:
            if not self._is_lenient:
                raise
            if key not in self.absent:
                self.absent[key] = error
                self._warn(without(error, FAILS, Kind.LEFT_OUT, "functions"))
            return
        if file is None:
            return
        self.found[key] = file
        self._warn_of_syntax(key, file, self._runtime(function))
        if os.path.normpath(file) not in self._paths(artefact):
            what = f"the file of the handler {handler!r} is left out of {artefact.name} by a pattern"
            self._warn(warned(what, mark, Kind.MISTAKE, about="functions"))

    def _warn_of_syntax(self, key: str, file: Path, runtime: str) -> None:
        broken = handlers.syntax_error(file, runtime) if file.suffix == ".py" else None
        if broken is not None:
            where = f"{os.path.normpath(file)}:{broken.lineno or 1}:{broken.offset or 1}"
            what = f"{broken.msg}: the function {key} fails when it is called"
            self._warn(Warning(what, where, Kind.MISTAKE, "functions"))

    def _made_from(self, key: str, function: Map, handler: str) -> Path | None:
        """The file that a handler is made from; None for one that is packaged as it is written."""
        if self._builder is not None and (entry := self.built(key)):
            return self._builder.source(entry)
        if (application := self._python.handler_path(function)) is not None:
            return application
        # What builds it may be among the packages that are still to be installed.
        return source_of(self._folder, handler, TYPED) if self._is_dry else None

    def _may_lie_elsewhere(self, function: Map, handler: str) -> bool:
        """Whether a handler may come from a layer, or from packages of which nothing is known before they are there."""
        has_layers = truthy(function.get("layers")) or truthy(self._document["provider"].get("layers"))
        return has_layers or (self._is_dry and "node_modules/" in handler)

    def _paths(self, artefact: Artefact) -> frozenset[str]:
        """Where the files of an artefact stand on disk."""
        if artefact.key not in self._packed:
            self._packed[artefact.key] = frozenset(os.path.normpath(entry.path) for entry in artefact.entries)
        return self._packed[artefact.key]

    def _runtime(self, function: Map) -> str:
        return runtime_of(self._document["provider"], function)
