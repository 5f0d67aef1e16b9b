"""Plugins: npm packages that run inside the Serverless Framework. None is loaded here.

``table`` says for each that is known whether its work is done natively, is not needed, or is refused, and why. The
native ones have rooms of their own. One that is not in the table, or is JavaScript of the project's own, is skipped
with a warning where the rest may run without it (``Options.is_lenient``), and else refused unless the user lets it go:
``custom.stratolite.ignorePlugins`` or ``--ignore-plugin`` names it, or is ``*``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from stratolite.core import warning
from stratolite.core.errors import UserError
from stratolite.core.warning import Warning
from stratolite.templates.dependencies import manifests
from stratolite.templates.document import List, Map, Mark, mark_of, value_at
from stratolite.templates.serverless import dotenv_plugin, requirements, wsgi
from stratolite.templates.serverless.framework_version import is_newer
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.plugins import (
    additional_stacks,
    conditions,
    constructs,
    custom_roles,
    dependencies,
    existing_s3,
    function_settings,
    gateway,
    git_variables,
    hooks,
    layers,
    parameters,
    stages,
)
from stratolite.templates.serverless.plugins.configuration import Configuration
from stratolite.templates.serverless.plugins.plugin import Kind
from stratolite.templates.serverless.plugins.table import known
from stratolite.templates.serverless.warned import warned

LET_GO_BY = "Take it out, or list it under custom.stratolite.ignorePlugins where the rest runs without it."
SKIPPED_BY = f"'stratolite up --skip-unsupported' starts the rest. {LET_GO_BY}"
INBUILT = "pythonRequirements"
"""The setting below ``custom`` with which version 4 packages requirements, without the plugin's being named."""
INSTALLED = "node_modules/"
"""Where npm puts packages: some files name plugins by it."""
LOCAL_PATH_DEFAULT = ".serverless_plugins"
"""Where the framework looks for plugins that are no packages."""


def settings(document: Map) -> frozenset[str]:
    """The settings that the plugins of a file add to the schema, as paths (``functions.*.warmup``)."""
    rows = [known(name) for name, _ in named(document)]
    return frozenset(setting for row in rows if row is not None for setting in row.settings)


def check(document: Map, folder: Path, options: Options) -> tuple[Warning, ...]:
    """Warnings about the plugins that a file names. Raises UserError for those that nobody may go on without."""
    ignored = {*options.ignore_plugins, *_ignored_by_the_file(document)}
    warnings = []
    skipped = []
    for name, mark in named(document):
        row = known(name)
        if row is not None and row.kind in (Kind.NATIVE, Kind.NEEDLESS):
            continue
        if ignored & {name, "*"}:
            warnings.append(_told(f"the plugin {name} is ignored: what it would do is not done", mark))
        elif row is not None and row.kind is Kind.LEFT_OUT:
            told = "; ".join([row.why, *hooks.commands(document, name)])
            warnings.append(_told(f"the plugin {name} is left out: {told}", mark, warning.Kind.LEFT_OUT))
        elif row is not None and options.skips_unsupported:
            warnings.append(_told(f"the plugin {name} is skipped: {row.why}", mark, warning.Kind.LEFT_OUT))
        elif row is None and options.is_lenient:
            skipped.append((name, mark))
        else:
            raise UserError(
                f"the plugin {name} {_unmet(document, folder, name)}",
                where=str(mark),
                todo=SKIPPED_BY if row is not None and options.is_lenient else LET_GO_BY,
            )
    return (*warnings, *_skipped(document, folder, skipped))


def _unmet(document: Map, folder: Path, name: str) -> str:
    """Why nobody does what a plugin does."""
    row = known(name)
    if row is not None:
        return f"is not run here: {row.why}"
    return (
        "is JavaScript of the project's own, which is not run"
        if _is_local(document, folder, name)
        else "is not known here"
    )


def _told(what: str, at: Mark, kind: warning.Kind = warning.Kind.NOTE) -> Warning:
    return warned(what, at, kind, about="plugins")


def _skipped(document: Map, folder: Path, skipped: list[tuple[str, Mark]]) -> list[Warning]:
    """One warning that names all plugins that are skipped."""
    if not skipped:
        return []
    shown = [f"{name} (the project's own)" if _is_local(document, folder, name) else name for name, _ in skipped]
    one = len(shown) == 1
    what = (
        f"{'a plugin is' if one else f'{len(shown)} plugins are'} not known here and skipped, what "
        f"{'it' if one else 'they'} would do is not done: {', '.join(shown)}"
    )
    return [_told(what, skipped[0][1], warning.Kind.LEFT_OUT)]


def undone(document: Map) -> dict[str, str]:
    """The plugins of a file whose work on AWS nobody does here, each with where it is named."""
    return {name: str(mark) for name, mark in named(document) if (row := known(name)) is None or row.lacks}


def lacks(name: str) -> str:
    """What a deployment to AWS lacks without a plugin's work; empty where that is not known."""
    row = known(name)
    return row.lacks if row is not None else ""


def _ignored_by_the_file(document: Map) -> list[str]:
    names = value_at(document, "custom", "stratolite", "ignorePlugins")
    return [str(name) for name in (names if isinstance(names, List) else [names])]


def apply(configuration: Configuration) -> None:
    """Do to a configuration what its plugins do to it, in the order in which it names them. Raises UserError."""
    for name in usual_names(configuration.document):
        for change in CHANGES.get(name, ()):
            change(configuration)


def _read_dotenv(configuration: Configuration) -> None:
    options = configuration.options
    files = dotenv_plugin.apply(
        configuration.document,
        configuration.folder,
        configuration.environment,
        options.stage,
        is_lenient=options.is_lenient,
    )
    configuration.read += files
    if dotenv_plugin.is_sample(files):
        what = f"there is no .env: what {files[0].name} says is in the environment"
        configuration.warn(what, kind=warning.Kind.ABSENT, about="variables")


CHANGES: Mapping[str, tuple[Callable[[Configuration], None], ...]] = {
    dotenv_plugin.NAME: (_read_dotenv,),
    requirements.NAME: (requirements.add_layer,),
    wsgi.NAME: (wsgi.rename_handlers,),
    conditions.IF_ELSE: (conditions.choose,),
    conditions.CONDITIONAL_FUNCTIONS: (conditions.enable,),
    "serverless-disable-functions": (conditions.leave_out_disabled,),
    "serverless-plugin-additional-stacks": (additional_stacks.take_in,),
    git_variables.NAME: (git_variables.export,),
    constructs.NAME: (constructs.make,),
    "serverless-ssm-fetch": (parameters.fetch,),
    "serverless-latest-layer-version": (layers.find_latest,),
    "serverless-layers": (dependencies.keep_modules,),
    stages.STAGE_MANAGER: (stages.check_stage,),
    "serverless-apigw-binary": (gateway.make_binary,),
    "serverless-apigwy-binary": (gateway.convert,),
    "serverless-apigateway-plugin": (gateway.make_binary, gateway.warn_of_responses),
    "serverless-api-compression": (gateway.compress,),
    "serverless-add-api-key": (gateway.add_api_keys,),
    "serverless-plugin-log-retention": (function_settings.retain_logs,),
    "serverless-plugin-tracing": (function_settings.trace,),
    "serverless-plugin-lambda-dead-letter": (function_settings.catch_failures,),
    "serverless-plugin-custom-roles": (custom_roles.make_roles,),
    "serverless-plugin-existing-s3": (existing_s3.use_framework,),
    "serverless-local-schedule": (function_settings.know_time_zones,),
    "serverless-plugin-include-dependencies": (dependencies.keep_modules,),
}
"""What plugins do to a configuration before it is checked and compiled."""


def is_named(document: Map, name: str) -> bool:
    """Whether a file names a plugin."""
    return any(each == name for each, _ in named(document))


def usual_names(document: Map) -> list[str]:
    """The plugins that a file names and that are known, forks by the name of what they are forks of."""
    rows = (known(name) for name, _ in named(document))
    return list(dict.fromkeys(row.name for row in rows if row is not None))


def named(document: Map) -> list[tuple[str, Mark]]:
    """The plugins that a file names, each with its place, and one that version 4 has inbuilt."""
    plugins = document.get("plugins")
    modules = plugins.get("modules") if isinstance(plugins, Map) else plugins
    rows = enumerate(modules) if isinstance(modules, List) else ()
    names = ((name, mark_of(modules, index)) for index, name in rows if isinstance(name, str))
    found = [(_package(name, Path(document.at.file).parent), mark) for name, mark in names]
    custom = document.get("custom")
    # Version 4 brings it along, and uses it where it is configured.
    if isinstance(custom, Map) and INBUILT in custom and requirements.NAME not in dict(found):
        is_inbuilt = is_newer(document.get("frameworkVersion"))
        found += [(requirements.NAME, mark_of(custom, INBUILT))] if is_inbuilt else []
    return found


def _package(name: str, folder: Path) -> str:
    """The package that a file means by a path to it, or into it: in ``node_modules``, or where its sources are."""
    _, is_installed, inside = name.rpartition(INSTALLED)
    if is_installed:
        return "/".join(inside.split("/")[: 2 if inside.startswith("@") else 1])
    if not name.startswith((".", "/")):
        return name
    place = (folder / name).resolve()
    owner = next((each for each in (place, *place.parents) if (each / "package.json").is_file()), place)
    package = manifests.readable(owner).get("name")
    return package if isinstance(package, str) and known(package) else name


def _is_local(document: Map, folder: Path, name: str) -> bool:
    """Whether a plugin is a file of the project: named by its path, or found where such plugins lie."""
    if name.startswith((".", "/")):
        return True
    plugins = document.get("plugins")
    path = plugins.get("localPath") if isinstance(plugins, Map) else None
    place = folder / str(path or LOCAL_PATH_DEFAULT) / name
    return place.is_dir() or place.with_name(f"{place.name}.js").is_file()
