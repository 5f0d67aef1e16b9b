"""``stratolite diff``: what a deployment would change, without changing it."""

import asyncio
import json
import sys

import click

from stratolite.cli import agreement, terminal
from stratolite.cli.destination import Destination, destination_options
from stratolite.cli.options import json_option

WOULD_CHANGE = 4
"""The exit code when something would change, so that a pipeline can tell."""


@click.command()
@destination_options("aws")
@json_option
def command(destination: Destination, as_json: bool) -> None:
    """Show what a deployment of the application at PATH would change, and each property that differs.

    A change set is made and deleted again. Exit codes: 0 nothing to do, 4 something would change, 1 it failed, 2 bad
    input.
    """
    from stratolite.targets.differences import differences

    for warning in destination.application.warnings:
        terminal.warn(warning)
    target = destination.target()
    prepared = asyncio.run(target.prepare(destination.application.plan()))
    asyncio.run(target.discard(prepared))
    found = () if prepared.changes.is_new else differences(prepared.before, prepared.after)
    if as_json:
        shown = {
            **prepared.changes.as_json(),
            "differences": [one.as_json() for one in found],
            "warnings": [one.as_json() for one in destination.application.warnings],
        }
        terminal.say(json.dumps(shown, indent=2))
    else:
        agreement.show(prepared.changes)
        agreement.show_differences(found)
        if prepared.changes.is_empty:
            terminal.say("nothing to deploy")
    sys.exit(0 if prepared.changes.is_empty else WOULD_CHANGE)
