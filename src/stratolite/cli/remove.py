"""``stratolite remove``: delete a deployed application, in the cloud that runs or in its data folder."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from stratolite.cli import terminal
from stratolite.cli.client import Client, connect
from stratolite.cli.note import Note
from stratolite.cli.options import Choices, compile_options, endpoint_option, parse_params
from stratolite.core.call import Call
from stratolite.core.clock import RealClock
from stratolite.core.errors import UserError
from stratolite.server import config
from stratolite.targets.local import LocalTarget, Progress


@click.command()
@compile_options
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@endpoint_option
def command(
    path: Path,
    stage: str | None,
    region: str | None,
    params: tuple[str, ...],
    ignore_plugins: tuple[str, ...],
    yes: bool,
    endpoint: str | None,
) -> None:
    """Delete the stack of the application at PATH, with its tables, topics, logs and files.

    Works on the running cloud, or on the data folder beside the application when none runs.
    """
    from stratolite.cli.application import load

    folder = path if path.is_dir() else path.parent

    def ask(service: str, operation: str, request: Mapping[str, Any], there: str) -> Mapping[str, Any]:
        return connect(endpoint, there, folder).call(service, operation, request)

    application = load(path, Choices(stage, region, parse_params(params), ignore_plugins), ask=ask)
    if not yes:
        if not sys.stdin.isatty():
            raise UserError(f"this deletes {application.stack_name} and its data", todo="Say --yes to agree.")
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
        terminal.warn(f"{progress.resource}: {progress.reason}")
