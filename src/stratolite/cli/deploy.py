"""``stratolite deploy``: the plan, the question, the artefacts that are new, the change set, the outputs."""

import asyncio
import json
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

import click

from stratolite.cli import agreement, terminal
from stratolite.cli.course import Course, megabytes
from stratolite.cli.destination import Destination, destination_options
from stratolite.cli.options import agreement_options, json_option
from stratolite.cli.summary import FRAMEWORK_OUTPUTS
from stratolite.core.errors import UserError
from stratolite.core.warning import Warning

if TYPE_CHECKING:
    from stratolite.targets.aws import AwsTarget, Done, Prepared

INTERRUPTED = 130


@click.command()
@destination_options("aws")
@agreement_options
@click.option("--follow", is_flag=True, help="Follow a deployment that goes on already, and start none.")
@json_option
def command(destination: Destination, yes: bool, allow_data_loss: bool, follow: bool, as_json: bool) -> None:
    """Deploy the application at PATH.

    Shows what is added, changed, replaced or removed, and whose data that takes along; asks; uploads the artefacts
    whose content is not there yet; then follows the stack. Exit codes: 0 deployed or nothing to do, 1 it failed, 2 bad
    input, 3 not agreed to.
    """
    for warning in destination.application.warnings:
        terminal.warn(warning)
    target = destination.target()
    if follow:
        followed(destination, target)
        return
    prepared = asyncio.run(target.prepare(destination.application.plan()))
    if not as_json:
        agreement.show(prepared.changes)
    if prepared.changes.is_empty:
        done = asyncio.run(target.execute(prepared, _quiet, _quiet))
        _report(prepared, done, destination.application.warnings, as_json=as_json)
        return
    try:
        agreement.agree(prepared.changes, "Deploy?", yes=yes, allow_data_loss=allow_data_loss)
    except (UserError, click.Abort):
        asyncio.run(target.discard(prepared))
        raise
    course = Course("deploying")
    done = watched(destination, course, target.execute(prepared, course.tell, course.sent))
    _report(prepared, done, destination.application.warnings, as_json=as_json)


def watched(destination: Destination, course: Course, work: Coroutine[Any, Any, Any]) -> Any:
    """Run what changes an account. Whoever interrupts it is told what goes on there, and how to come back."""
    from stratolite.targets.account import AccessFailed

    name = destination.application.stack_name
    place = "AWS" if destination.to == "aws" else "the local cloud"
    back = f"What was begun goes on at {place}. Come back to it: {destination.command('deploy')} --follow"
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        course.close()
        cancel = f"Take an update back: aws cloudformation cancel-update-stack --stack-name {name}"
        terminal.say(f"\nInterrupted. {back}\n{cancel}", to_errors=True)
        raise
    except AccessFailed as error:
        error.todo = f"{error.todo}\n  {back}".strip()
        raise
    finally:
        course.close()


def followed(destination: Destination, target: "AwsTarget") -> None:
    """Follow what goes on, and say how it ended."""
    course, name = Course("following"), destination.application.stack_name
    status = watched(destination, course, target.follow(name, course.tell))
    terminal.say(f"{name}: {status}" if status else f"{name} is not deployed")


def _quiet(*_: object) -> None:
    """Nothing is told of what does nothing."""


def _report(prepared: "Prepared", done: "Done", warnings: Sequence[Warning], *, as_json: bool) -> None:
    name = prepared.plan.stack_name
    if as_json:
        shown = {
            **prepared.changes.as_json(),
            "changed": done.changed,
            "status": done.status,
            "artefacts": done.sending.as_json(),
            "outputs": done.outputs,
            "warnings": [one.as_json() for one in warnings],
        }
        terminal.say(json.dumps(shown, indent=2))
        return
    sending = done.sending
    if sending.sent or sending.saved:
        saved = f"; {sending.saved} were there already, {megabytes(sending.saved_bytes)} saved" if sending.saved else ""
        noun = "artefact" if sending.sent == 1 else "artefacts"
        terminal.say(f"{sending.sent} {noun} sent, {megabytes(sending.sent_bytes)}{saved}")
    for arn in done.stand_ins:
        terminal.note(f"{arn} is named but not made here: an empty stand-in was made")
    outputs = sorted((key, value) for key, value in done.outputs.items() if not FRAMEWORK_OUTPUTS.fullmatch(key))
    endpoint = done.outputs.get("ServiceEndpoint")
    if outputs or endpoint:
        terminal.heading("Outputs")
        terminal.columns([*([("ServiceEndpoint", endpoint)] if endpoint else []), *outputs])
    terminal.say(f"{name}: {done.status}" if done.changed else f"{name}: nothing to deploy ({done.status})")
