"""``stratolite package``: the compiled template, without a cloud."""

import json
from pathlib import Path
from typing import Any

import click

from stratolite.cli import terminal
from stratolite.cli.options import Choices, compile_options
from stratolite.core.errors import UserError


@click.command()
@compile_options
@click.option("--out", "-o", type=click.Path(path_type=Path), help="Where to write; standard output unless given.")
def command(
    path: Path,
    choices: Choices,
    out: Path | None,
) -> None:
    """Compile the application at PATH to one CloudFormation template, as 'serverless package' does."""
    from stratolite.cli.application import find
    from stratolite.templates import front_end

    file = find(path)
    kind = front_end(file)
    if kind == "serverless":
        template: dict[str, Any] = _serverless(file, choices)
    else:
        from stratolite.cli.template import loaded

        application = loaded(file, choices, is_local=False)
        for warning in application.warnings:
            terminal.warn(warning)
        template = dict(application.template)
    text = json.dumps(template, indent=2)
    if out is None:
        terminal.say(text)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text + "\n")
    except OSError as error:
        raise UserError(f"the template cannot be written: {error.strerror}", where=str(out)) from error
    terminal.say(f"wrote {out} ({len(template.get('Resources', {}))} resources)")


def _serverless(file: Path, choices: Choices) -> dict[str, Any]:
    from stratolite.cli.application import compiled_for
    from stratolite.core.clock import RealClock

    compiled = compiled_for(file, choices, RealClock())
    for warning in compiled.warnings:
        terminal.warn(warning)
    return dict(compiled.template)
