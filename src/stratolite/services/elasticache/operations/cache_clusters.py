"""Cache clusters: caches of one node, and the nodes of replication groups."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.elasticache import Elasticache, api, lookup, making, rules, view
from stratolite.services.elasticache.domain import CLUSTER, GROUP, Cache


def create_cache_cluster(
    call: Call, elasticache: Elasticache, request: api.CreateCacheClusterMessage
) -> api.CreateCacheClusterResult:
    """Have a Redis of one node; it is ``available`` when its server is."""
    rules.refuse(request)
    if request.get("ReplicationGroupId"):
        raise NotImplementedHere("A replica is added with IncreaseReplicaCount by this version of Stratolite.")
    name = rules.name(CLUSTER, "CacheClusterId", request["CacheClusterId"])
    settings = making.kept(request) | making.engine_settings(call, elasticache, request) | making.encryption(request)
    if request.get("NumCacheNodes", 1) != 1:
        raise rules.invalid("Cannot create a Redis cluster with a NumCacheNodes parameter greater than 1.")
    if lookup.parameters_of(call, elasticache.store, settings["CacheParameterGroupName"]):
        settings["ClusterEnabled"] = False
    tags = rules.tags(request.get("Tags", []))
    if elasticache.store.cache(lookup.arn_of(call, CLUSTER, name)) is not None or _member(call, elasticache, name):
        raise api.CacheClusterAlreadyExistsFault("Cache cluster with specified id already exists.")
    cache = making.create(call, elasticache, CLUSTER, name, settings, tags)
    return {"CacheCluster": view.cluster(cache)}


def describe_cache_clusters(
    call: Call, elasticache: Elasticache, request: api.DescribeCacheClustersMessage
) -> api.CacheClusterMessage:
    """One cache cluster, or all in pages: those of one node, and each node of a replication group."""
    shows_nodes = bool(request.get("ShowCacheNodeInfo"))
    wanted = request.get("CacheClusterId", "").lower()
    if wanted:
        group = _member(call, elasticache, wanted)
        if group is not None:
            return {"CacheClusters": [view.cluster(group, name=wanted, shows_nodes=shows_nodes)]}
        cache = lookup.require_cluster(call, elasticache.store, wanted)
        return {"CacheClusters": [view.cluster(cache, shows_nodes=shows_nodes)]}
    names: list[tuple[str, Cache, str]] = []
    for cache in elasticache.store.caches(call, CLUSTER, GROUP):
        if cache.kind == CLUSTER:
            names.append((cache.name, cache, ""))
        elif not request.get("ShowCacheClustersNotInReplicationGroups"):
            names += [(member, cache, member) for member in cache.members]
    shown, marker = lookup.page(sorted(names), request.get("MaxRecords"), request.get("Marker", ""))
    result: api.CacheClusterMessage = {
        "CacheClusters": [view.cluster(cache, name=name, shows_nodes=shows_nodes) for _, cache, name in shown]
    }
    if marker:
        result["Marker"] = marker
    return result


def modify_cache_cluster(
    call: Call, elasticache: Elasticache, request: api.ModifyCacheClusterMessage
) -> api.ModifyCacheClusterResult:
    """Change a cache of one node, at once."""
    rules.refuse(request)
    if request.get("NumCacheNodes", 1) != 1:
        raise rules.invalid("Cannot modify a Redis cluster to have more than one node.")
    if _member(call, elasticache, request["CacheClusterId"].lower()):
        raise NotImplementedHere("A replication group is changed as a whole by this version of Stratolite.")
    cache = lookup.require_cluster(call, elasticache.store, request["CacheClusterId"])
    making.require_available(cache, api.InvalidCacheClusterStateFault, "Cache cluster")
    settings = making.modified(call, elasticache, cache, request)
    return {"CacheCluster": view.cluster(making.change(elasticache, cache, settings))}


def delete_cache_cluster(
    call: Call, elasticache: Elasticache, request: api.DeleteCacheClusterMessage
) -> api.DeleteCacheClusterResult:
    """Delete a cache of one node, with its data."""
    rules.refuse(request)
    name = request["CacheClusterId"].lower()
    group = _member(call, elasticache, name)
    if group is not None:
        if len(group.members) == 1:
            # https://github.com/gruntwork-io/cloud-nuke/issues/333 shows AWS's answer.
            raise api.InvalidCacheClusterStateFault(
                "Cannot delete the cache cluster since it is the only member of a replication group. Delete the"
                " replication group instead."
            )
        raise NotImplementedHere("A replica is removed with DecreaseReplicaCount by this version of Stratolite.")
    cache = lookup.require_cluster(call, elasticache.store, name)
    elasticache.store.delete_cache(cache.arn)
    return {"CacheCluster": view.cluster(replace(cache, status="deleting"))}


def _member(call: Call, elasticache: Elasticache, name: str) -> Cache | None:
    """The replication group that a cluster is a node of."""
    groups = elasticache.store.caches(call, GROUP)
    return next((group for group in groups if name in group.members), None)
