"""``stratolite logs``: what functions wrote."""

import asyncio
from collections.abc import Mapping
from typing import Any

import click

from stratolite.cli import terminal
from stratolite.cli.client import Client, OperationFailed, locate
from stratolite.cli.names import resolve
from stratolite.cli.options import endpoint_option, region_option
from stratolite.cli.tail import GROUP_PREFIX, Tail, function_groups
from stratolite.core.clock import RealClock
from stratolite.core.errors import UserError
from stratolite.server.config import region as default_region


@click.command()
@click.argument("function", required=False)
@click.option("--follow", "-f", is_flag=True, help="Go on showing what is written until Ctrl-C.")
@click.option("--since", default=60.0, show_default=True, help="How many minutes back to begin.")
@click.option("--filter", "pattern", default="", help="A CloudWatch Logs filter pattern.")
@endpoint_option
@region_option
def command(
    function: str | None, follow: bool, since: float, pattern: str, endpoint: str | None, region: str | None
) -> None:
    """Show the log of FUNCTION, or of all functions."""
    client = Client(locate(endpoint), region or default_region())

    async def perform(service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return client.call(service, operation, request)

    async def main() -> None:
        clock = RealClock()
        tail = Tail(perform, terminal.log_line, clock.now_ms() - round(since * 60_000))
        groups = await function_groups(perform)
        if function is not None:
            names = [group.removeprefix(GROUP_PREFIX) for group in groups]
            groups = [f"{GROUP_PREFIX}{resolve(function, names)}"]
        await tail.read(groups, pattern)
        if follow:
            await tail.follow(clock, lambda: groups, pattern)

    try:
        asyncio.run(main())
    except OperationFailed as error:
        raise UserError(str(error), exit_code=1) from error
