"""What ``up`` says once: first what was found in the application, at last what to try with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from stratolite.cli import found, terminal
from stratolite.cli.suggestions import Place, suggestions
from stratolite.server.config import read

if TYPE_CHECKING:
    from stratolite.cli.application import Application
    from stratolite.cli.summary import Summary
    from stratolite.templates.serverless.survey import Survey


def show_found(service: str, stage: str, region: str, file: Path, survey: "Survey | None") -> None:
    """The service, and what it is made of; a CloudFormation template has no survey."""
    terminal.heading(f"{service} · {stage} · {region}")
    terminal.columns(list(_found(file, survey)))


def _found(file: Path, survey: "Survey | None") -> Iterator[tuple[str, str]]:
    if survey is None:
        yield "framework", f"{file.name}, {found.kind_of(file)}"
        return
    yield "framework", found.framework(survey, file.name)
    if survey.runtimes:
        yield "functions", found.counted(survey.runtimes)
    if survey.events:
        yield "events", found.counted(survey.events)
    for index, line in enumerate(found.plugins(survey)):
        yield "" if index else "plugins", line


def show_next(summary: "Summary", application: "Application", endpoint: str, data: Path) -> None:
    """What to try. ``data``: the data folder, by which commands find the cloud."""
    is_here = data.resolve() == (Path.cwd() / read().data).resolve()
    place = Place(endpoint, application.stack_name, application.region, is_here)
    lines = suggestions(summary, application.template, place)
    if lines:
        terminal.heading("Next")
        for line in lines:
            terminal.say(f"  {line}")
