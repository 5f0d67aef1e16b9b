"""The project's TypeScript compiler: every file of its configuration, each compiled for itself.

``tsconfig.json`` decides what is compiled and how; where there is none, modules are CommonJS. What is compiled stands
in the package where its source stands. Errors of types fail the build, as they do with the plugin.
Follows https://www.npmjs.com/package/serverless-plugin-typescript
"""

from collections.abc import Sequence
from pathlib import Path

from stratolite.templates.artefacts import Entry
from stratolite.templates.serverless.builds.tool import TYPED, run, source_of

PLUGIN = "serverless-plugin-typescript"
FOLDER = Path(".serverless", "typescript")
BUILD_INFO = ".tsbuildinfo"
_PLAIN = ("--target", "es2020", "--module", "commonjs", "--esModuleInterop", "--skipLibCheck")


class Tsc:
    """Compiles the TypeScript of one service. ``program`` is the project's tsc."""

    is_whole = False

    def __init__(self, folder: Path, program: Path) -> None:
        self._folder = folder
        self._program = program
        self._made: list[Entry] | None = None

    def source(self, handler: str) -> Path | None:
        """The TypeScript file of a handler."""
        return source_of(self._folder, handler, TYPED)

    def entries(self, handlers: Sequence[str]) -> Sequence[Entry]:
        """Everything that was compiled: handlers import one another's modules."""
        if self._made is None:
            self._compile([file for handler in handlers if (file := self.source(handler)) is not None])
            output = (self._folder / FOLDER).resolve()
            files = sorted(path for path in output.rglob("*") if path.is_file() and path.name != BUILD_INFO)
            self._made = [Entry(file.relative_to(output).as_posix(), str(file)) for file in files]
        return self._made

    def _compile(self, sources: Sequence[Path]) -> None:
        output = str((self._folder / FOLDER).resolve())
        flags = ["--outDir", output, "--rootDir", ".", "--noEmit", "false", "--declaration", "false", "--sourceMap"]
        flags += ["--pretty", "false", "--emitDeclarationOnly", "false", "--composite", "false"]
        has_config = (self._folder / "tsconfig.json").is_file()
        # What was compiled before is not compiled again; the record of it belongs to the output that it speaks of.
        flags += ["--incremental", "--tsBuildInfoFile", f"{output}/{BUILD_INFO}"]
        chosen = ["-p", "tsconfig.json"] if has_config else [*map(str, sources), *_PLAIN]
        run("tsc", [str(self._program.resolve()), *chosen, *flags], self._folder)
