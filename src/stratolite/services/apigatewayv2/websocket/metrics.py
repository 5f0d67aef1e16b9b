"""What WebSocket APIs publish about themselves: the namespace ``AWS/ApiGateway``, by API and by API and stage; by route
too where the stage asks for detailed metrics.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-metrics.html
"""

from collections.abc import Awaitable
from typing import TypeVar

from stratolite.services.apigatewayv2 import Apigatewayv2
from stratolite.services.apigatewayv2.metrics import NAMESPACE
from stratolite.services.apigatewayv2.websocket.client import Moment
from stratolite.services.apigatewayv2.websocket.refusal import Refusal
from stratolite.services.apigatewayv2.websocket.stage import CONNECT, LiveStage

T = TypeVar("T")


def connected(apigatewayv2: Apigatewayv2, moment: Moment, live: LiveStage, refused: Refusal | None) -> None:
    """Somebody has connected, or was refused."""
    _add(apigatewayv2, moment, live, CONNECT, "ConnectCount")
    if refused is not None:
        _add(apigatewayv2, moment, live, CONNECT, refused.metric)


def said(apigatewayv2: Apigatewayv2, moment: Moment, live: LiveStage, key: str, refused: Refusal | None) -> None:
    """A message has been answered."""
    _add(apigatewayv2, moment, live, key, "MessageCount")
    if refused is not None:
        _add(apigatewayv2, moment, live, key, refused.metric)


async def timed(apigatewayv2: Apigatewayv2, moment: Moment, live: LiveStage, work: Awaitable[T]) -> T:
    """Wait for an integration, and publish how long it took."""
    clock = apigatewayv2.world.clock
    started_s = clock.elapsed_s()
    try:
        return await work
    finally:
        took_ms = round((clock.elapsed_s() - started_s) * 1000, 1)
        _add(apigatewayv2, moment, live, "", "IntegrationLatency", took_ms, "Milliseconds")


def _add(
    apigatewayv2: Apigatewayv2,
    moment: Moment,
    live: LiveStage,
    key: str,
    name: str,
    value: float = 1.0,
    unit: str = "Count",
) -> None:
    stage = live.stage
    sets = [{"ApiId": stage.api_id}, {"ApiId": stage.api_id, "Stage": stage.name}]
    route = live.routes.get(key)
    if route is not None and route.has_metrics:
        sets.append({**sets[1], "Route": key})
    for dimensions in sets:
        apigatewayv2.world.ports.metric.count(moment.call, NAMESPACE, name, dimensions, value, unit)
