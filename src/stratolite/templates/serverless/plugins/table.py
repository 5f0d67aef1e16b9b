"""The table of plugins: what becomes of each, and why. ``docs/plugins.md`` is made of it.

Owns: what is known of plugins by their names. May not: do what they do; each that is native has a room of its own.
"""

from functools import cache

from stratolite.templates.serverless.plugins.plugin import Kind, Plugin


def _native(names: str, why: str, lacks: str = "", settings: str = "") -> Plugin:
    return Plugin(tuple(names.split()), Kind.NATIVE, why, lacks, tuple(settings.split()))


def _needless(names: str, why: str, lacks: str = "", settings: str = "") -> Plugin:
    return Plugin(tuple(names.split()), Kind.NEEDLESS, why, lacks, tuple(settings.split()))


TABLE = (
    _native("serverless-offline", "functions and APIs run here anyway"),
    _native(
        "serverless-webpack",
        "the project's webpack, 4 or 5, bundles handlers with the project's configuration (`slsw.lib.entries` and the "
        "like are there); `custom.webpack`: `webpackConfig`, `includeModules`. Where there is no webpack or no "
        "configuration, the project's esbuild does",
    ),
    _native(
        "serverless-esbuild",
        "handlers are bundled by `node_modules/.bin/esbuild`, TypeScript among them; `custom.esbuild`",
    ),
    _native(
        "serverless-plugin-typescript",
        "the project's `tsc` compiles what `tsconfig.json` names; errors of types are errors",
    ),
    _native(
        "serverless-python-requirements",
        "`requirements.txt` is installed beside the code; `fileName`, `noDeploy`, `slim`, `vendor`, "
        "`pipCmdExtraArgs`, `pythonBin`",
        settings="functions.*.module functions.*.vendor",
    ),
    _native(
        "serverless-dotenv-plugin",
        "what `.env` files say is in the environment of functions; `custom.dotenv`",
    ),
    _native(
        "serverless-iam-roles-per-function",
        "each function gets its role",
        settings="functions.*.iamRoleStatements functions.*.iamRoleStatementsInherit "
        "functions.*.iamRoleStatementsName functions.*.iamPermissionsBoundary",
    ),
    _needless(
        "serverless-domain-manager",
        "a custom domain has no effect on one machine",
        lacks="custom domains are not made",
    ),
    _needless(
        "serverless-prune-plugin",
        "old versions cost nothing here",
        lacks="old versions of functions stay",
    ),
)
"""Every plugin that is known, in the order of the documentation."""


@cache
def _by_name() -> dict[str, Plugin]:
    return {name: plugin for plugin in TABLE for name in plugin.names}


def known(name: str) -> Plugin | None:
    """The row of a plugin, by any of its names; None for one that is not in the table."""
    return _by_name().get(name)
