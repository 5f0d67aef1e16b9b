"""Functions at edges: what an event says, and what AWS takes of such functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stratolite.templates.document import Map, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import CLOUD_FRONT, settings_of
from stratolite.templates.serverless.service import Function

MEMORY_MB_DEFAULT = 128
TIMEOUT_S_DEFAULT = 5
_LIMITS = {"origin-request": (10240, 30), "origin-response": (10240, 30)}
_LIMITS_OF_OTHERS = (128, 5)
"""The most memory in MB and time in seconds, by the type of the event."""


@dataclass(frozen=True)
class Edge:
    """One event. ``version`` is the logical id of the version of its function."""

    event: Event
    version: str

    @property
    def function(self) -> Function:
        return self.event.function

    @property
    def settings(self) -> Map:
        settings = self.event.settings
        assert isinstance(settings, Map)
        return settings


def prepare_functions(work: Compilation) -> None:
    """Functions at edges have versions, and little of everything. Before they are made."""
    for function in work.service.functions.values():
        if not any(_events_of(function)):
            continue
        settings = function.settings
        settings["versionFunction"] = True
        if not truthy(settings.get("memorySize")):
            settings["memorySize"] = MEMORY_MB_DEFAULT
        if not truthy(settings.get("timeout")):
            settings["timeout"] = TIMEOUT_S_DEFAULT


def _events_of(function: Function) -> Iterator[Any]:
    events = function.settings.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, Map) and truthy(event.get("cloudFront")):
            yield event["cloudFront"]


def read_edge(work: Compilation, event: Event) -> Edge:
    """What an event says. Raises UserError for a function that no edge would run."""
    settings = settings_of(event, "cloudFront", CLOUD_FRONT, "origin")
    function = event.function
    kind = settings.get("eventType") or "default"
    limits = zip(("memorySize", "timeout"), _LIMITS.get(kind, _LIMITS_OF_OTHERS), strict=True)
    for name, most in limits:
        given = function.settings.get(name)
        if isinstance(given, int) and given > most:
            what = f"the {name} of {function.key!r} is over {most}, the most at an edge for {kind!r}"
            raise refusal(what, mark_of(function.settings, name), f"Set it to {most} or less.")
    policy = (settings.get("cachePolicy") or {}).get("name")
    if truthy(policy) and naming.cache_policy(str(policy)) not in work.resources:
        todo = "Describe it under provider.cloudFront.cachePolicies."
        raise refusal(f"there is no cache policy {policy!r}", event.mark("cachePolicy", "name"), todo)
    return Edge(event, _version_of(work, function))


def _version_of(work: Compilation, function: Function) -> str:
    # Functions that are only run need not have one: then the event is left out.
    reference = {"Ref": function.logical_id}
    versions = [name for name, one in work.resources.items() if one["Type"] == "AWS::Lambda::Version"]
    own = (name for name in versions if work.resources[name]["Properties"]["FunctionName"] == reference)
    return next(own, function.logical_id)
