"""``stratolite start``: the bare cloud, for any SDK, the AWS CLI, ``serverless deploy`` and ``sam deploy``."""

import asyncio
import sys
from typing import Any

import click

from stratolite.cli.options import Served, serve_options
from stratolite.cli.serve import configure, run, serving


@click.command()
@serve_options
def command(served: Served) -> None:
    """Run the bare cloud until Ctrl-C.

    Point any AWS tool at it: export AWS_ENDPOINT_URL=http://127.0.0.1:4566. The access key id is the account when it
    has 12 digits.
    """
    config = configure(served, "stratolite start")

    async def main(stop: asyncio.Event) -> int:
        async with serving(config, is_ephemeral=served.ephemeral) as cloud:
            _greet(cloud, served.ephemeral)
            await stop.wait()
        return 0

    sys.exit(run(main))


def _greet(cloud: Any, is_ephemeral: bool) -> None:
    click.echo(f"AWS APIs at       {click.style(cloud.endpoint, bold=True)}   (AWS_ENDPOINT_URL)")
    click.echo(f"Deployed APIs at  {cloud.app_endpoint}")
    click.echo(f"Data in           {'nowhere: --ephemeral' if is_ephemeral else cloud.config.data.resolve()}")
    click.echo("Policies are kept, not enforced yet. Ctrl-C stops.")
