"""Replication groups: one server here, however many node groups and replicas they have."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.elasticache import Elasticache, api, lookup, making, rules, view
from stratolite.services.elasticache.domain import GROUP, Cache


def create_replication_group(
    call: Call, elasticache: Elasticache, request: api.CreateReplicationGroupMessage
) -> api.CreateReplicationGroupResult:
    """Have a Redis of some nodes; it is ``available`` when its server is."""
    rules.refuse(request)
    name = rules.name(GROUP, "ReplicationGroupId", request["ReplicationGroupId"])
    settings = making.kept(request) | making.engine_settings(call, elasticache, request) | making.encryption(request)
    is_clustered = _is_clustered(call, elasticache, request, settings["CacheParameterGroupName"])
    groups, replicas = rules.node_counts(request, is_clustered=is_clustered)
    settings |= {"ClusterEnabled": is_clustered, "NumNodeGroups": groups, "ReplicasPerNodeGroup": replicas}
    tags = rules.tags(request.get("Tags", []))
    if elasticache.store.cache(lookup.arn_of(call, GROUP, name)) is not None:
        # https://github.com/crossplane-contrib/provider-jet-aws/issues/195 shows AWS's answer.
        raise api.ReplicationGroupAlreadyExistsFault("Replication group with specified name already exists.")
    cache = making.create(call, elasticache, GROUP, name, settings, tags)
    return {"ReplicationGroup": view.replication_group(cache)}


def describe_replication_groups(
    call: Call, elasticache: Elasticache, request: api.DescribeReplicationGroupsMessage
) -> api.ReplicationGroupMessage:
    """One replication group, or all in pages."""
    if request.get("ReplicationGroupId"):
        cache = lookup.require_replication_group(call, elasticache.store, request["ReplicationGroupId"])
        return {"ReplicationGroups": [view.replication_group(cache)]}
    found = elasticache.store.caches(call, GROUP)
    shown, marker = lookup.page(found, request.get("MaxRecords"), request.get("Marker", ""))
    result: api.ReplicationGroupMessage = {"ReplicationGroups": [view.replication_group(cache) for cache in shown]}
    if marker:
        result["Marker"] = marker
    return result


def modify_replication_group(
    call: Call, elasticache: Elasticache, request: api.ModifyReplicationGroupMessage
) -> api.ModifyReplicationGroupResult:
    """Change a replication group, at once."""
    rules.refuse(request)
    cache = _require_available(call, elasticache, request["ReplicationGroupId"])
    settings = making.modified(call, elasticache, cache, request)
    if request.get("ClusterMode", _mode(cache)) != _mode(cache):
        raise NotImplementedHere("The parameter ClusterMode cannot be changed in this version of Stratolite.")
    counts = {"NumNodeGroups": settings["NumNodeGroups"], "ReplicasPerNodeGroup": settings["ReplicasPerNodeGroup"]}
    wanted = {**counts, "AutomaticFailoverEnabled": settings.get("AutomaticFailoverEnabled")}
    rules.node_counts(wanted, is_clustered=cache.is_clustered)
    return {"ReplicationGroup": view.replication_group(making.change(elasticache, cache, settings))}


def increase_replica_count(
    call: Call, elasticache: Elasticache, request: api.IncreaseReplicaCountMessage
) -> api.IncreaseReplicaCountResult:
    """Show more replicas; the one server stands for them too."""
    cache = _require_available(call, elasticache, request["ReplicationGroupId"])
    wanted, now = _wanted_replicas(request), int(cache.settings["ReplicasPerNodeGroup"])
    if wanted <= now:
        raise rules.invalid("The new replica count must be greater than the current one.")
    return {"ReplicationGroup": view.replication_group(_recounted(elasticache, cache, wanted))}


def decrease_replica_count(
    call: Call, elasticache: Elasticache, request: api.DecreaseReplicaCountMessage
) -> api.DecreaseReplicaCountResult:
    """Show fewer replicas."""
    cache = _require_available(call, elasticache, request["ReplicationGroupId"])
    if request.get("ReplicasToRemove"):
        raise NotImplementedHere("The parameter ReplicasToRemove is not implemented by this version of Stratolite.")
    wanted, now = _wanted_replicas(request), int(cache.settings["ReplicasPerNodeGroup"])
    if wanted >= now:
        raise rules.invalid("The new replica count must be less than the current one.")
    return {"ReplicationGroup": view.replication_group(_recounted(elasticache, cache, wanted))}


def delete_replication_group(
    call: Call, elasticache: Elasticache, request: api.DeleteReplicationGroupMessage
) -> api.DeleteReplicationGroupResult:
    """Delete a replication group, with its data."""
    rules.refuse(request)
    cache = lookup.require_replication_group(call, elasticache.store, request["ReplicationGroupId"])
    elasticache.store.delete_cache(cache.arn)
    return {"ReplicationGroup": view.replication_group(replace(cache, status="deleting"))}


def _is_clustered(call: Call, elasticache: Elasticache, request: Mapping[str, Any], group: str) -> bool:
    """Whether a replication group is a Redis cluster: by its node groups, its parameter group or its ClusterMode."""
    mode = request.get("ClusterMode", "")
    if mode == "compatible":
        raise NotImplementedHere("ClusterMode compatible is not implemented by this version of Stratolite.")
    by_group = lookup.parameters_of(call, elasticache.store, group).get(rules.CLUSTER_ENABLED) == "yes"
    has_shards = int(request.get("NumNodeGroups") or 1) > 1
    if has_shards and not by_group and request.get("CacheParameterGroupName") and mode != "enabled":
        raise api.InvalidParameterCombinationException(
            "Several node groups need a parameter group that is cluster-enabled."
        )
    return has_shards or by_group or mode == "enabled"


def _mode(cache: Cache) -> str:
    return "enabled" if cache.is_clustered else "disabled"


def _require_available(call: Call, elasticache: Elasticache, name: str) -> Cache:
    cache = lookup.require_replication_group(call, elasticache.store, name)
    making.require_available(cache, api.InvalidReplicationGroupStateFault, "Replication group")
    return cache


def _wanted_replicas(request: Mapping[str, Any]) -> int:
    if request.get("ReplicaConfiguration"):
        raise NotImplementedHere("The parameter ReplicaConfiguration is not implemented by this version of Stratolite.")
    if "NewReplicaCount" not in request:
        raise api.InvalidParameterCombinationException("NewReplicaCount or ReplicaConfiguration must be provided.")
    return int(request["NewReplicaCount"])


def _recounted(elasticache: Elasticache, cache: Cache, replicas: int) -> Cache:
    settings = {**cache.settings, "ReplicasPerNodeGroup": replicas}
    rules.node_counts({**settings, "ReplicasPerNodeGroup": replicas}, is_clustered=cache.is_clustered)
    return making.change(elasticache, cache, settings)
