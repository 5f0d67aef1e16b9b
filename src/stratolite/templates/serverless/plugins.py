"""Plugins: those whose work is done natively, and those that are refused by name.

A plugin is an npm package of the Serverless Framework's, which runs in its process: none is loaded here. What the
common ones do is done natively or is not needed locally, and each says which. One that is not known can be ignored:
``custom.stratolite.ignorePlugins`` names it, or is ``"*"``.
"""

from collections.abc import Mapping
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.serverless import dotenv_plugin, requirements
from stratolite.templates.serverless.builds import esbuild, tsc, webpack
from stratolite.templates.serverless.model import Options

NATIVE = {
    "serverless-offline": "functions and APIs run here anyway",
    webpack.PLUGIN: "the project's webpack bundles handlers with its configuration, or its esbuild where it has none",
    esbuild.PLUGIN: "the project's esbuild bundles handlers",
    tsc.PLUGIN: "the project's tsc compiles handlers",
    "serverless-domain-manager": "custom domains have no effect on one machine",
    requirements.NAME: "the packages of requirements.txt are put beside the code",
    dotenv_plugin.NAME: "what .env files say is in the environment of functions",
    "serverless-iam-roles-per-function": "each function gets its role",
    "serverless-prune-plugin": "old versions cost nothing here",
}

LOCAL = {
    "serverless-domain-manager": "custom domains are not made",
    "serverless-prune-plugin": "old versions of functions stay",
}
"""Plugins whose work is not needed on one machine, and what a deployment to AWS lacks without it."""

FUNCTION_SETTINGS = {
    "serverless-iam-roles-per-function": frozenset(
        {"iamRoleStatements", "iamRoleStatementsInherit", "iamRoleStatementsName", "iamPermissionsBoundary"}
    ),
    requirements.NAME: frozenset({"module", "vendor"}),
}
"""Settings of functions that plugins add to the schema."""


def function_settings(document: Map) -> frozenset[str]:
    """The settings of functions that the plugins of a file define."""
    return frozenset(setting for name, _ in named(document) for setting in FUNCTION_SETTINGS.get(name, ()))


def check(document: Map, options: Options) -> tuple[str, ...]:
    """Warnings about the plugins that a file names. Raises UserError for those that are not known."""
    ignored = {*options.ignore_plugins, *_ignored_by_the_file(document)}
    warnings = []
    for name, mark in named(document):
        if name in NATIVE:
            continue
        if not ignored & {name, "*"}:
            raise UserError(
                f"the plugin {name} is not known here",
                where=str(mark),
                todo="Take it out, or list it under custom.stratolite.ignorePlugins where the rest runs without it.",
            )
        warnings.append(f"{mark}: the plugin {name} is ignored: what it would do is not done")
    return tuple(warnings)


def undone(document: Map) -> dict[str, str]:
    """The plugins of a file whose work on AWS nobody does here, each with where it is named."""
    return {name: str(mark) for name, mark in named(document) if name not in NATIVE or name in LOCAL}


def _ignored_by_the_file(document: Map) -> list[str]:
    custom = document.get("custom")
    settings = custom.get("stratolite") if isinstance(custom, Map) else None
    names = settings.get("ignorePlugins") if isinstance(settings, Map) else None
    return [str(name) for name in (names if isinstance(names, List) else [names])]


def apply(document: Map, folder: Path, environment: Mapping[str, str], options: Options) -> list[Path]:
    """Do to a configuration what its plugins do to it, in place; gives the files that were read. Raises UserError."""
    if is_named(document, dotenv_plugin.NAME):
        return dotenv_plugin.apply(document, folder, environment, options.stage)
    return []


def is_named(document: Map, name: str) -> bool:
    """Whether a file names a plugin."""
    return any(each == name for each, _ in named(document))


def named(document: Map) -> list[tuple[str, Mark]]:
    """The plugins that a file names, each with its place."""
    plugins = document.get("plugins")
    modules = plugins.get("modules") if isinstance(plugins, Map) else plugins
    if not isinstance(modules, List):
        return []
    return [(name, mark_of(modules, index)) for index, name in enumerate(modules) if isinstance(name, str)]
