"""``stratolite remove``: delete a deployed application."""

import asyncio
import sys
from pathlib import Path

import click

from stratolite.cli import terminal
from stratolite.cli.client import Client, OperationFailed, locate
from stratolite.cli.options import (
    endpoint_option,
    param_option,
    parse_params,
    path_argument,
    region_option,
    stage_option,
)
from stratolite.core.errors import UserError
from stratolite.targets.local import Progress


@click.command()
@path_argument
@stage_option
@region_option
@param_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@endpoint_option
def command(
    path: Path, stage: str | None, region: str | None, params: tuple[str, ...], yes: bool, endpoint: str | None
) -> None:
    """Delete the stack of the application at PATH, with its tables, topics, logs and files."""
    from stratolite.cli.application import load

    application = load(path, stage=stage, region=region, params=parse_params(params), out=None)
    if not yes:
        if not sys.stdin.isatty():
            raise UserError(f"this deletes {application.stack_name} and its data", todo="Say --yes to agree.")
        click.confirm(f"Delete {application.stack_name} and its data?", abort=True)
    folder = path if path.is_dir() else path.parent
    client = Client(locate(endpoint, folder), application.region)
    try:
        removed = asyncio.run(_remove(client, application.stack_name))
    except OperationFailed as error:
        raise UserError(str(error), where=application.stack_name, exit_code=1) from error
    terminal.say(f"removed {application.stack_name}" if removed else f"{application.stack_name} is not deployed")


async def _remove(client: Client, stack_name: str) -> bool:
    from stratolite.cli.remote import RemoteOperations
    from stratolite.core.call import Call
    from stratolite.core.clock import RealClock
    from stratolite.targets.local import LocalTarget

    def tell(progress: Progress) -> None:
        if progress.status.endswith("_FAILED"):
            terminal.warn(f"{progress.resource}: {progress.reason}")

    target = LocalTarget(RemoteOperations(client), RealClock(), Call(region=client.region))
    return await target.remove(stack_name, tell)
