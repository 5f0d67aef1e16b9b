"""What a cache's settings may be, and what its server is told: every parameter acts or is refused by name."""

import pytest

from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.protocol.models import service_model
from stratolite.services.elasticache import configuration, questions, rules
from stratolite.services.elasticache.configuration import Configuration, redis_conf

ACTS = {
    "ApplyImmediately",
    "AuthToken",
    "AuthTokenUpdateStrategy",
    "CacheClusterId",
    "CacheNodeType",
    "CacheParameterGroupName",
    "CacheSubnetGroupName",
    "CacheUsageLimits",
    "ClusterMode",
    "Description",
    "Engine",
    "EngineVersion",
    "IpDiscovery",
    "MajorEngineVersion",
    "NetworkType",
    "NumCacheClusters",
    "NumCacheNodes",
    "NumNodeGroups",
    "Port",
    "ReplicasPerNodeGroup",
    "ReplicationGroupDescription",
    "ReplicationGroupId",
    "ServerlessCacheName",
    "Tags",
    "TransitEncryptionEnabled",
    "TransitEncryptionMode",
}
OPERATIONS = [
    f"{verb}{noun}"
    for noun in ("CacheCluster", "ReplicationGroup", "ServerlessCache")
    for verb in ("Create", "Modify", "Delete")
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_parameter_acts_or_is_harmless_or_is_refused(operation: str) -> None:
    shape = service_model("elasticache").operation(operation).input
    assert shape is not None
    left = set(shape.members) - ACTS - set(rules.HARMLESS) - set(rules.REFUSED)
    assert not left, f"{operation}: {left}"


def test_versions_are_the_latest_that_begin_so() -> None:
    assert rules.engine_version("redis", "") == "7.1.0"
    assert rules.engine_version("redis", "6.x") == "6.2.6"
    assert rules.engine_version("redis", "7.0") == "7.0.7"
    assert rules.engine_version("valkey", "7") == "7.2.6"
    with pytest.raises(AwsError):
        rules.engine_version("redis", "7.9")


def test_families_of_versions() -> None:
    pairs = [("redis", "5.0.6"), ("redis", "6.2.6"), ("redis", "7.1.0"), ("valkey", "8.0.1")]
    assert [rules.family(*pair) for pair in pairs] == ["redis5.0", "redis6.x", "redis7", "valkey8"]


def test_parameters_are_checked() -> None:
    pair = {"ParameterName": "notify-keyspace-events", "ParameterValue": "Ex"}
    assert rules.parameters([pair]) == {"notify-keyspace-events": "Ex"}  # type: ignore[list-item]
    with pytest.raises(NotImplementedHere, match="active-expire-effort"):
        rules.parameters([{"ParameterName": "active-expire-effort", "ParameterValue": "1"}])
    with pytest.raises(AwsError):
        rules.parameters([{"ParameterName": "timeout", "ParameterValue": '1"\nrequirepass x'}])


def test_memory_is_bounded() -> None:
    assert configuration.memory_bytes("cache.t3.micro") == 536_870_912
    assert configuration.memory_bytes("cache.r7g.16xlarge") == configuration.MEMORY_BYTES_MAX


def test_a_server_is_told_what_it_needs() -> None:
    wanted = Configuration(7000, 1024, ("one", "two"), parameters={"maxmemory-policy": "allkeys-lru", "timeout": "5"})
    lines = redis_conf(wanted, "redis.sock").splitlines()
    assert {"bind 127.0.0.1", "port 7000", "maxmemory 1024", "maxmemory-policy allkeys-lru"} <= set(lines)
    assert {"user default on >one >two ~* &* +@all", 'timeout "5"', 'rename-command config ""'} <= set(lines)


def test_tls_closes_the_plain_port() -> None:
    wanted = Configuration(7000, 1024, tls="required", is_clustered=True, bus_port=7001)
    lines = redis_conf(wanted, "redis.sock").splitlines()
    assert {"port 0", "tls-port 7000", "cluster-enabled yes", "tls-cluster yes", "cluster-port 7001"} <= set(lines)


def test_slots_are_those_of_redis() -> None:
    # https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
    assert questions.slot(b"123456789") == 0x31C3
    assert questions.slot(b"{user1000}.following") == questions.slot(b"user1000")
    assert questions.slot(b"foo{}{bar}") == questions.slot(b"foo{}{bar}") != questions.slot(b"bar")


def test_the_keys_of_a_request() -> None:
    assert questions.keys(b"mset", [b"MSET", b"a", b"1", b"b", b"2"]) == [b"a", b"b"]
    assert questions.keys(b"eval", [b"EVAL", b"script", b"2", b"a", b"b", b"c"]) == [b"a", b"b"]
    assert questions.keys(b"ping", [b"PING"]) == []
