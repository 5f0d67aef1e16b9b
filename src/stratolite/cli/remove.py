"""``stratolite remove``: delete a deployed application, in the cloud that runs, in its data folder, or on AWS."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from stratolite.cli import agreement, terminal
from stratolite.cli.client import Client, connect
from stratolite.cli.course import Course
from stratolite.cli.destination import Destination
from stratolite.cli.note import Note
from stratolite.cli.options import (
    Choices,
    agreement_options,
    compile_options,
    destination_options,
    parse_options,
    parse_params,
)
from stratolite.core.call import Call
from stratolite.core.clock import RealClock
from stratolite.core.errors import UserError
from stratolite.core.warning import Warning
from stratolite.server import config
from stratolite.targets.local import LocalTarget, Progress


@click.command()
@compile_options
@destination_options("local")
@agreement_options
def command(
    path: Path,
    stage: str | None,
    region: str | None,
    params: tuple[str, ...],
    options: tuple[str, ...],
    ignore_plugins: tuple[str, ...],
    to: str,
    profile: str | None,
    endpoint: str | None,
    allow_unknown_plugins: bool,
    yes: bool,
    allow_data_loss: bool,
) -> None:
    """Delete the stack of the application at PATH, with its tables, topics, logs and files.

    Works on the running cloud, or on the data folder beside the application when none runs; with --to aws on AWS, where
    what goes is shown first, and data is lost only to those who say so.
    """
    choices = Choices(stage, region, parse_params(params), ignore_plugins, parse_options(options))
    if to == "aws":
        _on_aws(
            Destination.of(to, path, choices, profile, endpoint, allow_unknown_plugins),
            yes=yes,
            allow_data_loss=allow_data_loss,
        )
        return
    _locally(path, choices, endpoint, yes=yes or allow_data_loss)


def _on_aws(destination: Destination, *, yes: bool, allow_data_loss: bool) -> None:
    from stratolite.cli.deploy import watched

    target, name = destination.target(), destination.application.stack_name
    changes = target.removal(name)
    if changes is None:
        terminal.say(f"{name} is not deployed")
        return
    agreement.show(changes)
    agreement.agree(changes, f"Delete {name}?", yes=yes, allow_data_loss=allow_data_loss)
    course = Course("removing")
    watched(destination, course, target.remove(name, course.tell))
    terminal.say(f"removed {name}")


def _locally(path: Path, choices: Choices, endpoint: str | None, *, yes: bool) -> None:
    from stratolite.cli.application import load

    folder = path if path.is_dir() else path.parent

    def ask(service: str, operation: str, request: Mapping[str, Any], there: str) -> Mapping[str, Any]:
        return connect(endpoint, there, folder).call(service, operation, request)

    application = load(path, choices, ask=ask)
    if not yes:
        if not sys.stdin.isatty():
            what = f"this deletes {application.stack_name} and its data"
            raise UserError(what, todo="Say --yes to agree.", exit_code=agreement.NOT_AGREED)
        click.confirm(f"Delete {application.stack_name} and its data?", abort=True)
    data = folder / config.read().data
    client = connect(endpoint, application.region, folder)
    if endpoint or not data.exists() or (Note.read(data) is not None and client.answers()):
        removed = asyncio.run(_in_running(client, application.stack_name))
    else:
        removed = asyncio.run(_in_folder(data, application.region, application.stack_name))
    terminal.say(f"removed {application.stack_name}" if removed else f"{application.stack_name} is not deployed")


async def _in_running(client: Client, stack_name: str) -> bool:
    return await LocalTarget(client, RealClock(), Call(region=client.region)).remove(stack_name, _tell)


async def _in_folder(data: Path, region: str, stack_name: str) -> bool:
    """The same with a cloud of its own, on any free ports, for as long as it takes."""
    from stratolite.cli.serve import serving

    chosen = replace(config.read(), data=data, port=0, app_port=0, command="stratolite remove")
    async with serving(chosen, is_ephemeral=False) as cloud:
        return await LocalTarget(cloud.operations, cloud.clock, Call(region=region)).remove(stack_name, _tell)


def _tell(progress: Progress) -> None:
    if progress.status.endswith("_FAILED"):
        terminal.warn(Warning(progress.reason, progress.resource, about="resources"))
