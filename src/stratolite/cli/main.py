"""``stratolite``: the group of commands.

``stratolite --help`` must cost little more than importing click, so this module imports nothing else: commands are
listed here with their one-line help and loaded when they are called.
"""

import errno
import os
import sys
from importlib import import_module

import click

from stratolite import __version__

COMMANDS = {
    "init": "Write a new application from a template.",
    "up": "Run the application of a serverless.yml or CloudFormation template, and follow it.",
    "doctor": "Tell what 'up' would find, and what is missing, without starting anything.",
    "start": "Run the bare cloud, with no application.",
    "invoke": "Invoke a function of the running cloud.",
    "logs": "Show the logs of functions.",
    "events": "Show what is queued, in flight, retrying or dead; redrive it.",
    "messages": "Show the e-mails and text messages that the application has sent.",
    "info": "Show what is deployed: functions, routes, resources.",
    "deploy": "Deploy to AWS: show what changes, ask, upload what is new, follow.",
    "diff": "Show what a deployment would change, and change nothing.",
    "remove": "Remove a deployed application and its data.",
    "package": "Compile a serverless.yml to a CloudFormation template, offline.",
}

OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})
"""Failures that nothing but more room, or another disk, helps against."""


class Commands(click.Group):
    """Loads a command's module when it is asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"stratolite.cli.{name}").command
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from stratolite.core.listing import nearest

            close = nearest(args[0], COMMANDS)
            meant = f" Perhaps '{close}' is meant." if close else ""
            context.fail(f"There is no command '{args[0]}'.{meant}")
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="stratolite")
def stratolite() -> None:
    """The SQLite of serverless: one command runs a whole AWS application on this machine.

    \b
    stratolite up                 run the serverless.yml in this folder
    stratolite invoke hello       call one of its functions
    stratolite logs hello -f      follow its log
    """


def main() -> None:
    """The entry point.

    Exit codes: 0 done, 1 it failed while running, 2 bad input or configuration, 3 not agreed to, 130 interrupted;
    of ``diff`` also 4, something would change.
    """
    from stratolite.core.errors import UserError

    try:
        stratolite.main(standalone_mode=False, color=None if _may_colour() else False)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except UserError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in OF_THE_DISK:
            raise
        place = f"{error.filename}: " if error.filename else ""
        _complain(
            f"{place}{error.strerror}\n  What was acknowledged is kept. Make room, and run the same command again."
        )
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        # A terminal has written ^C.
        click.echo("\ninterrupted" if sys.stderr.isatty() else "interrupted", err=True)
        sys.exit(130)


def _may_colour() -> bool:
    """Whether colours are wanted, where there is a terminal at all (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _complain(text: str) -> None:
    shown = click.style("error: ", fg="red", bold=True) + text
    click.echo(shown, err=True, color=None if _may_colour() else False)
