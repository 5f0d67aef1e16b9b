"""``stratolite init``: a new application, from a template."""

import json
import os
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from stratolite.cli import terminal
from stratolite.cli.options import json_option
from stratolite.cli.starters import OF_CI, TEMPLATES, files
from stratolite.core.errors import UserError
from stratolite.core.listing import listed
from stratolite.templates.serverless import toolkit

NAMED_MAX = 5
"""How many files that are in the way are named."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".", metavar="[FOLDER]")
@click.option("--template", "-t", type=click.Choice(list(TEMPLATES)), help="Which one; asked for on a terminal.")
@click.option("--name", help="The service's name; the folder's unless given.")
@click.option("--ci", type=click.Choice(list(OF_CI)), help="Add a workflow that tests and deploys.")
@json_option
def command(folder: Path, template: str | None, name: str | None, ci: str | None, as_json: bool) -> None:
    """Write a new application to FOLDER.

    \b
    api        a REST API behind a login: commands, queries, one table
    events     orders, an outbox, a topic, a queue and its consumer
    pipeline   files that come into a bucket, and steps over them
    community  users, posts and uploads, with every pattern at work

    Nothing is overwritten: a file that is there already is named, and then nothing is written at all.
    """
    chosen = template or _asked(may_ask=not as_json)
    made = files(chosen, name or folder.resolve().name, ci)
    _write(folder, made)
    if as_json:
        terminal.say(json.dumps({"template": chosen, "folder": str(folder.resolve()), "files": list(made)}, indent=2))
        return
    terminal.say(f"wrote {len(made)} files to {folder.resolve()}: {TEMPLATES[chosen]}\n")
    terminal.heading("Next")
    steps = [] if folder.resolve() == Path.cwd() else [(f"cd {folder}", "")]
    steps += [("stratolite up", "run it here; README.md says what to try")]
    steps += [(f"pip install {_toolkit()}-r requirements.txt -r requirements-dev.txt && pytest", "test it")]
    steps += [("stratolite deploy --to aws --stage staging", "the same file, on AWS")]
    terminal.columns(steps)
    if ci:
        terminal.say(f"\n{OF_CI[ci][0]} says at its top what it needs once, before the first push.")


def _toolkit() -> str:
    """Where stratolite-patterns is, which requirements.txt names, for a pip that does not have it yet."""
    place = toolkit.place()
    return "" if find_spec("stratolite_patterns") or place is None else f"{shlex.quote(str(place))} "


def _asked(*, may_ask: bool) -> str:
    """The template that somebody at a terminal chooses. Raises UserError where nobody can be asked."""
    if not (may_ask and sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError("no template is named", todo=f"Name one: --template {'|'.join(TEMPLATES)}.")
    terminal.columns(list(TEMPLATES.items()))
    chosen: str = click.prompt("Which template?", type=click.Choice(list(TEMPLATES)), default="api")
    return chosen


def _write(folder: Path, made: dict[str, bytes]) -> None:
    """All files or none. Raises UserError for what is in the way, and where the folder cannot be written to."""
    in_the_way = [path for path in made if os.path.lexists(folder / path)]
    if in_the_way:
        what = f"there already: {listed(in_the_way, NAMED_MAX)}; nothing was written"
        raise UserError(what, where=str(folder), todo="Name a new or an empty folder.")
    written: list[Path] = []
    try:
        for path, data in made.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            # Whatever came there meanwhile is not overwritten either.
            with file.open("xb") as output:
                written.append(file)
                output.write(data)
    except OSError as error:
        for file in written:
            file.unlink(missing_ok=True)
        place = str(error.filename or folder / path)
        raise UserError(f"cannot be written: {error.strerror}", where=place, todo="Name another folder.") from error
