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


def show_found(application: "Application") -> None:
    """The service, and what it is made of."""
    terminal.heading(f"{application.service} · {application.stage} · {application.region}")
    terminal.columns(list(_found(application)))


def _found(application: "Application") -> Iterator[tuple[str, str]]:
    survey = application.survey
    if survey is None:
        yield "framework", f"{application.file.name}, a CloudFormation template"
        return
    yield "framework", found.framework(survey, application.file.name)
    if survey.runtimes:
        yield "functions", found.counted(survey.runtimes)
    if survey.events:
        yield "events", found.counted(survey.events)
    for index, plugin in enumerate(survey.plugins):
        yield "" if index else "plugins", found.plugin(plugin)


def show_next(summary: "Summary", application: "Application", endpoint: str, data: Path) -> None:
    """What to try. ``data``: the data folder, by which commands find the cloud."""
    is_here = data.resolve() == (Path.cwd() / read().data).resolve()
    place = Place(endpoint, application.stack_name, application.region, is_here)
    lines = suggestions(summary, application.template, place)
    if lines:
        terminal.heading("Next")
        for line in lines:
            terminal.say(f"  {line}")
