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
    _native(
        "serverless-domain-manager",
        "requests whose header `Host` names a custom domain reach its API, REST or HTTP, with the base path mapped; "
        "certificates and DNS records have no effect on one machine",
        lacks="custom domains are not made",
    ),
    _native(
        "serverless-dynamodb-local serverless-dynamodb",
        "tables are resources and run here anyway; `custom.dynamodb.seed` is put into them after the deployment, each "
        "time that it has changed, unless `start.seed` is false or `stages` lacks the stage",
    ),
    _native(
        "serverless-s3-local",
        "buckets are resources and run here anyway; `custom.s3.buckets` are made. `directory` is not read: objects lie "
        "in the data folder",
    ),
    _native(
        "serverless-s3-sync",
        "folders are uploaded after the deployment, changed files alone; `preCommand` is not run",
        lacks="folders are not uploaded",
    ),
    _native(
        "serverless-finch",
        "the bucket is made and filled from `distributionFolder`; it is no site here, and its objects are read as "
        "those of any bucket",
        lacks="the site is not uploaded",
    ),
    _native(
        "serverless-s3-deploy",
        "`custom.assets` is uploaded after the deployment, changed files alone",
        lacks="assets are not uploaded",
    ),
    _native(
        "serverless-single-page-app-plugin",
        "`custom.s3LocalPath` is uploaded into the bucket of the output `WebAppS3BucketOutput`",
        lacks="the page is not uploaded",
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
