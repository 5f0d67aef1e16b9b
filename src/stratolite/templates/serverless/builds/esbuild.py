"""The project's esbuild, as serverless-esbuild runs it; also for serverless-webpack in a project without webpack, and
for version 4 of the Serverless Framework, which has it inbuilt.

It bundles the handlers of all functions at once, into ``.serverless/bundles`` of the service's folder, and those alone
again whose files have changed (``record.py``). ``custom.esbuild`` has the plugin's settings: those that say how the
plugin works change nothing; those that esbuild does not know it refuses by name. Source maps are made unless the
settings say something about them: they change nothing but the traces of errors.
Follows https://www.npmjs.com/package/serverless-esbuild
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stratolite.core.warning import Kind, Warning
from stratolite.engine import node_sdk
from stratolite.templates.artefacts import Entry
from stratolite.templates.document import Map, Mark, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.builds import bundle, inbuilt
from stratolite.templates.serverless.builds.record import Record
from stratolite.templates.serverless.builds.tool import (
    SUFFIXES,
    TYPED,
    folders_outside,
    installed,
    is_module,
    packages_of,
    source_of,
    sources,
    texts,
    version,
)
from stratolite.templates.serverless.builds.workshop import Workshop
from stratolite.templates.serverless.handlers import node_module
from stratolite.templates.serverless.warned import warned

PLUGIN = "serverless-esbuild"
FOLDER = Path(".serverless", "bundles")
PROGRAM = Path(__file__).parent / "esbuild.cjs"
STAMPED = ("package.json", "tsconfig.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml")
"""Files that decide what imports mean."""
ES_MODULE = (
    'import { createRequire as $createRequire } from "node:module"; '
    "var require = $createRequire(import.meta.url), "
    '__filename = new URL(import.meta.url).pathname, __dirname = new URL(".", import.meta.url).pathname.slice(0, -1);'
)
"""What packages that are CommonJS find in a bundle that is an ES module. A ``var`` may be declared again."""


class Esbuild:
    """Bundles the handlers of one service. ``tool`` is an installed esbuild; ``suffixes``: of what it bundles.

    ``given``: the settings to use instead of ``custom.esbuild``, those of version 4 if ``is_inbuilt``.
    """

    is_whole = True

    def __init__(
        self,
        document: Map,
        folder: Path,
        tool: Path,
        workshop: Workshop,
        suffixes: Sequence[str] = SUFFIXES,
        given: Map | None = None,
        *,
        is_inbuilt: bool = False,
    ) -> None:
        self._document = document
        self._folder = folder
        self._tool = tool
        self._workshop = workshop
        self._suffixes = suffixes
        self._is_inbuilt = is_inbuilt
        self._made: dict[str, list[str]] = {}
        self._shared: dict[str, Any] = {}
        self.outside: Sequence[Path] = ()
        self.warnings: Sequence[Warning]
        custom = document.get("custom")
        self.warnings = bundle.undone(document) if given is not None and not is_inbuilt else ()
        settings = given if given is not None else custom.get("esbuild") if isinstance(custom, Map) else None
        self._settings = settings if isinstance(settings, Map) else Map(Mark(""))
        if given is None and truthy(self._settings.get("skipBuild")):
            at = mark_of(self._settings, "skipBuild")
            what = "custom.esbuild.skipBuild: what was built before is not taken: it is bundled anew"
            self.warnings = [warned(what, at, Kind.NO_EFFECT, about="plugins")]

    def source(self, handler: str) -> Path | None:
        """The file of a handler, by whichever suffix it is there."""
        return source_of(self._folder, handler, (*texts(self._settings, "resolveExtensions"), *self._suffixes))

    def entries(self, handlers: Sequence[str]) -> Sequence[Entry]:
        """The bundles of handlers, their source maps, and the packages that are left out of them."""
        if not self._shared:
            self._bundle()
        return list(self._entries(handlers))

    def _entries(self, handlers: Sequence[str]) -> Iterator[Entry]:
        made = [file for handler in handlers for file in self._made.get(node_module(handler), ())]
        for file in dict.fromkeys([*made, *self._shared["files"]]):
            yield Entry(Path(file).relative_to(self._output).as_posix(), file)
        yield from packages_of(self._folder, self._shared["packages"])

    @property
    def _output(self) -> Path:
        return (self._folder / FOLDER).resolve()

    def _bundle(self) -> None:
        """Bundle what has changed since the last time. Raises UserError with what esbuild says."""
        entries = {module: str(file.resolve()) for module, file in sources(self._document, self).items()}
        record = Record(self._output.with_suffix(".json"), self._digest())
        if record.is_new:
            shutil.rmtree(self._output, ignore_errors=True)
        made = {module: record.outputs(module) for module in entries}
        asked = {module: file for module, file in entries.items() if made[module] is None}
        if asked:
            record.begin()
            answer = self._workshop.build("esbuild", PROGRAM, self._folder, self._question(asked))
            for module, one in answer["made"].items():
                inputs = dict.fromkeys([*one["inputs"], *self._stamped])
                # What plugins read is not known.
                if not answer["isOpaque"]:
                    record.note(module, inputs, one["outputs"])
                made[module] = one["outputs"]
            packages = sorted({*record.shared.get("packages", ()), *answer["packages"]})
            files = sorted({*record.shared.get("files", ()), *answer["shared"]})
            record.shared = {"packages": packages, "files": files}
            record.write()
        self.outside = folders_outside(self._folder, record.inputs())
        self._made = {module: outputs for module, outputs in made.items() if outputs}
        self._shared = record.shared or {"packages": [], "files": []}

    def _question(self, entries: dict[str, str]) -> dict[str, Any]:
        config = self._settings.get("config")
        return {
            "tool": str(self._tool),
            "entries": entries,
            "output": str(self._output),
            "options": self._settings,
            "defaults": self._defaults(),
            "config": str(config) if config else None,
            "isInbuilt": self._is_inbuilt,
            "service": self._document,
        }

    def _digest(self) -> str:
        """Of what decides how everything is bundled."""
        parts = [version(self._tool), json.dumps([self._settings, self._defaults()])]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @property
    def _stamped(self) -> list[str]:
        files = [self._folder / name for name in (*STAMPED, *texts(self._settings, "tsconfig"))]
        return [str(file.resolve()) for file in files]

    def _defaults(self) -> dict[str, Any]:
        runtime = str(self._document["provider"].get("runtime") or "")
        major = runtime.removeprefix("nodejs").partition(".")[0]
        kept: dict[str, Any] = {"bundle": True, "platform": "node", "sourcemap": True, "external": []}
        if self._is_inbuilt:
            kept |= inbuilt.defaults(self._folder)
        elif self._suffixes is TYPED and is_module(self._folder):
            kept |= {"format": "esm", "outExtension": {".js": ".mjs"}, "banner": {"js": ES_MODULE}}
        return kept | {"exclude": self._excluded(runtime)} | ({"target": f"node{major}"} if major.isdigit() else {})

    def _excluded(self, runtime: str) -> list[str]:
        """Packages that are neither bundled nor packaged: those that the runtime has, or would have on AWS."""
        is_older = runtime.startswith("nodejs") and node_sdk.version_of(runtime) == node_sdk.VERSION_2
        own, other = ("aws-sdk", "@aws-sdk/*") if is_older else ("@aws-sdk/*", "aws-sdk")
        is_missing = installed(self._folder, other.removesuffix("/*")) is None
        if other == "@aws-sdk/*":
            is_missing = not any((around / "node_modules/@aws-sdk").is_dir() for around in _around(self._folder))
        return [own, other] if is_missing else [own]


def _around(folder: Path) -> tuple[Path, ...]:
    place = folder.resolve()
    return (place, *place.parents)
