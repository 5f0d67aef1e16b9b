"""Cache clusters, serverless caches, subnet groups, tags and engine versions through boto3; stacks of them.

Texts of subnet groups: AWS's, as https://github.com/floci-io/floci/pull/2401 saw them.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from tests.caches import cloud_with_caches, error
from tests.conftest import RunningCloud

NODE = {"CacheNodeType": "cache.t3.micro"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A cloud whose caches fakeredis serves: what is tested here is none of the server's."""
    with cloud_with_caches("fallback", tmp_path_factory.mktemp("cloud")) as running:
        yield running


def test_a_cache_cluster(made: RunningCloud) -> None:
    elasticache = made.client("elasticache")
    create = elasticache.create_cache_cluster
    answer = create(CacheClusterId="single", Engine="redis", EngineVersion="7.1", NumCacheNodes=1, **NODE)
    assert answer["CacheCluster"]["CacheClusterStatus"] == "creating"
    made.drain()
    found = elasticache.describe_cache_clusters(CacheClusterId="single", ShowCacheNodeInfo=True)["CacheClusters"][0]
    assert (found["CacheClusterStatus"], found["EngineVersion"]) == ("available", "7.1.0")
    assert found["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7"
    with redis.Redis(port=found["CacheNodes"][0]["Endpoint"]["Port"]) as client:
        assert client.ping()
    code, _, status = error(lambda: create(CacheClusterId="single", Engine="redis", **NODE))
    assert (code, status) == ("CacheClusterAlreadyExists", 400)
    code, text, _ = error(lambda: create(CacheClusterId="two", Engine="redis", NumCacheNodes=2, **NODE))
    assert code == "InvalidParameterValue"
    assert text.startswith("Cannot create a Redis cluster with a NumCacheNodes parameter greater than 1")
    assert error(lambda: create(CacheClusterId="m", Engine="memcached", **NODE))[0] == "NotImplemented"
    elasticache.modify_cache_cluster(CacheClusterId="single", CacheNodeType="cache.t3.small", ApplyImmediately=True)
    made.drain()
    assert elasticache.describe_cache_clusters(CacheClusterId="single")["CacheClusters"][0]["CacheNodeType"].endswith(
        "small"
    )
    elasticache.delete_cache_cluster(CacheClusterId="single")
    made.drain()
    elasticache.get_waiter("cache_cluster_deleted").wait(CacheClusterId="single")
    # https://github.com/aws/aws-cli/issues/4816 shows the text.
    assert error(lambda: elasticache.describe_cache_clusters(CacheClusterId="single")) == (
        "CacheClusterNotFound",
        "CacheCluster not found: single",
        404,
    )


def test_a_serverless_cache(made: RunningCloud) -> None:
    elasticache = made.client("elasticache")
    limits = {"DataStorage": {"Maximum": 10, "Unit": "GB"}}
    answer = elasticache.create_serverless_cache(ServerlessCacheName="free", Engine="valkey", CacheUsageLimits=limits)
    assert answer["ServerlessCache"]["Status"] == "creating"
    made.drain()
    found = elasticache.describe_serverless_caches(ServerlessCacheName="free")["ServerlessCaches"][0]
    assert (found["Status"], found["MajorEngineVersion"]) == ("available", "8")
    assert found["Endpoint"] == found["ReaderEndpoint"]
    authority = str(made.cloud.world.settings.trust_path / "ca.pem")
    with redis.RedisCluster("127.0.0.1", found["Endpoint"]["Port"], ssl=True, ssl_ca_certs=authority) as client:
        assert client.set("a", "b")
    elasticache.modify_serverless_cache(ServerlessCacheName="free", Description="of charge")
    made.drain()
    assert elasticache.describe_serverless_caches()["ServerlessCaches"][0]["Description"] == "of charge"
    code, _, _ = error(lambda: elasticache.create_serverless_cache(ServerlessCacheName="free", Engine="redis"))
    assert code == "ServerlessCacheAlreadyExistsFault"
    units = {"ECPUPerSecond": {"Maximum": 1000}}
    code, text, _ = error(
        lambda: elasticache.create_serverless_cache(ServerlessCacheName="x", Engine="redis", CacheUsageLimits=units)
    )
    assert (code, "ECPUPerSecond" in text) == ("NotImplemented", True)
    elasticache.delete_serverless_cache(ServerlessCacheName="free")
    code, _, status = error(lambda: elasticache.describe_serverless_caches(ServerlessCacheName="free"))
    assert (code, status) == ("ServerlessCacheNotFoundFault", 404)


def test_a_subnet_group(made: RunningCloud) -> None:
    elasticache = made.client("elasticache")
    wanted = {"CacheSubnetGroupName": "nets", "CacheSubnetGroupDescription": "d", "SubnetIds": ["subnet-1"]}
    made_group = elasticache.create_cache_subnet_group(**wanted)["CacheSubnetGroup"]
    assert made_group["ARN"].endswith(":subnetgroup:nets")
    assert made_group["SupportedNetworkTypes"] == ["ipv4"]
    assert error(lambda: elasticache.create_cache_subnet_group(**wanted)) == (
        "CacheSubnetGroupAlreadyExists",
        "Cache subnet group nets already exists.",
        400,
    )
    elasticache.modify_cache_subnet_group(CacheSubnetGroupName="nets", SubnetIds=["subnet-2"])
    found = elasticache.describe_cache_subnet_groups(CacheSubnetGroupName="nets")["CacheSubnetGroups"][0]
    assert [one["SubnetIdentifier"] for one in found["Subnets"]] == ["subnet-2"]
    elasticache.create_cache_cluster(CacheClusterId="netted", Engine="redis", CacheSubnetGroupName="nets", **NODE)
    code, _, _ = error(lambda: elasticache.delete_cache_subnet_group(CacheSubnetGroupName="nets"))
    assert code == "CacheSubnetGroupInUse"
    elasticache.delete_cache_cluster(CacheClusterId="netted")
    elasticache.delete_cache_subnet_group(CacheSubnetGroupName="nets")
    code, _, status = error(lambda: elasticache.describe_cache_subnet_groups(CacheSubnetGroupName="nets"))
    assert (code, status) == ("CacheSubnetGroupNotFoundFault", 400)


def test_tags(made: RunningCloud) -> None:
    elasticache = made.client("elasticache")
    tags = [{"Key": "team", "Value": "users"}]
    answer = elasticache.create_cache_parameter_group(
        CacheParameterGroupName="tagged", CacheParameterGroupFamily="valkey8", Description="d", Tags=tags
    )
    arn = answer["CacheParameterGroup"]["ARN"]
    elasticache.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "stage", "Value": "dev"}])
    assert elasticache.list_tags_for_resource(ResourceName=arn)["TagList"] == [*tags, {"Key": "stage", "Value": "dev"}]
    left = elasticache.remove_tags_from_resource(ResourceName=arn, TagKeys=["team"])["TagList"]
    assert left == [{"Key": "stage", "Value": "dev"}]
    code, _, status = error(lambda: elasticache.remove_tags_from_resource(ResourceName=arn, TagKeys=["team"]))
    assert (code, status) == ("TagNotFound", 404)
    assert error(lambda: elasticache.list_tags_for_resource(ResourceName="no-arn"))[0] == "InvalidARN"
    gone = f"{arn.rsplit(':', 2)[0]}:replicationgroup:none"
    assert error(lambda: elasticache.list_tags_for_resource(ResourceName=gone))[0] == "ReplicationGroupNotFoundFault"


def test_engine_versions_say_what_serves_them(made: RunningCloud) -> None:
    answer = made.client("elasticache").describe_cache_engine_versions(Engine="valkey", DefaultOnly=True)
    (found,) = answer["CacheEngineVersions"]
    assert (found["EngineVersion"], found["CacheParameterGroupFamily"]) == ("8.1.0", "valkey8")
    assert "served by fakeredis" in found["CacheEngineVersionDescription"]


TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Parameters": {
            "Type": "AWS::ElastiCache::ParameterGroup",
            "Properties": {
                "CacheParameterGroupFamily": "redis7",
                "Description": "d",
                "Properties": {"maxmemory-policy": "allkeys-lru"},
            },
        },
        "Sessions": {
            "Type": "AWS::ElastiCache::ReplicationGroup",
            "Properties": {
                "ReplicationGroupDescription": "sessions",
                "CacheNodeType": "cache.t3.micro",
                "NumCacheClusters": 2,
                "CacheParameterGroupName": {"Ref": "Parameters"},
                "Tags": [{"Key": "team", "Value": "users"}],
            },
        },
        "Single": {
            "Type": "AWS::ElastiCache::CacheCluster",
            "Properties": {"Engine": "redis", "CacheNodeType": "cache.t3.micro", "NumCacheNodes": 1},
        },
    },
    "Outputs": {
        "Group": {"Value": {"Ref": "Sessions"}},
        "Host": {"Value": {"Fn::GetAtt": ["Sessions", "PrimaryEndPoint.Address"]}},
        "Port": {"Value": {"Fn::GetAtt": ["Sessions", "PrimaryEndPoint.Port"]}},
        "ReaderPort": {"Value": {"Fn::GetAtt": ["Sessions", "ReaderEndPoint.Port"]}},
        "SinglePort": {"Value": {"Fn::GetAtt": ["Single", "RedisEndpoint.Port"]}},
    },
}


def test_a_stack_of_caches_is_made_changed_and_deleted(made: RunningCloud) -> None:
    stacks, elasticache = made.client("cloudformation"), made.client("elasticache")

    def outputs() -> dict[str, str]:
        made.drain()
        stack = stacks.describe_stacks(StackName="caches")["Stacks"][0]
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    stacks.create_stack(StackName="caches", TemplateBody=json.dumps(TEMPLATE))
    first = outputs()
    assert first["Host"] == "127.0.0.1"
    assert first["Port"] == first["ReaderPort"] != first["SinglePort"]
    with redis.Redis(port=int(first["Port"])) as client:
        assert client.ping()
    changed = json.loads(json.dumps(TEMPLATE))
    properties = changed["Resources"]["Sessions"]["Properties"]
    properties |= {"NumCacheClusters": 3, "ReplicationGroupDescription": "more", "Tags": []}
    stacks.update_stack(StackName="caches", TemplateBody=json.dumps(changed))
    assert outputs() == first
    found = elasticache.describe_replication_groups(ReplicationGroupId=first["Group"])["ReplicationGroups"][0]
    assert (len(found["MemberClusters"]), found["Description"]) == (3, "more")
    assert elasticache.list_tags_for_resource(ResourceName=found["ARN"])["TagList"] == []
    stacks.delete_stack(StackName="caches")
    made.drain()
    code, _, _ = error(lambda: elasticache.describe_replication_groups(ReplicationGroupId=first["Group"]))
    assert code == "ReplicationGroupNotFoundFault"


def test_what_a_template_may_not_ask_for_is_refused_by_name(made: RunningCloud) -> None:
    stacks = made.client("cloudformation")
    template = json.loads(json.dumps(TEMPLATE))
    template["Resources"]["Single"]["Properties"]["Engine"] = "memcached"
    stacks.create_stack(StackName="memory", TemplateBody=json.dumps(template))
    made.drain()
    events = stacks.describe_stack_events(StackName="memory")["StackEvents"]
    assert any("memcached is not implemented" in one.get("ResourceStatusReason", "") for one in events)
