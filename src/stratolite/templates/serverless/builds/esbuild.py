"""The project's esbuild, as serverless-esbuild runs it; also for serverless-webpack in a project without webpack.

One run of ``node_modules/.bin/esbuild`` bundles the handlers of all functions, into ``.serverless/bundles`` of the
service's folder; it takes some 50 ms. ``custom.esbuild`` has the plugin's settings. Source maps are made unless the
settings say something about them: they change nothing but the traces of errors.
Follows https://www.npmjs.com/package/serverless-esbuild
"""

import shutil
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.artefacts import Entry
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.javascript import coerced
from stratolite.templates.serverless import dev_dependencies
from stratolite.templates.serverless.builds.tool import SUFFIXES, run, source_of
from stratolite.templates.serverless.handlers import node_module

PLUGIN = "serverless-esbuild"
FOLDER = Path(".serverless", "bundles")

FLAGS = {
    "minify": "minify",
    "minifyWhitespace": "minify-whitespace",
    "minifyIdentifiers": "minify-identifiers",
    "minifySyntax": "minify-syntax",
    "sourcemap": "sourcemap",
    "sourcesContent": "sources-content",
    "target": "target",
    "format": "format",
    "platform": "platform",
    "keepNames": "keep-names",
    "tsconfig": "tsconfig",
    "mainFields": "main-fields",
    "conditions": "conditions",
    "resolveExtensions": "resolve-extensions",
    "treeShaking": "tree-shaking",
    "legalComments": "legal-comments",
    "charset": "charset",
    "jsx": "jsx",
    "define": "define",
    "loader": "loader",
    "banner": "banner",
    "footer": "footer",
    "alias": "alias",
    "inject": "inject",
    "drop": "drop",
    "pure": "pure",
    "packages": "packages",
}
"""Settings that esbuild's command line takes, and what it calls them."""
IDLE = frozenset(
    {"bundle", "concurrency", "zipConcurrency", "packager", "packagerOptions", "packagePath", "watch", "logLevel"}
    | {"disableIncremental", "keepOutputDirectory", "outputWorkFolder", "outputBuildFolder", "installExtraArgs"}
    | {"skipRebuild", "skipBuild", "nativeZip", "nodeExternals", "exclude", "external", "outputFileExtension"}
)
"""Settings that say how the plugin works rather than what a bundle holds, and those that are read here."""


class Esbuild:
    """Bundles the handlers of one service. ``program`` is the project's esbuild; ``suffixes``: of what it bundles."""

    is_whole = True

    def __init__(self, document: Map, folder: Path, program: Path, suffixes: Sequence[str] = SUFFIXES) -> None:
        self._document = document
        self._folder = folder
        self._program = program
        self._suffixes = suffixes
        self._done = False
        custom = document.get("custom")
        settings = custom.get("esbuild") if isinstance(custom, Map) else None
        self._settings = settings if isinstance(settings, Map) else Map(Mark(""))

    def source(self, handler: str) -> Path | None:
        """The file of a handler, by whichever suffix it is there."""
        return source_of(self._folder, handler, self._suffixes)

    def entries(self, handlers: Sequence[str]) -> Sequence[Entry]:
        """The bundles of handlers, their source maps, and the packages that are left out of them."""
        self._bundle()
        return list(self._entries(handlers))

    def _entries(self, handlers: Sequence[str]) -> Iterator[Entry]:
        for handler in dict.fromkeys(handlers):
            for suffix in (self._suffix, f"{self._suffix}.map"):
                name = f"{node_module(handler)}{suffix}"
                if (self._output / name).is_file():
                    yield Entry(name, str(self._output / name))
        kept = [name for name in _texts(self._settings, "external") if name not in self._excluded]
        for package in sorted(dev_dependencies.reached(self._folder, kept)):
            for file in sorted(path for path in package.rglob("*") if path.is_file()):
                name = file.relative_to(self._folder).as_posix()
                yield Entry(name, str(file))

    @property
    def _output(self) -> Path:
        return (self._folder / FOLDER).resolve()

    @property
    def _suffix(self) -> str:
        return str(self._settings.get("outputFileExtension") or ".js")

    @property
    def _excluded(self) -> list[str]:
        """Packages that are neither bundled nor packaged: those that the runtime has."""
        if "exclude" in self._settings:
            return _texts(self._settings, "exclude")
        runtime = str(self._document["provider"].get("runtime") or "")
        return ["aws-sdk"] if runtime in ("nodejs12.x", "nodejs14.x", "nodejs16.x") else ["@aws-sdk/*"]

    @cached_property
    def _sources(self) -> list[str]:
        functions = self._document["functions"].values()
        handlers = [str(each.get("handler")) for each in functions if isinstance(each, Map) and each.get("handler")]
        found = dict.fromkeys(file for handler in handlers if (file := self.source(handler)) is not None)
        return [str(file.relative_to(self._folder)) for file in found]

    def _arguments(self) -> Iterator[str]:
        yield from ("--bundle", "--log-level=warning", "--color=false")
        yield from (f"--outdir={self._output}", "--outbase=.", f"--out-extension:.js={self._suffix}")
        yield from (
            f"--external:{name}" for name in dict.fromkeys([*_texts(self._settings, "external"), *self._excluded])
        )
        settings: dict[str, Any] = {"platform": "node", "sourcemap": True, **self._settings}
        for name, value in settings.items():
            if name in FLAGS:
                yield from _flags(FLAGS[name], value)
            elif name not in IDLE:
                raise UserError(
                    f"custom.esbuild.{name} is not done here",
                    where=str(mark_of(self._settings, name)),
                    todo="Leave it out, or bundle with a script of your own and name the result.",
                )

    def _bundle(self) -> None:
        """Bundle all handlers, once. Raises UserError with what esbuild says."""
        if self._done or not self._sources:
            return
        self._done = True
        shutil.rmtree(self._output, ignore_errors=True)
        run("esbuild", [str(self._program.resolve()), *self._sources, *self._arguments()], self._folder)


def _texts(settings: Map, name: str) -> list[str]:
    value = settings.get(name)
    return [str(each) for each in value] if isinstance(value, List) else []


def _flags(name: str, value: Any) -> Iterator[str]:
    """A setting of esbuild's JavaScript as its command line has it."""
    if value is True:
        yield f"--{name}"
    elif isinstance(value, Map):
        yield from (f"--{name}:{key}={coerced(each)}" for key, each in value.items())
    elif isinstance(value, List):
        several = name in ("inject", "drop", "pure")
        yield from ([f"--{name}:{each}" for each in value] if several else [f"--{name}={','.join(map(str, value))}"])
    elif value is not None and (value is not False or name in ("tree-shaking", "sources-content")):
        yield f"--{name}={coerced(value)}"
