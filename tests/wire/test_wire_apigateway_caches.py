"""Stages that keep what integrations answer (api-gateway-caching of AWS's developer guide)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.answers import refused
from tests.wire.published import published
from tests.wire.rest_apis import PROXY, Answer, Function, Site, named

from stratolite.core.clock import MovableClock

ENABLED = ("/cacheClusterEnabled", "true")


@pytest.fixture(scope="module")
def timed_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    cloud = RunningCloud(tmp_path_factory.mktemp("cloud") / "data", clock=MovableClock()).start()
    function = Function()
    cloud.cloud.world.ports._found["function"] = function
    yield Site(cloud, function)
    cloud.stop()


@pytest.fixture
def site(timed_site: Site) -> Site:
    timed_site.forget()
    return timed_site


def patch(site: Site, api: str, *patches: tuple[str, str]) -> Any:
    operations = [{"op": "replace", "path": path, "value": value} for path, value in patches]
    return site.client.update_stage(restApiId=api, stageName="dev", patchOperations=operations)


def asked(site: Site, api: str, path: str, verb: str = "GET", **headers: str) -> Answer:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.ask(verb, named(api, f"/dev{path}"), headers=fields)


def keyed(*parameters: str, **mapped: str) -> dict[str, Any]:
    """A method whose answers are kept under parameters."""
    declared = {each: False for each in (*parameters, *mapped.values()) if each.startswith("method.")}
    integration = {**PROXY, "cacheKeyParameters": [*parameters, *(f"integration.request.{each}" for each in mapped)]}
    return {"method": {"requestParameters": declared}, "integration": integration}


def test_answers_are_kept_for_their_time(site: Site) -> None:
    """Answers to GET alone, under nothing but the method unless key parameters are named."""
    api = site.make({"GET /x": {}, "POST /x": {}})
    assert patch(site, api, ENABLED)["cacheClusterStatus"] == "AVAILABLE"
    site.function.answer = {"statusCode": 200, "headers": {"x-a": "1"}, "body": "first"}
    first = asked(site, api, "/x?q=1")
    site.function.answer = {"statusCode": 200, "body": "second"}
    again = asked(site, api, "/x?q=2")
    assert (first.body, again.body, again.headers["x-a"]) == (b"first", b"first", "1")
    assert again.headers["x-amzn-requestid"] != first.headers["x-amzn-requestid"]
    assert asked(site, api, "/x", "POST").body == b"second"
    site.cloud.advance(301)
    assert asked(site, api, "/x").body == b"second"
    assert len(site.function.events) == 3
    # Another deployment begins with none.
    site.client.create_deployment(restApiId=api, stageName="dev")
    site.function.answer = {"statusCode": 200, "body": "third"}
    assert asked(site, api, "/x").body == b"third"


def test_what_is_kept_under_parameters(site: Site) -> None:
    """Key parameters of the method's request, and of the integration's, which are mapped from it."""
    methods = {
        "GET /users/{id}": keyed("method.request.path.id", "method.request.querystring.page"),
        "GET /by-header": {**keyed("method.request.header.x-kind")},
    }
    api = site.make(methods)
    patch(site, api, ENABLED)
    for path in ("/users/1", "/users/2", "/users/1?page=2", "/users/1?other=1", "/users/2"):
        assert asked(site, api, path).status == 200
    assert [event["path"] for event in site.function.events] == ["/users/1", "/users/2", "/users/1"]
    for kind in ("a", "b", "a"):
        asked(site, api, "/by-header", x_kind=kind)
    assert len(site.function.events) == 5


def test_which_answers_are_kept(site: Site) -> None:
    """No failures; those of other methods where a setting of their own says so; none with a time of 0."""
    api = site.make({"GET /x": {}, "POST /x": {}, "GET /never": {}, "GET /off": {}})
    patch(
        site,
        api,
        ENABLED,
        ("/*/*/caching/ttlInSeconds", "60"),
        ("/~1x/POST/caching/enabled", "true"),
        ("/~1never/GET/caching/ttlInSeconds", "0"),
        ("/~1off/GET/caching/enabled", "false"),
    )
    site.function.answer = {"statusCode": 404, "body": "none"}
    assert asked(site, api, "/x").status == 404
    site.function.answer = {"statusCode": 200, "body": "some"}
    for verb, path in (("GET", "/x"), ("POST", "/x"), ("GET", "/never"), ("GET", "/off")):
        for _ in range(2):
            assert asked(site, api, path, verb).body == b"some"
    asked_for = [(event["httpMethod"], event["path"]) for event in site.function.events]
    assert asked_for == [("GET", "/x"), ("GET", "/x"), ("POST", "/x"), *[("GET", "/never")] * 2, *[("GET", "/off")] * 2]
    site.cloud.advance(61)
    asked(site, api, "/x")
    assert len(site.function.events) == 8


def test_clients_that_want_what_is_fresh(site: Site) -> None:
    """``Cache-Control: max-age=0``, by whether a permission is needed and what becomes of those without."""
    api = site.make({"GET /x": {}})
    control, setting = {"cache_control": "no-cache, max-age=0"}, "/~1x/GET/caching"
    patch(site, api, ENABLED)
    asked(site, api, "/x")
    warned = asked(site, api, "/x", **control)
    assert warned.headers["warning"].startswith("199 Cache-control headers were ignored")
    strategy = f"{setting}/unauthorizedCacheControlHeaderStrategy"
    patch(site, api, (strategy, "SUCCEED_WITHOUT_RESPONSE_HEADER"))
    assert "warning" not in asked(site, api, "/x", **control).headers
    patch(site, api, (strategy, "FAIL_WITH_403"))
    assert asked(site, api, "/x", **control).status == 403
    assert len(site.function.events) == 1
    patch(site, api, (f"{setting}/requireAuthorizationForCacheControl", "false"))
    site.function.answer = {"statusCode": 200, "body": "fresh"}
    assert asked(site, api, "/x", **control).body == asked(site, api, "/x").body == b"fresh"
    assert len(site.function.events) == 2


def test_a_cache_is_flushed_counted_and_taken_away(site: Site) -> None:
    api = site.make({"GET /x": {}})
    rename = [{"op": "replace", "path": "/name", "value": "cached"}]
    site.client.update_rest_api(restApiId=api, patchOperations=rename)
    site.client.create_deployment(restApiId=api, stageName="dev", cacheClusterEnabled=True, cacheClusterSize="1.6")
    for _ in range(3):
        asked(site, api, "/x")
    site.client.flush_stage_cache(restApiId=api, stageName="dev")
    asked(site, api, "/x")
    assert len(site.function.events) == 2
    for name, total in (("CacheHitCount", 2.0), ("CacheMissCount", 2.0)):
        counted = published(site.cloud, "AWS/ApiGateway", name, ApiName="cached", Stage="dev")
        assert counted is not None and counted[0] == total
    stage = patch(site, api, ("/cacheClusterEnabled", "false"))
    shown = (stage["cacheClusterEnabled"], stage["cacheClusterStatus"], stage["cacheClusterSize"])
    assert shown == (False, "NOT_AVAILABLE", "1.6")
    asked(site, api, "/x")
    assert len(site.function.events) == 3
    size = [{"op": "replace", "path": "/cacheClusterSize", "value": "2"}]
    code, _, _ = refused(site.client.update_stage, restApiId=api, stageName="dev", patchOperations=size)
    assert code == "BadRequestException"
    gone = refused(site.client.flush_stage_cache, restApiId=api, stageName="none")
    assert gone[0] == "NotFoundException"
    assert "_cached" not in json.dumps(site.client.get_stage(restApiId=api, stageName="dev"), default=str)
