"""The project's webpack with the project's configuration, as serverless-webpack runs it.

``custom.webpack`` has the plugin's settings: ``webpackConfig``, ``includeModules`` with ``forceInclude`` and
``forceExclude``; those about how the plugin works have no meaning here. webpack's own cache on disk is
switched on where the configuration says nothing about it, so that a second build takes a fraction of the first.
Follows https://www.npmjs.com/package/serverless-webpack
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.artefacts import Entry
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.serverless import dev_dependencies
from stratolite.templates.serverless.builds.tool import SUFFIXES, failed, run, source_of
from stratolite.templates.serverless.handlers import node_module

PLUGIN = "serverless-webpack"
FOLDER = Path(".serverless", "webpack")
CONFIG_DEFAULT = "webpack.config.js"
SCRIPT = Path(__file__).parent / "webpack.cjs"
IDLE = frozenset(
    {"packager", "packagerOptions", "packagePath", "excludeFiles", "excludeRegex", "keepOutputDirectory", "concurrency"}
    | {"serializedCompile", "noBuild", "series"}
)
"""Settings that say how the plugin works rather than what a bundle holds."""


class Webpack:
    """Bundles the handlers of one service. ``suffixes``: of the sources that it bundles."""

    is_whole = True

    def __init__(self, document: Map, folder: Path, stage: str, suffixes: Sequence[str] = SUFFIXES) -> None:
        self._document = document
        self._folder = folder
        self._stage = stage
        self._suffixes = suffixes
        self._made: dict[str, Any] | None = None
        custom = document.get("custom")
        given = custom.get("webpack") if isinstance(custom, Map) else None
        self._settings = given if isinstance(given, Map) else Map(Mark(""))
        self.config = str(given) if isinstance(given, str) else str(self._settings.get("webpackConfig", CONFIG_DEFAULT))

    def source(self, handler: str) -> Path | None:
        """The file of a handler, by whichever suffix it is there."""
        return source_of(self._folder, handler, self._suffixes)

    def entries(self, handlers: Sequence[str]) -> Sequence[Entry]:
        """The bundles of handlers, what they share, and the packages that are left out of them."""
        made = self._built()
        output = (self._folder / FOLDER).resolve()
        mine = {node_module(handler) for handler in handlers}
        names = [asset for asset in made["assets"] if made["owners"].get(asset, "") in {"", *mine}]
        entries = [Entry(name, str(output / name)) for name in sorted(names)]
        for package in sorted(dev_dependencies.reached(self._folder, self._included(made["externals"]))):
            files = sorted(path for path in package.rglob("*") if path.is_file())
            entries += [Entry(file.relative_to(self._folder).as_posix(), str(file)) for file in files]
        return entries

    def _included(self, externals: Sequence[str]) -> list[str]:
        """The packages that go along: those that bundles ask for, where ``includeModules`` is set."""
        wanted = self._settings.get("includeModules")
        if not wanted:
            return []
        more, less = (_texts(wanted, name) for name in ("forceInclude", "forceExclude"))
        return [name for name in dict.fromkeys([*externals, *more]) if name not in less and name != "aws-sdk"]

    def _built(self) -> dict[str, Any]:
        if self._made is not None:
            return self._made
        for name in self._settings:
            if name not in IDLE | {"webpackConfig", "includeModules"}:
                raise UserError(
                    f"custom.webpack.{name} is not done here",
                    where=str(mark_of(self._settings, name)),
                    todo="Leave it out, or bundle with a script of your own and name the result.",
                )
        asked = {
            "config": self.config,
            "entries": self._sources(),
            "output": str((self._folder / FOLDER).resolve()),
            "cache": str((self._folder / ".serverless" / "webpack-cache").resolve()),
            "stage": self._stage,
            "service": str(self._document.get("service") or ""),
        }
        said = run("webpack", ["node", str(SCRIPT)], self._folder, json.dumps(asked), is_patient=True)
        try:
            made: dict[str, Any] = json.loads(said.rpartition("\n\0")[2])
        except ValueError:
            raise failed("webpack", self._folder, said or "it ended without saying why") from None
        if made["errors"]:
            raise failed("webpack", self._folder, "\n".join(made["errors"]))
        self._made = made
        return made

    def _sources(self) -> dict[str, str]:
        functions = self._document["functions"].values()
        handlers = [str(each.get("handler")) for each in functions if isinstance(each, Map) and each.get("handler")]
        found = {node_module(handler): file for handler in handlers if (file := self.source(handler)) is not None}
        return {module: f"./{file.relative_to(self._folder).as_posix()}" for module, file in found.items()}


def _texts(settings: Any, name: str) -> list[str]:
    value = settings.get(name) if isinstance(settings, Map) else None
    return [str(each) for each in value] if isinstance(value, List) else []
