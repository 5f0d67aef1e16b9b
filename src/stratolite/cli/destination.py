"""Where an application goes: an account of AWS, or a local cloud that runs; and the application, compiled for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stratolite.cli.client import connect
from stratolite.cli.options import (
    Choices,
    F,
    allow_unknown_plugins_option,
    compile_options,
    endpoint_option,
    gathered,
    profile_option,
    to_option,
)
from stratolite.core.clock import RealClock
from stratolite.core.errors import UserError

if TYPE_CHECKING:
    from stratolite.cli.application import Application
    from stratolite.targets.account import Account
    from stratolite.targets.aws import AwsTarget

ALL_PLUGINS = "*"


@dataclass(frozen=True)
class Destination:
    """What the command line says. ``to``: ``aws`` or ``local``."""

    to: str
    path: Path
    choices: Choices
    profile: str | None = None
    endpoint: str | None = None

    @property
    def folder(self) -> Path:
        return self.path if self.path.is_dir() else self.path.parent

    @cached_property
    def application(self) -> "Application":
        """The application, compiled for this destination. Raises UserError, AccessFailed."""
        from stratolite.cli.application import load
        from stratolite.cli.resource_types import makeable, whole
        from stratolite.cli.skipping import runnable

        if self.to == "local":
            # What the local cloud cannot run or make is refused before anything of it is there.
            application = whole(load(self.path, self.choices, ask=self._ask_locally))
            return runnable(makeable(application, skip=False), skip=False)
        first = self._account(self.choices.region)
        choices = self.choices
        if self._front_end == "cloudformation":
            choices = replace(choices, region=choices.region or first.region)
        return load(self.path, choices, ask=first.ask, account=first.id)

    @cached_property
    def account(self) -> "Account":
        """The account, in the application's region."""
        return self._account(self.application.region)

    def target(self) -> "AwsTarget":
        """What deploys there."""
        from stratolite.targets.aws import AwsTarget

        application = self.application
        return AwsTarget(
            self.account,
            RealClock(),
            places=application.places,
            object_settings=application.object_settings,
        )

    def command(self, name: str) -> str:
        """A command line that means the same place, for messages."""
        given = [f"stratolite {name}"]
        given += [str(self.path)] if self.path != Path() else []
        given += [f"--to {self.to}"] if self.to != "aws" else []
        for option, value in (
            ("stage", self.choices.stage),
            ("region", self.choices.region),
            ("profile", self.profile),
        ):
            given += [f"--{option} {value}"] if value else []
        return " ".join(given)

    @cached_property
    def _front_end(self) -> str:
        from stratolite.cli.application import find
        from stratolite.templates import front_end

        return front_end(find(self.path))

    def _account(self, region: str | None) -> "Account":
        from stratolite.targets.account import Account

        if self.to == "local":
            client = connect(self.endpoint, region, self.folder)
            client.http("GET", "/_stratolite/health")
            return Account(region=region, local=client.endpoint)
        return Account(profile=self.profile or self._profile_of_file, region=region)

    @cached_property
    def _profile_of_file(self) -> str | None:
        """``provider.profile``, which is needed before the rest of the file can be resolved."""
        if self._front_end != "serverless":
            return None
        from stratolite.cli.application import find, setting_of

        found = setting_of(find(self.path), self.choices, ["provider", "profile"])
        return found if isinstance(found, str) and found else None

    def _ask_locally(self, service: str, operation: str, request: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        return connect(self.endpoint, region, self.folder).call(service, operation, request)


def destination_options(default: str) -> Callable[[F], F]:
    """What is deployed and where: ``destination``. ``default``: ``aws`` or ``local``."""
    options = (to_option(default), profile_option, endpoint_option, allow_unknown_plugins_option)
    return lambda function: compile_options(gathered("destination", _of, *options)(function))


def _of(
    path: Path,
    choices: Choices,
    to: str,
    profile: str | None,
    endpoint: str | None,
    allow_unknown_plugins: bool,
) -> Destination:
    """What options say. Raises UserError for those that do not go together."""
    if to == "aws" and endpoint:
        todo = "Another endpoint than AWS's own is set by AWS_ENDPOINT_URL."
        raise UserError("--endpoint names a local cloud", todo=todo)
    if to == "local" and profile:
        raise UserError("--profile is for --to aws: a local cloud asks for no credentials")
    ignored = (*choices.ignore_plugins, *([ALL_PLUGINS] if allow_unknown_plugins else []))
    return Destination(to, path, replace(choices, ignore_plugins=ignored), profile, endpoint)
