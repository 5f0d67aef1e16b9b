"""``stratolite logs``: what functions wrote."""

import asyncio

import click

from stratolite.cli import terminal
from stratolite.cli.client import Client, connect
from stratolite.cli.names import resolve
from stratolite.cli.options import endpoint_option, json_option, region_option
from stratolite.cli.tail import GROUP_PREFIX, Tail, function_groups
from stratolite.core.clock import RealClock
from stratolite.core.errors import AwsError, UserError


@click.command()
@click.argument("function", required=False)
@click.option("--follow", "-f", is_flag=True, help="Go on showing what is written until Ctrl-C.")
@click.option("--since", default=60.0, show_default=True, help="How many minutes back to begin.")
@click.option("--filter", "pattern", default="", help="A CloudWatch Logs filter pattern.")
@endpoint_option
@region_option
@json_option
def command(
    function: str | None,
    follow: bool,
    since: float,
    pattern: str,
    endpoint: str | None,
    region: str | None,
    as_json: bool,
) -> None:
    """Show the log of FUNCTION (its name, or the end of it), or of all functions.

    With --json, each event is a line: {"function", "timestamp", "message"}, the time in milliseconds.
    """
    client = connect(endpoint, region)
    chosen = _group(client, function) if function is not None else None

    async def groups() -> list[str]:
        return [chosen] if chosen else await function_groups(client.ask)

    async def main() -> None:
        clock = RealClock()
        show = terminal.log_json if as_json else terminal.log_line
        tail = Tail(client.ask, show, clock.now_ms() - round(since * 60_000))
        await tail.read(await groups(), pattern)
        if follow:
            await tail.follow(clock, groups, pattern)

    try:
        asyncio.run(main())
    except AwsError as error:
        raise UserError(str(error), exit_code=1) from error
    except KeyboardInterrupt:
        if not follow:
            raise


def _group(client: Client, function: str) -> str:
    """The log group of a function that is deployed, or that was and has left its log."""
    listed = client.call("lambda", "ListFunctions", {"MaxItems": 10_000}).get("Functions", [])
    names = {one["FunctionName"] for one in listed}
    names |= {group.removeprefix(GROUP_PREFIX) for group in asyncio.run(function_groups(client.ask))}
    return f"{GROUP_PREFIX}{resolve(function, sorted(names))}"
