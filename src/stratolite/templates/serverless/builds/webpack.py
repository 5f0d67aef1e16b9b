"""The project's webpack with the project's configuration, as serverless-webpack runs it; serverless-bundle's own, too.

``custom.webpack`` has the plugin's settings: ``webpackConfig``, ``includeModules`` with ``forceInclude`` and
``forceExclude``, ``excludeFiles``, ``excludeRegex``; those about how the plugin works have no meaning here. webpack's
own cache on disk is switched on where the configuration says nothing about it, so that a second build takes a fraction
of the first. webpack 4, and 5 before 5.61, digest by an algorithm that newer versions of Node leave to OpenSSL's legacy
provider: Node is started with it.
Follows https://www.npmjs.com/package/serverless-webpack and https://www.npmjs.com/package/serverless-bundle
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind, Warning
from stratolite.templates.artefacts import Entry
from stratolite.templates.document import Map, Mark, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.builds.tool import (
    SUFFIXES,
    folders_outside,
    installed,
    packages_of,
    source_of,
    sources,
    texts,
    version,
)
from stratolite.templates.serverless.builds.workshop import Workshop
from stratolite.templates.serverless.globs import matcher
from stratolite.templates.serverless.handlers import node_module
from stratolite.templates.serverless.warned import warned

PLUGIN = "serverless-webpack"
BUNDLE = "serverless-bundle"
FOLDER = Path(".serverless", "webpack")
CONFIG_DEFAULT = "webpack.config.js"
PROGRAM = Path(__file__).parent / "webpack.cjs"
SETTINGS = frozenset({"webpackConfig", "config", "includeModules", "excludeFiles", "excludeRegex"})
IDLE = frozenset(
    {"packager", "packagerOptions", "packagePath", "keepOutputDirectory", "concurrency", "serializedCompile", "noBuild"}
    | {"series", "watch"}
)
"""Settings that say how the plugin works rather than what a bundle holds."""
NODE_S_MAX = 10
_LEGACY = "--openssl-legacy-provider"
_OWN_DIGEST = (5, 61)
"""The first version of webpack that brings the algorithm along."""


class Webpack:
    """Bundles the handlers of one service. ``suffixes``: of the sources that it bundles.

    ``is_lenient``: whether wrong types are told and stop nothing.
    """

    is_whole = True

    def __init__(
        self,
        document: Map,
        folder: Path,
        stage: str,
        workshop: Workshop,
        suffixes: Sequence[str] = SUFFIXES,
        *,
        is_lenient: bool = False,
    ) -> None:
        self._document = document
        self._folder = folder
        self._stage = stage
        self._workshop = workshop
        self._suffixes = suffixes
        self._is_lenient = is_lenient
        self._made: dict[str, Any] | None = None
        self.warnings: Sequence[Warning] = ()
        self.outside: Sequence[Path] = ()
        custom = document.get("custom")
        self._custom = custom if isinstance(custom, Map) else Map(Mark(""))
        given = self._custom.get("webpack")
        self._settings = given if isinstance(given, Map) else Map(Mark(""))
        named = given if isinstance(given, str) else self._settings.get("webpackConfig")
        self.config = str(named or CONFIG_DEFAULT)
        self._bundle: dict[str, Any] | None = None

    @property
    def tool(self) -> Path | None:
        """The installed webpack."""
        return installed(self._folder, "webpack", PLUGIN, BUNDLE)

    @property
    def is_configured(self) -> bool:
        """Whether there is a webpack with a configuration."""
        return self.tool is not None and (self._folder / self.config).is_file()

    def use_bundle(self) -> bool:
        """Take the configuration that serverless-bundle brings; False where it is not installed."""
        package = installed(self._folder, BUNDLE)
        if package is None or self.tool is None or not (package / "src" / CONFIG_DEFAULT).is_file():
            return False
        runtime = str(self._document["provider"].get("runtime") or "")
        major = runtime.removeprefix("nodejs").partition(".")[0]
        options = self._custom.get("bundle")
        self._settings = options if isinstance(options, Map) else Map(Mark(""))
        self._bundle = {
            "folder": str(package),
            "options": dict(self._settings),
            "nodeVersion": int(major) if major.isdigit() else 12,
        }
        self.config = str(package / "src" / CONFIG_DEFAULT)
        return True

    def source(self, handler: str) -> Path | None:
        """The file of a handler, by whichever suffix it is there."""
        return source_of(self._folder, handler, self._suffixes)

    def entries(self, handlers: Sequence[str]) -> Sequence[Entry]:
        """The bundles of handlers, what they share, and the packages that are left out of them."""
        made = self._built()
        output = (self._folder / FOLDER).resolve()
        mine = {node_module(handler) for handler in handlers}
        names = [asset for asset in made["assets"] if made["owners"].get(asset, "") in {"", *mine}]
        regex = re.compile(str(self._settings["excludeRegex"])) if self._settings.get("excludeRegex") else None
        entries = [Entry(name, str(output / name)) for name in sorted(names) if regex is None or not regex.search(name)]
        return [*entries, *packages_of(self._folder, self._included(made["externals"]))]

    def _included(self, externals: Sequence[str]) -> list[str]:
        """The packages that go along: those that bundles ask for, where ``includeModules`` is set."""
        wanted = self._settings if self._bundle else self._settings.get("includeModules")
        if not self._bundle and not truthy(wanted):
            return []
        more, less = (texts(wanted, name) for name in ("forceInclude", "forceExclude"))
        return [name for name in dict.fromkeys([*externals, *more]) if name not in less and name != "aws-sdk"]

    def _built(self) -> dict[str, Any]:
        if self._made is not None:
            return self._made
        if self._bundle is None:
            self._check()
        tool = self.tool
        assert tool is not None
        plugin = installed(self._folder, PLUGIN, BUNDLE)
        asked: dict[str, Any] = {
            "tool": str(tool),
            "plugin": str(plugin) if plugin is not None else None,
            "config": self.config,
            "bundle": self._bundle,
            "entries": self._entries(),
            "output": str((self._folder / FOLDER).resolve()),
            "cache": str((self._folder / ".serverless" / "webpack-cache").resolve()),
            "stage": self._stage,
            "region": str(self._document["provider"].get("region") or "us-east-1"),
            "service": self._document,
            "isLenient": self._is_lenient,
        }
        self._made = made = self._workshop.build("webpack", PROGRAM, self._folder, asked, _flags(tool))
        self.outside = folders_outside(self._folder, made["inputs"])
        if made["types"]:
            first, others = " ".join(made["types"][0].split()), len(made["types"]) - 1
            more = f" and {others} more" if others else ""
            told = f"types are wrong, and webpack bundled the handlers all the same: {first}{more}"
            self.warnings = [*self.warnings, Warning(told, kind=Kind.MISTAKE, about="functions")]
        stems = {name.rpartition(".")[0] for name in made["assets"]}
        missing = [module for module in asked["entries"] if module not in stems]
        if missing:
            what = f"webpack made nothing for the handlers in {', '.join(missing)}: see {self.config}"
            self.warnings = [*self.warnings, Warning(what, kind=Kind.MISTAKE, about="functions")]
        return made

    def _check(self) -> None:
        for name in self._settings:
            if name not in IDLE | SETTINGS:
                raise UserError(
                    f"custom.webpack.{name} is not done here",
                    where=str(mark_of(self._settings, name)),
                    todo="Leave it out, or bundle with a script of your own and name the result.",
                )
            if name == "noBuild" and self._settings[name] is True:
                at = mark_of(self._settings, name)
                what = "custom.webpack.noBuild: what was built before is not taken: it is bundled anew"
                self.warnings = [warned(what, at, Kind.NO_EFFECT, about="plugins")]

    def _entries(self) -> dict[str, str]:
        patterns = [matcher(each) for each in texts(self._settings, "excludeFiles")]
        found = {
            module: file.relative_to(self._folder).as_posix() for module, file in sources(self._document, self).items()
        }
        return {module: f"./{name}" for module, name in found.items() if not any(fits(name) for fits in patterns)}


def _flags(tool: Path) -> tuple[str, ...]:
    """Flags of Node that a version of webpack needs."""
    numbers = re.findall(r"\d+", version(tool))[:2]
    if not numbers or tuple(map(int, numbers)) >= _OWN_DIGEST or _node_major() < 17:
        return ()
    return (_LEGACY,)


@cache
def _node_major() -> int:
    """The major version of Node; 0 where there is none, which is told when it is needed."""
    node = shutil.which("node")
    if node is None:
        return 0
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=NODE_S_MAX, check=False)
    found = re.match(r"v(\d+)", said.stdout)
    return int(found[1]) if found else 0
