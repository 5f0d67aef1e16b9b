"""What a service holds, for people who want to know what was found: counts and names, nothing that is made of them.

A file that is wrong has a survey too: what cannot be read is left out of the counts, and nothing is raised.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.templates.document import Map
from stratolite.templates.serverless import plugins
from stratolite.templates.serverless.plugins.plugin import Plugin
from stratolite.templates.serverless.plugins.table import known
from stratolite.templates.serverless.service import RUNTIME_DEFAULT

IMAGE = "container image"
"""What stands for the runtime of a function that is an image."""


@dataclass(frozen=True, slots=True)
class FoundPlugin:
    """A plugin that a file names. ``row``: what is known of it; None for one that nobody here knows."""

    name: str
    at: str
    row: Plugin | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found. ``version`` is ``frameworkVersion`` as it is written, empty where it is not."""

    service: str = ""
    version: str = ""
    runtimes: Mapping[str, int] = field(default_factory=dict)
    """How many functions each runtime has, the most frequent first."""
    events: Mapping[str, int] = field(default_factory=dict)
    """How many events there are of each kind, the most frequent first."""
    plugins: tuple[FoundPlugin, ...] = ()


def survey(document: Map) -> Survey:
    """What a file holds, resolved or not."""
    return Survey(
        service=_text(document.get("service")),
        version=_text(document.get("frameworkVersion")),
        runtimes=dict(Counter(_runtimes(document)).most_common()),
        events=dict(Counter(_events(document)).most_common()),
        plugins=tuple(FoundPlugin(name, str(mark), known(name)) for name, mark in plugins.named(document)),
    )


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _functions(document: Map) -> Iterator[Map]:
    """The settings of each function; ``functions`` may be a list of maps that have not been merged."""
    written = document.get("functions")
    for part in written if isinstance(written, list) else [written]:
        if isinstance(part, Map):
            yield from (one for one in part.values() if isinstance(one, Map))


def _runtimes(document: Map) -> Iterator[str]:
    provider = document.get("provider")
    default = provider.get("runtime") if isinstance(provider, Map) else None
    for function in _functions(document):
        if function.get("image"):
            yield IMAGE
        else:
            yield _text(function.get("runtime") or default) or RUNTIME_DEFAULT


def _events(document: Map) -> Iterator[str]:
    for function in _functions(document):
        written = function.get("events")
        for event in written if isinstance(written, list) else ():
            if isinstance(event, str):
                yield event
            elif isinstance(event, Map):
                yield from event
