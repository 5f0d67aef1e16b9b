"""Plans before people: how they are shown, and how one agrees to them."""

import sys
from collections.abc import Iterable

import click

from stratolite.cli import terminal
from stratolite.core.errors import UserError
from stratolite.targets.changes import Changes
from stratolite.targets.differences import Difference

NOT_AGREED = 3
"""The exit code of what was not agreed to: nothing was done."""
_COLOURS = {"add": "green", "change": "yellow", "replace": "red", "may replace": "red", "remove": "red"}
_COUNTED = {"may replace": "perhaps to replace"}
_SIGNS = {"+": "green", "-": "red", "~": "yellow"}


def show(changes: Changes) -> None:
    """A plan: one line a resource, what is lost in red, then how many of each."""
    place = f"{changes.stack_name} in {changes.account}/{changes.region}"
    terminal.heading(f"{place}: a new stack" if changes.is_new else place)
    for note in changes.notes:
        terminal.note(note)
    rows = [(one.action, one.logical_id, one.type, one.physical_id) for one in changes.rows]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for change, row in zip(changes.rows, rows, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        line = f"  {click.style(cells[0], fg=_COLOURS.get(change.action))}  {'  '.join(cells[1:])}".rstrip()
        if change.note:
            note = click.style(change.note, fg="red", bold=True) if change.loss else change.note
            line += f"\n    {note}"
        terminal.say(line)
    if changes.is_beside:
        terminal.say("  Nothing but outputs, tags or policies changes.")
    counts: dict[str, int] = {}
    for one in changes.rows:
        counts[one.action] = counts.get(one.action, 0) + 1
    if counts:
        terminal.say(", ".join(f"{count} {_COUNTED.get(action, f'to {action}')}" for action, count in counts.items()))


def show_differences(found: Iterable[Difference]) -> None:
    """What is different in the template, a line each."""
    found = list(found)
    if found:
        terminal.heading("Template")
    for one in found:
        terminal.say(f"  {click.style(str(one), fg=_SIGNS[one.sign])}")


def agree(changes: Changes, question: str, *, yes: bool, allow_data_loss: bool) -> None:
    """Returns when somebody has agreed. Raises UserError with NOT_AGREED.

    Data is lost only to those who say so: ``--allow-data-loss``, or the stack's name in their own hand.
    """
    losses = [one.logical_id for one in changes.losses]
    is_asked = sys.stdin.isatty()
    if losses and not allow_data_loss:
        if yes or not is_asked:
            raise UserError(
                f"the data of {', '.join(losses)} would be lost: nothing was done",
                where=changes.stack_name,
                todo="Agree with --yes --allow-data-loss, or keep it: DeletionPolicy and UpdateReplacePolicy: Retain.",
                exit_code=NOT_AGREED,
            )
        typed = click.prompt(f"The data of {', '.join(losses)} goes. Type {changes.stack_name} to agree", err=True)
        if typed.strip() != changes.stack_name:
            raise _refused(changes)
        return
    if yes:
        return
    if not is_asked:
        raise UserError(
            "there is nobody to ask: nothing was done",
            where=changes.stack_name,
            todo="Say --yes to agree to the plan.",
            exit_code=NOT_AGREED,
        )
    if not click.confirm(question, err=True):
        raise _refused(changes)


def _refused(changes: Changes) -> UserError:
    return UserError("nothing was done", where=changes.stack_name, exit_code=NOT_AGREED)
