"""``stratolite info``: what the running cloud has."""

import asyncio
import json

import click

from stratolite.cli import terminal
from stratolite.cli.client import connect
from stratolite.cli.options import endpoint_option, json_option, region_option
from stratolite.cli.summary import stacks, summarise
from stratolite.core.errors import AwsError, UserError


@click.command()
@click.argument("stack", required=False)
@endpoint_option
@region_option
@json_option
def command(stack: str | None, endpoint: str | None, region: str | None, as_json: bool) -> None:
    """Show functions, routes and resources of STACK, or of all stacks."""
    client = connect(endpoint, region)

    async def main() -> None:
        health = json.loads(client.http("GET", "/_stratolite/health")[1])
        names = [stack] if stack else await stacks(client.ask)
        found = [await summarise(client.ask, name, health["app_endpoint"]) for name in names]
        if as_json:
            terminal.say(json.dumps({**health, "stacks": [one.as_json() for one in found]}, indent=2))
            return
        terminal.say(f"AWS APIs at {health['endpoint']}, data in {health['data']}")
        for one in found:
            terminal.say(f"\n{one.stack_name} ({one.status})")
            one.show()
        if not found:
            terminal.say(f"No stack is deployed in {client.region}.")

    try:
        asyncio.run(main())
    except AwsError as error:
        raise UserError(str(error), exit_code=1) from error
