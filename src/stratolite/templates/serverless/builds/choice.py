"""Which of a project's tools builds its handlers.

A plugin says so. Where none does, and a handler is TypeScript, the project's own esbuild, webpack or tsc is taken,
whichever it has, in this order; handlers in JavaScript are packaged as they are written then.
"""

from collections.abc import Sequence
from pathlib import Path

from stratolite.templates.document import Map
from stratolite.templates.serverless.builds import esbuild, tsc, webpack
from stratolite.templates.serverless.builds.tool import SUFFIXES, TYPED, Builder, source_of

NAMES = (esbuild.PLUGIN, webpack.PLUGIN, tsc.PLUGIN)


def builder_of(document: Map, folder: Path, plugins: Sequence[str], stage: str) -> Builder | None:
    """What builds the handlers of a service; None where they are packaged as they are written."""
    is_named = bool(set(plugins) & set(NAMES))
    suffixes = SUFFIXES if is_named else TYPED
    if not is_named and not _is_typed(document, folder):
        return None
    tools = folder / "node_modules"
    of_webpack = webpack.Webpack(document, folder, stage, suffixes)
    has_webpack = (tools / "webpack").exists() and (folder / of_webpack.config).is_file()
    if webpack.PLUGIN in plugins and has_webpack:
        return of_webpack
    program = tools / ".bin" / "esbuild"
    if program.exists() and tsc.PLUGIN not in plugins:
        return esbuild.Esbuild(document, folder, program, suffixes)
    if has_webpack and not is_named:
        return of_webpack
    program = tools / ".bin" / "tsc"
    if program.exists() and (tsc.PLUGIN in plugins or not is_named):
        return tsc.Tsc(folder, program)
    return None


def _is_typed(document: Map, folder: Path) -> bool:
    """Whether a handler is there as TypeScript alone."""
    functions = document.get("functions")
    each = functions.values() if isinstance(functions, Map) else ()
    handlers = [str(one["handler"]) for one in each if isinstance(one, Map) and one.get("handler")]
    found = [source_of(folder, handler, (".js", ".mjs", ".cjs", *TYPED)) for handler in handlers]
    return any(file is not None and file.suffix in TYPED for file in found)
