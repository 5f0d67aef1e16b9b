"""Options that several commands share, so that they mean the same everywhere.

Those that belong together come to a command as one value: ``compile_options`` as ``choices``, ``serve_options`` as
``served``.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import click

from stratolite.core.errors import UserError
from stratolite.server.config import APP_PORT_DEFAULT, PORT_DEFAULT

if TYPE_CHECKING:
    from stratolite.templates.dependencies.runner import Runner
    from stratolite.templates.serverless.builds.workshop import Workshop

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Choices:
    """For what an application is compiled: what the options of ``compile_options`` say."""

    stage: str | None = None
    region: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    ignore_plugins: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    """Options of the application's own, for ``${opt:}``."""
    skips_unsupported: bool = False
    """Whether functions that cannot run here, and resources and plugins' parts that are not made here, are left out."""
    workshop: "Workshop | None" = None
    """Keeps build processes from one compilation to the next."""
    installs: Literal["all", "plugins", "none"] = "plugins"
    """Which packages that are missing are installed."""
    runner: "Runner | None" = None
    """Runs what installs them, for as long as the command runs."""


path_argument = click.argument(
    "path", type=click.Path(path_type=Path, exists=False), default=".", required=False, metavar="[PATH]"
)
stage_option = click.option("--stage", "-s", help="The stage; the file's own or 'dev' unless given.")
region_option = click.option("--region", "-r", help="The region; the application's own or AWS_REGION unless given.")
param_option = click.option(
    "--param", "params", multiple=True, metavar="KEY=VALUE", help="A value for ${param:KEY}; can be repeated."
)
option_option = click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="A value for ${opt:KEY}; can be repeated."
)
ignore_plugin_option = click.option(
    "--ignore-plugin",
    "ignore_plugins",
    multiple=True,
    metavar="NAME",
    help="Go on without a plugin that is not known here ('*': without any); can be repeated.",
)
endpoint_option = click.option("--endpoint", metavar="URL", help="The running cloud; found by itself unless given.")
profile_option = click.option(
    "--profile", metavar="NAME", help="A profile of AWS's tools; provider.profile unless given."
)
allow_unknown_plugins_option = click.option(
    "--allow-unknown-plugins", is_flag=True, help="Go on without the plugins whose work on AWS nobody does here."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def gathered(name: str, make: Callable[..., Any], *options: Callable[[F], F]) -> Callable[[F], F]:
    """Options whose values a command gets as one: what ``make`` gives for them, under ``name``.

    The parameters of ``make`` are those of the options.
    """
    taken = tuple(inspect.signature(make).parameters)

    def decorated(function: F) -> F:
        @functools.wraps(function)
        def command(**values: Any) -> Any:
            own = {each: values.pop(each) for each in taken}
            return function(**values, **{name: make(**own)})

        whole = cast(F, command)
        for option in reversed(options):
            whole = option(whole)
        return whole

    return decorated


def _choices(
    stage: str | None,
    region: str | None,
    params: tuple[str, ...],
    options: tuple[str, ...],
    ignore_plugins: tuple[str, ...],
) -> Choices:
    return Choices(stage, region, parse_params(params), ignore_plugins, parse_options(options))


choices_options = gathered(
    "choices", _choices, stage_option, region_option, param_option, option_option, ignore_plugin_option
)
"""For what an application is compiled."""


def compile_options(function: F) -> F:
    """What the commands that read an application's file have in common: ``path`` and ``choices``."""
    return path_argument(choices_options(function))


def agreement_options(function: F) -> F:
    """How one agrees to a plan without being asked."""
    for option in (
        click.option("--allow-data-loss", is_flag=True, help="Agree to a plan that loses data."),
        click.option("--yes", "-y", is_flag=True, help="Agree to the plan without being asked."),
    ):
        function = option(function)
    return function


def to_option(default: str) -> Callable[[F], F]:
    """Which target is meant."""
    return click.option("--to", type=click.Choice(["aws", "local"]), default=default, help=f"Where ({default}).")


@dataclass(frozen=True, slots=True)
class Served:
    """How a cloud is run, as far as the command line says so."""

    host: str | None = None
    port: int | None = None
    app_port: int | None = None
    data: Path | None = None
    ephemeral: bool = False
    durability: Literal["process", "power"] | None = None
    no_isolation: bool = False
    cold_start_delay: bool = False
    real_aws: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    is_offline: bool = False


serve_options = gathered(
    "served",
    Served,
    click.option("--host", help="The address to listen on (default 127.0.0.1)."),
    click.option("--port", type=click.IntRange(0, 65535), help=f"AWS APIs (default {PORT_DEFAULT})."),
    click.option("--app-port", type=click.IntRange(0, 65535), help=f"Deployed APIs (default {APP_PORT_DEFAULT})."),
    click.option("--data", type=click.Path(path_type=Path), help="The data folder (default .stratolite)."),
    click.option("--ephemeral", is_flag=True, help="Keep nothing: a data folder that is removed at the end."),
    click.option("--durability", type=click.Choice(["process", "power"]), help="What writes survive."),
    click.option("--no-isolation", is_flag=True, help="Let functions see and write to this machine's files."),
    click.option("--cold-start-delay", is_flag=True, help="Let a cold start take as long as on AWS."),
    click.option(
        "--real-aws",
        multiple=True,
        metavar="HOST",
        help="Let functions reach a host of the real AWS ('*': all of them); can be repeated.",
    ),
    click.option(
        "--origin",
        "origins",
        multiple=True,
        metavar="ORIGIN",
        help="Let web pages of an origin use the AWS APIs ('*': all of them); can be repeated.",
    ),
    click.option("--is-offline", is_flag=True, help="Set IS_OFFLINE in functions, as serverless-offline does."),
)
"""What ``up`` and ``start`` have in common."""


def parse_params(params: tuple[str, ...]) -> dict[str, str]:
    """``("a=1",)`` as ``{"a": "1"}``. Raises UserError for one without ``=``."""
    return parse_pairs("--param", params)


def parse_options(options: tuple[str, ...]) -> dict[str, str]:
    """The same for ``--option``."""
    return parse_pairs("--option", options)


def parse_pairs(option: str, values: tuple[str, ...]) -> dict[str, str]:
    """The same for any option of pairs."""
    pairs = {}
    for given in values:
        key, equals, value = given.partition("=")
        if not equals or not key:
            raise UserError(f"{option} takes KEY=VALUE, not {given!r}")
        pairs[key] = value
    return pairs
