"""What HTTP APIs publish about themselves: the namespace ``AWS/ApiGateway``.

A request is counted once, as what it was, when it has been answered: by API, by API and stage, and by route too where
the stage asks for detailed metrics.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stratolite.core.metering import Metric
from stratolite.services.apigatewayv2 import Apigatewayv2

if TYPE_CHECKING:
    from stratolite.core.metering import Derived, Tally
    from stratolite.services.apigatewayv2.exchange import Exchange
    from stratolite.services.apigatewayv2.stage import LiveStage

NAMESPACE = "AWS/ApiGateway"

Answered = tuple[int, int, int, int]
"""The first digit of the status, how long the answer took, and the integration's (tenths of a millisecond, negative
where there was none), and the bytes that went through."""
TENTHS_PER_S = 10_000


def answered(apigatewayv2: Apigatewayv2, exchange: "Exchange", status: int, elapsed_s: float, data_bytes: int) -> None:
    """A request has been answered."""
    stage, route = exchange.stage, exchange.place.route
    key = route.key if route is not None and route.has_metrics else ""
    tally = stage.tallies.get(key)
    if tally is None:
        tally = stage.tallies[key] = _tally(apigatewayv2, stage, key)
    took = int(exchange.integration_s * TENTHS_PER_S)
    tally.add_at((status // 100, int(elapsed_s * TENTHS_PER_S), took, data_bytes), exchange.now_ms)


def _tally(apigatewayv2: Apigatewayv2, stage: "LiveStage", key: str) -> "Tally[Answered]":
    by_stage = {"ApiId": stage.api_id, "Stage": stage.name}
    sets: list[dict[str, str]] = [{"ApiId": stage.api_id}, by_stage]
    if key:
        method, _, path = key.partition(" ")
        sets.append({**by_stage, "Method": method, "Resource": path or key})
    labels = [tuple(sorted(dimensions.items())) for dimensions in sets]

    def derive(counted: Mapping[Answered, float]) -> "Derived":
        found: dict[tuple[str, str], dict[float, float]] = {}

        def add(name: str, unit: str, value: float, times: float) -> None:
            values = found.setdefault((name, unit), {})
            values[value] = values.get(value, 0.0) + times

        for (status, elapsed, took, data_bytes), times in counted.items():
            add("Count", "Count", 1.0, times)
            add("4xx", "Count", float(status == 4), times)
            add("5xx", "Count", float(status == 5), times)
            add("Latency", "Milliseconds", elapsed / 10, times)
            add("DataProcessed", "Bytes", float(data_bytes), times)
            if took >= 0:
                add("IntegrationLatency", "Milliseconds", took / 10, times)
        owner = stage.stage
        for each in labels:
            for (name, unit), values in found.items():
                yield Metric(owner.account, owner.region, NAMESPACE, name, each, unit), values

    return apigatewayv2.world.ports.metric.tally(derive)
