"""Cache subnet groups: kept and shown. There are no networks here to tell apart."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.elasticache import Elasticache, api, lookup, rules, view
from stratolite.services.elasticache.domain import CLUSTER, GROUP, SUBNET_GROUP, Group


def create_cache_subnet_group(
    call: Call, elasticache: Elasticache, request: api.CreateCacheSubnetGroupMessage
) -> api.CreateCacheSubnetGroupResult:
    """Have a subnet group."""
    name = request["CacheSubnetGroupName"].lower()
    if not request["SubnetIds"]:
        raise rules.invalid("The parameter SubnetIds must be provided.")
    arn = lookup.arn_of(call, SUBNET_GROUP, name)
    if elasticache.store.group(arn) is not None or name == lookup.DEFAULT:
        # https://github.com/floci-io/floci/pull/2401 has AWS's answers.
        raise api.CacheSubnetGroupAlreadyExistsFault(f"Cache subnet group {name} already exists.")
    settings = {"Description": request["CacheSubnetGroupDescription"], "SubnetIds": request["SubnetIds"]}
    tags = rules.tags(request.get("Tags", []))
    group = Group(arn, SUBNET_GROUP, call.account, call.region, name, settings, tags)
    elasticache.store.put_group(group)
    return {"CacheSubnetGroup": view.subnet_group(group)}


def describe_cache_subnet_groups(
    call: Call, elasticache: Elasticache, request: api.DescribeCacheSubnetGroupsMessage
) -> api.CacheSubnetGroupMessage:
    """One subnet group, or all in pages."""
    if request.get("CacheSubnetGroupName"):
        group = lookup.require_subnet_group(call, elasticache.store, request["CacheSubnetGroupName"])
        return {"CacheSubnetGroups": [view.subnet_group(group)]}
    found = elasticache.store.groups(call, SUBNET_GROUP)
    shown, marker = lookup.page(found, request.get("MaxRecords"), request.get("Marker", ""))
    result: api.CacheSubnetGroupMessage = {"CacheSubnetGroups": [view.subnet_group(group) for group in shown]}
    if marker:
        result["Marker"] = marker
    return result


def modify_cache_subnet_group(
    call: Call, elasticache: Elasticache, request: api.ModifyCacheSubnetGroupMessage
) -> api.ModifyCacheSubnetGroupResult:
    """Change a subnet group's description or subnets."""
    group = lookup.require_subnet_group(call, elasticache.store, request["CacheSubnetGroupName"])
    settings = dict(group.settings)
    if "CacheSubnetGroupDescription" in request:
        settings["Description"] = request["CacheSubnetGroupDescription"]
    if request.get("SubnetIds"):
        settings["SubnetIds"] = request["SubnetIds"]
    changed = replace(group, settings=settings)
    elasticache.store.put_group(changed)
    return {"CacheSubnetGroup": view.subnet_group(changed)}


def delete_cache_subnet_group(call: Call, elasticache: Elasticache, request: api.DeleteCacheSubnetGroupMessage) -> None:
    """Delete a subnet group that no cache refers to."""
    group = lookup.require_subnet_group(call, elasticache.store, request["CacheSubnetGroupName"])
    for cache in elasticache.store.caches(call, CLUSTER, GROUP):
        if cache.settings.get("CacheSubnetGroupName", "").lower() == group.name:
            raise api.CacheSubnetGroupInUse(f"Cache subnet group {group.name} is currently in use by a cache cluster.")
    elasticache.store.delete_group(group.arn)
