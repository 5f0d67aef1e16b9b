"""serverless-api-gateway-throttling: how many requests a second the API's stage takes, and each route of it.

``custom.apiGatewayThrottling`` is the stage's, ``throttling`` of an event its route's; a route without one has the
stage's. Without the former nothing is set.
Source: https://github.com/DianaIonita/serverless-api-gateway-throttling (2.0.3).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.templates.document import List, Map, value_at
from stratolite.templates.javascript import text_of

NAME = "serverless-api-gateway-throttling"
RATE_DEFAULT = 10_000
BURST_DEFAULT = 5_000
METHODS = ("GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""What a route of all methods is set for."""

Patch = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second, and how many at once; -1 for no limit."""

    rate: Any
    burst: Any


def of_stage(document: Map) -> Rate | None:
    """The stage's rate; None where the file sets none."""
    wanted = value_at(document, "custom", "apiGatewayThrottling")
    if not isinstance(wanted, Map):
        return None
    return Rate(
        wanted.get("maxRequestsPerSecond") or RATE_DEFAULT, wanted.get("maxConcurrentRequests") or BURST_DEFAULT
    )


def patches(document: Map) -> list[Patch]:
    """What UpdateStage of a REST API is asked for: operation, path and value."""
    stage = of_stage(document)
    if stage is None:
        return []
    found = _patches("*/*", stage)
    for method, path, rate in _routes(document, "http", stage):
        escaped = path.replace("~", "~0").replace("/", "~1")
        escaped = escaped if escaped.startswith("~1") else f"~1{escaped}"
        for each in METHODS if method == "ANY" else (method,):
            found += _patches(f"{escaped}/{each}", rate)
    return found


def _patches(place: str, rate: Rate) -> list[Patch]:
    return [
        ("replace", f"/{place}/throttling/rateLimit", text_of(rate.rate)),
        ("replace", f"/{place}/throttling/burstLimit", text_of(rate.burst)),
    ]


def set_routes(document: Map, resource: Mapping[str, Any]) -> None:
    """Set the rates of an HTTP API on its stage, a resource of the template."""
    stage = of_stage(document)
    if stage is None:
        return
    properties: dict[str, Any] = resource["Properties"]
    properties["DefaultRouteSettings"] = {**properties.get("DefaultRouteSettings", {}), **_settings(stage)}
    routes = {
        "$default" if path == "*" else f"{'ANY' if method == '*' else method} {path}": _settings(rate)
        for method, path, rate in _routes(document, "httpApi", stage)
    }
    if routes:
        properties["RouteSettings"] = routes


def _settings(rate: Rate) -> dict[str, Any]:
    return {"ThrottlingRateLimit": rate.rate, "ThrottlingBurstLimit": rate.burst}


def _routes(document: Map, kind: str, stage: Rate) -> Iterator[tuple[str, str, Rate]]:
    """The method, the path and the rate of each event."""
    functions = document.get("functions")
    for function in functions.values() if isinstance(functions, Map) else ():
        events = function.get("events") if isinstance(function, Map) else None
        for event in events if isinstance(events, List) else ():
            given = event.get(kind) if isinstance(event, Map) else None
            if isinstance(given, str):
                method, _, path = given.partition(" ") if given != "*" else ("*", "", "*")
                yield method.upper(), path, stage
            elif isinstance(given, Map):
                own = given.get("throttling")
                yield str(given.get("method") or "*").upper(), str(given.get("path")), _rate(own, stage)


def _rate(own: Any, stage: Rate) -> Rate:
    if not isinstance(own, Map):
        return stage
    if own.get("disabled") is True:
        return Rate(-1, -1)
    return Rate(own.get("maxRequestsPerSecond", stage.rate), own.get("maxConcurrentRequests", stage.burst))
