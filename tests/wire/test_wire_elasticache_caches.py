"""Caches through boto3: made, shown, changed, deleted; their servers die and come back.

Answers follow https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/; texts of errors those that AWS was
seen to give, named where they are raised.
"""

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from tests.caches import KINDS, cloud_with_caches, error
from tests.conftest import RunningCloud

from stratolite.services.elasticache import processes, programs, servers

TRIES_MAX = 12_000
NODE = {"CacheNodeType": "cache.t3.micro"}
ONCE = Retry(NoBackoff(), 0)
"""A client that tries once, so that a test sees the first answer."""


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A cloud whose caches the machine's Redis serves, or fakeredis."""
    with cloud_with_caches(request.param, tmp_path_factory.mktemp("cloud")) as running:
        yield running


def group(cloud: RunningCloud, name: str, **settings: Any) -> dict[str, Any]:
    """An available replication group."""
    elasticache = cloud.client("elasticache")
    wanted = {"ReplicationGroupId": name, "ReplicationGroupDescription": "for tests", **NODE, **settings}
    assert elasticache.create_replication_group(**wanted)["ReplicationGroup"]["Status"] == "creating"
    cloud.drain()
    return shown(cloud, name)


def shown(cloud: RunningCloud, name: str) -> dict[str, Any]:
    answer = cloud.client("elasticache").describe_replication_groups(ReplicationGroupId=name)
    found: dict[str, Any] = answer["ReplicationGroups"][0]
    return found


def port(found: dict[str, Any]) -> int:
    end: int = found["NodeGroups"][0]["PrimaryEndpoint"]["Port"]
    return end


def states(cloud: RunningCloud) -> Any:
    """The servers of a cloud, as it knows them."""
    return cloud.cloud.registry.get("elasticache").state.servers


def eventually(holds: Callable[[], Any]) -> None:
    for _ in range(TRIES_MAX):
        if holds():
            return
        signal.sigtimedwait([], 0.01)
    raise AssertionError("it did not come")


def answers(place: int) -> bool:
    with redis.Redis(port=place, socket_timeout=180, retry=ONCE) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


# Replication groups ----------------------------------------------------------------------------------------------


def test_a_replication_group_is_created_and_then_available(made: RunningCloud) -> None:
    found = group(made, "Sessions", NumCacheClusters=2, AutomaticFailoverEnabled=True)
    assert found["ReplicationGroupId"] == "sessions"
    assert (found["Status"], found["AutomaticFailover"], found["ClusterEnabled"]) == ("available", "enabled", False)
    assert found["ARN"].endswith(":replicationgroup:sessions")
    assert found["MemberClusters"] == ["sessions-001", "sessions-002"]
    node_group = found["NodeGroups"][0]
    assert node_group["PrimaryEndpoint"] == node_group["ReaderEndpoint"]
    assert [one["CurrentRole"] for one in node_group["NodeGroupMembers"]] == ["primary", "replica"]
    assert answers(port(found))
    made.client("elasticache").get_waiter("replication_group_available").wait(ReplicationGroupId="sessions")


def test_members_are_clusters_too(made: RunningCloud) -> None:
    elasticache = made.client("elasticache")
    group(made, "members", NumCacheClusters=2)
    one = elasticache.describe_cache_clusters(CacheClusterId="members-002", ShowCacheNodeInfo=True)["CacheClusters"][0]
    assert (one["ReplicationGroupId"], one["CacheClusterStatus"]) == ("members", "available")
    assert one["CacheNodes"][0]["Endpoint"]["Address"] == "127.0.0.1"
    alone = elasticache.describe_cache_clusters(ShowCacheClustersNotInReplicationGroups=True)["CacheClusters"]
    assert not [found for found in alone if found["CacheClusterId"].startswith("members")]
    elasticache.increase_replica_count(ReplicationGroupId="members", NewReplicaCount=2, ApplyImmediately=True)
    made.drain()
    assert len(shown(made, "members")["MemberClusters"]) == 3
    elasticache.decrease_replica_count(ReplicationGroupId="members", NewReplicaCount=0, ApplyImmediately=True)
    made.drain()
    assert shown(made, "members")["MemberClusters"] == ["members-001"]
    code, text, status = error(lambda: elasticache.delete_cache_cluster(CacheClusterId="members-001"))
    assert (code, status) == ("InvalidCacheClusterState", 400)
    assert text.startswith("Cannot delete the cache cluster since it is the only member of a replication group.")


def test_a_cluster_has_a_configuration_endpoint_and_node_groups(made: RunningCloud) -> None:
    found = group(made, "shards", NumNodeGroups=2, ReplicasPerNodeGroup=1, AutomaticFailoverEnabled=True)
    assert found["ClusterEnabled"]
    assert found["ConfigurationEndpoint"]["Address"] == "127.0.0.1"
    assert [one["Slots"] for one in found["NodeGroups"]] == ["0-8191", "8192-16383"]
    assert found["MemberClusters"] == ["shards-0001-001", "shards-0001-002", "shards-0002-001", "shards-0002-002"]


def test_what_is_deleted_is_gone_with_its_data(made: RunningCloud) -> None:
    elasticache = made.client("elasticache")
    found = group(made, "short")
    with redis.Redis(port=port(found)) as client:
        client.set("kept", "no")
    answer = elasticache.delete_replication_group(ReplicationGroupId="short")
    assert answer["ReplicationGroup"]["Status"] == "deleting"
    made.drain()
    assert not answers(port(found))
    elasticache.get_waiter("replication_group_deleted").wait(ReplicationGroupId="short")
    with redis.Redis(port=port(group(made, "short"))) as client:
        assert client.get("kept") is None


def test_errors_of_replication_groups(made: RunningCloud) -> None:
    elasticache = made.client("elasticache")
    group(made, "known")
    wanted = {"ReplicationGroupDescription": "", **NODE}
    create = elasticache.create_replication_group
    assert error(lambda: create(ReplicationGroupId="known", **wanted)) == (
        "ReplicationGroupAlreadyExists",
        "Replication group with specified name already exists.",
        400,
    )
    code, _, status = error(lambda: elasticache.describe_replication_groups(ReplicationGroupId="unknown"))
    assert (code, status) == ("ReplicationGroupNotFoundFault", 404)
    assert error(lambda: create(ReplicationGroupId="a", AutomaticFailoverEnabled=True, **wanted)) == (
        "InvalidParameterCombination",
        "When using automatic failover, there must be at least 2 cache clusters in the replication group.",
        400,
    )
    code = error(lambda: create(ReplicationGroupId="9", **wanted))[0]
    assert code == "InvalidParameterValue"
    code = error(lambda: create(ReplicationGroupId="a", CacheSubnetGroupName="none", **wanted))[0]
    assert code == "CacheSubnetGroupNotFoundFault"
    code = error(lambda: create(ReplicationGroupId="a", CacheParameterGroupName="none", **wanted))[0]
    assert code == "CacheParameterGroupNotFound"
    code = error(lambda: create(ReplicationGroupId="a", AuthToken="x" * 16, **wanted))[0]
    assert code == "InvalidParameterCombination"
    said = error(lambda: create(ReplicationGroupId="a", ReplicationGroupDescription=""))
    assert said[:2] == ("InvalidParameterValue", "The parameter CacheNodeType must be provided and must not be null.")


@pytest.mark.parametrize(
    "settings",
    [
        {"SnapshotName": "s"},
        {"UserGroupIds": ["g"]},
        {"GlobalReplicationGroupId": "g"},
        {"NotificationTopicArn": "arn:aws:sns:us-east-1:123456789012:t"},
        {"Engine": "memcached"},
        {"ClusterMode": "compatible"},
        {"NetworkType": "ipv6"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_what_has_no_effect_here_is_refused_by_name(made: RunningCloud, settings: dict[str, Any]) -> None:
    wanted = {"ReplicationGroupId": "r", "ReplicationGroupDescription": "", **NODE, **settings}
    code, text, _ = error(lambda: made.client("elasticache").create_replication_group(**wanted))
    assert code == "NotImplemented"
    assert next(iter(settings)) in text


@pytest.mark.parametrize("operation", ["describe_snapshots", "describe_users", "describe_user_groups"])
def test_snapshots_and_users_are_refused_by_name(made: RunningCloud, operation: str) -> None:
    code, _, _ = error(getattr(made.client("elasticache"), operation))
    assert code == "NotImplemented"


# Changes ---------------------------------------------------------------------------------------------------------


def test_a_password_is_set_rotated_and_taken_away(made: RunningCloud) -> None:
    elasticache = made.client("elasticache")
    first, second = "first-secret-of-all", "second-secret-of-all"
    found = group(made, "guarded", TransitEncryptionEnabled=True, AuthToken=first)
    authority = str(made.cloud.world.settings.trust_path / "ca.pem")

    def opens(password: str | None) -> bool:
        with redis.Redis(port=port(found), password=password, ssl=True, ssl_ca_certs=authority, retry=ONCE) as client:
            try:
                return bool(client.ping())
            except redis.AuthenticationError:
                return False

    assert (opens(first), opens(second), opens(None)) == (True, False, False)
    for strategy, expected in (("ROTATE", (True, True, False)), ("SET", (False, True, False))):
        elasticache.modify_replication_group(
            ReplicationGroupId="guarded", AuthToken=second, AuthTokenUpdateStrategy=strategy, ApplyImmediately=True
        )
        made.drain()
        assert (opens(first), opens(second), opens(None)) == expected
    assert shown(made, "guarded")["AuthTokenEnabled"]
    elasticache.modify_replication_group(
        ReplicationGroupId="guarded", AuthTokenUpdateStrategy="DELETE", ApplyImmediately=True
    )
    made.drain()
    assert opens(None)
    assert not shown(made, "guarded")["AuthTokenEnabled"]


def test_parameters_reach_the_server(made: RunningCloud) -> None:
    elasticache = made.client("elasticache")
    elasticache.create_cache_parameter_group(
        CacheParameterGroupName="keeps", CacheParameterGroupFamily="redis7", Description="d"
    )
    found = group(made, "tuned", CacheParameterGroupName="keeps")
    pair = {"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lfu"}
    elasticache.modify_cache_parameter_group(CacheParameterGroupName="keeps", ParameterNameValues=[pair])
    made.drain()
    answer = elasticache.describe_cache_parameters(CacheParameterGroupName="keeps")["Parameters"]
    assert [(one["ParameterName"], one["ParameterValue"]) for one in answer] == [("maxmemory-policy", "allkeys-lfu")]
    with redis.Redis(port=port(found)) as client:
        information: Any = client.info("memory")
    assert information["maxmemory"] == 536_870_912
    if states(made).title(found["ARN"]).startswith("redis-server"):
        assert information["maxmemory_policy"] == "allkeys-lfu"
    code, _, _ = error(lambda: elasticache.delete_cache_parameter_group(CacheParameterGroupName="keeps"))
    assert code == "InvalidCacheParameterGroupState"
    wrong = [{"ParameterName": "maxmemory-policy", "ParameterValue": "never"}]
    code, _, _ = error(
        lambda: elasticache.modify_cache_parameter_group(CacheParameterGroupName="keeps", ParameterNameValues=wrong)
    )
    assert code == "InvalidParameterValue"


# Servers that end ------------------------------------------------------------------------------------------------


def test_a_server_that_dies_is_started_again_where_it_was(made: RunningCloud) -> None:
    found = group(made, "mortal")
    with redis.Redis(port=port(found)) as client:
        client.set("kept", "yes")
    first = states(made).pid(found["ARN"])
    os.kill(first, signal.SIGKILL)
    eventually(lambda: states(made).pid(found["ARN"]) not in (None, first))
    made.drain()
    with redis.Redis(port=port(found)) as client:
        is_real = states(made).title(found["ARN"]).startswith("redis-server")
        assert client.get("kept") == (b"yes" if is_real else None)
    assert shown(made, "mortal")["Status"] == "available"


def test_a_server_that_dies_again_and_again_is_given_up(made: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "RESTARTS_S", 3600)  # However long each start takes here.
    found = group(made, "moribund")
    for _ in range(servers.RESTARTS_MAX + 1):
        eventually(lambda: states(made).is_serving(found["ARN"]))
        pid = states(made).pid(found["ARN"])
        os.kill(pid, signal.SIGKILL)
        eventually(lambda pid=pid: states(made).pid(found["ARN"]) != pid)  # type: ignore[misc]
    eventually(lambda: shown(made, "moribund")["Status"] == "create-failed")
    assert not answers(port(found))


def test_a_cache_keeps_its_port_and_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PROGRAMS", {"redis": (), "valkey": ()})
    cloud = RunningCloud(tmp_path / "data").start()
    place = port(group(cloud, "placed"))
    cloud.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", place))
        taken.listen()
        again = RunningCloud(tmp_path / "data").start()
        assert shown(again, "placed")["Status"] in ("available", "modifying")
        assert states(again).pid(shown(again, "placed")["ARN"]) is None
    again.drain()
    assert port(shown(again, "placed")) == place
    assert answers(place)
    again.stop()


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server is installed")
def test_a_port_between_nodes_that_somebody_takes_in_the_meantime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        chosen = [taken.getsockname()[1]]
        monkeypatch.setattr(servers, "free_port", lambda: chosen.pop() if chosen else processes.free_port())
        cloud = RunningCloud(tmp_path / "data").start()
        found = group(cloud, "between", NumNodeGroups=2, ReplicasPerNodeGroup=0)
        assert (chosen, found["Status"]) == ([], "available")
        cloud.stop()


def test_nothing_is_loaded_without_a_cache(tmp_path: Path) -> None:
    running = RunningCloud(tmp_path / "data").start()
    running.client("sts").get_caller_identity()
    loaded = [one.service.name for one in running.cloud.registry.loaded]
    running.stop()
    assert "elasticache" not in loaded
