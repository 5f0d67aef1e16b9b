"""Which tool builds a project's handlers.

A plugin says so, or a file for version 4 of the Serverless Framework. Where none does, and a handler is TypeScript, the
project's own esbuild, webpack or typescript is taken, whichever it has, in this order; handlers in JavaScript are
packaged as they are written then. Tools are found as Node finds them, for the project or for the plugin that brings
them along; where there is none, an esbuild is supplied.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from stratolite.templates.document import Map
from stratolite.templates.serverless.builds import bundle, esbuild, inbuilt, older, tsc, webpack
from stratolite.templates.serverless.builds.tool import SUFFIXES, TYPED, Builder, installed, source_of
from stratolite.templates.serverless.builds.workshop import Workshop

NAMES = (esbuild.PLUGIN, webpack.PLUGIN, webpack.BUNDLE, *tsc.PLUGINS, *older.PLUGINS)


def builder_of(
    document: Map,
    folder: Path,
    plugins: Sequence[str],
    stage: str,
    workshop: Workshop,
    supplied: Callable[[], Path | None] = lambda: None,
    *,
    is_lenient: bool = False,
) -> Builder | None:
    """What builds the handlers of a service; None where they are packaged as they are written.

    ``supplied`` gives an esbuild for projects that have no tool, or None. ``is_lenient``: wrong types stop nothing.
    """
    is_named = bool(set(plugins) & set(NAMES))
    own = None if is_named else inbuilt.settings_of(document)
    suffixes = SUFFIXES if is_named or inbuilt.is_asked_for(document) else TYPED
    if suffixes is TYPED and not _is_typed(document, folder):
        return None
    if own is not None:
        bundler = installed(folder, "esbuild") or supplied()
        if bundler is None:
            return None
        return esbuild.Esbuild(document, folder, bundler, workshop, suffixes, own, is_inbuilt=True)
    is_compiled = bool(set(plugins) & set(tsc.PLUGINS))
    of_webpack = webpack.Webpack(document, folder, stage, workshop, suffixes, is_lenient=is_lenient)
    if webpack.BUNDLE in plugins and of_webpack.use_bundle():
        return of_webpack
    if webpack.PLUGIN in plugins and of_webpack.is_configured:
        return of_webpack
    bundler = installed(folder, "esbuild", *NAMES)
    given = bundle.settings_of(document) if webpack.BUNDLE in plugins else None
    if given is None and set(plugins) & set(older.PLUGINS) and esbuild.PLUGIN not in plugins:
        given = older.settings_of(document)
    if bundler is not None and not is_compiled:
        return esbuild.Esbuild(document, folder, bundler, workshop, suffixes, given)
    if of_webpack.is_configured and not is_named:
        return of_webpack
    compiler = installed(folder, "typescript", *NAMES)
    if compiler is not None and tsc.is_too_old(compiler) and is_lenient:
        compiler = None
    if compiler is not None and (is_compiled or not is_named):
        return tsc.Tsc(document, folder, compiler, workshop, is_plugin=is_named, is_lenient=is_lenient)
    bundler = bundler or supplied()
    return None if bundler is None else esbuild.Esbuild(document, folder, bundler, workshop, suffixes, given)


def _is_typed(document: Map, folder: Path) -> bool:
    """Whether a handler is there as TypeScript alone."""
    functions = document.get("functions")
    each = functions.values() if isinstance(functions, Map) else ()
    handlers = [str(one["handler"]) for one in each if isinstance(one, Map) and one.get("handler")]
    found = [source_of(folder, handler, (".js", ".mjs", ".cjs", *TYPED)) for handler in handlers]
    return any(file is not None and file.suffix in TYPED for file in found)
