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
from stratolite.cli.destination import Destination, destination_options
from stratolite.cli.note import Note
from stratolite.cli.options import agreement_options
from stratolite.core.call import Call
from stratolite.core.clock import RealClock
from stratolite.core.errors import UserError
from stratolite.core.warning import Warning
from stratolite.server import config
from stratolite.targets.local import LocalTarget, Progress


@click.command()
@destination_options("local")
@agreement_options
def command(destination: Destination, yes: bool, allow_data_loss: bool) -> None:
    """Delete the stack of the application at PATH, with its tables, topics, logs and files.

    Works on the running cloud, or on the data folder beside the application when none runs; with --to aws on AWS, where
    what goes is shown first, and data is lost only to those who say so.
    """
    if destination.to == "aws":
        _on_aws(destination, yes=yes, allow_data_loss=allow_data_loss)
    else:
        _locally(destination, yes=yes or allow_data_loss)


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


def _locally(destination: Destination, *, yes: bool) -> None:
    from stratolite.cli.application import load

    folder, endpoint = destination.folder, destination.endpoint

    def ask(service: str, operation: str, request: Mapping[str, Any], there: str) -> Mapping[str, Any]:
        return connect(endpoint, there, folder).call(service, operation, request)

    application = load(destination.path, destination.choices, ask=ask)
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
