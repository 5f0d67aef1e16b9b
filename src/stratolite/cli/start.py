"""``stratolite start``: the bare cloud, for any SDK, the AWS CLI, ``serverless deploy`` and ``sam deploy``."""

import asyncio
import json
import os
import sys
from typing import Any

import click

from stratolite.cli.options import Served, json_option, serve_options
from stratolite.cli.serve import configure, run, say_goodbye, serving


@click.command()
@serve_options
@json_option
def command(served: Served, as_json: bool) -> None:
    """Run the bare cloud until Ctrl-C.

    Point any AWS tool at it: export AWS_ENDPOINT_URL=http://127.0.0.1:4566. The access key id is the account when it
    has 12 digits.

    With --json, one line when requests are answered: {"endpoint", "app_endpoint", "data", "pid"}; data is null with
    --ephemeral.
    """
    config = configure(served, "stratolite start")

    async def main(stop: asyncio.Event) -> int:
        async with serving(config, is_ephemeral=served.ephemeral) as cloud:
            _tell(cloud, served.ephemeral) if as_json else _greet(cloud, served.ephemeral)
            await stop.wait()
        say_goodbye(config.data, is_ephemeral=served.ephemeral)
        return 0

    sys.exit(run(main))


def _tell(cloud: Any, is_ephemeral: bool) -> None:
    data = None if is_ephemeral else str(cloud.config.data.resolve())
    told = {"endpoint": cloud.endpoint, "app_endpoint": cloud.app_endpoint, "data": data, "pid": os.getpid()}
    click.echo(json.dumps(told))


def _greet(cloud: Any, is_ephemeral: bool) -> None:
    click.echo(f"AWS APIs at       {click.style(cloud.endpoint, bold=True)}   (AWS_ENDPOINT_URL)")
    click.echo(f"Deployed APIs at  {cloud.app_endpoint}")
    click.echo(f"Data in           {'nowhere: --ephemeral' if is_ephemeral else cloud.config.data.resolve()}")
    click.echo("Policies are kept, not enforced yet. Ctrl-C stops.")
