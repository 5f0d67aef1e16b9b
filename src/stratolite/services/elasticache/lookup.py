"""Finds what a request names. Raises the service's own errors for what is not there."""

from collections.abc import Sequence
from typing import TypeVar

from stratolite.core import paging
from stratolite.core.call import Call
from stratolite.services.elasticache import api, rules
from stratolite.services.elasticache.domain import (
    CLUSTER,
    GROUP,
    PARAMETER_GROUP,
    SERVERLESS,
    SUBNET_GROUP,
    Cache,
    Group,
)
from stratolite.services.elasticache.store import Store

DEFAULT = "default"
T = TypeVar("T")


def arn_of(call: Call, kind: str, name: str) -> str:
    return call.arn("elasticache", f"{kind}:{name}")


def require_cluster(call: Call, store: Store, name: str) -> Cache:
    """Raises CacheClusterNotFound."""
    cache = store.cache(arn_of(call, CLUSTER, name.lower()))
    if cache is None:
        raise api.CacheClusterNotFoundFault(f"CacheCluster not found: {name}")
    return cache


def require_replication_group(call: Call, store: Store, name: str) -> Cache:
    """Raises ReplicationGroupNotFoundFault."""
    cache = store.cache(arn_of(call, GROUP, name.lower()))
    if cache is None:
        raise api.ReplicationGroupNotFoundFault(f"ReplicationGroup {name} not found.")
    return cache


def require_serverless(call: Call, store: Store, name: str) -> Cache:
    """Raises ServerlessCacheNotFoundFault."""
    cache = store.cache(arn_of(call, SERVERLESS, name.lower()))
    if cache is None:
        raise api.ServerlessCacheNotFoundFault(f"ServerlessCache {name} not found.")
    return cache


def require_subnet_group(call: Call, store: Store, name: str) -> Group:
    """Raises CacheSubnetGroupNotFoundFault."""
    group = store.group(arn_of(call, SUBNET_GROUP, name.lower()))
    if group is None:
        raise api.CacheSubnetGroupNotFoundFault(f"CacheSubnetGroup {name} not found.")
    return group


def subnet_group_exists(call: Call, store: Store, name: str) -> None:
    """Raises CacheSubnetGroupNotFoundFault unless a cache may be in a subnet group; there always is ``default``."""
    if name and name.lower() != DEFAULT:
        require_subnet_group(call, store, name)


def require_parameter_group(call: Call, store: Store, name: str) -> Group:
    """Raises CacheParameterGroupNotFound."""
    group = store.group(arn_of(call, PARAMETER_GROUP, name.lower()))
    if group is None:
        raise api.CacheParameterGroupNotFoundFault(f"CacheParameterGroup {name} not found.")
    return group


def parameters_of(call: Call, store: Store, name: str) -> dict[str, str]:
    """What a parameter group says. AWS's own are known by their names: ``default.redis7.cluster.on``."""
    if name.startswith(f"{DEFAULT}."):
        is_clustered = name.endswith(".cluster.on")
        rules.family_exists(name.removeprefix(f"{DEFAULT}.").removesuffix(".cluster.on"))
        return {rules.CLUSTER_ENABLED: "yes"} if is_clustered else {}
    return dict(require_parameter_group(call, store, name).settings["Parameters"]) if name else {}


def page(found: Sequence[T], size: int | None, marker: str) -> tuple[Sequence[T], str]:
    """(the page that a marker names, the marker of the next or nothing). Raises InvalidParameterValue."""
    if size is not None and not 1 <= size <= rules.RECORDS_DEFAULT:
        raise rules.invalid("MaxRecords must be between 20 and 100.")
    try:
        return paging.page(found, size or rules.RECORDS_DEFAULT, marker)
    except paging.InvalidToken:
        raise rules.invalid("Invalid marker.") from None
