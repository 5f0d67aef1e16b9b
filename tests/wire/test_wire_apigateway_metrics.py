"""What REST APIs publish about themselves (api-gateway-metrics-and-dimensions of AWS's developer guide)."""

from typing import Any

from tests.wire.published import published, units
from tests.wire.rest_apis import MOCK, PROXY, Site, site, site_of_module

__all__ = ["site", "site_of_module"]


def of(site: Site, name: str, **dimensions: str) -> Any:
    return published(site.cloud, "AWS/ApiGateway", name, **dimensions)


def test_requests_are_counted_by_api_and_stage(site: Site) -> None:
    api_id = site.make({"GET /x": {"integration": PROXY}, "GET /mock": {"integration": MOCK}}, stage="counted")
    site.client.update_rest_api(
        restApiId=api_id, patchOperations=[{"op": "replace", "path": "/name", "value": "counted"}]
    )
    site.client.create_deployment(restApiId=api_id, stageName="counted")
    path = f"/restapis/{api_id}/counted/_user_request_"
    for answer, status in (({"statusCode": 200}, 200), ({"statusCode": 404}, 404), ("malformed", 502)):
        site.function.answer = answer
        assert site.ask("GET", f"{path}/x", main=True).status == status
    assert site.ask("GET", f"{path}/none", main=True).status == 403
    for dimensions in ({"ApiName": "counted"}, {"ApiName": "counted", "Stage": "counted"}):
        assert of(site, "Count", **dimensions) == (4.0, 4.0, 1.0)
        assert of(site, "4XXError", **dimensions) == (2.0, 4.0, 1.0)
        assert of(site, "5XXError", **dimensions) == (1.0, 4.0, 1.0)
        total_ms, count, _ = of(site, "Latency", **dimensions)
        assert count == 4.0
        integration_ms, count, _ = of(site, "IntegrationLatency", **dimensions)
        assert count == 3.0 and 0 <= integration_ms <= total_ms
    assert units(site.cloud, "AWS/ApiGateway") == {
        "Count": "Count",
        "4XXError": "Count",
        "5XXError": "Count",
        "Latency": "Milliseconds",
        "IntegrationLatency": "Milliseconds",
    }


def test_detailed_metrics_are_there_when_the_settings_ask_for_them(site: Site) -> None:
    methods = {"GET /x": {"integration": PROXY}, "GET /y/{id}": {"integration": PROXY}}
    api_id = site.make(methods, stage="detailed")
    path = f"/restapis/{api_id}/detailed/_user_request_"
    site.ask("GET", f"{path}/y/1", main=True)
    enable = [{"op": "replace", "path": "/~1y~1{id}/GET/metrics/enabled", "value": "true"}]
    stage = site.client.update_stage(restApiId=api_id, stageName="detailed", patchOperations=enable)
    assert stage["methodSettings"]["y/{id}/GET"]["metricsEnabled"] is True
    site.ask("GET", f"{path}/x", main=True)
    for number in range(2):
        site.ask("GET", f"{path}/y/{number}", main=True)
    stage_only = {"ApiName": "an-api", "Stage": "detailed"}
    assert of(site, "Count", **stage_only) == (4.0, 4.0, 1.0)
    assert of(site, "Count", **stage_only, Method="GET", Resource="/y/{id}") == (2.0, 2.0, 1.0)
    assert of(site, "Count", **stage_only, Method="GET", Resource="/x") is None
