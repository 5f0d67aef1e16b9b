"""What HTTP APIs publish about themselves (http-api-metrics.html of API Gateway's documentation)."""

from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.http_apis import HttpApis
from tests.wire.published import published, units


@pytest.fixture(scope="module")
def apis(cloud: RunningCloud) -> HttpApis:
    return HttpApis(cloud)


def of(apis: HttpApis, name: str, **dimensions: str) -> Any:
    return published(apis.cloud, "AWS/ApiGateway", name, **dimensions)


def test_requests_are_counted_by_api_and_stage(apis: HttpApis) -> None:
    api_id = apis.make(["POST /a"])
    assert apis.ask(api_id, "/a", "POST", {"answer": {"statusCode": 200, "body": "12345"}}).status == 200
    assert apis.ask(api_id, "/a", "POST", {"raise": "x"}).status == 500
    assert apis.ask(api_id, "/b").status == 404
    for dimensions in ({"ApiId": api_id}, {"ApiId": api_id, "Stage": "$default"}):
        assert of(apis, "Count", **dimensions) == (3.0, 3.0, 1.0)
        assert of(apis, "4xx", **dimensions) == (1.0, 3.0, 1.0)
        assert of(apis, "5xx", **dimensions) == (1.0, 3.0, 1.0)
        total_ms, count, _ = of(apis, "Latency", **dimensions)
        assert count == 3.0
        integration_ms, count, _ = of(apis, "IntegrationLatency", **dimensions)
        assert count == 2.0 and 0 <= integration_ms <= total_ms
        assert of(apis, "DataProcessed", **dimensions)[1] == 3.0
    found = units(apis.cloud, "AWS/ApiGateway")
    assert (found["4xx"], found["Latency"], found["DataProcessed"]) == ("Count", "Milliseconds", "Bytes")


def test_routes_are_counted_when_the_stage_asks_for_it(apis: HttpApis) -> None:
    settings = {"GET /y/{id}": {"DetailedMetricsEnabled": True}}
    api_id = apis.make(["GET /x", "GET /y/{id}"], stage={"RouteSettings": settings})
    for path in ("/x", "/y/1", "/y/2"):
        assert apis.ask(api_id, path).status == 200
    stage = {"ApiId": api_id, "Stage": "$default"}
    assert of(apis, "Count", **stage) == (3.0, 3.0, 1.0)
    assert of(apis, "Count", **stage, Method="GET", Resource="/y/{id}") == (2.0, 2.0, 1.0)
    assert of(apis, "Count", **stage, Method="GET", Resource="/x") is None
