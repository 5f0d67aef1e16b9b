"""The project's TypeScript compiler, as serverless-plugin-typescript runs it: each module compiled for itself.

The plugin compiles the handlers and what they import, with the options of ``tsconfig.json`` (or of the file that
``custom.serverlessPluginTypescript.tsConfigFileLocation`` names), and goes on where types are wrong: what the compiler
says of them is told, unless ``noEmitOnError`` makes it fail. Without the plugin all files of the configuration are
compiled, and errors of types are errors, but for those of packages and where the application is only run; without a
configuration, modules are CommonJS. What is compiled stands in the package where its source stands.
Follows https://www.npmjs.com/package/serverless-plugin-typescript
"""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from stratolite.core.warning import Kind, Warning
from stratolite.templates.artefacts import Entry
from stratolite.templates.document import Map, value_at
from stratolite.templates.serverless.builds.record import Record
from stratolite.templates.serverless.builds.tool import TYPED, failed, folders_outside, source_of, sources, version
from stratolite.templates.serverless.builds.workshop import Workshop

PLUGINS = ("serverless-plugin-typescript", "@hewmen/serverless-plugin-typescript")
FOLDER = Path(".serverless", "typescript")
BUILD_INFO = ".tsbuildinfo"
PROGRAM = Path(__file__).parent / "tsc.cjs"
CONFIG = "tsconfig.json"
_SHOWN_MAX = 5


def is_too_old(tool: Path) -> bool:
    """Whether a compiler lacks what is asked of it here: TypeScript builds piece by piece since 3.6."""
    numbers = version(tool).split(".")[:2]
    return all(each.isdigit() for each in numbers) and [int(each) for each in numbers] < [3, 6]


class Tsc:
    """Compiles the TypeScript of one service. ``tool``: an installed typescript; ``is_plugin``: whether a file asks.

    ``is_lenient``: whether wrong types are told and stop nothing.
    """

    is_whole = False

    def __init__(
        self, document: Map, folder: Path, tool: Path, workshop: Workshop, *, is_plugin: bool, is_lenient: bool = False
    ) -> None:
        self._document = document
        self._folder = folder
        self._tool = tool
        self._workshop = workshop
        self._is_plugin = is_plugin
        self._is_lenient = is_lenient
        self._made: list[Entry] | None = None
        self.warnings: Sequence[Warning] = ()
        self.outside: Sequence[Path] = ()

    def source(self, handler: str) -> Path | None:
        """The TypeScript file of a handler."""
        return source_of(self._folder, handler, TYPED)

    def entries(self, handlers: Sequence[str]) -> Sequence[Entry]:
        """Everything that was compiled: handlers import one another's modules."""
        if self._made is None:
            self._compile()
            output = (self._folder / FOLDER).resolve()
            files = sorted(path for path in output.rglob("*") if path.is_file() and path.name != BUILD_INFO)
            self._made = [Entry(file.relative_to(output).as_posix(), str(file)) for file in files]
        return self._made

    def _config(self) -> str:
        given = value_at(self._document, "custom", "serverlessPluginTypescript")
        named = given.get("tsConfigFileLocation") if self._is_plugin and isinstance(given, Map) else None
        return str(named or CONFIG)

    def _compile(self) -> None:
        """Compile what has changed since the last time. Raises UserError with what the compiler says."""
        output = (self._folder / FOLDER).resolve()
        config = self._config()
        has_config = (self._folder / config).is_file()
        roots = [str(file.resolve()) for file in sources(self._document, self).values()]
        asked = {
            "tool": str(self._tool),
            "config": config if has_config else None,
            "roots": roots,
            "isWhole": has_config and not self._is_plugin,
            "output": str(output),
            "info": str(output / BUILD_INFO),
        }
        digest = hashlib.sha256("\0".join([version(self._tool), *map(str, asked.values())]).encode()).hexdigest()
        record = Record(output.with_suffix(".json"), digest)
        self.outside = folders_outside(self._folder, record.inputs())
        if record.outputs("") is not None:
            return
        if record.is_new:
            shutil.rmtree(output, ignore_errors=True)
        record.begin()
        answer = self._workshop.build("tsc", PROGRAM, self._folder, asked)
        own = (file for file in answer["inputs"] if not file.startswith(str(self._tool)))
        self.outside = folders_outside(self._folder, own)
        if answer["warnings"]:
            if not self._is_plugin and not self._is_lenient:
                raise failed("tsc", self._folder, "\n".join(answer["warnings"]))
            more = len(answer["warnings"]) - _SHOWN_MAX
            shown = [*answer["warnings"][:_SHOWN_MAX], *([f"and {more} more"] if more > 0 else [])]
            what = f"types are wrong, and tsc compiled them all the same: {'; '.join(shown)}"
            self.warnings = [Warning(what, kind=Kind.MISTAKE, about="functions")]
            return
        if answer["others"]:
            places = f"{answer['others']} place{'' if answer['others'] == 1 else 's'}"
            one = f"TypeScript {version(self._tool)} does not understand the types of packages in {places}"
            self.warnings = [Warning(f"{one}, and compiled the handlers all the same", about="functions")]
        settings = str((self._folder / config).resolve())
        record.note("", [*answer["inputs"], settings], [str(output / BUILD_INFO)])
        record.write()
