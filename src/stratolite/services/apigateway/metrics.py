"""What REST APIs publish about themselves: the namespace ``AWS/ApiGateway``.

A request is counted once, as what it was, when it has been answered; metrics are made of that when CloudWatch takes
them: by API, by API and stage, and by method and resource too where the settings of the stage ask for that. Follows
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stratolite.core.metering import Metric
from stratolite.services.apigateway import Apigateway

if TYPE_CHECKING:
    from stratolite.core.call import Call
    from stratolite.core.metering import Derived, Tally
    from stratolite.services.apigateway.exchange import Exchange
    from stratolite.services.apigateway.stage import LiveStage

NAMESPACE = "AWS/ApiGateway"

Answered = tuple[int, int, int]
"""The first digit of the status, how long the answer took, and the integration's: tenths of a millisecond, negative
where there was none."""
TENTHS_PER_S = 10_000


def answered(apigateway: Apigateway, exchange: "Exchange", status: int, elapsed_s: float) -> None:
    """A request has been answered."""
    stage, method = exchange.stage, exchange.detailed
    tally = stage.tallies.get(method)
    if tally is None:
        tally = stage.tallies[method] = _tally(apigateway, stage, method)
    took = int(exchange.integration_s * TENTHS_PER_S)
    tally.add_at((status // 100, int(elapsed_s * TENTHS_PER_S), took), exchange.now_ms)


def cached(apigateway: Apigateway, call: "Call", exchange: "Exchange", *, is_hit: bool) -> None:
    """A request to a method whose answers are kept found one, or did not."""
    for dimensions in _sets(exchange.stage, exchange.detailed):
        name = "CacheHitCount" if is_hit else "CacheMissCount"
        apigateway.world.ports.metric.count(call, NAMESPACE, name, dimensions, 1.0, "Count")


def _sets(stage: "LiveStage", method: tuple[str, str] | None) -> list[dict[str, str]]:
    by_api = {"ApiName": str(stage.api["name"])}
    by_stage = {**by_api, "Stage": stage.name}
    sets = [by_api, by_stage]
    if method is not None:
        sets.append({**by_stage, "Method": method[0], "Resource": method[1]})
    return sets


def _tally(apigateway: Apigateway, stage: "LiveStage", method: tuple[str, str] | None) -> "Tally[Answered]":
    sets = _sets(stage, method)

    def derive(counted: Mapping[Answered, float]) -> "Derived":
        latency: dict[float, float] = {}
        integration: dict[float, float] = {}
        of_status = {4: 0.0, 5: 0.0}
        for (status, elapsed, took), times in counted.items():
            latency[elapsed / 10] = latency.get(elapsed / 10, 0.0) + times
            if took >= 0:
                integration[took / 10] = integration.get(took / 10, 0.0) + times
            if status in of_status:
                of_status[status] += times
        count = sum(counted.values())
        found = [
            ("Count", "Count", {1.0: count}),
            ("4XXError", "Count", _shares(of_status[4], count)),
            ("5XXError", "Count", _shares(of_status[5], count)),
            ("Latency", "Milliseconds", latency),
        ]
        if integration:
            found.append(("IntegrationLatency", "Milliseconds", integration))
        for dimensions in sets:
            labels = tuple(sorted(dimensions.items()))
            for name, unit, values in found:
                yield Metric(stage.account, stage.region, NAMESPACE, name, labels, unit), values

    return apigateway.world.ports.metric.tally(derive)


def _shares(ones: float, count: float) -> dict[float, float]:
    """A one for each request that was, and a zero for each that was not: their average is the rate."""
    return {value: times for value, times in ((1.0, ones), (0.0, count - ones)) if times}
