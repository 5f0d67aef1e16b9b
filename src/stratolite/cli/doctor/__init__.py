"""``stratolite doctor``: all that ``up`` would find, said without starting anything.

    finding       one thing that was looked at, and what all of them mean
    application   what is in the files
    machine       what this machine has

For people it is one line a finding; ``--json`` has the same (``docs/doctor.md``). The exit code is the verdict: 0 it
runs, 1 it runs in part, 2 it does not run.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stratolite.cli import terminal
from stratolite.cli.options import Choices, Served, compile_options, json_option
from stratolite.core.errors import UserError

if TYPE_CHECKING:
    from stratolite.cli.doctor.application import Examined
    from stratolite.cli.doctor.finding import Finding

ORDER = (
    "framework",
    "functions",
    "events",
    "plugins",
    "dependencies",
    "variables",
    "settings",
    "resources",
    "interpreters",
    "tools",
    "isolation",
    "caches",
    "data",
    "ports",
)
MARKS = {"good": ("✓", "green"), "note": ("·", "cyan"), "lacks": ("!", "yellow"), "stops": ("✗", "red")}


@click.command()
@compile_options
@click.option("--port", type=click.IntRange(0, 65535), help="Where the AWS APIs will be.")
@click.option("--app-port", type=click.IntRange(0, 65535), help="Where the deployed APIs will be.")
@click.option("--data", type=click.Path(path_type=Path), help="The data folder (default .stratolite).")
@json_option
def command(
    path: Path,
    choices: Choices,
    port: int | None,
    app_port: int | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Tell what 'stratolite up' would find at PATH, and what is missing; nothing is started, installed or written.

    Exit codes: 0 it runs, 1 it runs in part (what it lacks is told), 2 it does not run.
    """
    from stratolite.cli.doctor.finding import EXIT_CODES, verdict

    examined, findings = _examined(path, choices, Served(port=port, app_port=app_port, data=data))
    said = verdict(findings)
    if as_json:
        terminal.say(json.dumps(_as_json(path, examined, findings, said), indent=2))
    else:
        _show(examined, findings, said)
    sys.exit(EXIT_CODES[said])


def _examined(path: Path, choices: Choices, served: Served) -> tuple["Examined | None", list["Finding"]]:
    """What is known of the application, and all findings in the order in which they are shown."""
    from stratolite.cli.application import find
    from stratolite.cli.doctor import machine
    from stratolite.cli.doctor.application import examine
    from stratolite.cli.doctor.finding import of_error
    from stratolite.cli.serve import configure
    from stratolite.server.config import APP_PORT_DEFAULT
    from stratolite.templates import front_end

    try:
        file = find(path)
        kind = front_end(file)
        examined = examine(file, kind, choices)
    except UserError as error:
        return None, [of_error("framework", error)]
    config = configure(served, "", file.parent)
    if examined.app_port is not None and config.app_port == APP_PORT_DEFAULT:
        config = replace(config, app_port=examined.app_port)
    findings = [*examined.findings, *machine.tools(file.parent), machine.isolation(config)]
    findings += [*machine.caches(examined.resources), *machine.data(config), *machine.ports(config)]
    return examined, sorted(findings, key=lambda one: ORDER.index(one.about))


def _as_json(path: Path, examined: "Examined | None", findings: list["Finding"], said: str) -> dict[str, object]:
    survey = examined.survey if examined else None
    return {
        "path": str(path),
        "file": str(examined.file) if examined else None,
        "service": examined.service if examined else None,
        "stage": examined.stage if examined else None,
        "region": examined.region if examined else None,
        "verdict": said,
        "functions": dict(survey.runtimes) if survey else {},
        "events": dict(survey.events) if survey else {},
        "plugins": [
            {"name": one.name, "kind": one.row.kind.value if one.row else "unknown", "where": one.at}
            for one in (survey.plugins if survey else ())
        ],
        "findings": [one.as_json() for one in findings],
    }


def _show(examined: "Examined | None", findings: list["Finding"], said: str) -> None:
    if examined is not None:
        parts = (examined.service, examined.stage, examined.region)
        terminal.heading(" · ".join(filter(None, parts)) or str(examined.file))
    width = max(len(one.about) for one in findings)
    about = ""
    for one in findings:
        mark, colour = MARKS[one.state.value]
        label = one.about if one.about != about else ""
        about = one.about
        lines = [f"{one.where}: {one.what}" if one.where else one.what, *([one.todo] if one.todo else [])]
        first, *rest = "\n".join(lines).split("\n")
        terminal.say(f"{click.style(mark, fg=colour)} {label.ljust(width)}  {first}")
        for line in rest:
            terminal.say(f"{' ' * (width + 4)}{line.removeprefix('  ')}")
    terminal.say()
    stops, lacks = (sum(one.state.value == state for one in findings) for state in ("stops", "lacks"))
    counts = [f"{stops} to be mended (✗)"] if stops else []
    counts += [f"{lacks} missing (!)"] if lacks else []
    terminal.heading(f"It {said}{': ' if counts else ''}{', '.join(counts)}.")
