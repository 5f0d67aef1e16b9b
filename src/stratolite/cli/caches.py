"""Where a stack's caches are, and what serves them, read through public operations."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

Perform = Callable[[str, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
KINDS = {
    "AWS::ElastiCache::ReplicationGroup": "replicationgroup",
    "AWS::ElastiCache::CacheCluster": "cluster",
    "AWS::ElastiCache::ServerlessCache": "serverlesscache",
}
"""The resource types that are caches, and what ElastiCache calls them in ARNs."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache, as people see it."""

    kind: str
    name: str
    status: str
    url: str = ""
    """``redis://127.0.0.1:6379``; empty until it serves."""
    server: str = ""
    """``redis-server 7.0.15``."""

    @property
    def shown(self) -> str:
        return f"{self.url} ({self.server})" if self.url else self.status


async def cache(perform: Perform, kind: str, name: str) -> Cache:
    """One cache of a stack by its resource type and physical id."""
    if kind == "AWS::ElastiCache::ReplicationGroup":
        request = {"ReplicationGroupId": name}
        shown = (await perform("elasticache", "DescribeReplicationGroups", request))["ReplicationGroups"][0]
        groups = shown.get("NodeGroups") or [{}]
        end = shown.get("ConfigurationEndpoint") or groups[0].get("PrimaryEndpoint")
        status, is_encrypted = shown["Status"], shown["TransitEncryptionEnabled"]
    elif kind == "AWS::ElastiCache::CacheCluster":
        shows_nodes = {"CacheClusterId": name, "ShowCacheNodeInfo": True}
        shown = (await perform("elasticache", "DescribeCacheClusters", shows_nodes))["CacheClusters"][0]
        end = (shown.get("CacheNodes") or [{}])[0].get("Endpoint")
        status, is_encrypted = shown["CacheClusterStatus"], shown["TransitEncryptionEnabled"]
    else:
        request = {"ServerlessCacheName": name}
        shown = (await perform("elasticache", "DescribeServerlessCaches", request))["ServerlessCaches"][0]
        end, status, is_encrypted = shown.get("Endpoint"), shown["Status"], True
    if end is None or status != "available":
        return Cache(KINDS[kind], name, status)
    versions = await perform("elasticache", "DescribeCacheEngineVersions", {"Engine": shown["Engine"]})
    server = versions["CacheEngineVersions"][-1]["CacheEngineVersionDescription"].partition("served by ")[2]
    url = f"{'rediss' if is_encrypted else 'redis'}://{end['Address']}:{end['Port']}"
    return Cache(KINDS[kind], name, status, url, server)
