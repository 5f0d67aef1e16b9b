"""Caches, reached as applications reach them: by redis-py, ioredis and node-redis, with the machine's Redis and with
the fallback, in clear and with TLS, alone and as a cluster."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from tests.caches import KINDS, cloud_with_caches
from tests.conftest import RunningCloud

CLIENTS = Path(__file__).parent / "redis-clients"
TOKEN = "a-secret-of-some-length"
ANSWERED_S_MAX = 180
ONCE = Retry(NoBackoff(), 0)
"""A client that tries once, so that a test sees the first answer."""
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "encrypted": {"TransitEncryptionEnabled": True, "AuthToken": TOKEN},
    "preferred": {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"},
    "clustered": {"NumNodeGroups": 2},
    "encrypted-clustered": {"TransitEncryptionEnabled": True, "NumNodeGroups": 2},
}


@dataclass(frozen=True)
class Place:
    """A cache, as its clients know it."""

    port: int
    authority: Path
    password: str | None
    has_tls: bool
    is_clustered: bool


@pytest.fixture(scope="module", params=KINDS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A cloud whose caches the machine's Redis serves, or fakeredis."""
    with cloud_with_caches(request.param, tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="module", params=sorted(SHAPES))
def place(request: pytest.FixtureRequest, served: RunningCloud) -> Place:
    """A cache of each shape."""
    name, settings = request.param, SHAPES[request.param]
    elasticache = served.client("elasticache")
    elasticache.create_replication_group(
        ReplicationGroupId=name, ReplicationGroupDescription=name, CacheNodeType="cache.t3.micro", **settings
    )
    served.drain()
    group = elasticache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]
    assert group["Status"] == "available"
    clustered = group["ClusterEnabled"]
    end = group["ConfigurationEndpoint"] if clustered else group["NodeGroups"][0]["PrimaryEndpoint"]
    assert end["Address"] == "127.0.0.1"
    authority = served.cloud.world.settings.trust_path / "ca.pem"
    return Place(end["Port"], authority, settings.get("AuthToken"), group["TransitEncryptionEnabled"], clustered)


def node(script: str, place: Place, **more: Any) -> Any:
    """What a program in Node saw."""
    wanted = {"port": place.port, "tls": place.has_tls, "cluster": place.is_clustered, **more}
    if place.password:
        wanted["password"] = place.password
    done = subprocess.run(
        ["node", str(CLIENTS / script), json.dumps(wanted)],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "NODE_EXTRA_CA_CERTS": str(place.authority)},
        capture_output=True,
        text=True,
        timeout=ANSWERED_S_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


EXPECTED = {
    "set": "OK",
    "get": "grün\r\n",
    "pipeline": [1, 2, "2"],
    "multi": ["OK", 2],
    "script": ["k:{a}", "abab"],
    "again": ["k:{a}", "cdcd"],
    "hash": {"one": "1", "two": "2"},
    "blocked": ["list:{a}", "item"],
    "heard": ["news", "hello"],
    "missing": None,
    "kept": True,
}

needs_node = pytest.mark.skipif(
    not (CLIENTS / "node_modules").is_dir() or shutil.which("node") is None,
    reason="npm ci in tests/apps/redis-clients has not run",
)


@needs_node
def test_ioredis_is_served(place: Place) -> None:
    assert node("ioredis.mjs", place) == EXPECTED


@needs_node
@pytest.mark.parametrize("resp", [2, 3])
def test_node_redis_is_served(place: Place, resp: int) -> None:
    assert node("node-redis.mjs", place, resp=resp) == EXPECTED


@pytest.mark.parametrize("protocol", [2, 3])
def test_redis_py_is_served(place: Place, protocol: int) -> None:
    options: dict[str, Any] = {"decode_responses": True, "protocol": protocol, "password": place.password}
    if place.has_tls:
        options |= {"ssl": True, "ssl_ca_certs": str(place.authority)}
    kind: Any = redis.RedisCluster if place.is_clustered else redis.Redis
    make = partial(kind, host="127.0.0.1", port=place.port, **options)
    with make() as client:
        assert client.set("p:{a}", "grün\r\n", ex=60)
        assert client.get("p:{a}") == "grün\r\n"
        assert 30 <= client.ttl("p:{a}") <= 60
        with client.pipeline() as pipeline:
            assert pipeline.incr("c:{a}").incr("c:{a}").get("c:{a}").execute() == [1, 2, "2"]
        twice = client.register_script("return {KEYS[1], ARGV[1] .. ARGV[1]}")
        assert twice(["k:{a}"], ["ab"]) == ["k:{a}", "abab"]
        client.rpush("l:{a}", "one")
        assert list(client.blpop(["l:{a}"], timeout=30)) == ["l:{a}", "one"]
        assert client.blpop(["l:{a}"], timeout=0.05) is None
        assert client.zadd("z:{a}", {"x": 1.5}) == 1
        assert client.xadd("s:{a}", {"field": "value"})
        client.delete("c:{a}", "z:{a}", "s:{a}")
        with client.pubsub() as listener:
            listener.subscribe("news")
            client.publish("news", "hello")
            heard = [listener.get_message(timeout=30) for _ in range(2)]
            assert [one and one["data"] for one in heard] == [1, "hello"]


def test_who_has_no_tls_is_refused_unless_it_is_preferred(place: Place) -> None:
    if not place.has_tls or place.is_clustered:
        pytest.skip("for caches inside TLS")
    with redis.Redis(port=place.port, password=place.password, retry=ONCE) as client:
        if place.password is None:
            assert client.ping()
        else:
            with pytest.raises((redis.ConnectionError, redis.ResponseError)):
                client.ping()


def test_who_has_no_password_is_refused(place: Place) -> None:
    if place.password is None:
        pytest.skip("for caches with a password")
    for password in (None, "x" * 16):
        options: dict[str, Any] = {"password": password, "ssl_ca_certs": str(place.authority), "retry": ONCE}
        client = redis.Redis(port=place.port, ssl=True, **options)
        with client, pytest.raises(redis.AuthenticationError):
            client.ping()


def test_keys_of_several_slots_are_refused_in_a_cluster(place: Place) -> None:
    if not place.is_clustered or place.has_tls:
        pytest.skip("for clusters")
    with redis.Redis(port=place.port) as client, pytest.raises(redis.ResponseError, match="hash to the same slot"):
        client.mget("a", "b")
